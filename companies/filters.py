"""What the directory of companies can be filtered by."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from companies.models import Capability, Company
from core import listing
from core.filters import AnyOf, ListFilters, Words
from core.vocabulary import Kind

type Rows = QuerySet[Any]


def _in_areas(rows: Rows, areas: list[str]) -> Rows:
    through = Company.areas.through.objects.filter(area_id__in=areas)
    return rows.filter(pk__in=through.values("company_id"))


def _offering(rows: Rows, kinds: list[str]) -> Rows:
    offers = Capability.objects.filter(status=Capability.Status.ACTIVE, kind__in=kinds)
    return rows.filter(pk__in=offers.values("company_id"))


class CompanyFilters(ListFilters):
    """Text, area, kind of capability on offer."""

    FACETS = ("area", "offers")
    VOCABULARY: ClassVar = {"area": "areas"}

    q = Words("company")
    area = AnyOf(_in_areas, label=_("Area"), choices=())
    offers = AnyOf(_offering, label=_("Offers"), choices=Kind.choices)

    class Meta:
        model = Company
        fields = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows each choice would leave: one statement."""
        offering = self.without("offers").filter(capabilities__status=Capability.Status.ACTIVE)
        return listing.counts_of(
            {"area": (self.without("area"), "areas"), "offers": (offering, "capabilities__kind")}
        )
