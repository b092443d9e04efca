"""The mails about sign-ups carry their date as a calendar file."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest
from django.core import mail
from django.core.mail import EmailMessage as DjangoMessage

from core import letters, outbox
from core.eml import EmlFileBackend
from events.domain import catalogue, dates, plans, rescheduling, series, signups
from events.models import Occurrence, Series, SignUp
from tests.factories.accounts import UserFactory
from tests.factories.events import SeriesFactory

pytestmark = pytest.mark.django_db

SECRET = "https://meet.example/secret"


@pytest.fixture
def third_date(now: datetime) -> Occurrence:
    """One date of a weekly series that is held online."""
    made = SeriesFactory(
        title="Robots; lasers, “and” más",
        rrule="FREQ=WEEKLY",
        created_at=now,
        mode=Series.Mode.ONLINE,
        online_url=SECRET,
        cancelled_at=None,
    )
    catalogue.materialize(made, now=now, until=date(2027, 3, 1))
    found: Occurrence = made.occurrences.all()[2]
    return found


def sign_up(
    occurrence: Occurrence,
    now: datetime,
    *,
    name: str = 'Ana "Robot" Ruiz; x',
    email: str = "ana@example.com",
) -> SignUp:
    return signups.sign_up(
        occurrence=occurrence, name=name, email="", by=UserFactory(email=email), now=now
    )


def calendar_in(message: DjangoMessage) -> tuple[str, Any]:
    """The method that the mail's part names, and its one event as icalendar reads it."""
    read = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    (part,) = list(read.iter_attachments())
    assert (part.get_content_type(), part.get_filename()) == ("text/calendar", "event.ics")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert b"\n" not in content.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(content)
    method = str(part.get_param("method"))
    assert str(calendar["METHOD"]) == method
    (event,) = calendar.events
    return method, event


def test_a_confirmation_asks_for_the_date_under_the_name_it_has_in_the_feeds(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    sign_up(third_date, now)
    work_later()
    (message,) = mail.outbox
    method, event = calendar_in(message)
    assert (method, str(event["STATUS"])) == ("REQUEST", "CONFIRMED")
    assert str(event["UID"]) == str(third_date.series.uuid)
    assert event["RECURRENCE-ID"].dt.replace(tzinfo=None) == third_date.original_start
    assert event.start == third_date.starts_at
    assert event.end == third_date.ends_at
    assert str(event["SUMMARY"]) == third_date.series.title
    assert SECRET in str(event["DESCRIPTION"])
    assert str(event["ATTENDEE"]) == "mailto:ana@example.com"
    assert event["ATTENDEE"].params["CN"] == "Ana 'Robot' Ruiz; x"
    assert str(event["ORGANIZER"]).startswith("mailto:")


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("ana.ruiz+robots_2@example.com", "ana.ruiz+robots_2@example.com"),
        ("o'neil-ruiz!@example.com", "o'neil-ruiz!@example.com"),
        ('"\x01STATUS:X\x1f"@example.com', "%22%01STATUS%3AX%1F%22@example.com"),
        ("50%&more@example.com", "50%25%26more@example.com"),
    ],
)
def test_the_address_in_the_calendar_holds_nothing_that_ends_it(
    now: datetime,
    work_later: Callable[[], int],
    third_date: Occurrence,
    email: str,
    address: str,
) -> None:
    sign_up(third_date, now, email=email)
    work_later()
    _method, event = calendar_in(mail.outbox[-1])
    assert str(event["ATTENDEE"]) == f"mailto:{address}"
    assert str(event["STATUS"]) == "CONFIRMED"


@pytest.mark.parametrize("name", ["Ana^nRuiz", "^", "Ana ^' Ruiz", "Ana Ruiz"])
def test_a_name_in_the_calendar_is_read_as_it_was_written(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence, name: str
) -> None:
    sign_up(third_date, now, name=name)
    work_later()
    _method, event = calendar_in(mail.outbox[-1])
    assert event["ATTENDEE"].params["CN"] == name


