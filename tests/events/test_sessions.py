"""Several starts on the same day: each a date of its own, and an event of its own in calendars."""

import json
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from django.test import Client

from accounts.models import User
from core import times
from events.calendars import vevents
from events.domain import admission, catalogue, dates, plans, rescheduling, series, signups, undo
from events.domain.plans import Times
from events.models import Edit, Occurrence, Series
from tests.events.published_series import TEN, TWICE, date_at, host_of, published
from tests.factories.accounts import UserFactory
from tests.factories.events import ZONES, SeriesFactory

pytestmark = pytest.mark.django_db

WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
NODE = shutil.which("node")
HERE = Path(__file__).parent


def starts(made: Series) -> list[str]:
    rows = made.occurrences.order_by("original_start")
    return [f"{start:%m-%d %H:%M}" for start in rows.values_list("local_start", flat=True)]


def test_each_start_is_a_date_with_its_own_places(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **TWICE, capacity=1)
    assert starts(made) == [
        *("12-08 10:00", "12-08 14:30", "12-15 10:00", "12-15 14:30"),
        *("12-22 10:00", "12-22 14:30", "12-29 10:00", "12-29 14:30"),
    ]
    morning, afternoon = made.occurrences.select_related("series")[:2]
    signups.sign_up(occurrence=morning, name="Ana", email="", by=UserFactory(), now=now)
    with pytest.raises(admission.OccurrenceFull):
        signups.sign_up(occurrence=morning, name="Bo", email="", by=UserFactory(), now=now)
    signups.sign_up(occurrence=afternoon, name="Bo", email="", by=UserFactory(), now=now)


