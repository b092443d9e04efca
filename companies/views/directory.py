"""The public directory of companies and their pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from companies.filters import CompanyFilters
from companies.models import Company
from core import listing
from core.shared_pages import CLOCK, shared_page


@require_safe
@shared_page("companies")
def companies(request: HttpRequest) -> HttpResponse:
    """The directory."""
    found = CompanyFilters.find(request, Company.objects.public, "companies")
    page = listing.page_of(found.keys, request.GET.get("page", "1"))

    def cards() -> list[Company]:
        return listing.rows_on(page, Company.objects.public().for_cards())

    return listing.answer(
        request,
        "companies/list.html",
        {"found": found, "page": page, "cards": cards, "list_url": reverse("companies:list")},
    )


@require_safe
@shared_page("companies", "pledges", CLOCK)
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A company: what it offers, what it promised and gave, how its people volunteer."""
    company = get_object_or_404(Company.objects.public().for_profile(), slug=slug)
    return render(request, "companies/detail.html", {"company": company})