def test_a_move_asks_again_with_a_higher_sequence(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    sign_up(third_date, now)
    work_later()
    staff = UserFactory(is_staff=True)
    sequences = [calendar_in(mail.outbox[0])[1]["SEQUENCE"]]
    for days in (1, 2):
        to = third_date.original_start + timedelta(days=days)
        dates.move_date(occurrence=third_date, local_start=to, by=staff, now=now)
        work_later()
        method, event = calendar_in(mail.outbox[-1])
        assert method == "REQUEST"
        assert event.start.replace(tzinfo=None) == to
        assert event["RECURRENCE-ID"].dt.replace(tzinfo=None) == third_date.original_start
        sequences.append(event["SEQUENCE"])
    assert sequences == sorted(set(sequences))


def test_a_date_called_off_is_taken_back(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    sign_up(third_date, now)
    work_later()
    before = calendar_in(mail.outbox[0])[1]
    dates.cancel_date(occurrence=third_date, reason="Rain", by=UserFactory(is_staff=True), now=now)
    work_later()
    method, event = calendar_in(mail.outbox[-1])
    assert (method, str(event["STATUS"])) == ("CANCEL", "CANCELLED")
    assert event["SEQUENCE"] > before["SEQUENCE"]
    assert (event["UID"], event["RECURRENCE-ID"]) == (before["UID"], before["RECURRENCE-ID"])
    assert SECRET not in str(event["DESCRIPTION"])


def test_a_place_given_back_and_taken_again_rises_each_time(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    told = []
    for _time in range(2):
        signup = sign_up(third_date, now)
        work_later()
        told.append(calendar_in(mail.outbox[-1]))
        signups.cancel(signup=signup, by=None, now=now)
        work_later()
        told.append(calendar_in(mail.outbox[-1]))
    assert [method for method, _event in told] == ["REQUEST", "CANCEL"] * 2
    sequences = [event["SEQUENCE"] for _method, event in told]
    assert sequences == sorted(set(sequences))
    # Somebody else's calendar hears nothing of it.
    bo = UserFactory()
    signups.sign_up(occurrence=third_date, name="Bo Lin", email="", by=bo, now=now)
    work_later()
    assert calendar_in(mail.outbox[-1])[1]["SEQUENCE"] == sequences[0]


def test_a_whole_series_called_off_takes_back_each_date(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    sign_up(third_date, now)
    work_later()
    series.cancel(series=third_date.series, reason="", by=UserFactory(is_staff=True), now=now)
    work_later()
    assert [calendar_in(message)[0] for message in mail.outbox] == ["REQUEST", "CANCEL"]


def test_a_place_given_back_is_taken_out_of_the_calendar_and_comes_back_later(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    signup = sign_up(third_date, now)
    work_later()
    later = now + timedelta(hours=1)
    assert signup.user is not None
    signups.cancel(signup=signup, by=signup.user, now=later)
    signups.cancel(signup=signup, by=signup.user, now=later)
    outbox.sweep(now=later)
    assert [calendar_in(message)[0] for message in mail.outbox] == ["REQUEST", "CANCEL"]
    stamps = [calendar_in(message)[1].DTSTAMP for message in mail.outbox]
    assert stamps == [now, later]


def test_whoever_is_not_confirmed_gets_no_link_to_join(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    Series.objects.filter(pk=third_date.series_id).update(flow=Series.Flow.BY_APPROVAL)
    signup = sign_up(Occurrence.objects.get(pk=third_date.pk), now)
    assert signup.status == SignUp.Status.REQUESTED
    work_later()
    to = third_date.original_start + timedelta(days=1)
    dates.move_date(occurrence=third_date, local_start=to, by=UserFactory(is_staff=True), now=now)
    work_later()
    method, event = calendar_in(mail.outbox[-1])
    assert (method, str(event["STATUS"])) == ("REQUEST", "TENTATIVE")
    for message in mail.outbox:
        assert SECRET.encode() not in message.message().as_bytes()
    assert SECRET not in event.to_ical().decode()


def test_the_file_that_is_kept_of_a_mail_is_well_formed(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence, tmp_path: Path
) -> None:
    sign_up(third_date, now)
    work_later()
    EmlFileBackend(directory=tmp_path, alias="default").send_messages(mail.outbox)
    (name,) = letters.names(tmp_path)
    letter = letters.read(tmp_path, name)
    assert letter is not None
    assert letter.attachments == ("event.ics",)
    read = message_from_bytes((tmp_path / name).read_bytes(), policy=policy.default)
    assert [part.defects for part in read.walk()] == [[]] * len(list(read.walk()))
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def change_times(
    first: Occurrence, now: datetime, *, hours: int, rrule: str = "FREQ=WEEKLY"
) -> Series:
    to = plans.Times(
        local_start=first.original_start + timedelta(hours=hours),
        duration_minutes=90,
        rrule=rrule,
    )
    seen = plans.plan(first=first, to=to, now=now)
    staff = UserFactory(is_staff=True)
    return rescheduling.reschedule(first=first, to=to, by=staff, now=now, shown=seen.digest)


@pytest.mark.parametrize("from_date", [0, 1, 2])
def test_other_times_move_the_entry_that_calendars_have(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence, from_date: int
) -> None:
    """Altogether, from the date before on, and from the date itself on."""
    Series.objects.filter(pk=third_date.series_id).update(sequence=7)
    third_date.series.refresh_from_db()
    sign_up(third_date, now)
    work_later()
    before = calendar_in(mail.outbox[-1])[1]
    first = third_date.series.occurrences.select_related("series")[from_date]

    goes_on = change_times(first, now, hours=1)
    work_later()

    method, event = calendar_in(mail.outbox[-1])
    third_date.refresh_from_db()
    assert (third_date.series == goes_on, method) == (True, "REQUEST")
    assert (goes_on.pk != first.series_id) == (from_date > 0)
    assert (event["UID"], event["RECURRENCE-ID"]) == (before["UID"], before["RECURRENCE-ID"])
    assert event.start == third_date.starts_at == before.start + timedelta(hours=1)
    assert event["SEQUENCE"] > before["SEQUENCE"]

    change_times(third_date, now, hours=2)
    work_later()
    again = calendar_in(mail.outbox[-1])[1]
    assert (again["UID"], again["RECURRENCE-ID"]) == (before["UID"], before["RECURRENCE-ID"])
    assert again["SEQUENCE"] > event["SEQUENCE"]

    third_date.refresh_from_db()
    dates.cancel_date(occurrence=third_date, reason="x", by=UserFactory(is_staff=True), now=now)
    work_later()
    method, gone = calendar_in(mail.outbox[-1])
    assert (method, gone["UID"], gone["RECURRENCE-ID"]) == (
        "CANCEL",
        before["UID"],
        before["RECURRENCE-ID"],
    )
    assert gone["SEQUENCE"] > again["SEQUENCE"]


def test_what_happened_once_stays_one_event_when_it_begins_to_repeat(
    now: datetime, work_later: Callable[[], int]
) -> None:
    made = SeriesFactory(created_at=now)
    catalogue.materialize(made, now=now, until=date(2027, 3, 1))
    row = made.occurrences.get()
    sign_up(row, now)
    work_later()
    row.series.refresh_from_db()
    change_times(row, now, hours=1)
    work_later()
    before, after = (calendar_in(message)[1] for message in mail.outbox)
    assert after["UID"] == before["UID"]
    assert "RECURRENCE-ID" not in before
    assert "RECURRENCE-ID" not in after
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_one_date_that_a_split_leaves_is_known_as_before(
    now: datetime, work_later: Callable[[], int]
) -> None:
    later = ["2026-12-24T16:30", "2026-12-31T16:30"]
    made = SeriesFactory(extra_dates=later, created_at=now)
    catalogue.materialize(made, now=now, until=date(2027, 3, 1))
    first, second, _third = made.occurrences.select_related("series")
    sign_up(first, now)
    work_later()
    before = calendar_in(mail.outbox[-1])[1]
    change_times(second, now, hours=1)
    first.refresh_from_db()
    assert not first.series.repeats
    dates.cancel_date(occurrence=first, reason="x", by=UserFactory(is_staff=True), now=now)
    work_later()
    gone = calendar_in(mail.outbox[-1])[1]
    assert (gone["UID"], gone["RECURRENCE-ID"]) == (before["UID"], before["RECURRENCE-ID"])


def test_the_feeds_name_a_date_by_the_series_that_it_is_in(
    now: datetime, work_later: Callable[[], int], third_date: Occurrence
) -> None:
    goes_on = change_times(third_date, now, hours=1)
    third_date.refresh_from_db()
    dates.move_date(
        occurrence=third_date,
        local_start=third_date.local_start + timedelta(days=1),
        by=UserFactory(is_staff=True),
        now=now,
    )
    goes_on.refresh_from_db()
    assert str(third_date.known_uid) not in goes_on.vevents
    assert goes_on.vevents.count(f"UID:{goes_on.uuid}") == 2
