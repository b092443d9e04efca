"""The page behind the link of an invitation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.domain import memberships
from accounts.models import MembershipState, User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites to what; the button accepts. Opening the link changes nothing."""
    membership = memberships.invitation(token)
    user = request.user
    if request.method == "POST" and isinstance(user, User):
        row = memberships.accept(membership=membership, by=user, now=timezone.now())
        messages.success(request, _("You belong to %s now.") % row.whole)
        return redirect(row.desk_url)
    if membership.state == MembershipState.ACTIVE and membership.user_id == user.pk:
        return redirect(membership.desk_url)
    if membership.state != MembershipState.INVITED:
        raise memberships.InvitationClosed(
            _("This invitation was withdrawn or accepted already. Ask for a new one.")
        )
    return render(
        request,
        "accounts/invitation.html",
        {
            "membership": membership,
            "role": membership.Role(membership.role).label,
            "here": request.path,
        },
    )
