"""The public directories of organizations and needs, and the pages they lead to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import labels, listing
from core.shared_pages import shared_page
from organizations.filters import NeedFilters, OrganizationFilters
from organizations.models import Need, Organization, cards, shown


@require_safe
@shared_page("organizations", "needs")
def organizations(request: HttpRequest) -> HttpResponse:
    """The directory of organizations."""
    found = OrganizationFilters.find(request, Organization.objects.public, "organizations", "needs")
    page = listing.page_of(found.keys, request.GET.get("page", "1"))

    def rows() -> list[Organization]:
        rows = listing.rows_on(page, Organization.objects.public().for_cards())
        cards.fill_organizations(rows, labels.of(request).areas)
        return rows

    return listing.answer(
        request,
        "organizations/list.html",
        {"found": found, "page": page, "cards": rows, "list_url": reverse("organizations:list")},
    )


@require_safe
@shared_page("organizations", "needs")
def needs(request: HttpRequest) -> HttpResponse:
    """The directory of open needs."""
    found = NeedFilters.find(request, Need.objects.open, "organizations", "needs")
    page = listing.page_of(found.keys, request.GET.get("page", "1"))

    def rows() -> list[Need]:
        rows = listing.rows_on(page, Need.objects.open().select_related("organization"))
        cards.fill_needs(rows, labels.of(request).areas)
        return rows

    return listing.answer(
        request,
        "organizations/needs.html",
        {"found": found, "page": page, "cards": rows, "list_url": reverse("organizations:needs")},
    )


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
