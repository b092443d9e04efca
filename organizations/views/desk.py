"""An organization's desk: what needs its people today, its needs, its profile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from core.errors import DomainError
from organizations import permissions
from organizations.domain import needs, profiles
from organizations.forms import NeedForm, ProfileForm
from organizations.models import Need, Organization

#: How far ahead a deadline is something for today.
SOON = timedelta(days=7)
Status = Need.Status


@dataclass(frozen=True)
class Act:
    """Something that can be done with a need: its word in the address, on the button, after."""

    word: str
    label: Any
    done: Any
    rule: Callable[..., Need]
    danger: bool = False


SUBMIT = Act(
    "submit", gettext_lazy("Send for review"), gettext_lazy("Sent for review"), needs.submit
)
PAUSE = Act("pause", gettext_lazy("Pause"), gettext_lazy("Paused"), needs.pause)
REOPEN = Act("reopen", gettext_lazy("Open again"), gettext_lazy("Open again"), needs.reopen)
WITHDRAW = Act(
    "withdraw", gettext_lazy("Withdraw"), gettext_lazy("Withdrawn"), needs.withdraw, danger=True
)
ACTS = {act.word: act for act in (SUBMIT, PAUSE, REOPEN, WITHDRAW)}
#: What its people can do with a need in each status.
ACTS_IN: dict[str, tuple[Act, ...]] = {
    Status.DRAFT: (SUBMIT, WITHDRAW),
    Status.IN_REVIEW: (WITHDRAW,),
    Status.OPEN: (PAUSE, WITHDRAW),
    Status.PARTLY_MET: (PAUSE, WITHDRAW),
    Status.PAUSED: (REOPEN, WITHDRAW),
    Status.EXPIRED: (REOPEN,),
}


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """What needs its people today, then numbers, then its needs."""
    organization = _of(request, slug)
    rows = list(organization.needs.order_by("status", "title"))
    may_edit = permissions.can_edit(_user(request), organization)
    for row in rows:
        row.acts = ACTS_IN.get(row.status, ()) if may_edit else ()
    context = {
        "organization": organization,
        "room": "overview",
        "may_edit": may_edit,
        "today": _today(organization, rows),
        "numbers": _numbers(organization),
        "needs": rows,
    }
    return render(request, "organizations/desk.html", context)


@never_cache
@login_required
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what the organization says about itself."""
    organization = _editable(request, slug)
    form = ProfileForm(request.POST or None, instance=organization)
    if request.method == "POST" and form.is_valid():
        profiles.edit(organization=form.filled(), by=_user(request), now=timezone.now())
        messages.success(request, _("Your profile is saved."))
        return redirect("organizations:desk", slug)
    context = {"organization": _editable(request, slug), "room": "profile", "form": form}
    return render(request, "organizations/desk_profile.html", context, status=_status(form))


@never_cache
@login_required
def new_need(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a new need: a draft, or straight to review."""
    organization = _editable(request, slug)
    form = NeedForm(request.POST or None, instance=Need(organization=organization))
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        need = needs.draft(need=form.filled(), by=_user(request), now=now)
        if "submit" in request.POST:
            need = needs.submit(need=need, by=_user(request), now=now)
            messages.success(request, _("“%s” is sent for review.") % need.title)
        else:
            messages.success(request, _("“%s” is kept as a draft.") % need.title)
        return redirect("organizations:desk", slug)
    return _need_form(request, organization, form, need=None)


@never_cache
@login_required
def edit_need(request: HttpRequest, slug: str, need_slug: str) -> HttpResponse:
    """Change a need; a public one changes for everybody at once."""
    organization = _editable(request, slug)
    need = get_object_or_404(organization.needs, slug=need_slug)
    form = NeedForm(request.POST or None, instance=need)
    if request.method == "POST" and form.is_valid():
        saved = needs.edit(need=form.filled(), by=_user(request), now=timezone.now())
        messages.success(request, _("“%s” is saved.") % saved.title)
        return redirect("organizations:desk", slug)
    return _need_form(request, organization, form, need=need)


@login_required
@require_POST
def act(request: HttpRequest, slug: str, need_slug: str, word: str) -> HttpResponse:
    """Do one of `ACTS` with a need."""
    organization = _editable(request, slug)
    need = get_object_or_404(organization.needs, slug=need_slug)
    if word not in ACTS:
        raise Http404
    try:
        ACTS[word].rule(need=need, by=_user(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"“{need.title}”: {ACTS[word].done}.")
    return redirect("organizations:desk", slug)


def _need_form(
    request: HttpRequest, organization: Organization, form: NeedForm, *, need: Need | None
) -> HttpResponse:
    context = {"organization": organization, "room": "needs", "form": form, "need": need}
    return render(request, "organizations/desk_need.html", context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (login_required stands before)
    return request.user


def _of(request: HttpRequest, slug: str) -> Organization:
    return get_object_or_404(Organization.objects.with_desk_of(_user(request)), slug=slug)


def _editable(request: HttpRequest, slug: str) -> Organization:
    organization = _of(request, slug)
    if not permissions.can_edit(_user(request), organization):
        raise Http404
    return organization


def _numbers(organization: Organization) -> dict[str, int]:
    counted = organization.needs.order_by().values_list("status").annotate(Count("pk"))
    by_status = dict(counted)
    return {
        "open": by_status.get(Status.OPEN, 0) + by_status.get(Status.PARTLY_MET, 0),
        "in_review": by_status.get(Status.IN_REVIEW, 0),
        "met": by_status.get(Status.MET, 0),
    }


def _today(organization: Organization, rows: list[Need]) -> list[tuple[str, str]]:
    """What waits for a decision of its people, each a sentence with the way to it."""
    address = reverse("organizations:desk", args=[organization.slug])
    last = timezone.localdate() + SOON
    drafts = sum(row.status == Status.DRAFT for row in rows)
    ending = sum(
        row.is_asking and bool(row.deadline_on and row.deadline_on <= last) for row in rows
    )
    lines = []
    if drafts:
        words = ngettext("%d draft is not sent yet", "%d drafts are not sent yet", drafts)
        lines.append((words % drafts, f"{address}#needs"))
    if ending:
        words = ngettext("%d need ends within a week", "%d needs end within a week", ending)
        lines.append((words % ending, f"{address}#needs"))
    if not (organization.mission and organization.contact_email):
        lines.append((_("Your profile has gaps: people read it first"), f"{address}profile/"))
    return lines
