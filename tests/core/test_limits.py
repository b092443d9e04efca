from datetime import datetime, timedelta

import pytest

from core import limits
from core.models import Allowance

pytestmark = pytest.mark.django_db

HOURLY = limits.Limit(2, timedelta(hours=1))


def test_take_grants_as_many_as_the_limit_says_and_then_none(now: datetime) -> None:
    answers = [limits.take("mail", "a@example.org", HOURLY, now=now) for _again in range(4)]

    assert answers == [True, True, False, False]
    assert limits.take("mail", "b@example.org", HOURLY, now=now) is True
    assert limits.take("call", "a@example.org", HOURLY, now=now) is True


def test_the_span_slides_and_refusals_are_not_counted(now: datetime) -> None:
    for minutes in (0, 50, 55):
        limits.take("mail", "a", HOURLY, now=now + timedelta(minutes=minutes))

    later = now + timedelta(minutes=60)
    assert limits.take("mail", "a", HOURLY, now=later) is True
    assert limits.take("mail", "a", HOURLY, now=later) is False


def test_an_address_is_the_same_however_it_is_written_and_is_not_stored(now: datetime) -> None:
    limits.take("mail", "Ana@Example.org", limits.Limit(1, timedelta(hours=1)), now=now)

    again = limits.take("mail", "ana@example.org", limits.Limit(1, timedelta(hours=1)), now=now)
    assert again is False
    row = Allowance.objects.get()
    assert "example" not in f"{row} {row.key_hash}"


def test_take_or_refuse_says_why(now: datetime) -> None:
    limits.take_or_refuse("mail", "a", HOURLY, now=now, sentence="Later.")
    limits.take_or_refuse("mail", "a", HOURLY, now=now, sentence="Later.")

    with pytest.raises(limits.TooOften) as refusal:
        limits.take_or_refuse("mail", "a", HOURLY, now=now, sentence="Later.")
    assert (refusal.value.sentence, refusal.value.status) == ("Later.", 429)


def test_forget_drops_what_no_limit_asks_for(now: datetime) -> None:
    limits.take("mail", "a", HOURLY, now=now)
    limits.take("mail", "b", HOURLY, now=now + timedelta(days=2))

    assert limits.forget(now=now + timedelta(days=2, hours=1)) == 1
