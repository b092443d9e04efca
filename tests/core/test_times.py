from datetime import UTC, datetime, timedelta

import pytest

from core import times

LA = "America/Los_Angeles"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-12-08T16:30", "2026-12-08T18:00", "Tue, Dec 8, 4:30 – 6:00 PM PST"),
        ("2026-07-08T16:30", "2026-07-08T18:00", "Wed, Jul 8, 4:30 – 6:00 PM PDT"),
        ("2026-12-08T11:00", "2026-12-08T13:00", "Tue, Dec 8, 11:00 AM – 1:00 PM PST"),
        ("2026-12-08T00:00", "2026-12-08T12:00", "Tue, Dec 8, 12:00 AM – 12:00 PM PST"),
        ("2026-12-08T22:00", "2026-12-09T01:00", "Tue, Dec 8, 10:00 PM – Wed, Dec 9, 1:00 AM PST"),
        ("2027-01-05T09:00", "2027-01-05T10:00", "Tue, Jan 5, 2027, 9:00 – 10:00 AM PST"),
    ],
)
def test_span_says_what_the_clock_on_the_wall_shows(start: str, end: str, expected: str) -> None:
    assert times.span(at(start), at(end), LA, year=2026) == expected


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-03-07T16:30", "2026-03-08T00:30"),  # before the change in spring
        ("2026-03-09T16:30", "2026-03-09T23:30"),  # after it: still 16:30 on the wall
        ("2026-03-08T02:30", "2026-03-08T10:30"),  # in the gap: as an hour later on the wall
        ("2026-11-01T01:30", "2026-11-01T08:30"),  # twice: the first of the two
        ("2026-11-02T16:30", "2026-11-03T00:30"),
    ],
)
def test_utc_of_is_defined_on_both_changes(local: str, instant: str) -> None:
    assert times.utc_of(at(local), LA) == at(instant).replace(tzinfo=UTC)


def test_local_of_undoes_utc_of_outside_the_changes() -> None:
    local = at("2026-12-08T16:30")

    assert times.local_of(times.utc_of(local, LA), LA) == local


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (timedelta(seconds=30), "now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(hours=-2), "2 hours ago"),
        (timedelta(days=3, hours=23), "in 3 days"),
    ],
)
def test_ago_uses_the_largest_whole_unit(gap: timedelta, expected: str, now: datetime) -> None:
    assert times.ago(now + gap, now=now) == expected
