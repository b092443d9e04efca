"""The public directories of organizations and needs, and the pages they lead to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import listing, versions
from core.shared_pages import shared_page, versions_of
from organizations.filters import NeedFilters, OrganizationFilters
from organizations.models import Need, Organization, cards, shown


@require_safe
@shared_page("organizations", "needs")
def organizations(request: HttpRequest) -> HttpResponse:
    """The directory of organizations."""
    rows = Organization.objects.public().for_cards()
    filters = OrganizationFilters(request.GET, rows, request=request)
    context = _list_context(
        request, filters, reverse("organizations:list"), ("area", "need", "focus", "kind")
    )
    cards.fill_organizations(context["page"].object_list, filters.labels.areas)
    return _answer_list(request, "organizations/list.html", context)


@require_safe
@shared_page("organizations", "needs")
def needs(request: HttpRequest) -> HttpResponse:
    """The directory of open needs."""
    rows = Need.objects.open().select_related("organization")
    filters = NeedFilters(request.GET, rows, request=request)
    context = _list_context(
        request,
        filters,
        reverse("organizations:needs"),
        ("area", "kind", "remote", "focus", "skill"),
    )
    cards.fill_needs(context["page"].object_list, filters.labels.areas)
    return _answer_list(request, "organizations/needs.html", context)


@require_safe
@shared_page("organizations", "needs")
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """An organization's profile: what it needs now, then who it is."""
    rows = Organization.objects.public().select_related("logo")
    organization = get_object_or_404(rows, slug=slug)
    cards.fill_profile(organization)
    return render(request, "organizations/detail.html", shown.on_profile(organization))


@require_safe
@shared_page("organizations", "needs")
def need(request: HttpRequest, slug: str) -> HttpResponse:
    """One need: the ask, how much has come, why it matters."""
    found = get_object_or_404(Need.objects.public().select_related("organization"), slug=slug)
    cards.fill_need(found)
    return render(request, "organizations/need.html", shown.on_need(found))


def _list_context(
    request: HttpRequest,
    filters: OrganizationFilters | NeedFilters,
    list_url: str,
    facets: tuple[str, ...],
) -> dict[str, Any]:
    version = versions.written(versions_of(request, "organizations", "needs"))
    found = filters.found(version)
    return {
        "filters": filters,
        "facets": [filters.facet(name, found.counts[name]) for name in facets],
        "area_counts": found.counts["area"],
        "chips": filters.chips(),
        "list_url": list_url,
        "page": listing.page_of(filters.qs, filters.page, keys=found.keys),
        "total": len(found.keys),
    }


def _answer_list(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    part = "#results" if request.headers.get("HX-Request") else ""
    return render(request, f"{template}{part}", context)
