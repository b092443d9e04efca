"""Who belongs to a company."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.views.people import people_page
from companies import permissions
from companies.models import Company, CompanyMembership


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """List, invite, change and remove the people of a company; another tenant's is not found."""
    company = get_object_or_404(Company.objects.with_desk_of(request.user), slug=slug)
    return people_page(
        request,
        members=CompanyMembership,
        whole=company,
        template="companies/desk_people.html",
        may_edit=permissions.can_edit(request.user, company),
    )
