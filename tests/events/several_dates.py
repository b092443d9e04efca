"""Dates of one series, and a booking of several of them."""

from datetime import datetime, timedelta
from typing import Any

from events.domain import bookings
from events.models import Occurrence
from tests.factories.events import START, OccurrenceFactory, SeriesFactory

WEEK = timedelta(weeks=1)


def weekly(number: int, **changes: Any) -> list[Occurrence]:
    """Dates of one series, a week apart."""
    series = SeriesFactory(title="Robots", **changes)
    return [
        OccurrenceFactory(series=series, original_start=START + week * WEEK)
        for week in range(number)
    ]


def book(dates: list[Occurrence], now: datetime, **changes: Any) -> tuple[Any, list[str]]:
    """The booking, and what became of each date."""
    asked: dict[str, Any] = {"name": "Ana Ruiz", "email": "ana@example.com", "by": None, **changes}
    booking, outcomes = bookings.book(
        series=dates[0].series, dates=[date.pk for date in dates], now=now, **asked
    )
    return booking, [f"{one.came} {one.why}".strip() for one in outcomes]
