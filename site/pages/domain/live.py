"""The windows on the marketplace that pages open: a few needs, a few dates, the areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, IntegerField, Q, Value, When

from core.models import Area
from events.models import Occurrence, OccurrenceQuerySet
from organizations.models import Need, NeedQuerySet, Organization


def needs(*, chosen: Sequence[int] = (), area: str = "", kind: str = "", most: int) -> NeedQuerySet:
    """Needs to show as cards.

    Args:
        chosen: keys of needs, shown in that order while they are public; the rest is then
            not looked at.
        area: the slug of an area that the need or its organization names.
        kind: one of `core.vocabulary.Kind`.
        most: how many at most.
    """
    if chosen:
        order = Case(
            *(When(pk=pk, then=Value(place)) for place, pk in enumerate(chosen)),
            output_field=IntegerField(),
        )
        rows = Need.objects.public().filter(pk__in=chosen).order_by(order)
    else:
        rows = Need.objects.open()
        if kind:
            rows = rows.filter(kind=kind)
        if area:
            named = Need.areas.through.objects.filter(area=area).values("need")
            at_home = Organization.areas.through.objects.filter(area=area).values("organization")
            rows = rows.filter(Q(pk__in=named) | Q(organization__in=at_home))
    return rows.for_cards()[:most]


def dates(
    *,
    area: str = "",
    kind: str = "",
    organization: Organization | None = None,
    days: int | None = None,
    most: int,
    now: datetime,
) -> OccurrenceQuerySet:
    """The next dates to show as cards, soonest first.

    Args:
        area: the slug of the area where they take place.
        kind: one of `events.models.Series.SeriesKind`.
        organization: the host.
        days: how far to look ahead; everything that is listed unless given.
        most: how many at most.
        now: the moment from which on they lie ahead.
    """
    rows = Occurrence.objects.upcoming(now=now)
    if area:
        rows = rows.filter(series__area=area)
    if kind:
        rows = rows.filter(series__kind=kind)
    if organization is not None:
        rows = rows.filter(series__organization=organization)
    if days is not None:
        rows = rows.filter(starts_at__lt=now + timedelta(days=days))
    return rows.saying_what_is_on(now=now).for_cards()[:most]


@dataclass(frozen=True)
class AreaCount:
    """An area with the number of public organizations that serve it."""

    slug: str
    name: str
    organizations: int


def areas() -> list[AreaCount]:
    """Every area in the order of the installation, in one query."""
    public = Q(
        organization__status=Organization.Status.APPROVED,
        organization__live=True,
    )
    rows = Area.objects.annotate(serving=Count("organization", filter=public, distinct=True))
    return [AreaCount(*row) for row in rows.values_list("slug", "name", "serving")]
