"""What the directory of companies can be filtered by."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, MultipleChoiceFilter

from companies.models import Capability, Company
from core import listing, search
from core.listing import ListFilters
from core.models import Area
from core.vocabulary import Kind

MOST_LETTERS = 200

type Rows = QuerySet[Any]


class WordsField(forms.CharField):
    """Any text at all: what no word can hold is a space."""

    def to_python(self, value: Any) -> str:
        """The text without NUL, and not longer than a search can use."""
        return str(super().to_python((value or "").replace("\x00", " ")))[:MOST_LETTERS]


class Words(CharFilter):
    """A text search over the companies' documents."""

    field_class = WordsField

    def filter(self, qs: Rows, value: str) -> Rows:
        """The rows whose document matches; all of them for no text."""
        return qs.filter(slug__in=search.slugs("company", value)) if value else qs


class InAreas(MultipleChoiceFilter):
    """A repeated area means any of them."""

    def filter(self, qs: Rows, value: list[str]) -> Rows:
        """The companies that work in one of the areas; all of them for none."""
        through = Company.areas.through.objects.filter(area_id__in=value)
        return qs.filter(pk__in=through.values("company_id")) if value else qs


class Offering(MultipleChoiceFilter):
    """A repeated kind means any of them."""

    def filter(self, qs: Rows, value: list[str]) -> Rows:
        """The companies that offer one of the kinds now; all of them for none."""
        offers = Capability.objects.filter(status=Capability.Status.ACTIVE, kind__in=value)
        return qs.filter(pk__in=offers.values("company_id")) if value else qs


class CompanyFilters(ListFilters):
    """Text, area, kind of capability on offer."""

    q = Words(label=_("Words"))
    area = InAreas(label=_("Area"), choices=())
    offers = Offering(label=_("Offers"), choices=Kind.choices)

    class Meta:
        model = Company
        fields = ()

    def get_form_class(self) -> type[forms.Form]:
        """The form with this moment's areas, read once for the choices and the cards."""
        self.area_names = dict(Area.objects.values_list("slug", "name"))
        self.filters["area"].extra["choices"] = list(self.area_names.items())
        form: type[forms.Form] = super().get_form_class()
        return form

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave, and how many there are: one statement."""
        offering = self.without("offers").filter(capabilities__status=Capability.Status.ACTIVE)
        return listing.counts_of(
            {
                "total": (self.qs, ""),
                "area": (self.without("area"), "areas"),
                "offers": (offering, "capabilities__kind"),
            }
        )
