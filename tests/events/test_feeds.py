import json
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from django.test import Client
from django.utils.http import http_date
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from core import times
from events.calendars import vevents
from events.calendars.timezones import vtimezone
from events.domain import (
    catalogue,
    dates,
    personal_feeds,
    plans,
    rescheduling,
    series,
    signups,
)
from events.mail import signups as signup_letters
from events.models import Occurrence, Series, SignUp
from tests.events.published_series import TUESDAY, date_at, published
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.events import ZONES, OccurrenceFactory, SeriesFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory

pytestmark = pytest.mark.django_db

NODE = shutil.which("node")
HERE = Path(__file__).parent
ICAL_JS = HERE.parent / "node_modules" / "ical.js"
START = datetime(2026, 9, 1, 16, 30)  # noqa: DTZ001  (a time on the wall)
FIRST, LAST = date(2026, 9, 1), date(2027, 5, 1)


def weekly(now: datetime, **changes: Any) -> Series:
    """A weekly series with its rows and calendar text, as publishing leaves it."""
    details: dict[str, Any] = {
        "local_start": START,
        "rrule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270430T235900",
        "created_at": now,
        **changes,
    }
    made = SeriesFactory(**details)
    catalogue.materialize(made, now=now, until=LAST)
    catalogue.refresh(made, now=now)
    again: Series = Series.objects.get(pk=made.pk)
    return again


@pytest.fixture
def early() -> datetime:
    """Before daylight saving ends."""
    return datetime(2026, 8, 20, 9, 0, tzinfo=ZoneInfo("America/Los_Angeles"))


def exceptional(now: datetime) -> Series:
    """One date moved, one cancelled."""
    staff = UserFactory(is_staff=True)
    made = weekly(now)
    moved, cancelled = made.occurrences.all()[3], made.occurrences.all()[12]
    to = moved.local_start + timedelta(days=2, hours=1)
    dates.move_date(occurrence=moved, local_start=to, by=staff, now=now)
    dates.cancel_date(occurrence=cancelled, reason="Holiday", by=staff, now=now)
    again: Series = Series.objects.get(pk=made.pk)
    return again


def expected(made: Series) -> list[tuple[str, str]]:
    rows = made.occurrences.filter(original_start__lt=datetime(2027, 5, 1))  # noqa: DTZ001
    return sorted(
        (
            row.local_start.isoformat(timespec="minutes"),
            "CANCELLED" if row.is_cancelled else "CONFIRMED",
        )
        for row in rows
    )


def read_by_icalendar(content: bytes) -> list[tuple[str, str]]:
    calendar = icalendar.Calendar.from_ical(content)
    found = recurring_ical_events.of(calendar, keep_recurrence_attributes=True)
    return sorted(
        (event.start.replace(tzinfo=None).isoformat(timespec="minutes"), str(event["STATUS"]))
        for event in found.between(FIRST, LAST)
    )


def test_both_changes_a_move_and_a_cancellation_are_read_as_meant(
    client: Client, early: datetime
) -> None:
    made = exceptional(early)
    content = client.get("/events.ics").content
    found = read_by_icalendar(content)
    assert found == expected(made)
    assert len(found) == 35
    assert {start[11:] for start, _status in found} == {"16:30", "17:30"}


