"""What a company's people have signed up for in its name."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from companies import permissions as companies
from companies.models import Company
from events.models import SignUp

#: People that the room lists.
LISTED = 200


@never_cache
@login_required
@require_safe
def coming(request: HttpRequest, slug: str) -> HttpResponse:
    """Who of the company comes where, soonest first."""
    assert isinstance(request.user, User)  # noqa: S101  (login_required stands before)
    company = get_object_or_404(Company.objects.with_desk_of(request.user), slug=slug)
    if not companies.can_edit(request.user, company):
        raise PermissionDenied
    rows = SignUp.objects.of_company(company, now=timezone.now())[: LISTED + 1]
    context = {
        "company": company,
        "room": "events",
        "may_edit": True,
        "signups": rows[:LISTED],
        "has_more": len(rows) > LISTED,
    }
    return render(request, "events/company_desk.html", context)
