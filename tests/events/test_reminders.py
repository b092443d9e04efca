from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from core import outbox, times
from events import permissions
from events.domain import dates, reminders, signup_moves, signups
from events.domain.undo import MAILS_WAIT
from events.models import NoReminders, Occurrence, Series, SignUp
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SignUpFactory

pytestmark = pytest.mark.django_db

WEEK, DAY, HOURS = timedelta(days=7), timedelta(days=1), timedelta(hours=2)


@pytest.fixture
def signup() -> SignUp:
    """Long signed up for Dec 17, 4:30 PM in Los Angeles."""
    made: SignUp = SignUpFactory()
    return made


@pytest.fixture
def at(time_machine: Any) -> Callable[[datetime], list[str]]:
    """Let the timers and the worker run at a moment; says which mails went out."""

    def run(moment: datetime) -> list[str]:
        time_machine.move_to(moment, tick=False)
        mail.outbox.clear()
        reminders.promise_due(now=moment)
        outbox.sweep(now=moment)
        return [str(message.subject) for message in mail.outbox]

    return run


def test_a_reminder_goes_out_at_each_mark_and_once(
    signup: SignUp, at: Callable[[datetime], list[str]]
) -> None:
    start = signup.occurrence.starts_at
    subject = f"Coming up: {signup.occurrence.series.title}"
    minute = timedelta(minutes=1)
    for ahead in (WEEK, DAY, HOURS):
        assert at(start - ahead - minute) == []
        assert at(start - ahead) == [subject]
        assert "4:30 – 6:00 PM PST" in str(mail.outbox[0].body)
        assert at(start - ahead + minute) == []
    assert at(start) == []
    assert at(start + minute) == []


