"""What the public sees of organizations and needs: the search index and the lists' versions.

Whatever changes a public row calls this in the same transaction; nothing else indexes them.
"""

from collections.abc import Iterable
from html import unescape
from itertools import batched

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.html import strip_tags

from core import search, versions
from organizations.models import Need, Organization

#: Rows written per statement; far below the databases' limit of parameters.
BATCH = 200


def refresh(*, organization: Organization) -> None:
    """Make an organization and all of its needs findable, or not, as they stand now."""
    refresh_many([organization])


def refresh_many(organizations: Iterable[Organization]) -> None:
    """The same for many, in a fixed number of statements per two hundred."""
    with transaction.atomic():
        for some in batched(organizations, BATCH, strict=False):
            rows = list(some)
            prefetch_related_objects(rows, "areas", "focus_areas")
            _index(
                "organization",
                [_organization_document(row) for row in rows if row.is_public],
                [row.slug for row in rows if not row.is_public],
            )
            needs = Need.objects.filter(organization__in=[row.pk for row in rows])
            _index_needs(list(needs.select_related("organization")))
        versions.bump("organizations", "needs")


def refresh_need(*, need: Need) -> None:
    """Make one need findable, or not, as it stands now."""
    with transaction.atomic():
        _index_needs([need])
        versions.bump("organizations", "needs")


def forget(thing: Organization | Need) -> None:
    """Take a deleted row out of what the public sees."""
    with transaction.atomic():
        kind = "organization" if isinstance(thing, Organization) else "need"
        search.remove(kind, thing.slug)
        versions.bump("organizations", "needs")


def _index_needs(needs: list[Need]) -> None:
    for some in batched(needs, BATCH, strict=False):
        _index(
            "need",
            [_need_document(need) for need in some if need.is_public],
            [need.slug for need in some if not need.is_public],
        )


def _index(kind: str, documents: list[search.Document], hidden: list[str]) -> None:
    if documents:
        search.index_many(documents)
    if hidden:
        search.remove_many(kind, hidden)


def _organization_document(organization: Organization) -> search.Document:
    words = (
        organization.mission,
        unescape(strip_tags(organization.story)),
        organization.populations_served,
        *(focus.name for focus in organization.focus_areas.all()),
        *(area.name for area in organization.areas.all()),
        organization.areas_as_written,
    )
    return search.Document(
        kind="organization",
        slug=organization.slug,
        title=organization.name,
        body=search.body_of(*words),
        url=organization.get_absolute_url(),
    )


def _need_document(need: Need) -> search.Document:
    words = (need.why, need.requirements, str(need.get_kind_display()), need.organization.name)
    return search.Document(
        kind="need",
        slug=need.slug,
        title=need.title,
        body=search.body_of(*words),
        url=need.get_absolute_url(),
    )