@pytest.mark.skipif(
    NODE is None or not ICAL_JS.is_dir(), reason="no node with ical.js: run `npm ci` in tests/"
)
def test_ical_js_reads_the_same(client: Client, early: datetime) -> None:
    made = exceptional(early)
    content = client.get("/events.ics").content
    answer = subprocess.run(  # noqa: S603
        [str(NODE), str(HERE / "read_calendar.mjs"), "2026-09-01", "2027-05-01"],
        input=content,
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = json.loads(answer.stdout)
    assert sorted((row["start"], row["status"]) for row in found) == expected(made)
    instants = {row.starts_at.isoformat()[:16] for row in made.occurrences.all()}
    assert {row["instant"][:16] for row in found} == instants


@pytest.mark.parametrize("zone_name", ZONES)
def test_half_past_four_stays_half_past_four_in_page_json_feed_and_mail(
    client: Client, early: datetime, zone_name: str, time_machine: Any
) -> None:
    time_machine.move_to(early)
    made = weekly(early, time_zone=zone_name, duration_minutes=60)
    rows = list(made.occurrences.all())
    calendar = icalendar.Calendar.from_ical(client.get("/events.ics").content)
    events = recurring_ical_events.of(calendar).between(FIRST, LAST + timedelta(days=1))
    found = sorted(event.start.astimezone(ZoneInfo("UTC")) for event in events)
    assert found == [row.starts_at for row in rows]
    assert {(row.local_start.hour, row.local_start.minute) for row in rows} == {(16, 30)}
    # One date in each stretch between two changes: before, between, after.
    offsets = {row.iso_start[16:]: row for row in rows}
    for row in (*offsets.values(), rows[-1]):
        letters = times.zone_letters(row.local_start, zone_name)
        page = client.get(row.get_absolute_url()).text
        # A page says the year where it is not the one in which it is read; a mail stays a mail.
        year = "" if row.local_start.year == early.year else f", {row.local_start.year}"
        assert f"{row.day}{year}, 4:30 – 5:30 PM {letters}" in page
        (linked,) = re.findall(r'<script type="application/ld\+json">(.+?)</script>', page)
        starts = datetime.fromisoformat(json.loads(linked)["startDate"])
        assert (starts, starts.time()) == (row.starts_at, time(16, 30))
        letter = signup_letters.signup(SignUpFactory(occurrence=row), "confirmed")
        assert letter is not None
        assert f"{row.day}, 4:30 – 5:30 PM {letters}" in str(letter.body)


@pytest.mark.parametrize("zone_name", ["America/Los_Angeles", "Europe/London", "Asia/Tokyo"])
def test_our_vtimezone_agrees_with_the_zone_database(zone_name: str) -> None:
    (component,) = icalendar.Calendar.from_ical(
        f"BEGIN:VCALENDAR\r\n{vtimezone(zone_name)}END:VCALENDAR\r\n"
    ).timezones
    zone = component.to_tz()
    for day in range(0, 800, 3):
        local = datetime(2026, 1, 1, 12, 0) + timedelta(days=day)  # noqa: DTZ001
        theirs = local.replace(tzinfo=ZoneInfo(zone_name)).utcoffset()
        assert local.replace(tzinfo=zone).utcoffset() == theirs


def test_an_event_says_all_that_a_calendar_needs(client: Client, early: datetime) -> None:
    made = weekly(
        early,
        title="Robots; lasers, \\ and\nmore – über alles",
        online_url="https://meet.example/x",
    )
    answer = client.get("/events.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    assert b"meet.example" not in answer.content
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert str(calendar["X-WR-CALNAME"]) == "Tech LA Cares events"
    assert calendar["REFRESH-INTERVAL"].to_ical() == b"PT1H"
    (event,) = calendar.events
    assert str(event["UID"]) == str(made.uuid)
    assert str(event["SUMMARY"]) == made.title
    assert (event["SEQUENCE"], event.DTSTAMP) == (0, made.changed_at)
    assert event["RRULE"].to_ical() == b"FREQ=WEEKLY;UNTIL=20270501T065900Z;BYDAY=TU"
    assert str(event["URL"]).endswith(made.get_absolute_url())


def test_the_sequence_rises_and_a_once_only_event_moves_as_itself(
    client: Client, now: datetime
) -> None:
    staff = UserFactory(is_staff=True)
    made = SeriesFactory()
    catalogue.materialize(made, now=now, until=made.local_start.date())
    occurrence = made.occurrences.get()
    to = occurrence.local_start + timedelta(days=1)
    dates.move_date(occurrence=occurrence, local_start=to, by=staff, now=now)
    (event,) = icalendar.Calendar.from_ical(client.get("/events.ics").content).events
    assert event["SEQUENCE"] == 1
    assert "RECURRENCE-ID" not in event
    assert event.start == to.replace(tzinfo=ZoneInfo("America/Los_Angeles"))


def test_a_called_off_series_is_told_for_30_days(
    client: Client, early: datetime, time_machine: Any
) -> None:
    made = weekly(early)
    time_machine.move_to(early)
    series.cancel(series=made, reason="", by=UserFactory(is_staff=True), now=early)
    assert b"STATUS:CANCELLED" in client.get("/events.ics").content
    time_machine.move_to(early + timedelta(days=31))
    assert b"BEGIN:VEVENT" not in client.get("/events.ics").content


def told(content: bytes) -> list[tuple[str, str]]:
    """What a calendar's reader makes of a feed: each date in the series' zone, and its status."""
    calendar = icalendar.Calendar.from_ical(content)
    found = recurring_ical_events.of(calendar, keep_recurrence_attributes=True)
    return sorted(
        (f"{event.start:%m-%d %H:%M}-{event.end:%H:%M}", str(event["STATUS"]))
        for event in found.between(FIRST, LAST)
    )


def with_somebody_at(row: Occurrence, now: datetime) -> User:
    person: User = UserFactory()
    signups.sign_up(occurrence=row, name=person.name, email="", by=person, now=now)
    return person


@pytest.mark.parametrize("rrule", ["", "FREQ=WEEKLY;COUNT=2"])
def test_a_series_that_gets_fewer_dates_is_told_by_those_that_take_place(
    client: Client, present: datetime, organizer: User, rrule: str
) -> None:
    made = published(organizer, present)
    with_somebody_at(date_at(made, TUESDAY + timedelta(weeks=2)), present)
    first = date_at(made, TUESDAY)
    to = plans.Times(local_start=TUESDAY + timedelta(hours=1), duration_minutes=90, rrule=rrule)
    seen = plans.plan(first=first, to=to, now=present)
    after = rescheduling.reschedule(
        first=first, to=to, by=organizer, now=present, shown=seen.digest
    )
    found = told(client.get(f"/events/{after.slug}.ics").content)
    take_place = [("12-08 17:30-19:00", "CONFIRMED")]
    called_off = [("12-22 16:30-18:00", "CANCELLED")]
    if rrule:
        take_place.append(("12-15 17:30-19:00", "CONFIRMED"))
    # Of what happens once there is nothing beside it: a calendar takes the event for its one date.
    assert found == (take_place + called_off if rrule else take_place)


def test_the_one_date_of_a_series_is_told_as_called_off_when_it_is(
    client: Client, present: datetime, organizer: User
) -> None:
    made = published(organizer, present, rrule="")
    dates.cancel_date(occurrence=date_at(made, TUESDAY), reason="", by=organizer, now=present)
    found = told(client.get(f"/events/{made.slug}.ics").content)
    assert found == [("12-08 16:30-18:00", "CANCELLED")]


def test_a_date_that_lasts_longer_is_told_with_its_own_end(client: Client, early: datetime) -> None:
    made = weekly(early, rrule="FREQ=WEEKLY;COUNT=3")
    longer = made.occurrences.all()[1]
    end = longer.local_end + timedelta(hours=2)
    dates.retime(
        longer,
        local_start=longer.local_start,
        local_end=end,
        by=UserFactory(is_staff=True),
        now=early,
    )
    catalogue.refresh(made, now=early)
    content = client.get("/events.ics").content
    assert told(content) == [
        ("09-01 16:30-18:00", "CONFIRMED"),
        ("09-08 16:30-20:00", "CONFIRMED"),
        ("09-15 16:30-18:00", "CONFIRMED"),
    ]
    assert content.count(b"BEGIN:VEVENT") == 2


@pytest.mark.parametrize(
    "times_of",
    [
        {},
        {"rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=5"},
        {"rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=5", "more_times": ["18:30"]},
        {"rrule": "", "extra_dates": ["2026-12-15T16:30", "2026-12-22T16:30", "2026-12-29T16:30"]},
    ],
)
def test_what_took_place_stays_so_when_the_series_is_called_off(
    client: Client,
    present: datetime,
    organizer: User,
    time_machine: Any,
    times_of: dict[str, Any],
) -> None:
    made = published(organizer, present, **times_of)
    first = date_at(made, TUESDAY)
    person = with_somebody_at(first, present)
    token = personal_feeds.make(by=person, now=present)
    later = present + timedelta(days=10)
    time_machine.move_to(later, tick=False)
    series.end_what_is_over(now=later)
    SignUp.objects.update(status=SignUp.Status.ATTENDED)
    series.cancel(series=made, reason="No room", by=organizer, now=later)
    took_place = {row.original_start for row in made.occurrences.filter(starts_at__lte=later)}
    assert len(took_place) == 2 * len(made.start_times)
    expected = sorted(
        (
            f"{row.local_start:%m-%d %H:%M}-{row.local_end:%H:%M}",
            "CONFIRMED" if row.original_start in took_place else "CANCELLED",
        )
        for row in made.occurrences.filter(local_start__lt=datetime(2027, 5, 1))  # noqa: DTZ001
    )
    assert len(expected) > len(took_place)
    for url in ("/events.ics", f"/events/{made.slug}.ics"):
        assert told(client.get(url).content) == expected
    assert told(client.get(f"/calendar/{token}.ics").content) == [
        ("12-08 16:30-18:00", "CONFIRMED")
    ]
    page = client.get(first.get_absolute_url()).text
    assert "EventScheduled" in page
    assert "This date was called off" not in page
    to_come = client.get(date_at(made, TUESDAY + timedelta(weeks=2)).get_absolute_url()).text
    assert "EventCancelled" in to_come
    assert "This date was called off" in to_come


def test_a_date_that_is_on_while_its_series_is_called_off_goes_ahead(
    client: Client, present: datetime, organizer: User, time_machine: Any
) -> None:
    made = published(organizer, present, rrule="")
    begun = date_at(made, TUESDAY).starts_at + timedelta(minutes=5)
    time_machine.move_to(begun, tick=False)
    series.cancel(series=made, reason="", by=organizer, now=begun)
    assert told(client.get(f"/events/{made.slug}.ics").content) == [
        ("12-08 16:30-18:00", "CONFIRMED")
    ]


def test_nothing_new_is_304_and_a_change_shows_at_once(
    client: Client, early: datetime, time_machine: Any
) -> None:
    time_machine.move_to(early, tick=False)
    made = weekly(early)
    client.get("/events.ics")
    time_machine.shift(60)
    first = client.get("/events.ics")
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": f'"other", W/{first.headers["ETag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
        {"If-Modified-Since": http_date(early.timestamp() + 30)},
    ):
        again = client.get("/events.ics", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    occurrence = made.occurrences.all()[0]
    dates.cancel_date(occurrence=occurrence, reason="", by=UserFactory(is_staff=True), now=early)
    changed = client.get("/events.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert b"STATUS:CANCELLED" in changed.content


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"another"'},
        {"If-None-Match": '"another"', "If-Modified-Since": "Thu, 20 Aug 2026 16:00:30 GMT"},
        {"If-Modified-Since": "Thu, 20 Aug 2026 15:59:00 GMT"},
        {"If-Modified-Since": "Fri, 21 Aug 2026 16:00:00 GMT"},
        {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"If-Modified-Since": "yesterday"},
    ],
    ids=["another", "name-before-date", "before", "tomorrow", "never", "no-date"],
)
def test_who_has_something_else_or_a_date_to_come_is_given_the_feed(
    client: Client, early: datetime, time_machine: Any, headers: dict[str, str]
) -> None:
    time_machine.move_to(early, tick=False)
    weekly(early)
    client.get("/events.ics")
    time_machine.shift(60)
    assert client.get("/events.ics", headers=headers).status_code == 200


@pytest.mark.parametrize("asked_again_after", [0, 60])
def test_a_change_within_the_second_of_the_answer_is_not_missed_by_its_date(
    client: Client, early: datetime, time_machine: Any, asked_again_after: int
) -> None:
    staff = UserFactory(is_staff=True)
    time_machine.move_to(early, tick=False)
    made = weekly(early)
    client.get("/events.ics")
    time_machine.shift(60)
    for row in made.occurrences.all()[:2]:
        dates.cancel_date(occurrence=row, reason="", by=staff, now=early)
        first = client.get("/events.ics")
    # Programs that keep the date of the answer ask with it; others with what it said.
    known = {http_date(early.timestamp() + 60), first.headers["Last-Modified"]}
    third = made.occurrences.all()[2]
    dates.cancel_date(occurrence=third, reason="", by=staff, now=early)
    client.get("/events.ics")
    time_machine.shift(asked_again_after)
    for since in known:
        again = client.get("/events.ics", headers={"If-Modified-Since": since})
        assert again.content.count(b"STATUS:CANCELLED") == 3


def test_a_feed_of_what_has_places_left_follows_who_comes_and_goes(
    client: Client, present: datetime
) -> None:
    occurrence = OccurrenceFactory(series__capacity=1)
    catalogue.refresh(occurrence.series, now=present)
    user = UserFactory()

    def asked(before: Any) -> Any:
        return client.get("/events.ics?free=1", headers={"If-None-Match": before.headers["ETag"]})

    free = client.get("/events.ics?free=1")
    everything = client.get("/events.ics")
    assert asked(free).status_code == 304
    signup = signups.sign_up(occurrence=occurrence, name=user.name, email="", by=user, now=present)
    full = asked(free)
    assert (full.status_code, b"BEGIN:VEVENT" in full.content) == (200, False)
    signups.cancel(signup=signup, by=user, now=present)
    again = asked(full)
    assert (again.status_code, b"BEGIN:VEVENT" in again.content) == (200, True)
    # What nobody's sign-up changes stands.
    headers = {"If-None-Match": everything.headers["ETag"]}
    assert client.get("/events.ics", headers=headers).status_code == 304


def test_each_host_and_series_has_a_feed_of_its_own(client: Client, early: datetime) -> None:
    organization, company = OrganizationFactory(), CompanyFactory()
    first = weekly(early, title="First", organization=organization)
    second = weekly(early, title="Second", company=company)
    expected = {
        f"/organizations/{organization.slug}/events.ics": ["First"],
        f"/companies/{company.slug}/events.ics": ["Second"],
        f"/events/{first.slug}.ics": ["First"],
        f"/events/{second.slug}.ics": ["Second"],
        "/events.ics": ["First", "Second"],
        f"/events.ics?organization={organization.slug}": ["First"],
        "/events.ics?kind=workshop": [],
        "/events.ics?q=second": ["Second"],
    }
    for url, titles in expected.items():
        calendar = icalendar.Calendar.from_ical(client.get(url).content)
        assert sorted(str(event["SUMMARY"]) for event in calendar.events) == titles, url


@pytest.mark.parametrize(
    "url",
    ["/organizations/none/events.ics", "/companies/none/events.ics", "/events/none.ics"],
)
def test_an_unknown_feed_is_404(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "near=00000",
        "near=abc",
        "from=tomorrow",
        "from=0001-01-01",
        "to=9999-12-31",
        "kind=party",
        "free=-1",
        "color=red",
        "area=mars",
    ],
)
def test_an_unknown_filter_is_400_with_a_sentence(client: Client, query: str) -> None:
    answer = client.get(f"/events.ics?{query}")
    assert answer.status_code == 400
    assert b"filter" in answer.content


