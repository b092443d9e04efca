"""What the pages of an organization and of a need show; the CMS's preview shows the same."""

from typing import Any

import nh3
from django.conf import settings
from django.utils.safestring import mark_safe
from wagtail.rich_text import expand_db_html

from core import linked_data
from organizations.models.need import Need
from organizations.models.organization import Organization

#: Needs shown on an organization's page; the rest is a link to the filtered list.
NEEDS_SHOWN = 12


def on_profile(organization: Organization) -> dict[str, Any]:
    """What the profile's template shows."""
    asking = (
        [need for need in organization.needs.all() if need.is_public] if organization.pk else []
    )
    for each in asking:
        each.card_areas = []  # the page says them once, at the top
    return {
        "organization": organization,
        "needs": asking[:NEEDS_SHOWN],
        "more_needs": max(0, len(asking) - NEEDS_SHOWN),
        "accepts": organization.accepts,
        "story": mark_safe(nh3.clean(expand_db_html(organization.story))),
        "linked_data": linked_data.script(
            {
                "@context": "https://schema.org",
                "@type": "NGO" if organization.kind == "nonprofit" else "Organization",
                "name": organization.name,
                "description": organization.mission,
                "url": settings.BASE_URL + organization.get_absolute_url(),
                "sameAs": organization.website,
                "taxID": organization.ein,
                "areaServed": organization.card_areas,
            }
        ),
    }


def on_need(found: Need) -> dict[str, Any]:
    """What the need's template shows."""
    return {
        "need": found,
        "organization": found.organization,
        "linked_data": linked_data.script(
            {
                "@context": "https://schema.org",
                "@type": "Demand",
                "name": found.title,
                "description": found.why,
                "url": settings.BASE_URL + found.get_absolute_url(),
                "availabilityEnds": found.deadline_on.isoformat() if found.deadline_on else None,
                "seller": {
                    "@type": "Organization",
                    "name": found.organization.name,
                    "url": settings.BASE_URL + found.organization.get_absolute_url(),
                },
            }
        ),
    }
