"""What every public list shares: what its address finds, counts beside each choice, pages.

found = OrganizationFilters.find(request, Organization.objects.public, "organizations", "needs")
page = listing.page_of(found.keys, request.GET.get("page", "1"))
rows = listing.rows_on(page, Organization.objects.public().for_cards())
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import CharField, Count, F, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from core.errors import DomainError

PER_PAGE = 20


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
    """What the address of a list asks for, and what that finds."""

    #: The primary keys of all rows, in order.
    keys: "array[int]"
    #: filter -> value -> how many rows that choice leaves.
    counts: dict[str, dict[str, int]]
    facets: tuple[Facet, ...]
    chips: tuple[Chip, ...]
    #: filter -> what the address says, as a form writes it; empty for filters that are not used.
    chosen: dict[str, str]
    #: The part of the address that matters to what is found, and the versions that it stands for:
    #: what `{% kept %}` needs to keep what is drawn of it.
    asked: str
    by: str

    @property
    def total(self) -> int:
        """How many rows there are on all pages."""
        return len(self.keys)


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


def page_of(
    rows: "QuerySet[Any] | Sequence[Any]", number: str, *, per_page: int = PER_PAGE
) -> "Page[Any]":
    """One page of a list.

    Args:
        rows: the whole list, ordered; or its keys, where they are already known: the hundredth
            page then costs what the first does, and `rows_on` reads its rows.
        number: the page number as written in the address.
        per_page: how many rows make a page.

    Raises:
        BadQuery: if `number` is not a positive whole number.
        NoSuchPage: if it lies past the end.
    """
    wanted = page_number(number)
    paginator: Paginator[Any] = Paginator(rows, per_page)
    try:
        return paginator.page(wanted)
    except EmptyPage as error:
        raise NoSuchPage(
            gettext("There is no page %(number)s: the list ends at page %(last)s.")
            % {"number": number, "last": paginator.num_pages}
        ) from error


def rows_on[M: Model](page: "Page[Any]", rows: "QuerySet[M]") -> list[M]:
    """The rows whose keys are on that page, in order, in one query; what is gone is left out."""
    keys = list(page.object_list)
    found = rows.in_bulk(keys)
    return [found[key] for key in keys if key in found]


def answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page of a list, or only its results where they alone are asked for again."""
    # This header is part of the page's ETag; it may not depend on anything else of the visitor.
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"{template}{part}", context)
