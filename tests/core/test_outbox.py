from datetime import datetime, timedelta

import pytest

from core import outbox
from core.models import Effect

DONE: list[str] = []


@outbox.effect
def write_down(word: str) -> None:
    """Remember that it happened."""
    DONE.append(word)


@outbox.effect
def fail(word: str) -> None:
    """Stand for a mail server that is down."""
    raise ConnectionError(word)


HERE = __name__


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


@pytest.mark.django_db
def test_sweep_does_each_promise_once(now: datetime) -> None:
    outbox.promise(f"{HERE}.write_down", now=now, word="a")

    assert outbox.sweep(now=now) == 1
    assert outbox.sweep(now=now) == 0
    assert DONE == ["a"]


@pytest.mark.django_db
def test_two_promises_with_one_key_are_one(now: datetime) -> None:
    outbox.promise(f"{HERE}.write_down", now=now, key="k", word="first")
    outbox.promise(f"{HERE}.write_down", now=now, key="k", word="second")

    outbox.sweep(now=now)
    assert DONE == ["first"]


@pytest.mark.django_db
def test_a_promise_can_be_taken_back_until_it_is_due(now: datetime) -> None:
    later = now + timedelta(minutes=1)
    outbox.promise(f"{HERE}.write_down", now=now, not_before=later, key="k", word="a")
    assert outbox.sweep(now=now) == 0

    assert outbox.take_back("k") is True
    assert outbox.sweep(now=later) == 0
    assert outbox.take_back("k") is False


@pytest.mark.django_db
def test_a_failing_effect_is_tried_five_times_and_parked(now: datetime) -> None:
    row = outbox.promise(f"{HERE}.fail", now=now, word="down")

    for day in range(7):
        outbox.sweep(now=now + timedelta(days=day))

    row.refresh_from_db()
    assert (row.state, row.tries) == (Effect.State.PARKED, 5)
    assert row.last_error == "ConnectionError: down"


@pytest.mark.django_db
def test_a_killed_worker_loses_its_lease_after_a_minute(now: datetime) -> None:
    row = outbox.promise(f"{HERE}.write_down", now=now, word="a")
    Effect.objects.filter(pk=row.pk).update(leased_until=now + outbox.LEASE, tries=1)

    assert outbox.sweep(now=now) == 0
    assert outbox.sweep(now=now + outbox.LEASE) == 1


@pytest.mark.django_db
def test_only_registered_functions_can_be_promised(now: datetime) -> None:
    with pytest.raises(LookupError):
        outbox.promise("os.getcwd", now=now)


@pytest.mark.django_db
def test_what_is_promised_in_a_hush_is_kept_as_taken_back(now: datetime) -> None:
    with outbox.hush():
        outbox.promise(f"{HERE}.write_down", now=now, key="k", word="a")
    outbox.promise(f"{HERE}.write_down", now=now, word="b")

    assert outbox.sweep(now=now) == 1
    assert DONE == ["b"]
    assert Effect.objects.get(key="k").state == Effect.State.UNDONE
