"""An organization's words: written by its people, public at once where it is public."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from core import audit, places
from organizations import permissions
from organizations.domain import catalogue, moderation
from organizations.models import Organization


def site_host(website: str) -> str:
    """The host of a website without "www.", by which the same one is found again."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.").lower()[:200]


def complete(organization: Organization) -> None:
    """Fill in what follows from its words: the website's host, the middle of its ZIP code."""
    organization.site_host = site_host(organization.website)
    place = places.centroid(organization.zip_code)
    organization.latitude = place.latitude if place else None
    organization.longitude = place.longitude if place else None


def edit(*, organization: Organization, by: User, now: datetime) -> Organization:
    """Save changed words; of a public organization, for everybody to see at once.

    Args:
        organization: the row with new words, not saved.
        by: one of its people.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not edit it.
    """
    if not permissions.can_edit(by, organization):
        raise PermissionDenied
    with transaction.atomic():
        row = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        complete(organization)
        follows = {name: getattr(organization, name) for name in _FOLLOWS}
        if row.live:
            organization.save_revision(user=by)
            moderation.publish(organization, by=by)
        else:
            for name in set(Organization.KEPT) - _FOLLOWS:
                setattr(organization, name, getattr(row, name))
            organization.save()
            organization.save_revision(user=by)
        Organization.objects.filter(pk=row.pk).update(**follows)
        row.refresh_from_db()
        audit.record(
            row, "organizations.organization_edited", by=by, at=now.isoformat(timespec="seconds")
        )
        catalogue.refresh(organization=row)
    return row


#: Columns that follow from others: kept out of versions, written beside them.
_FOLLOWS = frozenset({"site_host", "latitude", "longitude"})
