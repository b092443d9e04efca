"""The public directory of companies and their pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from companies.filters import CompanyFilters
from companies.models import Company
from core import listing, versions
from core.shared_pages import shared_page, versions_of


@require_safe
@shared_page("companies")
def companies(request: HttpRequest) -> HttpResponse:
    """The directory."""
    filters = CompanyFilters(request.GET, Company.objects.public())
    found = filters.found(versions.written(versions_of(request, "companies")))
    page = listing.page_of(filters.qs.for_cards(), filters.page, keys=found.keys)
    context = {
        "filters": filters,
        "facets": [filters.facet(name, found.counts[name]) for name in ("area", "offers")],
        "chips": filters.chips(),
        "page": page,
        "total": len(found.keys),
        "list_url": reverse("companies:list"),
    }
    template = "companies/list.html"
    # htmx sends this header; the page itself must not depend on anything else of the visitor.
    if request.headers.get("HX-Request"):
        template += "#results"
    return render(request, template, context)


@require_safe
@shared_page("companies", "pledges", clock=True)
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A company: what it offers, what it promised and gave, how its people volunteer."""
    company = get_object_or_404(Company.objects.public().for_profile(), slug=slug)
    return render(request, "companies/detail.html", {"company": company})
