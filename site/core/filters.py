"""The filters of public lists: strict about their names and values, kept while nothing changes.

class CompanyFilters(ListFilters):
    q = Words("company")
    area = AnyOf(_in_areas, label=_("Area"), choices=())
"""

from array import array
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, Filter, FilterSet, MultipleChoiceFilter

from core import labels, search
from core.listing import BadQuery, Chip, Choice, Facet, Found
from core.shared_pages import kept

#: Added by mailers and social sites to any address; ignored, not refused.
TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid")
#: What the page understands beside the filters.
PAGE = "page"
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

    def __init__(self, document: str, *, slug: str = "slug", **kwargs: Any) -> None:
        """Search documents of that kind.

        Args:
            document: one of `core.search.KINDS`.
            slug: the rows' field, or path, with the slug of their document.
            kwargs: as any filter takes them.
        """
        super().__init__(label=_("Words"), **kwargs)
        self.document = document
        self.slug = slug

    def filter(self, qs: Rows, value: str) -> Rows:
        """The rows whose document matches; all of them for no text."""
        if not value:
            return qs
        return qs.filter(**{f"{self.slug}__in": search.slugs(self.document, value)})


class AnyOf(MultipleChoiceFilter):
    """A repeated name means any of its values; how rows have a value is a function's to say."""

    def __init__(self, having: Callable[[Rows, list[str]], Rows], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.having = having

    def filter(self, qs: Rows, value: list[str]) -> Rows:
        """The rows that have one of the values; all of them for no value."""
        return self.having(qs, value) if value else qs


class OneSlug(Filter):
    """Rows of one thing, by its slug."""

    field_class = forms.SlugField

    def filter(self, qs: Rows, value: str) -> Rows:
        """The rows of that thing; all of them for no value."""
        return qs.filter(**{f"{self.field_name}__slug": value}) if value else qs


class ListFilters(FilterSet):
    """The filters of one list, which refuse what they do not know.

    An unknown name or value is a `BadQuery` with a sentence that names what is accepted,
    never a silently longer list.
    """

    #: Filters drawn as groups of choices with counts, in that order.
    FACETS: ClassVar[tuple[str, ...]] = ()
    #: filter -> the field of `core.labels.Labels` that holds its choices in this installation.
    VOCABULARY: ClassVar[Mapping[str, str]] = {}

    def __init__(self, data: QueryDict, queryset: Rows, *, request: HttpRequest | None) -> None:
        super().__init__(data, queryset, request=request)
        known = self.filters.keys() | {PAGE}
        for name in data:
            if name not in known and not name.startswith(TRACKING):
                raise BadQuery(
                    gettext("There is no filter “%(name)s” here. You can use: %(known)s.")
                    % {"name": name[:40], "known": ", ".join(sorted(known))}
                )
        if not self.form.is_valid():
            name, errors = next(iter(self.form.errors.items()))
            raise BadQuery(
                gettext("The filter “%(name)s” does not fit: %(error)s")
                % {"name": name, "error": " ".join(errors)}
            )

    @classmethod
    def find(cls, request: HttpRequest, rows: Callable[[], Rows], *names: str) -> Found:
        """What the address of a shared page finds, worked out once for all pages of the list.

        Args:
            request: the page's.
            rows: the whole list, ordered.
            names: the versions that this depends on, as for `core.shared_pages.kept`.

        Raises:
            BadQuery: if a filter or its value is unknown.
        """
        asked = cls.asked(request.GET)
        what = f"{cls.__name__} {asked.urlencode()}"
        return kept(
            request,
            what,
            lambda: cls(request.GET, rows(), request=request).found(asked, *names),
            *names,
        )

    @classmethod
    def asked(cls, query: QueryDict) -> QueryDict:
        """What an address asks of the list: neither which page of it, nor how the visitor came."""
        asked = QueryDict(mutable=True)
        for name in sorted(query):
            # An empty field of the form asks nothing; an unknown name is refused, empty or not.
            values = [
                value for value in query.getlist(name) if value or name not in cls.base_filters
            ]
            if values and name != PAGE and not name.startswith(TRACKING):
                asked.setlist(name, values)
        return asked

    def get_form_class(self) -> type[forms.Form]:
        """The form with this moment's choices, all read in one query or kept."""
        if self.VOCABULARY:
            known = labels.of(self.request)
            for name, table in self.VOCABULARY.items():
                self.filters[name].extra["choices"] = list(getattr(known, table).items())
        form: type[forms.Form] = super().get_form_class()
        return form

    def found(self, asked: QueryDict, *names: str) -> Found:
        """What the list's page shows beside its rows, and the keys of all of these."""
        counts = self.counts()
        return Found(
            keys=array("q", self.qs.values_list("pk", flat=True)),
            counts=counts,
            facets=tuple(self.facet(name, counts[name]) for name in self.FACETS),
            chips=self.chips(asked),
            chosen={name: asked.get(name, "") for name in self.filters},
            asked=asked.urlencode(),
            by=" ".join(names),
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave, by filter: one statement."""
        return {}

    def without(self, name: str) -> Rows:
        """The list as every other filter leaves it: what the counts of one facet count."""
        rows: Rows = self.queryset.all()
        for other, value in self.form.cleaned_data.items():
            if other != name:
                rows = self.filters[other].filter(rows, value)
        return rows

    def facet(self, name: str, counts: Mapping[str, int]) -> Facet:
        """One filter's choices with their counts, chosen ones kept even where they count none."""
        field = self.form.fields[name]
        chosen = set(self.data.getlist(name))
        choices = (
            Choice(str(value), str(label), counts.get(str(value), 0), str(value) in chosen)
            for value, label in field.choices
            if value != ""
        )
        return Facet(name, str(field.label), tuple(c for c in choices if c.count or c.is_chosen))

    def chips(self, asked: QueryDict) -> tuple[Chip, ...]:
        """The active filters, each with the way to take it away."""
        chips = []
        for name, field in self.form.fields.items():
            known = {str(value): str(label) for value, label in getattr(field, "choices", ())}
            for value in asked.getlist(name):
                rest = asked.copy()
                rest.setlist(name, [other for other in rest.getlist(name) if other != value])
                spoken = known.get(value) or f"{field.label}: {value}"
                chips.append(Chip(spoken, rest.urlencode()))
        return tuple(chips)
