"""A company's desk: what needs it today, its numbers, its profile and what it offers."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from companies import permissions
from companies.domain import capabilities, profiles
from companies.forms import CapabilityForm, CompanyForm
from companies.models import Capability, Company


@login_required
@require_safe
def desk(request: HttpRequest, slug: str) -> HttpResponse:
    """The desk's first room."""
    return render(request, "companies/desk.html", _desk(request, slug))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """What the company says of itself."""
    context = _desk(request, slug, editing=True)
    form = CompanyForm(request.POST or None, instance=context["company"])
    if request.method == "POST" and form.is_valid():
        profiles.edit(company=form.company(), by=_user(request), now=timezone.now())
        return redirect("companies:desk", slug=slug)
    status = 422 if form.is_bound else 200
    return render(request, "companies/profile.html", {**context, "form": form}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offers(request: HttpRequest, slug: str) -> HttpResponse:
    """What the company offers, and the form for one thing more."""
    context = _desk(request, slug, editing=True)
    form = CapabilityForm(request.POST or None, instance=Capability(company=context["company"]))
    if request.method == "POST" and form.is_valid():
        capabilities.offer(capability=form.capability(), by=_user(request), now=timezone.now())
        return redirect("companies:offers", slug=slug)
    context |= {"form": form, "offers": context["company"].capabilities.all()}
    return render(request, "companies/offers.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, slug: str, uuid: str) -> HttpResponse:
    """One thing on offer, to change."""
    context = _desk(request, slug, editing=True)
    found = get_object_or_404(context["company"].capabilities, uuid=uuid)
    form = CapabilityForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        capabilities.offer(capability=form.capability(), by=_user(request), now=timezone.now())
        return redirect("companies:offers", slug=slug)
    context |= {"form": form, "offer": found}
    return render(request, "companies/offer.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def end_offer(request: HttpRequest, slug: str, uuid: str) -> HttpResponse:
    """Say that it is used up, or take it back for good."""
    context = _desk(request, slug, editing=True)
    found = get_object_or_404(context["company"].capabilities, uuid=uuid)
    verb = capabilities.retire if "retire" in request.POST else capabilities.exhaust
    verb(capability=found, by=_user(request), now=timezone.now())
    return redirect("companies:offers", slug=slug)


def _desk(request: HttpRequest, slug: str, *, editing: bool = False) -> dict[str, Any]:
    user = _user(request)
    company = get_object_or_404(Company.objects.with_desk_of(user), slug=slug)
    may_edit = permissions.can_edit(user, company)
    if editing and not may_edit:
        raise PermissionDenied
    room = request.path.rstrip("/").rpartition(f"/{slug}")[2].strip("/").partition("/")[0]
    return {"company": company, "may_edit": may_edit, "room": room or "overview"}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (login_required saw to it)
    return request.user
