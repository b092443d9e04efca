"""What the directories of organizations and needs can be filtered by."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, Filter, MultipleChoiceFilter

from core import labels, listing, search
from core.listing import ListFilters
from core.shared_pages import versions_of
from core.vocabulary import Kind
from organizations.models import Need, Organization

MOST_LETTERS = 200

type Rows = QuerySet[Any]


class WordsField(forms.CharField):
    """Any text at all: what no word can hold is a space."""

    def to_python(self, value: Any) -> str:
        """The text without NUL, and not longer than a search can use."""
        return str(super().to_python((value or "").replace("\x00", " ")))[:MOST_LETTERS]


class Words(CharFilter):
    """A text search over one kind of document."""

    field_class = WordsField

    def __init__(self, document: str, **kwargs: Any) -> None:
        super().__init__(label=_("Words"), **kwargs)
        self.document = document

    def filter(self, qs: Rows, value: str) -> Rows:
        """The rows whose document matches; all of them for no text."""
        return qs.filter(slug__in=search.slugs(self.document, value)) if value else qs


class AnyOf(MultipleChoiceFilter):
    """A repeated name means any of its values; how rows have a value is a function's to say."""

    def __init__(self, having: Callable[[Rows, list[str]], Rows], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.having = having

    def filter(self, qs: Rows, value: list[str]) -> Rows:
        """The rows that have one of the values; all of them for no value."""
        return self.having(qs, value) if value else qs


class OneSlug(Filter):
    """Rows of one organization, by its slug."""

    field_class = forms.SlugField

    def filter(self, qs: Rows, value: str) -> Rows:
        """The rows of that organization; all of them for no value."""
        return qs.filter(organization__slug=value) if value else qs


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


class VocabularyFilters(ListFilters):
    """Filters whose choices are the areas, topics and skills of this installation."""

    #: filter -> the field of `labels.Labels` that holds its choices.
    VOCABULARY = {"area": "areas", "focus": "focus_areas", "skill": "skills"}

    def get_form_class(self) -> type[forms.Form]:
        """The form with this moment's choices: kept, or read in one query for all of them."""
        self.labels = (
            labels.kept(version=versions_of(self.request, "site")["site"])
            if self.request
            else labels.read()
        )
        for name, table in self.VOCABULARY.items():
            if name in self.filters:
                self.filters[name].extra["choices"] = list(getattr(self.labels, table).items())
        form: type[forms.Form] = super().get_form_class()
        return form


class OrganizationFilters(VocabularyFilters):
    """Text, area, kind of organization, kind of need open there, topic."""

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
        """How many rows each choice would leave, and how many there are: one statement."""
        needing = self.without("need").filter(
            needs__live=True, needs__status__in=Need.OPEN_STATUSES
        )
        return listing.counts_of(
            {
                "total": (self.qs, ""),
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


class NeedFilters(VocabularyFilters):
    """Text, area, kind, topic of its organization, skill, remote, organization."""

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
        """How many rows each choice would leave, and how many there are: one statement."""
        anywhere = self.without("area")
        found = listing.counts_of(
            {
                "total": (self.qs, ""),
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
