"""Who belongs to an organization."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.views.people import people_page
from organizations import permissions
from organizations.models import Organization, OrganizationMembership


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """List, invite, change and remove its people; another tenant's organization is not found."""
    organization = get_object_or_404(Organization.objects.with_desk_of(request.user), slug=slug)
    return people_page(
        request,
        members=OrganizationMembership,
        whole=organization,
        template="organizations/desk_people.html",
        may_edit=permissions.can_edit(request.user, organization),
    )
