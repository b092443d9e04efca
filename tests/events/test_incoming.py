"""Calendars in: what is read, held otherwise, refused; and what a second reading does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from accounts.models import User
from core import fetch, outbox, search
from core.errors import DomainError
from events.domain import (
    dates,
    ics,
    incoming,
    incoming_reading,
    rescheduling,
    signups,
    timers,
)
from events.domain import series as lifecycle
from events.domain.undo import MAILS_WAIT
from events.models import IncomingCalendar, IncomingEvent, Occurrence, Series, SignUp
from organizations.models import Organization
from tests.canary import Canary
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
ONCE = ("UID:once@x", "SUMMARY:Open house", "DTSTART:20261217T163000", "DTEND:20261217T180000")
WEEKLY = (
    "UID:weekly@x",
    "SUMMARY:Robot club",
    "DTSTART;TZID=America/Los_Angeles:20261208T163000",
    "DTEND;TZID=America/Los_Angeles:20261208T180000",
    "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5",
)
TUESDAY = datetime(2026, 12, 8, 16, 30)  # noqa: DTZ001  (a time on the wall)


def text(*events: tuple[str, ...], head: tuple[str, ...] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Club", *head]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def change(of: tuple[str, ...], start: str, *lines: str) -> tuple[str, ...]:
    return (of[0], of[1], f"RECURRENCE-ID;TZID=America/Los_Angeles:{start}", *lines)


@pytest.fixture
def organizer() -> User:
    user: User = OrganizationMembershipFactory().user
    return user


@pytest.fixture
def calendar(organizer: User, now: datetime) -> IncomingCalendar:
    return incoming.hand_in(
        organization=Organization.objects.get(memberships__user=organizer),
        file_name="club.ics",
        kind="workshop",
        publishes=True,
        by=organizer,
        now=now,
    )


def counts(outcome: incoming.Outcome | None) -> dict[str, int]:
    assert outcome is not None
    found = {name: getattr(outcome, name) for name in outcome.COUNTED}
    found["refused"] = len(outcome.refusals)
    return {name: number for name, number in found.items() if number}


def take(
    calendar: IncomingCalendar, content: bytes, now: datetime, **options: Any
) -> dict[str, int]:
    return counts(
        incoming.import_text(calendar=calendar, content=content, by=None, now=now, **options)
    )


def read_one(*lines: str, head: tuple[str, ...] = ()) -> incoming_reading.Read:
    event = ("UID:a", "SUMMARY:A", *lines)
    reading = incoming_reading.read(
        text(event, head=head), zone_name="America/Los_Angeles", kind="workshop"
    )
    assert reading.refusals == []
    return reading.events[0]


def refused_one(*lines: str) -> str:
    reading = incoming_reading.read(text(lines), zone_name="America/Los_Angeles", kind="workshop")
    assert reading.events == []
    return reading.refusals[0].reason


# --- Written and kept in step -------------------------------------------------------------------


def test_events_become_series_with_their_dates(calendar: IncomingCalendar, now: datetime) -> None:
    moved = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000", "DURATION:PT1H")
    off = change(WEEKLY, "20261222T163000", "STATUS:CANCELLED")
    weekly = (*WEEKLY, "EXDATE;TZID=America/Los_Angeles:20261229T163000")
    assert take(calendar, text(ONCE, weekly, moved, off), now) == {"created": 2}
    once, club = Series.objects.order_by("title")
    assert (once.title, once.slug, once.kind, once.live) == (
        "Open house", "open-house", "workshop", True,
    )  # fmt: skip
    assert (club.time_zone, club.duration_minutes, club.status) == (
        "America/Los_Angeles", 90, "published",
    )  # fmt: skip
    rows = list(club.occurrences.values_list("original_start", "local_start", "status"))
    assert rows == [
        (TUESDAY, TUESDAY, "scheduled"),
        (TUESDAY + timedelta(days=7), datetime(2026, 12, 16, 17, 30), "moved"),  # noqa: DTZ001
        (TUESDAY + timedelta(days=28), TUESDAY + timedelta(days=28), "scheduled"),
    ]
    assert "RECURRENCE-ID;TZID=America/Los_Angeles:20261215T163000\r\n" in club.vevents
    assert [found.url for found in search.results("house")] == [once.get_absolute_url()]
    calendar.refresh_from_db()
    assert (calendar.name, calendar.read_at) == ("Club", now)


def test_the_same_again_changes_nothing(calendar: IncomingCalendar, now: datetime) -> None:
    content = text(ONCE, WEEKLY)
    take(calendar, content, now)
    before = list(Series.objects.values()), list(Occurrence.objects.values())
    assert take(calendar, content, now + timedelta(hours=1)) == {"unchanged": 2}
    assert (list(Series.objects.values()), list(Occurrence.objects.values())) == before


def test_a_changed_rule_moves_dates_and_keeps_who_comes(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(WEEKLY), now)
    second = Occurrence.objects.all()[1]
    signup = signups.sign_up(occurrence=second, name="Ana", email="", by=organizer, now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    later = tuple(
        line.replace("T163000", "T173000").replace("T180000", "T190000") for line in WEEKLY
    )
    assert take(calendar, text(later), now) == {"changed": 1}
    second.refresh_from_db()
    signup.refresh_from_db()
    assert (second.local_start, second.status) == (TUESDAY + timedelta(days=7, hours=1), "moved")
    assert second.original_start == second.local_start
    assert (signup.occurrence_id, signup.status) == (second.pk, SignUp.Status.CONFIRMED)
    assert Occurrence.objects.count() == 5
    outbox.sweep(now=now + MAILS_WAIT)
    assert [letter.subject for letter in mail.outbox] == ["New time: Robot club"]
    assert take(calendar, text(later), now) == {"unchanged": 1}


def test_what_the_desk_gave_other_times_is_followed_where_it_goes_on(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(WEEKLY), now)
    third = Occurrence.objects.select_related("series").all()[2]
    to = rescheduling.Times(
        local_start=third.local_start + timedelta(hours=2),
        duration_minutes=90,
        rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=3",
    )
    shown = rescheduling.plan(first=third, to=to, now=now).digest
    goes_on = rescheduling.reschedule(first=third, to=to, by=organizer, now=now, shown=shown)
    assert take(calendar, text(WEEKLY), now) == {"unchanged": 1}
    renamed = (WEEKLY[0], "SUMMARY:Robots", *WEEKLY[2:])
    assert take(calendar, text(renamed), now) == {"changed": 1}
    goes_on.refresh_from_db()
    assert (goes_on.title, IncomingEvent.objects.get().series_id) == ("Robots", goes_on.pk)
    third.refresh_from_db()
    assert third.local_start == TUESDAY + timedelta(days=14)


def test_a_single_event_that_moves_stays_itself(calendar: IncomingCalendar, now: datetime) -> None:
    take(calendar, text(ONCE), now)
    row = Occurrence.objects.get()
    moved = tuple(line.replace("20261217", "20270117") for line in ONCE)
    assert take(calendar, text(moved), now) == {"changed": 1}
    after = Occurrence.objects.get()
    assert (after.pk, after.original_start, after.status) == (row.pk, row.original_start, "moved")
    assert after.local_start == datetime(2027, 1, 17, 16, 30)  # noqa: DTZ001
    back = take(calendar, text(ONCE), now)
    assert (back, Occurrence.objects.get().local_start) == ({"changed": 1}, row.local_start)


def test_words_of_the_calendar_and_places_of_the_desk(
    calendar: IncomingCalendar, now: datetime
) -> None:
    take(calendar, text(ONCE), now)
    Series.objects.update(capacity=7, flow=Series.Flow.BY_APPROVAL)
    renamed = (ONCE[0], "SUMMARY:Open day", *ONCE[2:], "LOCATION:Library\\, 1 Main St\\, CA 90001")
    assert take(calendar, text(renamed), now) == {"changed": 1}
    row = Series.objects.get()
    assert (row.title, row.place_name, row.address, row.zip_code) == (
        "Open day", "Library", "1 Main St, CA 90001", "90001",
    )  # fmt: skip
    assert (row.capacity, row.flow, row.slug) == (7, Series.Flow.BY_APPROVAL, "open-house")
    assert row.latitude is not None


def test_the_past_is_never_rewritten(calendar: IncomingCalendar, now: datetime) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    later = now + timedelta(days=16)  # after the open house and three Tuesdays
    timers.run(now=later)
    past = list(Occurrence.objects.filter(ends_at__lt=later).values())
    moved = tuple(
        line.replace("T163000", "T173000").replace("T180000", "T190000") for line in WEEKLY
    )
    assert take(calendar, text(moved), later, confirmed=True) == {"changed": 1}
    assert list(Occurrence.objects.filter(ends_at__lt=later).values()) == past
    assert Series.objects.get(slug="open-house").status == Series.Status.ENDED


def test_events_that_are_over_are_left_out(calendar: IncomingCalendar, now: datetime) -> None:
    over = ("UID:o", "SUMMARY:Over", "DTSTART:20200101T100000Z", "RRULE:FREQ=DAILY;COUNT=3")
    going_on = ("UID:g", "SUMMARY:On", "DTSTART:20200107T100000", "RRULE:FREQ=WEEKLY")
    assert take(calendar, text(over, going_on), now) == {"created": 1, "left_out": 1}
    assert Occurrence.objects.order_by("starts_at")[0].ends_at > now


def test_what_vanished_is_called_off_if_it_is_to_come(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    extra = [(f"UID:{n}", *ONCE[1:]) for n in range(6)]
    mine = lifecycle.draft(
        details=lifecycle.Details(title="Mine", local_start=TUESDAY),
        host=calendar.organization,
        by=organizer,
        now=now,
    )
    lifecycle.publish(series=mine, by=organizer, now=now)
    take(calendar, text(ONCE, WEEKLY, *extra), now)
    first = Occurrence.objects.filter(series__slug="robot-club")[0]
    signups.sign_up(occurrence=first, name="Ana", email="", by=organizer, now=now)
    assert take(calendar, text(ONCE, *extra), now) == {"unchanged": 7, "called_off": 1}
    assert Series.objects.get(slug="robot-club").status == Series.Status.CANCELLED
    assert Series.objects.get(pk=mine.pk).status == Series.Status.PUBLISHED
    assert SignUp.objects.get().status == SignUp.Status.CANCELLED
    assert take(calendar, text(ONCE, *extra), now) == {"unchanged": 7}
    # Back in the calendar, it is an event again; the one that was called off stays so.
    assert take(calendar, text(ONCE, WEEKLY, *extra), now) == {"unchanged": 7, "created": 1}
    assert Series.objects.filter(title="Robot club").count() == 2


def test_when_much_vanishes_nothing_is_called_off_until_a_person_says_so(
    calendar: IncomingCalendar, now: datetime
) -> None:
    many = [(f"UID:{n}", *ONCE[1:]) for n in range(10)]
    take(calendar, text(*many), now)
    for content in (text(*many[:6]), text()):
        with pytest.raises(incoming.TooManyVanished, match="say whether that is meant"):
            take(calendar, content, now)
    assert Series.objects.filter(status="published").count() == 10
    assert take(calendar, text(*many[:7]), now) == {"unchanged": 7, "called_off": 3}
    assert take(calendar, text(), now, confirmed=True) == {"called_off": 7}


def test_a_cancelled_event_is_called_off(calendar: IncomingCalendar, now: datetime) -> None:
    off = (*ONCE, "STATUS:CANCELLED")
    assert take(calendar, text(off), now) == {"left_out": 1}
    take(calendar, text(ONCE), now)
    assert take(calendar, text(off), now) == {"changed": 1}
    assert Series.objects.get().status == Series.Status.CANCELLED
    assert take(calendar, text(off), now) == {"unchanged": 1}


def test_what_the_desk_called_off_stays_so(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    row = Series.objects.get(slug="open-house")
    lifecycle.cancel(series=row, reason="Flood", by=organizer, now=now)
    dates.cancel_date(
        occurrence=Occurrence.objects.filter(series__slug="robot-club")[0],
        reason="Flood",
        by=organizer,
        now=now,
    )
    changed = [(*event, "DESCRIPTION:New words") for event in (ONCE, WEEKLY)]
    assert take(calendar, text(*changed), now) == {"changed": 2}
    assert Series.objects.get(slug="open-house").status == Series.Status.CANCELLED
    assert Occurrence.objects.filter(status="cancelled").count() == 2


def test_a_refused_event_has_not_vanished(calendar: IncomingCalendar, now: datetime) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    bad = (*WEEKLY[:4], "RRULE:FREQ=SECONDLY")
    assert take(calendar, text(ONCE, bad), now) == {"unchanged": 1, "refused": 1}
    assert Series.objects.filter(status="published").count() == 2
    calendar.refresh_from_db()
    assert calendar.refusals[0]["title"] == "Robot club"
    assert take(calendar, text(ONCE, bad), now, skip_refused=False) == {
        "unchanged": 1,
        "refused": 1,
    }


def test_an_event_that_became_private_is_taken_off(
    calendar: IncomingCalendar, now: datetime
) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    assert take(calendar, text((*ONCE, "CLASS:PRIVATE"), WEEKLY), now) == {
        "unchanged": 1,
        "called_off": 1,
        "refused": 1,
    }
    assert Series.objects.get(slug="open-house").status == Series.Status.CANCELLED


def test_drafts_wait_for_the_desk(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    IncomingCalendar.objects.update(publishes=False)
    calendar.refresh_from_db()
    moved = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000", "DURATION:PT1H")
    assert take(calendar, text(WEEKLY, moved), now) == {"created": 1}
    row = Series.objects.get()
    assert (row.status, row.live, row.occurrences.count()) == ("draft", False, 0)
    assert take(calendar, text(WEEKLY), now) == {"changed": 1}
    lifecycle.publish(series=Series.objects.get(), by=organizer, now=now)
    assert Occurrence.objects.count() == 5


def test_events_of_a_host_that_is_not_approved_wait_for_staff(now: datetime) -> None:
    host = OrganizationFactory(status=Organization.Status.SUBMITTED, live=False)
    calendar = incoming.hand_in(
        organization=host, file_name="a.ics", kind="workshop", publishes=True, by=None, now=now
    )
    take(calendar, text(ONCE), now)
    assert Series.objects.get().status == Series.Status.IN_REVIEW
    assert not Series.objects.public().exists()


def test_strangers_read_no_calendar(calendar: IncomingCalendar, now: datetime) -> None:
    stranger = UserFactory()
    host = calendar.organization
    new: dict[str, Any] = {
        "organization": host,
        "kind": "workshop",
        "publishes": True,
        "by": stranger,
        "now": now,
    }
    with pytest.raises(PermissionDenied):
        incoming.hand_in(file_name="b.ics", **new)
    with pytest.raises(PermissionDenied):
        incoming.subscribe(url="https://example.org/b.ics", **new)
    for verb in (incoming.pause, incoming.resume, incoming.refresh):
        with pytest.raises(PermissionDenied):
            verb(calendar=calendar, by=stranger, now=now)
    with pytest.raises(PermissionDenied):
        incoming.remove(calendar=calendar, by=stranger)
    with pytest.raises(PermissionDenied):
        incoming.import_text(calendar=calendar, content=text(ONCE), by=stranger, now=now)
    assert not Series.objects.exists()


def test_an_organization_reads_ten_calendars_and_each_once(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    new: dict[str, Any] = {
        "organization": calendar.organization,
        "kind": "workshop",
        "publishes": True,
        "by": organizer,
        "now": now,
    }
    made = [incoming.subscribe(url=f"webcal://example.org/{n}", **new) for n in (1, 2, 1)]
    assert made[0] == made[2]
    assert made[0].url == "https://example.org/1"
    for number in range(3, 10):
        incoming.subscribe(url=f"https://example.org/{number}", **new)
    with pytest.raises(incoming.TooManyCalendars):
        incoming.subscribe(url="https://example.org/10", **new)
    with pytest.raises(fetch.AddressInside):
        incoming.subscribe(url="http://127.0.0.1/", **new)


# --- What is read, and how it is held -----------------------------------------------------------


OUTLOOK = (
    "BEGIN:VTIMEZONE", "TZID:Customized Time Zone",
    "BEGIN:STANDARD", "DTSTART:16011104T020000", "RRULE:FREQ=SECONDLY", "TZOFFSETFROM:-0600",
    "TZOFFSETTO:-0700", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010311T020000", "TZOFFSETFROM:-0700", "TZOFFSETTO:-0600",
    "END:DAYLIGHT", "END:VTIMEZONE",
)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "head", "local", "zone"),
    [
        (":20261208T163000", (), "16:30", "America/Los_Angeles"),
        (":20261209T003000Z", (), "16:30", "America/Los_Angeles"),
        (";TZID=America/New_York:20261208T193000", (), "19:30", "America/New_York"),
        (";TZID=Pacific Standard Time:20261208T163000", (), "16:30", "America/Los_Angeles"),
        (";TZID=(UTC-08:00) Pacific Time (US):20261208T163000", (), "16:30", "America/Los_Angeles"),
        (";TZID=/mozilla.org/2007_1/America/Denver:20261208T163000", (), "16:30", "America/Denver"),
        (";TZID=europe/LONDON:20261208T163000", (), "16:30", "Europe/London"),
        (";TZID=tzone://Microsoft/Utc:20261209T003000", (), "16:30", "America/Los_Angeles"),
        (":20261208T163000", ("X-WR-TIMEZONE:America/Chicago",), "16:30", "America/Chicago"),
        (";TZID=Customized Time Zone:20261208T163000", OUTLOOK, "16:30", "America/Denver"),
    ],
)
def test_times_are_put_on_a_clock_that_we_know(
    start: str, head: tuple[str, ...], local: str, zone: str
) -> None:
    details = read_one(f"DTSTART{start}", head=head).details
    assert (f"{details.local_start:%Y-%m-%d %H:%M}", details.time_zone) == (
        f"2026-12-08 {local}",
        zone,
    )
    assert details.duration_minutes == 60


def test_a_repeating_event_in_utc_stays_there() -> None:
    details = read_one("DTSTART:20261209T003000Z", "RRULE:FREQ=WEEKLY").details
    assert (details.time_zone, details.local_start.hour) == ("UTC", 0)


@pytest.mark.parametrize(
    ("lines", "minutes"),
    [
        (("DTSTART;VALUE=DATE:20261208",), 1440),
        (("DTSTART;VALUE=DATE:20261208", "DTEND;VALUE=DATE:20261208"), 1440),
        (("DTSTART;VALUE=DATE:20261208", "DTEND;VALUE=DATE:20261211"), 3 * 1440),
        (("DTSTART;VALUE=DATE:20261208", "DURATION:P2D"), 2 * 1440),
        (("DTSTART:20261208T163000", "DTEND:20261208T163000"), 60),
        (("DTSTART:20261208T163000", "DURATION:PT45M"), 45),
        (("DTSTART;TZID=America/Los_Angeles:20261208T163000", "DTEND:20261209T020000Z"), 90),
    ],
)
def test_lengths(lines: tuple[str, ...], minutes: int) -> None:
    assert read_one(*lines).details.duration_minutes == minutes


def test_extra_and_excluded_dates_and_a_start_off_its_rule() -> None:
    details = read_one(
        "DTSTART;TZID=America/Los_Angeles:20261207T163000",
        "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20270105T080000Z;",
        "RDATE;TZID=America/Los_Angeles:20261210T163000,20261211T163000",
        "RDATE;VALUE=PERIOD:20261213T003000Z/PT1H",
        "EXDATE;VALUE=DATE:20261215",
        "EXDATE:20261223T003000Z",
    ).details
    assert (details.local_start, details.rrule) == (
        TUESDAY, "FREQ=WEEKLY;UNTIL=20270105T000000;BYDAY=TU",
    )  # fmt: skip
    assert details.extra_dates == [
        "2026-12-07T16:30", "2026-12-10T16:30", "2026-12-11T16:30", "2026-12-12T16:30",
    ]  # fmt: skip
    assert details.excluded_dates == ["2026-12-15T16:30", "2026-12-22T16:30"]


def test_words_are_plain() -> None:
    event = read_one(
        "DTSTART:20261208T163000",
        "DESCRIPTION:<p>Bring <b>a robot</b>.<br>Eat\\, drink &amp\\; code</p>"
        "<script>alert(1)</script>\\n\\u0007end",
        "LOCATION:  Central\\nLibrary ",
        "URL:https://example.org/robots",
    )
    assert event.details.description == (
        "Bring a robot.\nEat, drink & code\n\nu0007end\n\nhttps://example.org/robots"
    )
    assert (event.details.place_name, event.details.mode) == ("Central Library", "in_person")
    linked = read_one(
        "DTSTART:20261208T163000", "LOCATION:https://meet.example.org/x", "URL:javascript:alert(1)"
    ).details
    assert (linked.mode, linked.online_url) == ("online", "https://meet.example.org/x")
    assert (linked.place_name, linked.description) == ("", "")
    long = read_one("DTSTART:20261208T163000", *[f"DESCRIPTION:{'x' * 8000}", " yy"]).details
    assert (len(long.description), long.description[-1]) == (8000, "…")


def test_events_without_uid_are_known_by_start_and_title(
    calendar: IncomingCalendar, now: datetime
) -> None:
    nameless, long = ONCE[1:], (f"UID:{'u' * 500}", *ONCE[1:])
    assert take(calendar, text(nameless, long), now) == {"created": 2}
    assert take(calendar, text(nameless, long), now) == {"unchanged": 2}


def test_whole_days_stay_whole_days(calendar: IncomingCalendar, now: datetime) -> None:
    fair = (
        "UID:fair@x",
        "SUMMARY:Fair",
        "DTSTART;VALUE=DATE:20261210",
        "DTEND;VALUE=DATE:20261212",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231",
        "EXDATE;VALUE=DATE:20261224",
    )
    moved = (*fair[:2], "RECURRENCE-ID;VALUE=DATE:20261217", "DTSTART;VALUE=DATE:20261218")
    timed = (
        *fair[:2],
        "RECURRENCE-ID;VALUE=DATE:20261231",
        "DTSTART:20261230T200000",
        "DTEND:20261231T020000",
    )
    assert take(calendar, text(fair, moved, timed), now) == {"created": 1}
    series = Series.objects.get()
    assert (series.is_all_day, series.duration_minutes, series.rrule) == (
        True,
        2 * 1440,
        "FREQ=WEEKLY;UNTIL=20261231T235900",
    )
    assert [row.when for row in series.occurrences.select_related("series")] == [
        "Dec 10 – 11",
        "All day, Fri, Dec 18",
        "Dec 30 – 31",
    ]
    assert "DTSTART;VALUE=DATE:20261210" in series.vevents
    assert take(calendar, text(fair, moved, timed), now) == {"unchanged": 1}


def test_a_date_that_became_a_day_keeps_the_clock_of_its_event(
    calendar: IncomingCalendar, now: datetime
) -> None:
    day = change(WEEKLY, "20261215T163000", "DTSTART;VALUE=DATE:20261215")
    take(calendar, text(WEEKLY, day), now)
    row = Occurrence.objects.select_related("series").order_by("starts_at")[1]
    assert row.when == "Tue, Dec 15, 12:00 AM – 11:59 PM PST"


def test_a_changed_date_without_its_event_is_an_event_of_its_own(
    calendar: IncomingCalendar, now: datetime
) -> None:
    alone = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000")
    other = change(WEEKLY, "20261222T163000", "DTSTART:20261223T173000")
    assert take(calendar, text(alone, other), now) == {"created": 2}
    assert take(calendar, text(alone, other), now) == {"unchanged": 2}
    assert set(IncomingEvent.objects.values_list("recurrence_id", flat=True)) == {
        "2026-12-15T16:30",
        "2026-12-22T16:30",
    }


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (ONCE[:2], "no line DTSTART"),
        ((ONCE[0], *ONCE[2:]), "no title"),
        ((*ONCE[:2], "DTSTART:20261308T163000"), "is not a date"),
        ((*ONCE[:2], "DTSTART:00010101T000000"), "is not a date"),
        ((*ONCE[:2], "DTSTART:99991231T000000"), "is not a date"),
        ((*ONCE[:2], "DTSTART:19991231T000000"), "between 2000 and 2100"),
        ((*ONCE[:2], "DTSTART;TZID=Mars/Olympus:20261208T163000"), "“Mars/Olympus”"),
        ((*ONCE[:3], "DTEND:20261217T150000"), "ends before it begins"),
        ((*ONCE[:3], "DTEND:20270117T150000"), "longer than 14 days"),
        ((*ONCE[:3], "DURATION:soon"), "DURATION"),
        ((*ONCE[:3], "DURATION:P99999999999D"), "DURATION"),
        ((*ONCE, "CLASS:PRIVATE"), "private"),
        ((*ONCE, "RRULE:FREQ=DAILY", "EXRULE:FREQ=DAILY"), "EXRULE"),
        ((*ONCE, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "several rules"),
        ((*ONCE, "RRULE:FREQ=SECONDLY"), "FREQ=SECONDLY"),
        ((*ONCE, "RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30"), "FREQ=MINUTELY"),
        ((*ONCE, "RRULE:FREQ=MONTHLY;INTERVAL=0"), "INTERVAL"),
        ((*ONCE, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "does not fall"),
        ((*ONCE, "RRULE:FREQ=DAILY;COUNT=100000"), "COUNT"),
        ((*ONCE, "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))), "1000 dates"),
        ((*ONCE, "RRULE:" + "FREQ=DAILY;" * 60), "300 letters"),
        ((*ONCE, "RDATE:" + "\r\n ".join(["20261208T163000,"] * 1001)), "1000 extra"),
        ((*ONCE[:2], "DTSTART;TZID=x"), "DTSTART cannot be read"),
        ((*ONCE[:2], "DTSTART;VALUE=DATE:20261217", "RRULE:FREQ=DAILY;BYHOUR=9"), "BYHOUR"),
    ],
)
def test_an_event_that_cannot_be_held_is_refused_by_name(
    lines: tuple[str, ...], reason: str
) -> None:
    assert reason in refused_one(*lines)


def test_two_events_of_one_uid_and_a_change_of_all_that_follows() -> None:
    later = ("UID:once@x", "SUMMARY:Later", "DTSTART:20261218T163000", "SEQUENCE:2")
    following = (
        "UID:weekly@x", "SUMMARY:Robots", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261215T163000",
        "DTSTART:20261215T173000",
    )  # fmt: skip
    reading = incoming_reading.read(
        text(later, ONCE, WEEKLY, following), zone_name="America/Los_Angeles", kind="workshop"
    )
    assert [event.details.title for event in reading.events] == ["Later", "Robot club"]
    assert [refusal.title for refusal in reading.refusals] == ["Open house", "Robots"]


# --- Files that are none, or too much -----------------------------------------------------------

GOOD = text(ONCE).decode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a calendar"),
        (b"   \r\n\r\n", "not a calendar"),
        (b"<!doctype html><title>Sign in</title>", "not a calendar"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (b"BEGIN:VCALENDAR\x00", "some other kind"),
        (GOOD.encode("utf-16"), "UTF-8"),
        ("BEGIN:VCALENDAR\r\nX:é\r\nEND:VCALENDAR".encode("latin-1"), "UTF-8"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not a calendar"),
        (GOOD[:100].encode(), "in the middle of"),
        (GOOD.replace("END:VEVENT", "END:VTODO").encode(), "ends what was not begun"),
        (b"BEGIN:VCALENDAR\n" + b"x" * 9000 + b"\nEND:VCALENDAR", "longer than 8192"),
        (b"x" * 100_000_000, "5 MB"),
        (b"BEGIN:VCALENDAR\n" * 9 + b"END:VCALENDAR\n" * 9, "too deep"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 5001, "5000 events"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VALARM\nEND:VALARM\n" * 20_001, "20000 parts"),
    ],
)
def test_what_is_no_calendar_or_too_much_of_one_is_refused(content: bytes, reason: str) -> None:
    began = time.monotonic()
    with pytest.raises((ics.NotACalendar, ics.CalendarTooLarge), match=reason):
        incoming_reading.read(content, zone_name="UTC", kind="workshop")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\r\n", "\n"),
        GOOD.replace("\r\n", "\r"),
        "\ufeff" + GOOD,
        GOOD.replace("Open house", "Open\r\n  house"),
        GOOD.replace("Open house", "Open house\r\nDESCRIPTION:a line that was\r\nbroken anywhere"),
        GOOD.replace("END:VEVENT", "BEGIN:VALARM\r\nEND:VALARM\r\n" * 1000 + "END:VEVENT", 1),
        GOOD.replace("VERSION:2.0", 'VERSION:2.0\r\nX-ODD;A="b:VALUE'),
        GOOD.replace("SUMMARY:", "X-LONG:" + ";a=" * 2000 + "\r\nSUMMARY:"),
        GOOD + "-- \r\nsent by a list\r\n",
        GOOD.lower().replace("t1", "T1").replace("open", "Open"),
    ],
)
def test_small_faults_do_no_harm(content: str) -> None:
    reading = incoming_reading.read(content.encode(), zone_name="UTC", kind="workshop")
    assert [event.details.title for event in reading.events] == ["Open house"]


# --- Addresses ----------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Canary]:
    with Canary() as found:
        yield found


@pytest.fixture
def feed(site: Canary, calendar: IncomingCalendar) -> IncomingCalendar:
    site.answers["/"] = (200, {"ETag": '"1"'}, text(ONCE, WEEKLY))
    calendar.url, calendar.file_name = f"http://club.example.org:{site.port}/", ""
    calendar.save()
    return calendar


def test_an_address_is_read_by_the_timer_and_asked_for_changes_only(
    feed: IncomingCalendar, site: Canary, now: datetime
) -> None:
    guard = site.open_guard()
    assert incoming.refresh_due(now=now, guard=guard) == 1
    assert incoming.refresh_due(now=now, guard=guard) == 0
    feed.refresh_from_db()
    assert (feed.etag, feed.problem, Series.objects.count()) == ('"1"', "", 2)
    site.answers["/"] = (304, {"Content-Length": "0"}, b"")
    later = now + timedelta(hours=1)
    assert incoming.refresh_due(now=later, guard=guard) == 1
    feed.refresh_from_db()
    assert site.seen[1][1]["if-none-match"] == '"1"'
    assert (feed.read_at, feed.next_try_at) == (later, later + timedelta(hours=1))


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b""),
        (404, {}, b""),
        (200, {}, b"<html>Sign in</html>"),
        (200, {}, b""),
        (200, {}, text(ONCE, WEEKLY)[:300]),
        (200, {}, text()),
        (200, {"Content-Length": "9000"}, text(ONCE)),
        (302, {"Location": "http://10.0.0.1/"}, b""),
        (200, {}, b"x" * 6_000_000),
        (200, {"Content-Encoding": "gzip"}, b"no"),
    ],
)
def test_when_an_address_breaks_what_was_read_stays_and_pauses_grow(
    answer: Any, feed: IncomingCalendar, site: Canary, now: datetime
) -> None:
    def permits(address: fetch.Address) -> bool:
        return address.is_loopback

    guard = site.guard(permits=permits, seconds=1.0)
    incoming.refresh_due(now=now, guard=guard)
    before = list(Series.objects.values())
    site.answers["/"] = answer
    moment = now + timedelta(hours=1)
    for failures, hours in ((1, 2), (2, 4), (3, 8)):
        assert incoming.refresh_due(now=moment, guard=guard) == 1
        feed.refresh_from_db()
        assert (feed.failures, feed.read_at) == (failures, now)
        assert feed.next_try_at == moment + timedelta(hours=hours)
        assert feed.problem.endswith((".", "?"))
        outbox.sweep(now=moment)
        assert len(mail.outbox) == (failures == 3)
        moment += timedelta(hours=hours)
    assert "We cannot read your calendar" in mail.outbox[0].subject
    assert feed.problem in mail.outbox[0].body
    assert list(Series.objects.values()) == before
    site.answers["/"] = (200, {}, text(ONCE, WEEKLY))
    incoming.refresh_due(now=moment, guard=guard)
    feed.refresh_from_db()
    assert (feed.failures, feed.problem) == (0, "")


def test_paused_calendars_and_files_are_not_asked(
    feed: IncomingCalendar, site: Canary, organizer: User, now: datetime
) -> None:
    incoming.pause(calendar=feed, by=organizer, now=now)
    assert incoming.refresh_due(now=now, guard=site.open_guard()) == 0
    incoming.resume(calendar=feed, by=organizer, now=now)
    assert incoming.refresh_due(now=now, guard=site.open_guard()) == 1
    incoming.remove(calendar=feed, by=organizer)
    assert (IncomingCalendar.objects.count(), Series.objects.count()) == (0, 2)


def test_a_file_cannot_be_read_again(calendar: IncomingCalendar, now: datetime) -> None:
    with pytest.raises(incoming.NothingToRead):
        incoming.refresh(calendar=calendar, by=None, now=now)
    assert incoming.refresh_due(now=now) == 0


# --- The command --------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("import_calendar", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_writes_and_changes_nothing_the_second_time(tmp_path: Path) -> None:
    host = OrganizationFactory(slug="club")
    file = tmp_path / "club.ics"
    file.write_bytes(text((*ONCE[:2], "DTSTART:20991217T163000")))
    run = (str(file), "--organization", "club")
    assert "1 created, 0 changed" in command(*run, "--dry-run")
    assert not IncomingCalendar.objects.exists()
    assert "1 created, 0 changed" in command(*run)
    assert "0 created, 0 changed, 1 unchanged" in command(*run)
    assert Series.objects.get().organization == host


def test_the_command_refuses_by_line_and_leaves_out_when_told(tmp_path: Path) -> None:
    OrganizationFactory(slug="club")
    file = tmp_path / "club.ics"
    good = (*ONCE[:2], "DTSTART:20991217T163000")
    file.write_bytes(text(good, ("UID:b", "SUMMARY:Bad", "DTSTART:soon")))
    run = (str(file), "--organization", "club")
    with pytest.raises(CommandError, match="nothing was written"):
        command(*run)
    assert not IncomingCalendar.objects.exists()
    with pytest.raises(CommandError, match="the rest was written"):
        command(*run, "--skip-refused", "--drafts")
    assert Series.objects.get().status == Series.Status.DRAFT


@pytest.mark.parametrize(
    ("source", "slug", "says"),
    [
        ("missing.ics", "club", "No such file"),
        ("missing.ics", "nobody", "no organization “nobody”"),
        ("http://127.0.0.1/club.ics", "club", "leads inside"),
        ("ftp://example.org/club.ics", "club", "must begin with"),
    ],
)
def test_the_command_says_why_not(source: str, slug: str, says: str) -> None:
    OrganizationFactory(slug="club")
    with pytest.raises(CommandError, match=says):
        command(source, "--organization", slug)


# --- Other people's calendars -------------------------------------------------------------------


@pytest.mark.data
def test_every_known_calendar_is_read_or_refused_within_2_seconds_and_256_mb(
    shared_data: Path,
) -> None:
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.events.read_calendars", str(shared_data / "ical" / "repos")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(said) > 400
    assert [line for line in said if line[1].startswith("ERROR")] == []
    assert all(line[1] == "read" or line[1].endswith((".", "?")) for line in said)
    assert sum(line[1] == "read" for line in said) > 300


@pytest.mark.data
def test_every_known_calendar_is_imported_and_again_without_change(shared_data: Path) -> None:
    early = datetime(2005, 1, 1, tzinfo=UTC)
    host = OrganizationFactory()
    made = 0
    for path in sorted((shared_data / "ical" / "repos").rglob("*.ics")):
        calendar = IncomingCalendar.objects.create(
            organization=host, file_name=path.name, url="", publishes=True
        )
        try:
            first = take(calendar, path.read_bytes(), early)
        except DomainError:
            pass
        else:
            again = take(calendar, path.read_bytes(), early)
            assert again.get("unchanged", 0) == first.get("created", 0), path
            assert not {"created", "changed", "called_off"} & set(again), path
            made += first.get("created", 0)
        calendar.delete()
    assert made > 5000


@pytest.mark.data
def test_a_calendar_of_4778_events_is_imported_within_a_minute(
    shared_data: Path, calendar: IncomingCalendar
) -> None:
    # Takes 7 s on two shared cores, and 0.7 s the second time.
    content = next((shared_data / "ical" / "repos").rglob("issue42.ics")).read_bytes()
    early = datetime(2010, 12, 1, tzinfo=UTC)
    began = time.monotonic()
    first = take(calendar, content, early)
    assert time.monotonic() - began < 60
    assert first["created"] > 4500
    assert take(calendar, content, early)["unchanged"] == first["created"]
