"""Another place: who comes is told once, and calendars follow."""

from collections.abc import Callable
from datetime import datetime

import icalendar
import pytest
from django.core import mail

from accounts.models import User
from events.domain import dates, series, signups
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, Series, SignUp
from tests.events.published_series import details, published
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture
def weekly(organizer: User, now: datetime) -> Series:
    return published(organizer, now, place_name="Central Library", address="630 W 5th St")


def come(date: Occurrence, user: User, now: datetime) -> SignUp:
    return signups.sign_up(occurrence=date, name=user.name, email="", by=user, now=now)


def calendars() -> list[icalendar.Calendar]:
    """What the mails sent carry."""
    parts = [message.attachments[0].get_payload(decode=True) for message in mail.outbox]
    return [icalendar.Calendar.from_ical(part) for part in parts]


def test_who_comes_hears_of_another_place_once_for_all_dates(
    weekly: Series, organizer: User, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    first, second, third, fourth = weekly.occurrences.select_related("series")[:4]
    ana, ben, gone = UserFactory(name="Ana"), UserFactory(name="Ben"), UserFactory()
    for date in (first, second, fourth):
        come(date, ana, now)
    come(third, ben, now)
    signups.cancel(signup=come(third, gone, now), by=gone, now=now)
    dates.cancel_date(occurrence=fourth, reason="Rain", by=organizer, now=now)
    mailed(now + MAILS_WAIT)

    elsewhere = details(place_name="City Hall", address="200 N Spring St")
    series.edit(series=weekly, details=elsewhere, by=organizer, now=now)

    assert mailed() == []
    assert mailed(now + MAILS_WAIT) == ["New place: Robot club"] * 2
    to_ana, to_ben = sorted(mail.outbox, key=lambda message: message.to != [ana.email])
    assert [to_ana.to, to_ben.to] == [[ana.email], [ben.email]]
    assert "It was here: Central Library, 630 W 5th St." in to_ana.body
    assert "City Hall, 200 N Spring St" in to_ana.body
    assert second.when in to_ana.body
    assert fourth.when not in to_ana.body
    by_dates = sorted(calendars(), key=lambda one: -len(one.events))
    assert [(one["METHOD"], len(one.events)) for one in by_dates] == [
        ("PUBLISH", 2),
        ("REQUEST", 1),
    ]
    assert "City Hall" in str(by_dates[1].events[0]["LOCATION"])
    assert mailed(now + 2 * MAILS_WAIT) == []


def test_other_words_are_told_to_nobody(
    weekly: Series, organizer: User, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    come(weekly.occurrences.select_related("series")[0], UserFactory(), now)
    mailed(now + MAILS_WAIT)
    same = details(
        title="Robots", description="New", place_name="Central Library", address="630 W 5th St"
    )
    series.edit(series=weekly, details=same, by=organizer, now=now)
    assert mailed(now + MAILS_WAIT) == []


def test_a_new_link_to_join_is_told_to_those_alone_who_may_know_it(
    organizer: User, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    online = {"mode": Series.Mode.ONLINE, "zip_code": "", "flow": Series.Flow.BY_APPROVAL}
    made = published(organizer, now, online_url="https://meet.example/a", **online)
    date = made.occurrences.select_related("series")[0]
    ana, ben = UserFactory(name="Ana"), UserFactory(name="Ben")
    welcome = come(date, ana, now)
    come(date, ben, now)
    SignUp.objects.filter(pk=welcome.pk).update(status=SignUp.Status.CONFIRMED)
    mailed(now + MAILS_WAIT)
    other = details(online_url="https://meet.example/b", **online)
    series.edit(series=made, details=other, by=organizer, now=now)
    assert mailed(now + MAILS_WAIT) == ["New place: Robot club"]
    assert mail.outbox[0].to == [ana.email]
    assert "https://meet.example/b" in mail.outbox[0].body


def test_nothing_is_said_of_a_date_that_has_begun(
    weekly: Series,
    organizer: User,
    now: datetime,
    mailed: Callable[..., list[str]],
) -> None:
    first = weekly.occurrences.select_related("series")[0]
    come(first, UserFactory(), now)
    mailed(now + MAILS_WAIT)
    elsewhere = details(place_name="City Hall")
    series.edit(series=weekly, details=elsewhere, by=organizer, now=first.last_call_at)
    assert mailed(first.last_call_at + MAILS_WAIT) == []