@pytest.mark.parametrize("end", ["", ";COUNT=4", ";UNTIL=20261222T120000", ";UNTIL=20261222"])
def test_three_readers_find_the_same_dates_as_we_do(now: datetime, end: str) -> None:
    rows = [
        SeriesFactory(
            slug=f"twice-{number}",
            time_zone=name,
            **{**TWICE, "rrule": f"FREQ=WEEKLY;BYDAY=TU{end}"},
            excluded_dates=["2026-12-15T10:00"],
        )
        for number, name in enumerate(ZONES)
    ]
    until = date(2026, 12, 31)
    for row in rows:
        catalogue.materialize(row, now=now, until=until)
        # The afternoon of the 22nd begins at 4 PM, and the morning of the 29th is called off.
        moved = row.occurrences.get(original_start=datetime(2026, 12, 22, 14, 30))  # noqa: DTZ001
        moved.local_start += timedelta(minutes=90)
        moved.local_end += timedelta(minutes=90)
        moved.status = Occurrence.Status.MOVED
        moved.save()
    text = vevents.calendar_text(
        name="Twice a day",
        about="",
        url="https://example.com/",
        zones=ZONES,
        texts=[vevents.text_of(row, row.occurrences.all(), now=now) for row in rows],
    )
    events: list[Any] = icalendar.Calendar.from_ical(text).events
    masters = [event for event in events if "RECURRENCE-ID" not in event]
    assert len({str(event["UID"]) for event in masters}) == len(masters) == 2 * len(ZONES)
    assert len(events) == 3 * len(ZONES)
    theirs = vobject.readOne(text).vevent_list
    assert [event.uid.value for event in theirs] == [str(event["UID"]) for event in events]
    assert [event.dtstart.value.replace(tzinfo=None) for event in theirs] == [
        event["DTSTART"].dt.replace(tzinfo=None) for event in events
    ]
    if not (NODE and (HERE.parent / "node_modules" / "ical.js").is_dir()):
        return
    answer = subprocess.run(  # noqa: S603
        [NODE, str(HERE / "read_events.mjs")],
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = json.loads(answer.stdout)["dates"]
    for row in rows:
        ours = [
            f"{start:%Y-%m-%dT%H:%M}"
            for start in row.occurrences.order_by("original_start").values_list(
                "local_start", flat=True
            )
        ]
        read = [*found[str(row.uid_of(0))], *found[str(row.uid_of(1))]]
        assert sorted(start for start in read if start < "2027") == sorted(ours)


def test_the_mail_names_the_start_that_was_signed_up_for(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **TWICE)
    morning, afternoon = made.occurrences.select_related("series")[:2]
    assert morning.identity == (made.uuid, TEN)
    assert afternoon.identity == (made.uid_of(1), TEN.replace(hour=14, minute=30))
    text = vevents.text_of_date(afternoon, status="CONFIRMED", changed_at=now, sequence=0)
    assert f"UID:{made.uid_of(1)}" in text
    assert made.uid_of(1) != made.uuid


def test_other_times_move_all_starts_of_a_day_along_and_undo_brings_them_back(
    organizer: User, now: datetime
) -> None:
    made = published(organizer, now, **TWICE)
    first = date_at(made, TEN + WEEK)
    afternoon = date_at(made, TEN + WEEK + timedelta(hours=4, minutes=30))
    before = afternoon.identity
    to = Times(
        local_start=TEN + WEEK + HOUR, duration_minutes=60, rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=3"
    )
    with pytest.raises(plans.NotTheFirst):
        plans.plan(first=afternoon, to=to, now=now)
    assert plans.first_of_day(afternoon) == first
    seen = plans.plan(first=first, to=to, now=now)
    goes_on = rescheduling.reschedule(first=first, to=to, by=organizer, now=now, shown=seen.digest)
    made.refresh_from_db()
    assert (starts(made), made.more_times) == (["12-08 10:00", "12-08 14:30"], ["14:30"])
    assert goes_on.more_times == ["15:30"]
    assert starts(goes_on)[:3] == ["12-15 11:00", "12-15 15:30", "12-22 11:00"]
    assert made.vevents.count("UNTIL=20261215T075900Z") == 2
    moved = Occurrence.objects.select_related("series").get(pk=afternoon.pk)
    assert (moved.series, moved.identity) == (goes_on, before)

    edit = Edit.objects.get()
    undo.undo(edit=edit, by=organizer, now=now)
    made.refresh_from_db()
    assert len(starts(made)) == 8
    assert not Series.objects.filter(pk=goes_on.pk).exists()


def test_one_start_is_moved_alone(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **TWICE)
    afternoon = date_at(made, TEN.replace(hour=14, minute=30))
    to = afternoon.local_start + HOUR
    dates.move_date(occurrence=afternoon, local_start=to, by=organizer, now=now)
    assert starts(made)[:2] == ["12-08 10:00", "12-08 15:30"]
    made.refresh_from_db()
    assert made.vevents.count("BEGIN:VEVENT") == 3
    assert made.vevents.count(f"UID:{made.uid_of(1)}") == 2


def test_the_desk_takes_more_start_times_and_the_page_says_them(
    client: Client, organizer: User, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    host = host_of(organizer)
    client.force_login(organizer)
    typed = {
        "title": "Soldering",
        "kind": "workshop",
        "day": "2026-12-08",
        "clock": "10:00",
        "duration_minutes": "60",
        "repeats": "weekly",
        "time_zone": "America/Los_Angeles",
        "mode": "in_person",
        "flow": "instant",
    }
    new = f"/desk/organizations/{host.slug}/events/new/"
    for wrong in ("noon", "25:00", "14:00+02:00", "14.30"):
        refused = client.post(new, typed | {"more_times": wrong})
        assert refused.status_code == 422
        assert "Write times like 14:00, 16:30." in refused.content.decode()
    assert client.post(new, typed | {"more_times": "9:00"}).status_code == 422
    assert client.post(new, typed | {"more_times": "14:30, 16:00"}).status_code == 302
    made = Series.objects.get()
    assert made.more_times == ["14:30", "16:00"]
    series.publish(series=made, by=organizer, now=now)
    page = client.get(made.get_absolute_url()).content.decode()
    assert "Every Tuesday, at 10:00 AM, 2:30 PM and 4:00 PM" in page
    form = client.get(f"/desk/organizations/{host.slug}/events/{made.slug}/").content.decode()
    assert 'value="14:30, 16:00"' in form
    address = f"/desk/organizations/{host.slug}/events/{made.slug}/2026-12-08T1430/following/"
    assert "Dec 8, 10:00 – 11:00 AM" in client.get(address).content.decode()
    assert made.occurrences.filter(starts_at__gt=datetime(2026, 12, 8, tzinfo=UTC)).exists()
    assert times.clock_of(made.start_times[0]) == "10:00 AM"
