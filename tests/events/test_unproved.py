"""Mails to addresses that nobody has proved: so many and no more."""

from datetime import datetime, timedelta

import pytest

from events.domain import signups, unproved
from events.models import SignUp, WaitingEntry
from tests.events.people import full, guest, wait
from tests.factories.events import START, OccurrenceFactory

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status
DAY = timedelta(days=1)


def test_strangers_have_three_mails_an_hour_and_six_a_day_sent_to_an_address(now: datetime) -> None:
    def ask(moment: datetime) -> str:
        try:
            wait(full(), moment)
        except unproved.TooManyMails as refusal:
            return f"{refusal.status}"
        return "waits"

    assert [ask(now) for _date in range(4)] == ["waits", "waits", "waits", "429"]
    assert [ask(now + timedelta(hours=1)) for _date in range(4)] == [*["waits"] * 3, "429"]
    assert ask(now + timedelta(hours=3)) == "429"
    with pytest.raises(unproved.TooManyMails):
        guest(OccurrenceFactory(), now + timedelta(hours=3), email="W1@example.com")
    # It is the address that is spared, and who has an account has proved theirs.
    assert wait(full(), now + timedelta(hours=3), 2).status == Status.WAITING
    assert ask(now + DAY) == "waits"


def test_who_answers_their_mails_goes_on(now: datetime) -> None:
    for day in range(7):
        date = OccurrenceFactory(series__local_start=START + day * DAY)
        signups.confirm(signup=guest(date, now), now=now)
    # What nobody answers counts though its hold lapsed.
    for number in range(3):
        later = now + timedelta(minutes=number)
        signup = guest(OccurrenceFactory(), later, email="b@example.com")
        SignUp.objects.filter(pk=signup.pk).update(status="lapsed")
    with pytest.raises(unproved.TooManyMails):
        guest(OccurrenceFactory(), later, email="b@example.com")
