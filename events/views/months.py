"""The month calendar: a table of weeks, and a plain list on a phone."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
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
from events.models import Occurrence
from events.views import days
from events.views.days import Day

#: Dates that a day shows; the rest is a number that links to the list.
PER_DAY = 4
SUNDAY = 6


class NoSuchMonth(BadQuery):
    """A month that the calendar does not have."""

    status = 404


@dataclass(frozen=True)
class Month:
    """What the filters leave of one month."""

    number: int
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
    if year not in times.YEARS or not 1 <= month <= 12:
        raise NoSuchMonth(_("The calendar shows months from 2000/01 to 2100/12."))
    first = date(year, month, 1)
    asked = EventFilters.asked(request.GET).urlencode()
    found = kept(
        request, f"month {first} {asked}", lambda: _read(request, first), *found_by(request.GET)
    )
    context = {
        "title": times.month(first),
        "month": found,
        "chips": found.chips,
        "today": today(),
        "previous_url": url_of(first - timedelta(days=1), asked),
        "next_url": url_of(first + timedelta(days=31), asked),
        "list_url": days.url_of("list", asked=asked),
        "this_url": reverse("events:month", args=[year, month]),
        "week_url": days.url_of("week", *first.isocalendar()[:2], asked=asked),
        "asked": asked,
    }
    return listing.answer(request, "events/month.html", context)


def today() -> date:
    """The day that it is where the site is at home."""
    return times.local_of(timezone.now(), settings.TIME_ZONE).date()


def url_of(day: date, asked: str) -> str:
    """The page of that day's month, with the same filters."""
    return days.url_of("month", day.year, day.month, asked=asked)


def _read(request: HttpRequest, first: date) -> Month:
    weeks = calendar.Calendar(firstweekday=SUNDAY).monthdatescalendar(first.year, first.month)
    begins, ends = weeks[0][0], weeks[-1][-1]
    rows = Occurrence.objects.open_to_public().between(begins, ends)
    filters = EventFilters(request.GET, rows, request=request)
    asked = EventFilters.asked(request.GET)
    found = days.read(filters, first=begins, last=ends, per_day=PER_DAY, asked=asked.urlencode())
    return Month(
        number=first.month,
        chips=filters.chips(asked),
        weeks=tuple(tuple(found[day] for day in week) for week in weeks),
    )
