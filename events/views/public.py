"""The list, the month, and the pages of a series and of one date: the same for everybody."""

import calendar
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, F, Window
from django.db.models.functions import Cast, RowNumber, Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import linked_data, listing, times, versions
from core.listing import BadQuery
from core.shared_pages import clock_mark, shared_page, versions_of
from events import recurrence
from events.filters import EventFilters, listed
from events.models import ADDRESS_FORMAT, Occurrence, Series
from events.views.links import calendar_links, subscription_links
from organizations.models import Organization

#: Other dates that a page shows as a strip; the rest is a link to the series.
STRIP = 6
#: Dates that a series' page lists.
LISTED = 24
#: Dates that a day of the month shows; the rest is a number that links to the list.
PER_DAY = 4
#: Dates that an organization's page shows.
NEXT_OF_HOST = 4
FACETS = ("kind", "area", "remote", "focus")


class NoSuchMonth(BadQuery):
    """A month that the calendar does not have."""

    status = 404


@require_safe
@shared_page("events", "event-dates", "organizations", "companies", clock=True)
def event_list(request: HttpRequest) -> HttpResponse:
    """What is to come, soonest first."""
    now = timezone.now()
    filters = listed(request.GET, now=now, request=request)
    counted_by = versions.written(versions_of(request, *filters.counted_by))
    found = filters.found(f"{counted_by}:{clock_mark(now)}")
    list_url = reverse("events:list")
    today = times.local_of(now, settings.TIME_ZONE).date()
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "filters": filters,
        "facets": [filters.facet(name, found.counts[name]) for name in FACETS],
        "chips": filters.chips(),
        "list_url": list_url,
        "page": listing.page_of(filters.qs.for_cards(), filters.page, keys=found.keys),
        "total": len(found.keys),
        "month_url": _month_url(today, _without_days(query).urlencode()),
        "feed": subscription_links(reverse("events:feed"), query.urlencode()),
    }
    return _answer(request, "events/list.html", context)


@never_cache
@require_safe
def this_month(_request: HttpRequest) -> HttpResponse:
    """The way to the month that it is here and now."""
    return redirect(_month_url(times.local_of(timezone.now(), settings.TIME_ZONE).date(), ""))


@require_safe
@shared_page("events", "organizations", "companies", clock=True)
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """One month as a table of weeks; a plain list on a phone."""
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        raise NoSuchMonth(_("The calendar shows months from 2000/01 to 2100/12."))
    now = timezone.now()
    first = date(year, month, 1)
    weeks = calendar.Calendar(firstweekday=6).monthdatescalendar(year, month)
    rows = Occurrence.objects.open_to_public().between(weeks[0][0], weeks[-1][-1])
    filters = EventFilters(request.GET, rows, request=request)
    shown = _by_day(filters)
    query = request.GET.copy()
    today = times.local_of(now, settings.TIME_ZONE).date()
    context = {
        "title": f"{first:%B} {year}",
        "weekdays": [times.day(day).partition(",")[0] for day in weeks[0]],
        "weeks": [[_cell(day, shown, month, today, query.urlencode()) for day in w] for w in weeks],
        "previous_url": _month_url(first - timedelta(days=1), query.urlencode()),
        "next_url": _month_url(first + timedelta(days=31), query.urlencode()),
        "list_url": reverse("events:list"),
        "this_url": reverse("events:month", args=[year, month]),
        "filters": filters,
        "chips": filters.chips(),
        "query": query.urlencode(),
    }
    return _answer(request, "events/month.html", context)


@require_safe
@shared_page("events", "organizations", "companies", "needs", clock=True)
def series(request: HttpRequest, slug: str) -> HttpResponse:
    """What happens, with its next dates."""
    found = get_object_or_404(Series.objects.public().with_hosts(), slug=slug)
    return render(request, "events/series.html", series_context(found, now=timezone.now()))


