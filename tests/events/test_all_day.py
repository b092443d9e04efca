"""Days without times: the same day for everybody, on pages, in feeds, in mails, and read in."""

import json
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
import vobject
from django.core import mail
from django.db import IntegrityError
from django.test import Client

from accounts.models import User
from core import outbox, times
from events.calendars import vevents
from events.domain import admission, dates, plans, reminders, rescheduling, seats, series, signups
from events.domain.details import DetailsRefused
from events.domain.plans import Times
from events.models import MINUTES_A_DAY, Occurrence, Series
from tests.events.published_series import WHOLE_DAYS, host_of, published
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory, SignUpFactory

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 12, 8)  # noqa: DTZ001  (a time on the wall)
DAY = timedelta(days=1)
NODE = shutil.which("node")
HERE = Path(__file__).parent


def zones_of_all_offsets() -> list[str]:
    """A zone for each offset that a clock shows anywhere in that January or July."""
    found: dict[timedelta | None, str] = {}
    for name in sorted(available_timezones()):
        for month in (1, 7):
            found.setdefault(datetime(2026, month, 1, tzinfo=ZoneInfo(name)).utcoffset(), name)
    return sorted(set(found.values()))


def all_day(**changes: Any) -> Series:
    made: Series = SeriesFactory(**{**WHOLE_DAYS, "rrule": "", **changes})
    return made


def date_of(made: Series, start: datetime = TUESDAY) -> Occurrence:
    row: Occurrence = made.occurrences.select_related("series").get(original_start=start)
    return row


def times_from(start: datetime, *, minutes: int = MINUTES_A_DAY, rrule: str = "") -> Times:
    return Times(local_start=start, duration_minutes=minutes, rrule=rrule)


def test_there_is_a_zone_for_at_least_38_offsets() -> None:
    offsets = {
        datetime(2026, month, 1, tzinfo=ZoneInfo(name)).utcoffset()
        for name in zones_of_all_offsets()
        for month in (1, 7)
    }
    assert len(offsets) >= 38


@pytest.mark.parametrize("days", [1, 3])
def test_a_day_is_the_same_day_in_every_zone_for_three_readers(days: int) -> None:
    rows = [
        all_day(
            slug=f"fair-{number}",
            time_zone=name,
            rrule="FREQ=WEEKLY;UNTIL=20261231T235900",
            excluded_dates=["2026-12-22T00:00"],
            duration_minutes=days * MINUTES_A_DAY,
        )
        for number, name in enumerate(zones_of_all_offsets())
    ]
    text = vevents.calendar_text(
        name="Fairs",
        about="",
        url="https://example.com/",
        zones={zone for row in rows for zone in vevents.zones_of(row)},
        texts=[vevents.text_of(row, [], now=datetime(2026, 12, 1, tzinfo=UTC)) for row in rows],
    )
    first, last = date(2026, 12, 8), date(2026, 12, 8 + days)

    assert text.count("DTSTART;VALUE=DATE:20261208") == len(rows)
    assert text.count(f"DTEND;VALUE=DATE:{last:%Y%m%d}") == len(rows)
    assert text.count("RRULE:FREQ=WEEKLY;UNTIL=20261231\r\n") == len(rows)
    assert text.count("EXDATE;VALUE=DATE:20261222") == len(rows)
    assert "TZID" not in text
    events: list[Any] = icalendar.Calendar.from_ical(text).events
    assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in events] == [(first, last)] * len(
        rows
    )
    others = vobject.readOne(text).vevent_list
    assert [(event.dtstart.value, event.dtend.value) for event in others] == [(first, last)] * len(
        rows
    )
    if NODE and (HERE.parent / "node_modules" / "ical.js").is_dir():
        answer = subprocess.run(  # noqa: S603
            [NODE, str(HERE / "read_events.mjs")],
            input=text.encode(),
            capture_output=True,
            check=True,
            timeout=60,
        )
        found = json.loads(answer.stdout)["dates"].values()
        assert list(found) == [["2026-12-08", "2026-12-15", "2026-12-29"]] * len(rows)


