"""The month calendar: a table of weeks, and a plain list on a phone."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, F, Window
from django.db.models.functions import Cast, RowNumber, Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import listing, times
from core.listing import BadQuery, Chip
from core.shared_pages import CLOCK, kept, shared_page
from events.filters import EventFilters, found_by
from events.models import ADDRESS_FORMAT, Occurrence

#: Dates that a day shows; the rest is a number that links to the list.
PER_DAY = 4
SUNDAY = 6


class NoSuchMonth(BadQuery):
    """A month that the calendar does not have."""

    status = 404


@dataclass(frozen=True)
class Entry:
    """One date as a day of the month shows it."""

    clock: str
    title: str
    url: str


@dataclass(frozen=True)
class Day:
    """One cell: its first few dates, and where the rest is."""

    day: date
    is_other_month: bool
    entries: tuple[Entry, ...]
    more: int
    more_url: str

    @property
    def spoken(self) -> str:
        """As in "Tue, Dec 8"."""
        return times.day(self.day)


@dataclass(frozen=True)
class Month:
    """What the filters leave of one month."""

    chips: tuple[Chip, ...]
    weeks: tuple[tuple[Day, ...], ...]

    @property
    def weekdays(self) -> list[str]:
        """The heads of the columns."""
        return [day.spoken.partition(",")[0] for day in self.weeks[0]]


@never_cache
@require_safe
def this_month(_request: HttpRequest) -> HttpResponse:
    """The way to the month that it is here and now."""
    return redirect(url_of(today(), ""))


@require_safe
@shared_page("events", "event-dates", "organizations", "companies", CLOCK)
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """One month.

    Raises:
        NoSuchMonth: outside of the years that the calendar shows.
        BadQuery: if a filter or its value is unknown.
    """
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        raise NoSuchMonth(_("The calendar shows months from 2000/01 to 2100/12."))
    first = date(year, month, 1)
    asked = EventFilters.asked(request.GET).urlencode()
    found = kept(
        request, f"month {first} {asked}", lambda: _read(request, first), *found_by(request.GET)
    )
    context = {
        "title": f"{first:%B} {year}",
        "month": found,
        "chips": found.chips,
        "today": today(),
        "previous_url": url_of(first - timedelta(days=1), asked),
        "next_url": url_of(first + timedelta(days=31), asked),
        "list_url": reverse("events:list"),
        "this_url": reverse("events:month", args=[year, month]),
        "asked": asked,
    }
    return listing.answer(request, "events/month.html", context)


def today() -> date:
    """The day that it is where the site is at home."""
    return times.local_of(timezone.now(), settings.TIME_ZONE).date()


def url_of(day: date, asked: str) -> str:
    """The page of that day's month, with the same filters."""
    url = reverse("events:month", args=[day.year, day.month])
    return f"{url}?{asked}" if asked else url


def _read(request: HttpRequest, first: date) -> Month:
    weeks = calendar.Calendar(firstweekday=SUNDAY).monthdatescalendar(first.year, first.month)
    rows = Occurrence.objects.open_to_public().between(weeks[0][0], weeks[-1][-1])
    filters = EventFilters(request.GET, rows, request=request)
    asked = EventFilters.asked(request.GET)
    of_day: dict[str, list[dict[str, Any]]] = {}
    for row in _first_of_each_day(filters):
        of_day.setdefault(row["day"], []).append(row)
    return Month(
        chips=filters.chips(asked),
        weeks=tuple(
            tuple(
                _day(day, of_day.get(day.isoformat(), []), first, asked.urlencode()) for day in week
            )
            for week in weeks
        ),
    )


def _first_of_each_day(filters: EventFilters) -> Iterator[dict[str, Any]]:
    """The first few dates of each day and how many there are, in one statement."""
    day = Substr(Cast("local_start", CharField()), 1, 10)
    rows = (
        filters.qs.order_by()
        .annotate(day=day)
        .annotate(
            place=Window(RowNumber(), partition_by=F("day"), order_by=(F("local_start"), F("pk"))),
            on_day=Window(Count("pk"), partition_by=F("day")),
        )
        .filter(place__lte=PER_DAY)
        .order_by("local_start", "pk")
    )
    fields = ("day", "on_day", "local_start", "original_start", "series__slug", "series__title")
    yield from rows.values(*fields)


def _day(day: date, rows: list[dict[str, Any]], first: date, asked: str) -> Day:
    more = rows[0]["on_day"] - len(rows) if rows else 0
    rest = f"from={day}&to={day}" + (f"&{asked}" if asked else "")
    return Day(
        day=day,
        is_other_month=day.month != first.month,
        entries=tuple(
            Entry(
                clock=times.clock(row["local_start"]),
                title=row["series__title"],
                url=f"/events/{row['series__slug']}/{row['original_start']:{ADDRESS_FORMAT}}/",
            )
            for row in rows
        ),
        more=more,
        more_url=f"{reverse('events:list')}?{rest}" if more else "",
    )
