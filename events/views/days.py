"""The days of a calendar page: what is on that day, the first few of it, and where the rest is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, F, Q, Window
from django.db.models.functions import Cast, RowNumber, Substr
from django.urls import reverse
from django.utils.translation import gettext as _

from core import times
from events.filters import EventFilters
from events.models import ADDRESS_FORMAT, MINUTES_A_DAY, Occurrence

_FIELDS = (
    *("local_start", "local_end", "original_start"),
    *("series__slug", "series__title", "series__is_all_day"),
)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """One date as a day shows it."""

    clock: str
    title: str
    url: str


@dataclass(frozen=True)
class Day:
    """One day: its first few dates, and where the rest is."""

    day: date
    entries: tuple[Entry, ...]
    more: int
    more_url: str

    @property
    def spoken(self) -> str:
        """As in "Tue, Dec 8"."""
        return times.day(self.day)


def url_of(view: str, *args: int, asked: str) -> str:
    """A view of the events, with the filters as they stand in an address."""
    url = reverse(f"events:{view}", args=args)
    return f"{url}?{asked}" if asked else url


def read(
    filters: EventFilters, *, first: date, last: date, per_day: int, asked: str
) -> dict[date, Day]:
    """Each day from a first to a last one, in two statements.

    What began on an earlier day and goes on comes first.

    Args:
        filters: over the dates that are on between the two.
        first: the first day.
        last: the last day.
        per_day: how many dates a day shows.
        asked: the filters as they stand in an address, for the link to the rest.
    """
    shown: dict[date, list[Entry]] = {}
    found: dict[date, int] = {}
    for row in _going_on(filters, before=last + _DAY):
        ends = _last_day(row)
        day = max(first, row["local_start"].date() + _DAY)
        while day <= min(ends, last):
            shown.setdefault(day, []).append(_entry(row, _clock_later(row, day, ends)))
            found[day] = found.get(day, 0) + 1
            day += _DAY
    for row in _starting(filters, first=first, per_day=per_day):
        day = row["local_start"].date()
        shown.setdefault(day, []).append(_entry(row, _clock(row)))
        if row["place"] == 1:
            found[day] = found.get(day, 0) + row["on_day"]
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {day: _day(day, shown.get(day, [])[:per_day], found.get(day, 0), asked) for day in days}


def _starting(filters: EventFilters, *, first: date, per_day: int) -> Iterator[dict[str, Any]]:
    """The first few that start on each day, and how many there are."""
    day = Substr(Cast("local_start", CharField()), 1, 10)
    rows = (
        filters.qs.order_by()
        .filter(local_start__gte=datetime.combine(first, datetime.min.time()))
        .annotate(day=day)
        .annotate(
            place=Window(RowNumber(), partition_by=F("day"), order_by=(F("local_start"), F("pk"))),
            on_day=Window(Count("pk"), partition_by=F("day")),
        )
        .filter(place__lte=per_day)
        .order_by("local_start", "pk")
    )
    yield from rows.values(*_FIELDS, "place", "on_day")


def _going_on(filters: EventFilters, *, before: date) -> Iterator[dict[str, Any]]:
    """Those that are still on after midnight of their first day."""
    one_day = Q(series__is_all_day=True, series__duration_minutes=MINUTES_A_DAY)
    rows = (
        filters.qs.order_by()
        .filter(local_start__lt=datetime.combine(before, datetime.min.time()))
        .annotate(
            day=Substr(Cast("local_start", CharField()), 1, 10),
            end_day=Substr(Cast("local_end", CharField()), 1, 10),
        )
        .filter(end_day__gt=F("day"))
        .exclude(one_day, status=Occurrence.Status.SCHEDULED)
        .order_by("local_start", "pk")
    )
    for row in rows.values(*_FIELDS):
        if _last_day(row) > row["local_start"].date():
            yield row


def _last_day(row: Mapping[str, Any]) -> date:
    day: date = (row["local_end"] - timedelta(minutes=1)).date()
    return day


def _clock(row: Mapping[str, Any]) -> str:
    return _("All day") if row["series__is_all_day"] else times.clock(row["local_start"])


def _clock_later(row: Mapping[str, Any], day: date, ends: date) -> str:
    """What a later day of a longer date says."""
    if row["series__is_all_day"] or day < ends:
        return _("All day")
    return _("Until %(clock)s") % {"clock": times.clock(row["local_end"])}


def _entry(row: Mapping[str, Any], clock: str) -> Entry:
    return Entry(
        clock=clock,
        title=row["series__title"],
        url=f"/events/{row['series__slug']}/{row['original_start']:{ADDRESS_FORMAT}}/",
    )


def _day(day: date, entries: list[Entry], found: int, asked: str) -> Day:
    more = found - len(entries)
    rest = f"from={day}&to={day}" + (f"&{asked}" if asked else "")
    return Day(
        day=day,
        entries=tuple(entries),
        more=more,
        more_url=f"{reverse('events:list')}?{rest}" if more else "",
    )