@pytest.mark.parametrize("zone_name", zones_of_all_offsets())
def test_a_day_begins_and_ends_at_midnight_where_it_is(zone_name: str) -> None:
    made = all_day(time_zone=zone_name, duration_minutes=2 * MINUTES_A_DAY)
    row = OccurrenceFactory(series=made)
    assert (row.local_start, row.local_end) == (TUESDAY, TUESDAY + 2 * DAY)
    assert row.starts_at == times.utc_of(TUESDAY, zone_name)
    assert (row.when, row.iso_start, row.iso_end) == ("Dec 8 – 9", "2026-12-08", "2026-12-09")


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 12, 8), date(2026, 12, 8), "All day, Tue, Dec 8"),
        (date(2026, 12, 8), date(2026, 12, 10), "Dec 8 – 10"),
        (date(2026, 11, 29), date(2026, 12, 2), "Nov 29 – Dec 2"),
        (date(2026, 12, 30), date(2027, 1, 2), "Dec 30, 2026 – Jan 2, 2027"),
    ],
)
def test_days_in_words(first: date, last: date, says: str) -> None:
    assert times.days(first, last) == says
    assert times.days(first, last, year=2026) == says
    if first.year == last.year:
        assert times.days(first, last, year=2025) == f"{says}, 2026"


def test_a_host_writes_an_all_day_event_of_three_days(
    client: Client, organizer: User, time_machine: Any, now: datetime
) -> None:
    time_machine.move_to(now, tick=False)
    host = host_of(organizer)
    client.force_login(organizer)
    typed = {
        "title": "Hackathon",
        "kind": "workshop",
        "day": "2026-12-11",
        "is_all_day": "on",
        "days": "3",
        "repeats": "once",
        "time_zone": "America/Los_Angeles",
        "mode": "in_person",
        "flow": "instant",
    }
    address = f"/desk/organizations/{host.slug}/events/new/"
    refused = client.post(address, {**typed, "days": ""})
    assert refused.status_code == 422
    assert client.post(address, {**typed, "is_all_day": ""}).status_code == 422
    assert client.post(address, typed).status_code == 302
    made = Series.objects.get()
    assert (made.is_all_day, made.duration_minutes, made.local_start) == (
        True,
        3 * MINUTES_A_DAY,
        datetime(2026, 12, 11),  # noqa: DTZ001
    )
    series.publish(series=made, by=organizer, now=now)

    page = client.get("/events/hackathon/2026-12-11T0000/").content.decode()
    assert "Dec 11 – 13" in page
    assert "dates=20261211%2F20261214" in page
    assert "allday=true&amp;startdt=2026-12-11&amp;enddt=2026-12-14" in page
    assert '"startDate":"2026-12-11"' in page.replace(" ", "")
    assert "Dec 11 – 13" in client.get("/events/").content.decode()
    form = client.get(f"/desk/organizations/{host.slug}/events/hackathon/").content.decode()
    assert re.search(r'name="days" value="3"', form)


def test_every_day_of_a_longer_event_shows_it_and_the_list_says_that_it_is_on(
    client: Client, time_machine: Any
) -> None:
    camp = all_day(title="Camp", slug="camp", duration_minutes=3 * MINUTES_A_DAY)
    OccurrenceFactory(series=camp)
    night = SeriesFactory(
        title="Night",
        local_start=datetime(2026, 12, 9, 20, 0),  # noqa: DTZ001
        duration_minutes=600,
    )
    OccurrenceFactory(series=night)
    time_machine.move_to(datetime(2026, 12, 9, 20, 0, tzinfo=UTC), tick=False)

    page = client.get("/events/calendar/2026/12/").content.decode()
    cells = re.findall(r'<time datetime="(2026-12-\d\d)">(.*?)</td>', page, re.DOTALL)
    shown = {
        day: re.findall(r"<b>(.*?)</b>\s*(\w+)", rest) for day, rest in cells if "<li>" in rest
    }
    assert shown == {
        "2026-12-08": [("All day", "Camp")],
        "2026-12-09": [("All day", "Camp"), ("8:00 PM", "Night")],
        "2026-12-10": [("All day", "Camp"), ("Until 6:00 AM", "Night")],
    }
    for day, titles in (
        ("2026-12-08", ["Camp"]),
        ("2026-12-10", ["Camp", "Night"]),
        ("2026-12-11", []),
    ):
        found = client.get(f"/events/?from={day}&to={day}").content.decode()
        assert re.findall(r'<h3 class="card-title">\s*<a[^>]*>(\w+)</a>', found) == titles
    listed = client.get("/events/").content.decode()
    assert listed.count("Happening now") == 1
    assert "happening now" in client.get("/events/camp/2026-12-08T0000/").content.decode()


