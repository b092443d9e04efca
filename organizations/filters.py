"""What the directories of organizations and needs can be filtered by."""

from collections import Counter
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core import listing
from core.filters import AnyOf, ListFilters, OneSlug, Words
from core.vocabulary import Kind
from organizations.models import Need, Organization

type Rows = QuerySet[Any]


def _organizations_in(rows: Rows, areas: list[str]) -> Rows:
    through = Organization.areas.through.objects
    return rows.filter(pk__in=through.filter(area_id__in=areas).values("organization_id"))


def _organizations_on(rows: Rows, topics: list[str]) -> Rows:
    through = Organization.focus_areas.through.objects
    return rows.filter(pk__in=through.filter(focusarea_id__in=topics).values("organization_id"))


def _organizations_needing(rows: Rows, kinds: list[str]) -> Rows:
    # The public part of `open()` that concerns the organization is the caller's already.
    open_needs = Need.objects.filter(live=True, status__in=Need.OPEN_STATUSES, kind__in=kinds)
    return rows.filter(pk__in=open_needs.values("organization_id"))


class OrganizationFilters(ListFilters):
    """Text, area, kind of organization, kind of need open there, topic."""

    FACETS = ("area", "need", "focus", "kind")
    VOCABULARY: ClassVar = {"area": "areas", "focus": "focus_areas"}

    q = Words("organization")
    area = AnyOf(_organizations_in, label=_("Area"), choices=())
    need = AnyOf(_organizations_needing, label=_("Needs now"), choices=Kind.choices)
    focus = AnyOf(_organizations_on, label=_("Focus"), choices=())
    kind = AnyOf(
        lambda rows, kinds: rows.filter(kind__in=kinds),
        label=_("Kind of organization"),
        choices=Organization.OrganizationKind.choices,
    )

    class Meta:
        model = Organization
        fields = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave: one statement."""
        needing = self.without("need").filter(
            needs__live=True, needs__status__in=Need.OPEN_STATUSES
        )
        return listing.counts_of(
            {
                "area": (self.without("area"), "areas"),
                "need": (needing, "needs__kind"),
                "focus": (self.without("focus"), "focus_areas"),
                "kind": (self.without("kind"), "kind"),
            }
        )


def _needs_in(rows: Rows, areas: list[str]) -> Rows:
    own = Need.areas.through.objects
    theirs = Organization.areas.through.objects.filter(area_id__in=areas)
    return rows.filter(
        Q(pk__in=own.filter(area_id__in=areas).values("need_id"))
        | Q(~_HAS_AREAS, organization_id__in=theirs.values("organization_id"))
    )


#: A need with no areas of its own lies where its organization does.
_HAS_AREAS = Exists(Need.areas.through.objects.filter(need_id=OuterRef("pk")))


def _needs_on(rows: Rows, topics: list[str]) -> Rows:
    through = Organization.focus_areas.through.objects.filter(focusarea_id__in=topics)
    return rows.filter(organization_id__in=through.values("organization_id"))


def _needs_asking(rows: Rows, skills: list[str]) -> Rows:
    through = Need.skills.through.objects
    return rows.filter(pk__in=through.filter(skill_id__in=skills).values("need_id"))


class NeedFilters(ListFilters):
    """Text, area, kind, topic of its organization, skill, remote, organization."""

    FACETS = ("area", "kind", "remote", "focus", "skill")
    VOCABULARY: ClassVar = {"area": "areas", "focus": "focus_areas", "skill": "skills"}

    q = Words("need")
    area = AnyOf(_needs_in, label=_("Area"), choices=())
    kind = AnyOf(
        lambda rows, kinds: rows.filter(kind__in=kinds),
        label=_("Kind of help"),
        choices=Kind.choices,
    )
    remote = AnyOf(
        lambda rows, _values: rows.filter(is_remote=True),
        label=_("Where"),
        choices=[("1", _("From anywhere"))],
    )
    focus = AnyOf(_needs_on, label=_("Focus"), choices=())
    skill = AnyOf(_needs_asking, label=_("Skill"), choices=())
    organization = OneSlug(label=_("Organization"))

    class Meta:
        model = Need
        fields = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave: one statement."""
        anywhere = self.without("area")
        found = listing.counts_of(
            {
                "area": (anywhere, "areas"),
                "theirs": (anywhere.filter(~_HAS_AREAS), "organization__areas"),
                "kind": (self.without("kind"), "kind"),
                "remote": (self.without("remote").filter(is_remote=True), "is_remote"),
                "focus": (self.without("focus"), "organization__focus_areas"),
                "skill": (self.without("skill"), "skills"),
            }
        )
        found["area"] = dict(Counter(found["area"]) + Counter(found.pop("theirs")))
        found["remote"] = {"1": sum(found["remote"].values())}
        return found
