"""A person's own page: their sign-ups, hours, pledges."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from companies.models import Company
from core import listing, quantities
from core.errors import DomainError
from events.models import SignUp
from organizations.models import Organization
from pledges.domain import hours, proposals
from pledges.domain.facts import OLDEST
from pledges.forms import HoursForm
from pledges.models import HoursEntry, Pledge
from pledges.views.visitor import person

#: How many past events are offered to log hours for.
MOST_PROPOSED = 5
SHOWN = 10


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """What is coming, what to log, what was confirmed."""
    user, now = person(request), timezone.now()
    entries = HoursEntry.objects.filter(user=user)
    context = {
        "coming": _coming(user, now=now),
        "proposed": _proposed(user, now=now),
        "entries": entries.with_names()[:SHOWN],
        "this_year": quantities.hours(entries.in_year(_year(now)).total_minutes()),
        "ever": quantities.hours(entries.total_minutes()),
        "waiting": entries.waiting().count(),
        "pledges": Pledge.objects.filter(commitments__user=user).with_lines()[:SHOWN],
        "organizations": Organization.objects.filter(
            memberships__user=user, memberships__state="active"
        ),
        "companies": Company.objects.filter(memberships__user=user, memberships__state="active"),
    }
    return render(request, "pledges/me.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_hours(request: HttpRequest) -> HttpResponse:
    """The form for hours; `?signup=` fills it in from an event that the person was at."""
    user = person(request)
    signup = _signup(request, user)
    if request.method == "POST":
        form = HoursForm(request.POST, by=user)
        if form.is_valid():
            facts = form.facts(signup_uuid=signup.uuid if signup else None)
            source = proposals.source_of(facts, signup)
            try:
                hours.log(facts=facts, by=user, now=timezone.now(), source=source)
            except DomainError as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, _("Logged. The organization is asked to confirm."))
                return redirect("pledges:me")
    else:
        form = HoursForm(by=user, initial=_filled_in(request, signup))
    context = {"form": form, "signup": signup}
    return render(request, "pledges/log_hours.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def my_hours(request: HttpRequest) -> HttpResponse:
    """All of the person's entries, newest first."""
    entries = HoursEntry.objects.filter(user=person(request)).with_names()
    page = listing.page_of(entries, request.GET.get("page", "1"), per_page=50)
    return render(request, "pledges/my_hours.html", {"page": page})


def _coming(user: User, *, now: datetime) -> list[SignUp]:
    rows = user.signups.holding().filter(occurrence__ends_at__gte=now)
    return list(rows.select_related("occurrence__series").order_by("occurrence__starts_at")[:SHOWN])


def _proposed(user: User, *, now: datetime) -> list[dict[str, Any]]:
    """Events that the person was at and has no hours for yet."""
    logged = HoursEntry.objects.filter(user=user, signup_uuid__isnull=False)
    rows = (
        user.signups.filter(
            status__in=(SignUp.Status.CHECKED_IN, SignUp.Status.ATTENDED),
            occurrence__ends_at__lt=now,
            occurrence__ends_at__gte=now - OLDEST,
            occurrence__series__organization__isnull=False,
        )
        .exclude(uuid__in=logged.values("signup_uuid"))
        .select_related("occurrence__series__organization", "company")
        .order_by("-occurrence__starts_at")
    )
    page = reverse("pledges:log_hours")
    return [
        {
            "signup": row,
            "url": f"{page}?signup={row.uuid}",
            "hours": proposals.of_signup(row).in_words,
        }
        for row in rows[:MOST_PROPOSED]
    ]


def _signup(request: HttpRequest, user: User) -> SignUp | None:
    text = request.GET.get("signup", "")
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    rows = user.signups.select_related("occurrence__series__organization")
    return rows.filter(uuid=uuid).first()


def _filled_in(request: HttpRequest, signup: SignUp | None) -> dict[str, Any]:
    if signup is None:
        return {"organization": request.GET.get("organization", "")[:120]}
    series, proposal = signup.occurrence.series, proposals.of_signup(signup)
    # What the clock does not tell is said in hours, or by the person.
    length = proposal.minutes if proposal.starts is None else None
    return {
        "organization": series.organization.slug if series.organization else "",
        "served_on": proposal.served_on,
        "starts": proposal.starts,
        "ends": proposal.ends,
        "amount": round(length / 60, 2) if length else None,
        "what": series.title,
        "company": signup.company_id,
    }


def _year(now: datetime) -> int:
    return timezone.localtime(now).year
