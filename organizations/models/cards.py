"""What the cards of a list show beside the row itself, read in one query for the whole page."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import CharField, Value

from core.models import Area, FocusArea, Skill
from core.vocabulary import Kind
from organizations.models.need import Need
from organizations.models.organization import Badge, Organization

BadgeKind = Badge.BadgeKind


def fill_organizations(rows: Sequence[Organization], area_names: Mapping[str, str]) -> None:
    """Set `card_areas` and `card_kinds` of each row.

    Args:
        rows: one page of a list.
        area_names: names by slug, in the order in which they should be shown.
    """
    ids = [row.pk for row in rows]
    areas = Organization.areas.through.objects.filter(organization_id__in=ids)
    kinds = Need.objects.filter(
        organization_id__in=ids, live=True, status__in=Need.OPEN_STATUSES
    ).order_by()
    found = areas.values_list(Value("area", CharField()), "organization_id", "area_id").union(
        kinds.values_list(Value("kind", CharField()), "organization_id", "kind")
    )
    slugs: dict[tuple[str, int], set[str]] = defaultdict(set)
    for what, pk, slug in found:
        slugs[what, pk].add(slug)
    labels = {str(value): str(label) for value, label in Kind.choices}
    for row in rows:
        row.card_areas = _named(area_names, slugs["area", row.pk]) or row.areas_in_own_words
        row.card_kinds = _named(labels, slugs["kind", row.pk])


def fill_needs(rows: Sequence[Need], area_names: Mapping[str, str]) -> None:
    """Set `card_areas` of each row: its own areas, or its organization's where it has none."""
    own = Need.areas.through.objects.filter(need_id__in=[row.pk for row in rows])
    theirs = Organization.areas.through.objects.filter(
        organization_id__in=[row.organization_id for row in rows]
    )
    found = own.values_list(Value("own", CharField()), "need_id", "area_id").union(
        theirs.values_list(Value("theirs", CharField()), "organization_id", "area_id")
    )
    slugs: dict[tuple[str, int], set[str]] = defaultdict(set)
    for whose, pk, slug in found:
        slugs[whose, pk].add(slug)
    for row in rows:
        chosen = slugs["own", row.pk] or slugs["theirs", row.organization_id]
        row.card_areas = _named(area_names, chosen) or row.organization.areas_in_own_words


def _named(names: Mapping[str, str], slugs: set[str]) -> list[str]:
    return [name for slug, name in names.items() if slug in slugs]


def fill_profile(row: Organization) -> None:
    """Set what a profile names: `card_areas`, `focus_names` and `badge_kinds`, in one query."""
    areas = Area.objects.filter(organization=row).order_by()
    topics = FocusArea.objects.filter(organization=row).order_by()
    badges = row.badges.order_by()
    found = sorted(
        areas.values_list(Value("area", CharField()), "position", "name").union(
            topics.values_list(Value("focus", CharField()), "position", "name"),
            badges.values_list(Value("badge", CharField()), Value(0), "kind"),
        )
    )
    row.card_areas = [n for what, _, n in found if what == "area"] or row.areas_in_own_words
    row.focus_names = [name for what, _, name in found if what == "focus"]
    row.badge_names = [str(BadgeKind(kind).label) for what, _, kind in found if what == "badge"]


def fill_need(row: Need) -> None:
    """Set what a need's page names: `card_areas` and `skill_names`, in one query."""
    own = Area.objects.filter(need=row).order_by()
    theirs = Area.objects.filter(organization=row.organization_id).order_by()
    skills = Skill.objects.filter(need=row).order_by()
    found = sorted(
        own.values_list(Value("own", CharField()), "position", "name").union(
            theirs.values_list(Value("theirs", CharField()), "position", "name"),
            skills.values_list(Value("skill", CharField()), Value(0), "name"),
        )
    )
    names: dict[str, list[str]] = defaultdict(list)
    for what, _, name in found:
        names[what].append(name)
    row.card_areas = names["own"] or names["theirs"] or row.organization.areas_in_own_words
    row.skill_names = names["skill"]
