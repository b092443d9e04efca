"""A calendar's times, cut where the desk gave an event other ones: nothing lost, nothing twice."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from events.domain import catalogue
from events.domain import incoming_schedules as schedules
from events.domain.details import check_details
from events.domain.incoming_reading import Read, Span
from events.models import Series
from tests.events.published_series import TUESDAY, details

FAR = date(2028, 6, 1)


def starts(event: Read) -> list[datetime]:
    values = check_details(event.details)  # refuses what a calendar cannot carry
    del values["focus_areas"]
    return catalogue.starts_of(Series(**values), until=FAR, since=None)


def event_of(**said: object) -> Read:
    return Read("u", "", 1, details(zip_code="", **said), {}, is_cancelled=False)


@pytest.mark.parametrize(
    "said",
    [
        {"rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=10"},
        {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH"},
        {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=30"},
        {"rrule": "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20271001T000000"},
        {"rrule": "FREQ=DAILY;COUNT=30", "extra_dates": ["2026-12-20T10:00", "2027-03-01T10:00"]},
        {
            "rrule": "FREQ=DAILY;COUNT=30",
            "excluded_dates": ["2026-12-09T16:30", "2026-12-30T16:30"],
        },
        {"rrule": "", "extra_dates": ["2026-12-12T09:00", "2026-12-24T09:00", "2027-01-24T09:00"]},
    ],
)
def test_the_parts_have_together_what_the_calendar_says(said: dict[str, object]) -> None:
    event = event_of(**said)
    later = [
        Series(local_start=TUESDAY + timedelta(days=days, hours=2), duration_minutes=60)
        for days in (14, 35)
    ]
    cuts = schedules.cut(event, [Series(), *later])
    found = [starts(part) if part else [] for part in cuts]
    assert [moment for part in found for moment in part] == starts(event)
    # Each from where the desk let it begin, or from its date that is nearest to that.
    for part, begins in zip(found[1:], later, strict=True):
        assert not part or min(part) >= begins.local_start - schedules.SAME_DATE


def test_a_part_without_a_date_has_none() -> None:
    event = event_of(rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=2")
    later = Series(local_start=TUESDAY + timedelta(days=60), duration_minutes=60)
    first, second = schedules.cut(event, [Series(), later])
    assert (first and starts(first), second) == (starts(event), None)
    assert schedules.cut(event, [later]) == [event]


def test_what_was_noted_compares_with_what_is_said_again(now: datetime) -> None:
    event = event_of(rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    put = {TUESDAY: None, TUESDAY + timedelta(weeks=1): Span(TUESDAY, TUESDAY)}
    event.changes.update(put)
    said, since = schedules.noted(event), TUESDAY.date()
    how: dict[str, Any] = {"since": since, "now": now}
    there = schedules.spans_noted(said, time_zone="America/Los_Angeles", **how)
    assert list(there) == [TUESDAY + timedelta(weeks=1), TUESDAY + timedelta(weeks=2)]
    assert there[TUESDAY + timedelta(weeks=1)] == Span(TUESDAY, TUESDAY)
    assert schedules.spans_noted(said, time_zone="UTC", **how) == {}
    assert schedules.spans_noted({}, time_zone="UTC", **how) == {}
