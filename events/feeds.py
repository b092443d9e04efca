"""Calendars to subscribe to: kept texts joined, told by version whether anything changed."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from companies.models import Company
from core import versions
from events.calendars import letters, vevents
from events.domain import personal_feeds
from events.filters import EventFilters, chosen_by
from events.models import Occurrence, Series, SeriesQuerySet
from organizations.models import Organization

CONTENT_TYPE = "text/calendar; charset=utf-8"
#: How long it is remembered when a feed last changed; its text is never kept here.
REMEMBERED_SECONDS = 24 * 3600


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Every public event, or those that the list's filters leave: with all of their dates."""
    now = timezone.now()

    def rows() -> SeriesQuerySet:
        in_feeds = Series.objects.in_feeds(now=now)
        if not request.GET:
            return in_feeds
        since = now - vevents.CANCELLED_STAYS
        dates = Occurrence.objects.public().filter(ends_at__gte=since)
        chosen = EventFilters(request.GET, dates, request=request).qs.order_by().values("series")
        return in_feeds.filter(pk__in=chosen)

    return _answer(
        request,
        rows,
        now=now,
        name=_("%(site)s events") % {"site": settings.SITE_NAME},
        about=_("Volunteering, workshops and meetings for STEM in Los Angeles."),
        url="/events/",
    )


@require_safe
def of_organization(request: HttpRequest, slug: str) -> HttpResponse:
    """The events of one organization."""
    host = get_object_or_404(Organization.objects.public(), slug=slug)
    now = timezone.now()
    return _hosted(
        request,
        lambda: Series.objects.in_feeds(now=now).filter(organization=host),
        host=host,
        now=now,
    )


@require_safe
def of_company(request: HttpRequest, slug: str) -> HttpResponse:
    """The events of one company."""
    host = get_object_or_404(Company.objects.public(), slug=slug)
    now = timezone.now()
    return _hosted(
        request,
        lambda: Series.objects.in_feeds(now=now).filter(company=host),
        host=host,
        now=now,
    )


@require_safe
def of_series(request: HttpRequest, slug: str) -> HttpResponse:
    """One series with all of its dates."""
    rows = Series.objects.public().filter(slug=slug)
    found = rows.first()
    if found is None:
        raise Http404
    return _answer(
        request,
        lambda: rows,
        now=timezone.now(),
        name=found.title,
        about=found.summary,
        url=found.get_absolute_url(),
    )


def of_person(request: HttpRequest, token: str) -> HttpResponse:
    """What one person signed up for; whoever has the token reads it, and nobody else."""
    return _privately(_of_person(request, token))


@require_safe
def _of_person(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    feed = personal_feeds.found(token=token, now=now)
    if feed is None:
        return HttpResponse(_("There is no such calendar."), status=404)
    rows = personal_feeds.signups_in(feed, now=now, heard=vevents.CANCELLED_STAYS)
    latest = {row.occurrence_id: row for row in rows}
    chosen = sorted(latest.values(), key=lambda row: (row.occurrence.starts_at, row.pk))
    text = vevents.calendar_text(
        name=_("My %(site)s events") % {"site": settings.SITE_NAME},
        about=_("Everything that you signed up for."),
        url=settings.BASE_URL + reverse("events:my-calendar"),
        zones={zone for row in chosen for zone in vevents.zones_of(row.occurrence.series)},
        texts=[letters.vevent(row) for row in chosen],
    )
    body = text.encode()
    etag = hashlib.blake2b(body, digest_size=16).hexdigest()
    changed_at = max([feed.made_at, *(letters.changed_at(row) for row in chosen)])
    changed = int(changed_at.timestamp())
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    asked = request.headers.get("If-None-Match")
    is_known = f'"{etag}"' in asked if asked is not None else since is not None and since >= changed
    answer = (
        HttpResponseNotModified() if is_known else HttpResponse(body, content_type=CONTENT_TYPE)
    )
    return _finish(answer, etag, changed)


def _privately(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _hosted(
    request: HttpRequest,
    rows: Callable[[], SeriesQuerySet],
    *,
    host: Organization | Company,
    now: datetime,
) -> HttpResponse:
    return _answer(
        request,
        rows,
        now=now,
        name=host.name,
        about=_("Events of %(host)s.") % {"host": host.name},
        url=host.get_absolute_url(),
    )


def _answer(
    request: HttpRequest,
    rows: Callable[[], SeriesQuerySet],
    *,
    now: datetime,
    name: str,
    about: str,
    url: str,
) -> HttpResponse:
    # The rows are chosen only where they are asked for: to put the question costs more than a 304.
    etag = _etag(request, now.date())
    if f'"{etag}"' in request.META.get("HTTP_IF_NONE_MATCH", ""):
        return _finish(HttpResponseNotModified(), etag, None)
    # When this version was first asked for: never before the change that made it.
    cache.add(f"feed:{etag}", int(now.timestamp()), REMEMBERED_SECONDS)
    changed_at: int = cache.get(f"feed:{etag}", int(now.timestamp()))
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if since is not None and "If-None-Match" not in request.headers and since >= changed_at:
        return _finish(HttpResponseNotModified(), etag, changed_at)
    found = list(rows().order_by("pk").values_list("vevents", "time_zone", "is_all_day"))
    text = vevents.calendar_text(
        name=name,
        about=about,
        url=settings.BASE_URL + url,
        zones={zone for _text, zone, is_all_day in found if not is_all_day},
        texts=[text for text, _zone, _is_all_day in found],
    )
    response = HttpResponse(text.encode(), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = 'inline; filename="events.ics"'
    return _finish(response, etag, changed_at)


def _etag(request: HttpRequest, today: date) -> str:
    # Cancelled and ended events leave after 30 days: the day is part of what is shown.
    parts = (
        versions.current(*chosen_by(request.GET)),
        request.get_full_path(),
        today.isoformat(),
        settings.RELEASE,
    )
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _finish(response: HttpResponse, etag: str, changed_at: int | None) -> HttpResponse:
    response.headers["ETag"] = f'"{etag}"'
    if changed_at is not None:
        response.headers["Last-Modified"] = http_date(changed_at)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
