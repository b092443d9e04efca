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
    etag = _hash(body)
    changed_at = _changed_at(request, etag)
    answer = (
        HttpResponseNotModified()
        if _is_named(request, etag) or _is_unchanged(request, changed_at, now=now)
        else HttpResponse(body, content_type=CONTENT_TYPE)
    )
    return _finish(_dated(answer, changed_at, now=now), etag)


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
    if _is_named(request, etag):
        return _finish(HttpResponseNotModified(), etag)
    changed_at = _changed_at(request, etag)
    if _is_unchanged(request, changed_at, now=now):
        return _finish(_dated(HttpResponseNotModified(), changed_at, now=now), etag)
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
    return _finish(_dated(response, changed_at, now=now), etag)


def _etag(request: HttpRequest, today: date) -> str:
    # Cancelled and ended events leave after 30 days: the day is part of what is shown.
    parts = (
        versions.current(*chosen_by(request.GET)),
        request.get_full_path(),
        today.isoformat(),
        settings.RELEASE,
    )
    return _hash("\n".join(parts).encode())


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _changed_at(request: HttpRequest, etag: str) -> int:
    """From which second on a feed is as it is: the next one after it was first seen so.

    Never before the change: what is taken out of a feed leaves no date behind, and what is hidden
    and shown again has the dates that it had. Of the second itself nobody can say what was in it.
    """
    # An address may be a secret, or longer than a key of a cache may be.
    key = f"feed:{_hash(request.get_full_path().encode())}"
    seen: tuple[str, int] | None = cache.get(key)
    if seen is None or seen[0] != etag:
        # The clock is read after what the etag stands for: the change came before that.
        seen = etag, int(timezone.now().timestamp()) + 1
        cache.set(key, seen, REMEMBERED_SECONDS)
    return seen[1]


def _is_named(request: HttpRequest, etag: str) -> bool:
    """Whether who asks has the feed as it is, by the name that it was given."""
    asked = request.headers.get("If-None-Match", "")
    return asked.strip() == "*" or f'"{etag}"' in asked


def _is_unchanged(request: HttpRequest, changed_at: int, *, now: datetime) -> bool:
    """Whether who knows no name has it as it is, by the date; one to come says nothing."""
    if "If-None-Match" in request.headers:
        return False
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and changed_at <= since <= now.timestamp()


def _dated(response: HttpResponse, changed_at: int, *, now: datetime) -> HttpResponse:
    # Never a second that is still to come: asked with this one, the feed is given once more.
    response.headers["Last-Modified"] = http_date(min(changed_at, int(now.timestamp())))
    return response


def _finish(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = f'"{etag}"'
    response.headers["Cache-Control"] = "public, no-cache"
    return response
