"""The corner of the header: who is signed in. A fragment, so that pages can be shared by all."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.domain import memberships
from accounts.models import User


@require_safe
@never_cache
def corner(request: HttpRequest) -> HttpResponse:
    """A link to sign in, or the person's menu; and what the last page had to say."""
    desks = memberships.desks_of(request.user) if isinstance(request.user, User) else []
    return render(request, "accounts/corner.html", {"desks": desks})
