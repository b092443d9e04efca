"""What other programs read: the stories' feed, the map of the site, and what robots may do."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext
from django.views.decorators.http import condition, require_safe
from wagtail.models import Page, Site

from companies.models import Company
from core import versions
from core.shared_pages import shared_page
from events.models import Series
from organizations.models import Need, Organization
from pages.models import StoryIndexPage, StoryPage

STORIES_IN_FEED = 30
#: sitemaps.org allows 50,000; smaller files are kinder to memory.
ADDRESSES_IN_A_MAP = 10_000
#: Where robots have no business: nothing there is secret, all of it is about one person.
NOT_FOR_ROBOTS = ("/accounts/", "/cms/", "/desk/", "/me/", "/search/")
_XML = "application/xml; charset=utf-8"
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _stories_changed_at(_request: HttpRequest) -> datetime | None:
    newest = StoryPage.objects.live().aggregate(at=Max("last_published_at"))["at"]
    return newest if isinstance(newest, datetime) else None


def _stories_etag(_request: HttpRequest) -> str:
    return f'W/"{versions.current("pages", "site")}-{settings.RELEASE}"'


@require_safe
@condition(etag_func=_stories_etag, last_modified_func=_stories_changed_at)
def stories(_request: HttpRequest) -> HttpResponse:
    """The newest stories as Atom (RFC 4287)."""
    home = StoryIndexPage.objects.live().first()
    feed = Atom1Feed(
        title=gettext("Stories · %(site)s") % {"site": settings.SITE_NAME},
        link=_absolute(home.url if home else "/"),
        description=home.summary if home else "",
        feed_url=_absolute(reverse("pages:stories-feed")),
        language="en-us",
    )
    for story in StoryPage.objects.published()[:STORIES_IN_FEED]:
        feed.add_item(
            title=story.title,
            link=_absolute(story.url),
            description=story.summary,
            unique_id=f"{settings.BASE_URL}/stories/{story.translation_key}",
            pubdate=story.first_published_at,
            updateddate=story.last_published_at,
        )
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    feed.write(response, "utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@dataclass(frozen=True)
class Section:
    """One kind of public thing in the map of the site."""

    rows: Callable[[], QuerySet[Any]]
    changed: str
    address: Callable[[str], str]


SECTIONS: dict[str, Section] = {
    "organizations": Section(
        Organization.objects.public,
        "updated_at",
        lambda slug: reverse("organizations:detail", args=[slug]),
    ),
    "needs": Section(
        Need.objects.public,
        "updated_at",
        lambda slug: reverse("organizations:need", args=[slug]),
    ),
    "companies": Section(
        Company.objects.public,
        "updated_at",
        lambda slug: reverse("companies:detail", args=[slug]),
    ),
    "events": Section(
        # What is made up asks search engines to stay away.
        lambda: Series.objects.public().filter(is_demonstration=False),
        "changed_at",
        lambda slug: reverse("events:series", args=[slug]),
    ),
}


@require_safe
@shared_page("companies", "events", "needs", "organizations", "pages")
def sitemap(_request: HttpRequest) -> HttpResponse:
    """The index of the site's maps (sitemaps.org)."""
    addresses = [reverse("pages:sitemap-section", args=["pages", 1])]
    for name, section in SECTIONS.items():
        parts = math.ceil(section.rows().count() / ADDRESSES_IN_A_MAP)
        addresses += [
            reverse("pages:sitemap-section", args=[name, part]) for part in range(1, parts + 1)
        ]
    entries = (f"<sitemap><loc>{escape(_absolute(one))}</loc></sitemap>" for one in addresses)
    return _xml("sitemapindex", entries)


@require_safe
@shared_page("companies", "events", "needs", "organizations", "pages")
def sitemap_section(_request: HttpRequest, section: str, part: int) -> HttpResponse:
    """One map: the addresses of one kind of thing, and when each last changed.

    Raises:
        Http404: for a section or a part that does not exist.
    """
    if section == "pages":
        if part != 1:
            raise Http404
        return _xml("urlset", _entries(_pages()))
    if section not in SECTIONS or part < 1:
        raise Http404
    known = SECTIONS[section]
    first = (part - 1) * ADDRESSES_IN_A_MAP
    rows = known.rows().order_by("pk").values_list("slug", known.changed)
    found = [
        (known.address(slug), changed) for slug, changed in rows[first : first + ADDRESSES_IN_A_MAP]
    ]
    if not found:
        raise Http404
    return _xml("urlset", _entries(found))


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """What robots may read, and where the map is (RFC 9309)."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
        "",
        f"Sitemap: {_absolute(reverse('pages:sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _pages() -> Iterator[tuple[str, datetime | None]]:
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if site is None:
        return
    rows = Page.objects.live().public().descendant_of(site.root_page, inclusive=True)
    for one in rows.order_by("path").defer_streamfields():
        yield one.url, one.last_published_at


def _entries(rows: Iterable[tuple[str, datetime | None]]) -> Iterator[str]:
    for path, changed in rows:
        when = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
        yield f"<url><loc>{escape(_absolute(path))}</loc>{when}</url>"


def _xml(root: str, entries: Iterable[str]) -> HttpResponse:
    body = "\n".join(entries)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_SITEMAPS}">\n{body}\n</{root}>'
    )
    return HttpResponse(text, content_type=_XML)


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"
