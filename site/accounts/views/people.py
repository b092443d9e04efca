"""The page on which a desk manages its people; organizations and companies each mount it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.domain import memberships
from accounts.forms import InviteForm, RoleForm
from accounts.models import Membership, MembershipState, User
from core.errors import DomainError


def people_page(
    request: HttpRequest,
    *,
    members: type[Membership],
    whole: Any,
    template: str,
    may_edit: bool,
) -> HttpResponse:
    """List the people of a whole and do what one of its buttons asks.

    Args:
        request: of somebody who may see the desk: the caller has looked `whole` up among theirs.
        members: the table of its memberships.
        whole: the organization or company.
        template: the desk's frame around `accounts/people_body.html`.
        may_edit: whether the frame leads to the rooms where things are changed.
    """
    user = request.user
    if not isinstance(user, User):
        raise Http404
    sentence, status = "", 200
    invite = InviteForm(members)
    if request.method == "POST":
        invite = InviteForm(members, request.POST if "invite" in request.POST else None)
        try:
            done = _act(request, invite, members=members, whole=whole, by=user)
        except DomainError as refusal:
            sentence, status = refusal.sentence, refusal.status
        else:
            if done:
                messages.success(request, done)
                return redirect(request.path)
            status = 422
    rows = list(memberships.of(members, whole))
    return render(
        request,
        template,
        {
            "whole": whole,
            members.WHOLE: whole,
            "room": "people",
            "may_edit": may_edit,
            "active": [row for row in rows if row.state == MembershipState.ACTIVE],
            "invited": [row for row in rows if row.state == MembershipState.INVITED],
            "roles": members.Role.choices,
            "may_manage": permissions.may_manage(user, members, whole),
            "invite": invite,
            "sentence": sentence,
        },
        status=status,
    )


def _act(
    request: HttpRequest,
    invite: InviteForm,
    *,
    members: type[Membership],
    whole: Any,
    by: User,
) -> str:
    """Do what was asked; a sentence about it, or nothing if the form has to be looked at again."""
    now = timezone.now()
    if "invite" in request.POST:
        if not invite.is_valid():
            return ""
        invited = memberships.invite(
            members=members, whole=whole, by=by, now=now, **invite.cleaned_data
        )
        return _("%s gets a mail with a link.") % invited.invited_email
    form = RoleForm(members, whole, request.POST)
    if not form.is_valid():
        raise Http404
    row: Membership = form.cleaned_data["member"]
    if "end" in request.POST:
        memberships.end(membership=row, by=by, now=now)
        return _("%s does not belong to it any more.") % row.who
    memberships.change_role(membership=row, role=form.cleaned_data["role"], by=by, now=now)
    return _("%s has another role now.") % row.who