def test_drafts_and_hidden_hosts_are_in_no_feed(client: Client, early: datetime) -> None:
    weekly(early, status=Series.Status.DRAFT)
    weekly(early, live=False)
    weekly(early, organization=OrganizationFactory(live=False))
    assert b"BEGIN:VEVENT" not in client.get("/events.ics").content


def test_a_feed_costs_the_same_statements_for_any_number(
    client: Client, early: datetime, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        while Series.objects.count() < number:
            weekly(early)
        with django_assert_num_queries(2):
            client.get("/events.ics")


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=200)


@given(TEXT)
def test_folded_lines_fit_and_unfold_to_what_they_were(text: str) -> None:
    folded = vevents.folded(f"SUMMARY:{vevents.escaped(text)}")
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
    event = icalendar.Event.from_ical(f"BEGIN:VEVENT\r\n{folded}END:VEVENT\r\n")
    assert str(event["SUMMARY"]) == text


def test_a_time_in_the_gap_ends_after_it_starts(early: datetime) -> None:
    start = datetime(2027, 3, 14, 1, 45)  # noqa: DTZ001
    starts_at, ends_at = catalogue.instants(
        start, start + timedelta(minutes=30), "America/Los_Angeles"
    )
    assert ends_at > starts_at
    assert times.local_of(starts_at, "America/Los_Angeles") == start