@pytest.mark.parametrize("zone_name", ["America/Los_Angeles", "Europe/London", "Asia/Tokyo"])
def test_days_are_counted_on_the_wall_where_the_event_is(
    at: Callable[[datetime], list[str]], zone_name: str
) -> None:
    # The clocks of Los Angeles change on Nov 1, those of London on Oct 25.
    start = datetime(2026, 11, 3, 16, 30)  # noqa: DTZ001
    made = SignUpFactory(
        occurrence__series__time_zone=zone_name,
        occurrence__series__local_start=start,
        occurrence__changed_at=datetime(2026, 9, 1, tzinfo=UTC),
        changed_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    mark = times.utc_of(start - WEEK, zone_name)
    assert reminders.mark_at(made.occurrence, WEEK) == mark
    assert times.local_of(mark, zone_name) == start - WEEK
    assert at(mark - timedelta(minutes=1)) == []
    assert len(at(mark)) == 1


def test_whoever_signed_up_or_was_confirmed_after_the_mark_is_not_reminded_of_it(
    at: Callable[[datetime], list[str]], signup: SignUp
) -> None:
    start = signup.occurrence.starts_at
    SignUp.objects.update(changed_at=start - DAY + timedelta(minutes=1))
    assert at(start - DAY + timedelta(minutes=2)) == []
    assert len(at(start - HOURS)) == 1


@pytest.mark.parametrize("status", ["pending_email", "requested", "cancelled", "lapsed"])
def test_only_confirmed_people_are_reminded(
    at: Callable[[datetime], list[str]], now: datetime, status: str
) -> None:
    made = SignUpFactory(status=status, hold_until=now)
    assert at(made.occurrence.starts_at - DAY) == []


def test_a_date_that_is_off_or_hidden_reminds_nobody(
    at: Callable[[datetime], list[str]], signup: SignUp, now: datetime
) -> None:
    date = signup.occurrence
    Series.objects.update(status=Series.Status.DRAFT)
    assert at(date.starts_at - WEEK) == []
    Series.objects.update(status=Series.Status.PUBLISHED)
    Occurrence.objects.update(status=Occurrence.Status.CANCELLED, cancelled_at=now)
    assert at(date.starts_at - DAY) == []


def test_what_changes_between_promise_and_mail_is_looked_at_again(
    signup: SignUp, at: Callable[[datetime], list[str]], time_machine: Any
) -> None:
    start = signup.occurrence.starts_at
    assert reminders.promise_due(now=start - DAY) == 1
    SignUp.objects.update(status=SignUp.Status.CANCELLED)
    assert at(start - DAY) == []
    SignUp.objects.update(status=SignUp.Status.CONFIRMED)
    assert reminders.promise_due(now=start - HOURS) == 1
    assert at(start + timedelta(minutes=1)) == []


def test_a_moved_date_is_reminded_of_at_its_new_time(
    signup: SignUp, at: Callable[[datetime], list[str]], now: datetime
) -> None:
    date = signup.occurrence
    dates.move_date(
        occurrence=date,
        local_start=date.local_start + timedelta(days=7),
        by=UserFactory(is_staff=True),
        now=now,
    )
    outbox.sweep(now=now + MAILS_WAIT)
    assert at(date.starts_at - DAY) == []
    date.refresh_from_db()
    assert len(at(date.starts_at - DAY)) == 1


def test_late_timers_leave_a_reminder_out(
    signup: SignUp, at: Callable[[datetime], list[str]]
) -> None:
    start = signup.occurrence.starts_at
    assert len(at(start - WEEK + timedelta(hours=5))) == 1
    assert at(start - DAY + timedelta(hours=7)) == []


def test_one_person_stops_reminders_by_a_button_and_nothing_changes_on_get(
    client: Client, at: Callable[[datetime], list[str]], signup: SignUp
) -> None:
    start = signup.occurrence.starts_at
    SignUpFactory(occurrence=signup.occurrence, email=signup.email, name="Somebody else there")
    url = reverse("events:reminders", args=[permissions.manage_token(signup)])
    for method in (client.get, client.head):
        assert method(url).status_code == 200
    assert NoReminders.objects.count() == 0
    for _time in range(2):
        assert client.post(url, {"act": "stop"}).status_code == 302
    assert "gets no reminders" in client.get(url).text
    assert [message.to for message in mail.outbox] == []
    assert len(at(start - DAY)) == 1
    assert "Somebody else there" in str(mail.outbox[0].body)
    client.post(url, {"act": "resume"})
    assert len(at(start - HOURS)) == 2
    assert client.post(url, {"act": "burn"}).status_code == 404
    assert client.get("/sign-ups/forged/reminders/").status_code == 404


def test_an_account_stops_them_for_all_its_sign_ups(
    at: Callable[[datetime], list[str]], now: datetime
) -> None:
    user = UserFactory()
    first = SignUpFactory(user=user)
    SignUpFactory(user=user, name="As written elsewhere", occurrence=OccurrenceFactory())
    reminders.stop(signup=first, now=now)
    assert at(first.occurrence.starts_at - DAY) == []


def test_the_mail_leads_to_the_buttons(
    client: Client, at: Callable[[datetime], list[str]], signup: SignUp
) -> None:
    at(signup.occurrence.starts_at - DAY)
    (message,) = mail.outbox
    token = permissions.manage_token(signup)
    assert f"/sign-ups/{token}/reminders/" in message.extra_headers["List-Unsubscribe"]
    assert client.get(f"/sign-ups/{token}/").status_code == 200
    assert f"/sign-ups/{token}/" in str(message.body)


def test_after_a_move_one_says_that_it_still_works_or_gives_the_place_back(
    client: Client, signup: SignUp, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    url = reverse("events:manage", args=[permissions.manage_token(signup)])
    Occurrence.objects.update(seats_taken=1)
    assert "Still works for me" not in client.get(url).text
    date = Occurrence.objects.get()
    dates.move_date(
        occurrence=date,
        local_start=date.local_start + timedelta(days=1),
        by=UserFactory(is_staff=True),
        now=now,
    )
    outbox.sweep(now=now + MAILS_WAIT)
    assert "Still works for me, or can’t make it?" in str(mail.outbox[-1].body)
    page = client.get(url).text
    assert "Still works for me" in page
    assert "Can’t make it" in page
    assert SignUp.objects.get().kept_at is None
    assert client.post(url, {"act": "keep"}).status_code == 302
    kept = SignUp.objects.get()
    assert (kept.kept_at, kept.status) == (now, SignUp.Status.CONFIRMED)
    assert "Still works for me" not in client.get(url).text
    client.post(url, {"act": "cancel"})
    assert client.post(url, {"act": "keep"}).status_code == 409
    with pytest.raises(signup_moves.NoSuchMove):
        signups.keep(signup=signup, now=now)


def test_a_run_costs_the_same_statements_for_any_number(
    signup: SignUp, django_assert_num_queries: Any
) -> None:
    moment = signup.occurrence.starts_at - DAY
    reminders.promise_due(now=moment)
    with django_assert_num_queries(4):
        reminders.promise_due(now=moment)
    SignUpFactory.create_batch(2, occurrence=signup.occurrence)
    reminders.promise_due(now=moment)
    with django_assert_num_queries(4):
        reminders.promise_due(now=moment)
