"""The week calendar: seven days one below the other, with the list's filters beside them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import listing, times
from core.listing import BadQuery, Found
from core.shared_pages import CLOCK, kept, shared_page
from events.filters import EventFilters, found_by
from events.models import Occurrence
from events.views import days, months
from events.views.days import Day

#: Dates that a day shows; the rest is a number that links to the list.
PER_DAY = 20
_WEEK = timedelta(days=7)


class NoSuchWeek(BadQuery):
    """A week that the calendar does not have."""

    status = 404


@dataclass(frozen=True)
class Week:
    """What the filters leave of one week."""

    found: Found
    days: tuple[Day, ...]


@require_safe
@shared_page("events", "event-dates", "organizations", "companies", CLOCK)
def week(request: HttpRequest, year: int, week: int) -> HttpResponse:
    """One week of ISO 8601: from Monday to Sunday.

    Raises:
        NoSuchWeek: if the year has no such week, or outside of the years that the calendar shows.
        BadQuery: if a filter or its value is unknown.
    """
    try:
        first = date.fromisocalendar(year, week, 1)
    except ValueError:
        first = date.min
    if first.year not in times.YEARS:
        raise NoSuchWeek(_("The calendar shows weeks 1 to 52, or 53, from 2000 to 2100."))
    asked = EventFilters.asked(request.GET).urlencode()
    shown = kept(
        request, f"week {first} {asked}", lambda: _read(request, first), *found_by(request.GET)
    )
    context = {
        "title": times.days(first, first + timedelta(days=6), year=0),
        "found": shown.found,
        "days": shown.days,
        "today": months.today(),
        "previous_url": url_of(first - _WEEK, asked),
        "today_url": url_of(months.today(), asked),
        "next_url": url_of(first + _WEEK, asked),
        "list_url": reverse("events:week", args=[year, week]),
        "all_url": days.url_of("list", asked=asked),
        "month_url": months.url_of(first, asked),
    }
    return listing.answer(request, "events/week.html", context)


def url_of(day: date, asked: str) -> str:
    """The page of that day's week, with the same filters."""
    year, number, _weekday = day.isocalendar()
    return days.url_of("week", year, number, asked=asked)


def _read(request: HttpRequest, first: date) -> Week:
    last = first + timedelta(days=6)
    rows = Occurrence.objects.open_to_public().between(first, last)
    filters = EventFilters(request.GET, rows, request=request)
    asked = EventFilters.asked(request.GET)
    found = filters.found(asked, *found_by(request.GET))
    read = days.read(filters, first=first, last=last, per_day=PER_DAY, asked=found.asked)
    return Week(found=found, days=tuple(read.values()))
