"""What pages and their blocks show of the marketplace at the moment they are drawn."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString

from core import linked_data
from events.models import OccurrenceQuerySet
from organizations.models import NeedQuerySet, Organization
from pages.blocks import Figure
from pages.domain import live, numbers

register = template.Library()


@register.simple_tag
def live_numbers(*figures: str) -> list[numbers.Number]:
    """The named numbers, or those of the home page, in one query."""
    asked = [Figure(figure) for figure in figures] or list(numbers.FRONT)
    return numbers.numbers(asked, now=timezone.now())


@register.simple_tag
def newest_needs(most: int = 6) -> NeedQuerySet:
    """Open needs, the urgent ones first, then the newest."""
    return live.needs(most=most)


@register.simple_tag
def needs_of(block: Mapping[str, Any]) -> NeedQuerySet:
    """The needs that a block asks for: the chosen ones that are public, or the newest."""
    chosen = [need.pk for need in block.get("chosen") or () if need is not None]
    return live.needs(
        chosen=chosen,
        area=block.get("area") or "",
        kind=block.get("kind") or "",
        most=block.get("most") or 3,
    )


@register.simple_tag
def next_dates(most: int = 6) -> OccurrenceQuerySet:
    """The dates of the next seven days."""
    return live.dates(most=most, days=7, now=timezone.now())


@register.simple_tag
def dates_of(block: Mapping[str, Any]) -> OccurrenceQuerySet:
    """The next dates that a block asks for."""
    return live.dates(
        area=block.get("area") or "",
        kind=block.get("kind") or "",
        organization=block.get("organization"),
        most=block.get("most") or 3,
        now=timezone.now(),
    )


@register.simple_tag
def areas_with_counts() -> dict[str, Any]:
    """Every area with the number of organizations that serve it, as rows and by slug."""
    rows = live.areas()
    return {"rows": rows, "counts": {area.slug: area.organizations for area in rows}}


@register.simple_tag
def shows_demonstration() -> bool:
    """Whether some of what is public was invented to show how the site works."""
    return Organization.objects.public().filter(is_demonstration=True).exists()


@register.simple_tag
def site_facts() -> SafeString:
    """The site and who runs it, for search engines (schema.org, JSON-LD)."""
    facts = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Organization",
                "@id": f"{settings.BASE_URL}/#organization",
                "name": settings.SITE_NAME,
                "url": f"{settings.BASE_URL}/",
            },
            {
                "@type": "WebSite",
                "@id": f"{settings.BASE_URL}/#website",
                "name": settings.SITE_NAME,
                "url": f"{settings.BASE_URL}/",
                "publisher": {"@id": f"{settings.BASE_URL}/#organization"},
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": f"{settings.BASE_URL}/search/?q={{search_term_string}}",
                    "query-input": "required name=search_term_string",
                },
            },
        ],
    }
    return linked_data.script(facts)
