"""What every public list shares: strict filters, counts beside each choice, chips, pages.

filters = OrganizationFilters(request.GET, Organization.objects.public(), request=request)
found = filters.found(version)
page = listing.page_of(filters.qs, filters.page, keys=found.keys)
"""

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.cache import cache
from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import CharField, Count, F, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.translation import gettext
from django_filters import FilterSet

from core.errors import DomainError

PER_PAGE = 20
#: A newer version has another key; this only lets old ones go.
FOUND_KEPT_SECONDS = 3600
#: Added by mailers and social sites to any address; ignored, not refused.
TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid")


class BadQuery(DomainError):
    """The address asks for a filter, a value or a page that does not exist."""

    status = 400


class NoSuchPage(BadQuery):
    """A page number past the end."""

    status = 404


@dataclass(frozen=True)
class Choice:
    """One value of a filter, with how many rows it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """A filter whose values are known, as `components/facet.html` draws it."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Chip:
    """An active filter, and the query string that is left when it is taken away."""

    label: str
    query_without: str


@dataclass(frozen=True)
class Found:
    """What a list's filters find: how many rows each choice leaves, and all keys in order."""

    counts: dict[str, dict[str, int]]
    keys: "array[int]"


class ListFilters(FilterSet):
    """The filters of one list, which refuse what they do not know.

    An unknown name or value is a `BadQuery` with a sentence that names what is accepted,
    never a silently longer list.
    """

    #: Names that the page understands beside the filters.
    beside: ClassVar[frozenset[str]] = frozenset({"page"})

    def __init__(self, data: QueryDict, queryset: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(data, queryset, **kwargs)
        known = self.filters.keys() | self.beside
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

    def found(self, version: str) -> Found:
        """What these filters find, counted and put in order once for all pages of the list.

        Args:
            version: what that depends on beside the filters, in one short text.
        """
        asked = [(name, self.data.getlist(name)) for name in self.filters if name in self.data]
        words = hashlib.blake2b(repr(sorted(asked)).encode(), digest_size=16).hexdigest()
        key = f"found:{type(self).__name__}:{version}:{words}"
        found: Found | None = cache.get(key)
        if found is None:
            found = Found(self.counts(), array("q", self.qs.values_list("pk", flat=True)))
            cache.set(key, found, FOUND_KEPT_SECONDS)
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave, by filter; `total` has all under ""."""
        return counts_of({"total": (self.qs, "")})

    @property
    def page(self) -> str:
        """The page number as written in the address."""
        return str(self.data.get("page", "1"))

    def without(self, name: str) -> "QuerySet[Any]":
        """The list as every other filter leaves it: what the counts of one facet count."""
        rows: QuerySet[Any] = self.queryset.all()
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

    def chips(self) -> list[Chip]:
        """The active filters, each with the way to take it away."""
        chips = []
        for name, field in self.form.fields.items():
            labels = {str(value): str(label) for value, label in getattr(field, "choices", ())}
            for value in self.data.getlist(name):
                if not value:
                    continue
                chips.append(self._chip(name, value, labels.get(value, value), field.label))
        return chips

    def _chip(self, name: str, value: str, label: str, field_label: Any) -> Chip:
        rest = self.data.copy()
        rest.setlist(name, [kept for kept in rest.getlist(name) if kept != value])
        rest.pop("page", None)
        spoken = label if label != value else f"{field_label}: {value}"
        return Chip(spoken, rest.urlencode())


def counts_of(parts: "Mapping[str, tuple[QuerySet[Any], str]]") -> dict[str, dict[str, int]]:
    """Count rows by value for several facets in one statement.

    Args:
        parts: facet name -> (rows to count, field path to group by). An empty path counts
            all rows, under the value "".
    """
    statements = []
    for name, (rows, path) in parts.items():
        value = Cast(F(path), CharField()) if path else Value("", CharField())
        statements.append(
            rows.order_by()
            .annotate(facet_value=value)
            .values("facet_value")
            .annotate(facet_count=Count("pk", distinct=True))
            .values_list(Value(name, CharField()), "facet_value", "facet_count")
        )
    first, *others = statements
    counts: dict[str, dict[str, int]] = {name: {} for name in parts}
    # The combined statement would take the model's ordering, whose columns it does not have.
    rows = first.union(*others, all=True).order_by() if others else first
    for name, value, number in rows:
        if value is not None:
            counts[name][value] = number
    return counts


def page_number(text: str) -> int:
    """A page number as written in an address.

    Raises:
        BadQuery: if it is not a positive whole number of at most nine digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise BadQuery(gettext("“page” must be a whole number from 1 up."))
    return int(text)


def page_of[M: Model](
    rows: "QuerySet[M]",
    number: str,
    *,
    keys: Sequence[int] | None = None,
    per_page: int = PER_PAGE,
) -> "Page[M]":
    """One page of a list.

    Args:
        rows: the whole list, ordered.
        number: the page number as written in the address.
        keys: the primary keys of all rows in their order, where they are already known: the
            hundredth page then costs what the first does.
        per_page: how many rows make a page.

    Raises:
        BadQuery: if `number` is not a positive whole number.
        NoSuchPage: if it lies past the end.
    """
    wanted = page_number(number)
    paginator: Paginator[Any] = Paginator(rows if keys is None else keys, per_page)
    try:
        page = paginator.page(wanted)
    except EmptyPage as error:
        raise NoSuchPage(
            gettext("There is no page %(number)s: the list ends at page %(last)s.")
            % {"number": number, "last": paginator.num_pages}
        ) from error
    if keys is not None:
        page.object_list = rows.filter(pk__in=list(page.object_list))
    return page