def test_the_rest_of_a_full_day_is_counted_with_what_goes_on(client: Client) -> None:
    OccurrenceFactory(series=all_day(duration_minutes=2 * MINUTES_A_DAY))
    for _number in range(5):
        OccurrenceFactory(series=SeriesFactory(local_start=TUESDAY + DAY + timedelta(hours=9)))
    page = client.get("/events/calendar/2026/12/").content.decode()
    assert "+2 more" in page
    more = client.get("/events/?from=2026-12-09&to=2026-12-09").content.decode()
    assert "<strong>6</strong> dates" in more


def test_sign_up_is_open_until_the_first_day_is_over(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **WHOLE_DAYS | {"duration_minutes": 2 * MINUTES_A_DAY})
    row = date_of(made)
    person = UserFactory()
    asked: dict[str, Any] = {"occurrence": row, "name": "Ana", "email": "", "by": person}
    noon = times.utc_of(TUESDAY + timedelta(hours=12), row.series.time_zone)
    midnight = times.utc_of(TUESDAY + DAY, row.series.time_zone)

    signup = signups.sign_up(**asked, now=noon)
    assert signups.cancel(signup=signup, by=person, now=noon).status == "cancelled"
    assert row.takes_signups(now=midnight - timedelta(minutes=1))
    assert not row.takes_signups(now=midnight)
    with pytest.raises(admission.OccurrencePast):
        signups.sign_up(**asked, now=midnight)
    assert seats.lasts_until(row, now=noon) == noon + timedelta(hours=2)


def test_rain_in_the_morning_calls_the_day_off(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **WHOLE_DAYS)
    row = date_of(made)
    morning = times.utc_of(TUESDAY + timedelta(hours=7), row.series.time_zone)
    with pytest.raises(dates.DateIsPast):
        dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=row.ends_at)
    with pytest.raises(dates.DateIsPast):
        plans.plan(first=row, to=times_from(TUESDAY), now=morning)
    gone = dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=morning)
    assert gone.status == "cancelled"


def test_reminders_come_at_nine_and_never_at_midnight(now: datetime) -> None:
    row = OccurrenceFactory(series=all_day(local_start=TUESDAY + 7 * DAY))
    SignUpFactory(occurrence=row)
    sent = []
    moment = now
    while moment < row.ends_at:
        if reminders.promise_due(now=moment):
            sent.append(times.local_of(moment, row.series.time_zone))
        moment += timedelta(hours=1)
    nine = timedelta(hours=9)
    assert sent == [row.local_start - 7 * DAY + nine, row.local_start - DAY + nine]


def test_moving_and_rescheduling_keep_whole_days(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **WHOLE_DAYS)
    row = date_of(made)
    moved = dates.move_date(
        occurrence=row, local_start=TUESDAY + DAY + timedelta(hours=9), by=organizer, now=now
    )
    assert (moved.local_start, moved.when) == (TUESDAY + DAY, "All day, Wed, Dec 9")
    first = date_of(made, TUESDAY + 7 * DAY)
    with pytest.raises(DetailsRefused):
        plans.plan(
            first=first, to=times_from(TUESDAY + timedelta(days=8, hours=9), minutes=90), now=now
        )
    to = times_from(TUESDAY + 8 * DAY, minutes=2 * MINUTES_A_DAY, rrule="FREQ=WEEKLY;BYDAY=WE")
    seen = plans.plan(first=first, to=to, now=now)
    goes_on = rescheduling.reschedule(first=first, to=to, by=organizer, now=now, shown=seen.digest)
    assert goes_on.is_all_day
    assert [row.when for row in goes_on.occurrences.all()[:2]] == ["Dec 16 – 17", "Dec 23 – 24"]
    made.refresh_from_db()
    assert "UNTIL=20261214" in made.vevents


def test_the_database_holds_whole_days_only() -> None:
    with pytest.raises(IntegrityError):
        SeriesFactory(is_all_day=True, duration_minutes=90)


def test_the_mail_carries_the_days(organizer: User, now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)
    made = published(organizer, now, **WHOLE_DAYS | {"duration_minutes": 3 * MINUTES_A_DAY})
    person = UserFactory()
    signups.sign_up(occurrence=date_of(made), name="Ana", email="", by=person, now=now)
    outbox.sweep(now=now)
    (message,) = mail.outbox
    assert "Dec 8 – 10" in str(message.body)
    read = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    (part,) = list(read.iter_attachments())
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    events: list[Any] = icalendar.Calendar.from_ical(content).events
    (event,) = events
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 12, 8), date(2026, 12, 11))
    assert event["RECURRENCE-ID"].dt == date(2026, 12, 8)
    assert b"VTIMEZONE" not in content