IN_THE_GAP = datetime(2027, 3, 14, 2, 30)  # noqa: DTZ001  (a time that no clock shows)


@pytest.mark.parametrize("minutes", [30, 60])
@pytest.mark.parametrize("first", [IN_THE_GAP, IN_THE_GAP - timedelta(weeks=1)])
def test_a_date_that_the_clocks_skip_is_told_as_long_as_it_lasts(
    client: Client, early: datetime, minutes: int, first: datetime
) -> None:
    rrule = "" if first == IN_THE_GAP else "FREQ=WEEKLY;COUNT=3"
    made = weekly(early, local_start=first, duration_minutes=minutes, rrule=rrule)
    row = made.occurrences.get(original_start=IN_THE_GAP)
    calendar = icalendar.Calendar.from_ical(client.get("/events.ics").content)
    found = recurring_ical_events.of(calendar).at(IN_THE_GAP.date())
    spans = [(event.start.astimezone(UTC), event.end.astimezone(UTC)) for event in found]
    assert spans == [(row.starts_at, row.ends_at)]
    page = client.get(row.get_absolute_url()).text
    (linked,) = re.findall(r'<script type="application/ld\+json">(.+?)</script>', page)
    facts = json.loads(linked)
    assert datetime.fromisoformat(facts["startDate"]) == row.starts_at
    assert datetime.fromisoformat(facts["endDate"]) == row.ends_at
    end = "4:30" if minutes == 60 else "4:00"
    assert f"3:30 – {end} AM PDT" in page