@require_safe
@shared_page("events", "organizations", "companies", "needs", clock=True)
def occurrence(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """One date, with its places and the way to sign up."""
    found = date_of(slug, start)
    now = timezone.now()
    others = (
        Occurrence.objects.upcoming(now=now)
        .filter(series=found.series_id)
        .exclude(pk=found.pk)
        .for_cards()
    )
    context = {
        "occurrence": found,
        "series": found.series,
        "others": others[:STRIP],
        "takes_signups": found.takes_signups(now=now),
        "is_past": found.ends_at <= now,
        "relative": times.ago(found.starts_at, now=now),
        "repeats": _repeats(found.series),
        "calendar_links": calendar_links(found),
        "linked_data": linked_data.script(_facts(found)),
    }
    return render(request, "events/occurrence.html", context)


@require_safe
@shared_page("events", "organizations", clock=True)
def next_of_organization(request: HttpRequest, slug: str) -> HttpResponse:
    """The next dates of an organization, as a fragment for its page."""
    host = get_object_or_404(Organization.objects.public(), slug=slug)
    rows = Occurrence.objects.upcoming(now=timezone.now()).filter(series__organization=host)
    context = {"host": host, "occurrences": rows.for_cards()[:NEXT_OF_HOST]}
    return render(request, "events/next_events.html", context)


def date_of(slug: str, start: str) -> Occurrence:
    """The public date of that address.

    Raises:
        Http404: if there is none, or `start` is no local time.
    """
    try:
        original = datetime.strptime(start, ADDRESS_FORMAT)  # noqa: DTZ007  (a time on the wall)
    except ValueError as error:
        raise Http404 from error
    rows = Occurrence.objects.public().select_related(
        "series__organization", "series__company", "series__area", "series__need"
    )
    return get_object_or_404(rows, series__slug=slug, original_start=original)


def series_context(found: Series, *, now: datetime) -> dict[str, Any]:
    """What the template of a series shows; the CMS's preview shows the same."""
    coming = Occurrence.objects.upcoming(now=now).filter(series=found.pk).for_cards()
    occurrences = list(coming[: LISTED + 1])
    return {
        "series": found,
        "occurrences": occurrences[:LISTED],
        "has_more": len(occurrences) > LISTED,
        "repeats": _repeats(found),
        "feed": subscription_links(reverse("events:series-feed", args=[found.slug]), ""),
    }


def _repeats(found: Series) -> str:
    return recurrence.words(recurrence.parse(found.rrule)) if found.rrule else ""


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"{template}{part}", context)


def _month_url(day: date, query: str) -> str:
    url = reverse("events:month", args=[day.year, day.month])
    return f"{url}?{query}" if query else url


def _without_days(query: Any) -> Any:
    rest = query.copy()
    rest.pop("from", None)
    rest.pop("to", None)
    return rest


def _by_day(filters: EventFilters) -> dict[str, list[dict[str, Any]]]:
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
        .values(
            "day",
            "on_day",
            "local_start",
            "original_start",
            "series__slug",
            "series__title",
        )
    )
    days: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        days.setdefault(row["day"], []).append(row)
    return days


def _cell(
    day: date, shown: dict[str, list[dict[str, Any]]], month: int, today: date, query: str
) -> dict[str, Any]:
    rows = shown.get(day.isoformat(), [])
    more = rows[0]["on_day"] - len(rows) if rows else 0
    rest = f"from={day}&to={day}" + (f"&{query}" if query else "")
    return {
        "day": day.day,
        "iso": day.isoformat(),
        "spoken": times.day(day),
        "is_other_month": day.month != month,
        "is_today": day == today,
        "more": more,
        "more_url": f"{reverse('events:list')}?{rest}" if more else "",
        "dates": [
            {
                "clock": times.clock(row["local_start"]),
                "title": row["series__title"],
                "url": f"/events/{row['series__slug']}/{row['original_start']:{ADDRESS_FORMAT}}/",
            }
            for row in rows
        ],
    }


def _facts(found: Occurrence) -> dict[str, Any]:
    """The date as an Event of schema.org."""
    series = found.series
    url = settings.BASE_URL + found.get_absolute_url()
    status = "EventScheduled"
    if found.is_cancelled:
        status = "EventCancelled"
    elif found.local_start != found.original_start:
        status = "EventRescheduled"
    modes = {
        Series.Mode.IN_PERSON: "OfflineEventAttendanceMode",
        Series.Mode.ONLINE: "OnlineEventAttendanceMode",
        Series.Mode.BOTH: "MixedEventAttendanceMode",
    }
    place = {
        "@type": "Place",
        "name": series.place_name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": series.address,
            "postalCode": series.zip_code,
            "addressRegion": "CA",
            "addressCountry": "US",
        },
    }
    online = {"@type": "VirtualLocation", "url": url}
    where = {
        Series.Mode.IN_PERSON: place,
        Series.Mode.ONLINE: online,
        Series.Mode.BOTH: [place, online],
    }
    host_url = series.host.get_absolute_url() if series.host else "/"
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": series.title,
        "description": series.summary or series.description,
        "url": url,
        "startDate": found.iso_start,
        "endDate": found.iso_end,
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": f"https://schema.org/{modes[Series.Mode(series.mode)]}",
        "location": where[Series.Mode(series.mode)],
        "isAccessibleForFree": True,
        "remainingAttendeeCapacity": found.places_left,
        "maximumAttendeeCapacity": found.capacity,
        "organizer": {
            "@type": "Organization",
            "name": series.host_name,
            "url": settings.BASE_URL + host_url,
        },
    }
