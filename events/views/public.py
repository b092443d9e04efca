"""The list, and the pages of a series and of one date: the same for everybody."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from companies.models import Company
from core import linked_data, listing, times
from core.shared_pages import CLOCK, kept, shared_page
from events import recurrence
from events.domain import openings
from events.filters import EventFilters, found_by, listed
from events.models import ADDRESS_FORMAT, Host, Occurrence, OccurrenceQuerySet, Series, hosted_by
from events.views import months, weeks
from events.views.links import calendar_links, subscription_links
from organizations.models import Organization

#: Other dates that a page shows as a strip; the rest is a link to the series.
STRIP = 6
#: Dates that a series' page lists.
LISTED = 24
#: Past dates on a page of a series, and what is read of them.
PAST = 12
_PAST_FIELDS = (
    *("original_start", "local_start", "local_end", "recap"),
    *("series__slug", "series__time_zone", "series__is_all_day"),
)
#: Dates that a host's page shows.
NEXT_OF_HOST = 4
#: What the page of a date says beside the date itself.
WITH_ITS_HOST = ("series__organization", "series__company", "series__area", "series__need")
#: What the page of a date, or of a series, depends on.
DATE_SHOWS = ("events", "organizations", "companies", "needs", CLOCK)


@require_safe
@shared_page("events", "event-dates", "organizations", "companies", CLOCK)
def event_list(request: HttpRequest) -> HttpResponse:
    """What is to come, soonest first."""
    now = timezone.now()
    found = EventFilters.find(request, lambda: listed(request.GET, now=now), *found_by(request.GET))
    page = listing.page_of(found.keys, request.GET.get("page", "1"))

    def cards() -> list[Occurrence]:
        rows = Occurrence.objects.open_to_public().saying_what_is_on(now=now)
        return listing.rows_on(page, rows.for_cards())

    context = {
        "found": found,
        "page": page,
        "cards": cards,
        "list_url": reverse("events:list"),
        "month_url": months.url_of(months.today(), _without_days(found.asked)),
        "week_url": weeks.url_of(months.today(), _without_days(found.asked)),
        "feed": subscription_links(reverse("events:feed"), found.asked),
    }
    return listing.answer(request, "events/list.html", context)


@require_safe
@shared_page(*DATE_SHOWS)
def series(request: HttpRequest, slug: str) -> HttpResponse:
    """What happens, with its next dates."""
    rows = Series.objects.public().with_hosts().saying_what_goes_on()
    found = get_object_or_404(rows, slug=slug)
    page = request.GET.get("page", "1")
    context = series_context(found, now=timezone.now(), page=page)
    return render(request, "events/series.html", context)


@require_safe
@shared_page(*DATE_SHOWS)
def occurrence(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """One date, with its places and the way to sign up."""
    try:
        found = kept(request, f"date {slug} {start}", lambda: date_of(slug, start), *DATE_SHOWS)
    except Http404:
        # An address that was shared before the times changed leads to where they are now.
        goes_on = Series.objects.public().filter(continues__slug=slug).first()
        if goes_on is None:
            raise
        return redirect(goes_on)
    now = timezone.now()
    found.read_at(now)

    def others() -> list[Occurrence]:
        rows = Occurrence.objects.upcoming(now=now).filter(series=found.series_id)
        dates = list(rows.exclude(pk=found.pk).for_cards()[:STRIP])
        for date in dates:
            date.read_at(now)
        return dates

    # Functions, not values: what a kept part of the page shows is not looked for again.
    context = {
        "occurrence": found,
        "series": found.series,
        "others": others,
        "takes_signups": found.takes_signups(now=now),
        "is_past": found.ends_at <= now,
        "openings": lambda: openings.at(found),
        "people_came": lambda: found.signups.came().count(),
        "relative": _relative(found, now=now),
        "repeats": lambda: _repeats(found.series),
        "calendar_links": lambda: calendar_links(found),
        "linked_data": lambda: linked_data.script(_facts(found)),
    }
    return render(request, "events/occurrence.html", context)


@require_safe
@shared_page("events", "organizations", CLOCK)
def next_of_organization(request: HttpRequest, slug: str) -> HttpResponse:
    """The next dates of an organization, as a fragment for its page."""
    host = get_object_or_404(Organization.objects.public(), slug=slug)
    return _next_of(request, host, all_dates=f"organization={slug}")


@require_safe
@shared_page("events", "companies", CLOCK)
def next_of_company(request: HttpRequest, slug: str) -> HttpResponse:
    """The next dates of a company, as a fragment for its page."""
    host = get_object_or_404(Company.objects.public(), slug=slug)
    return _next_of(request, host, all_dates=f"company={slug}")


def _next_of(request: HttpRequest, host: Host, *, all_dates: str) -> HttpResponse:
    rows = Occurrence.objects.upcoming(now=timezone.now()).filter(hosted_by(host, "series__"))
    rows = rows.saying_what_is_on(now=timezone.now()).for_cards()
    context = {"all_dates": all_dates, "occurrences": rows[:NEXT_OF_HOST]}
    return render(request, "events/next_events.html", context)


def date_of(slug: str, start: str, *, rows: OccurrenceQuerySet | None = None) -> Occurrence:
    """The public date of that address.

    Args:
        slug: of its series.
        start: its original local start.
        rows: how it is read; with all that its page says, where nothing else is said.

    Raises:
        Http404: if there is none, or `start` is no local time.
    """
    try:
        original = datetime.strptime(start, ADDRESS_FORMAT)  # noqa: DTZ007  (a time on the wall)
    except ValueError as error:
        raise Http404 from error
    if rows is None:
        rows = Occurrence.objects.select_related(*WITH_ITS_HOST)
    return get_object_or_404(rows.public(), series__slug=slug, original_start=original)


def series_context(found: Series, *, now: datetime, page: str = "1") -> dict[str, Any]:
    """What the template of a series shows; the CMS's preview shows the same.

    Raises:
        BadQuery, NoSuchPage: if `page` is no page of its past dates.
    """
    past = Occurrence.objects.past(now=now).filter(series=found.pk).saying_who_came()
    rows = past.select_related("series").only(*_PAST_FIELDS)
    coming = Occurrence.objects.upcoming(now=now).filter(series=found.pk)
    occurrences = list(coming.saying_what_is_on(now=now).for_cards()[: LISTED + 1])
    return {
        "series": found,
        "occurrences": occurrences[:LISTED],
        "page": listing.page_of(rows, page, per_page=PAST),
        "has_more": len(occurrences) > LISTED,
        "repeats": _repeats(found),
        "feed": subscription_links(reverse("events:series-feed", args=[found.slug]), ""),
    }


def _relative(found: Occurrence, *, now: datetime) -> str:
    if found.starts_at <= now < found.ends_at and not found.is_cancelled:
        return _("happening now")
    return times.ago(found.starts_at, now=now)


def _without_days(asked: str) -> str:
    """What the month shows of a list's filters: it has days of its own."""
    rest = QueryDict(asked, mutable=True)
    rest.pop("from", None)
    rest.pop("to", None)
    return rest.urlencode()


def _repeats(found: Series) -> str:
    rhythm = recurrence.words(recurrence.parse(found.rrule)) if found.rrule else ""
    if not found.more_times:
        return rhythm
    *first, last = (times.clock_of(clock) for clock in found.start_times)
    said = _("at %(times)s and %(last)s") % {"times": ", ".join(first), "last": last}
    return f"{rhythm}, {said}" if rhythm else said[:1].upper() + said[1:]


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