def test_a_date_before_the_clocks_skip_keeps_its_times(client: Client, early: datetime) -> None:
    made = weekly(early, local_start=IN_THE_GAP - timedelta(weeks=1), rrule="FREQ=WEEKLY;COUNT=1")
    assert told(client.get("/events.ics").content) == [("03-07 02:30-04:00", "CONFIRMED")]
    page = client.get(made.occurrences.get().get_absolute_url()).text
    assert "2:30 – 4:00 AM PST" in page


@pytest.mark.parametrize("is_demonstration", [True, False])
def test_what_is_made_up_says_so_in_calendars_and_stays_out_of_search_engines(
    client: Client, present: datetime, is_demonstration: bool
) -> None:
    made = weekly(
        present, title="Robot night", local_start=TUESDAY, is_demonstration=is_demonstration
    )
    first = date_at(made, TUESDAY)
    token = personal_feeds.make(by=with_somebody_at(first, present), now=present)
    title = "Demonstration: Robot night" if is_demonstration else "Robot night"
    for url in ("/events.ics", f"/events/{made.slug}.ics", f"/calendar/{token}.ics"):
        (event,) = icalendar.Calendar.from_ical(client.get(url).content).events
        assert str(event["SUMMARY"]) == title
    date_page = client.get(first.get_absolute_url()).text
    series_page = client.get(made.get_absolute_url()).text
    noindex = '<meta name="robots" content="noindex">'
    assert (noindex in date_page, noindex in series_page) == (is_demonstration, is_demonstration)
    assert ("application/ld+json" in date_page) == (not is_demonstration)
