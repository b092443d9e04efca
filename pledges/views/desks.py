"""The rooms of pledges and hours at an organization's and at a company's desk."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from companies import permissions as company_permissions
from companies.models import Company
from core import export, listing, quantities
from organizations import permissions as organization_permissions
from organizations.models import Organization
from pledges.domain import hours
from pledges.forms import DisputeForm
from pledges.models import Delivery, HoursEntry, Pledge
from pledges.views.giving import NothingChosen
from pledges.views.visitor import person

EARLIEST_YEAR = 2000


@login_required
@require_safe
def organization_pledges(request: HttpRequest, slug: str) -> HttpResponse:
    """What companies promised the organization, and what waits for its word."""
    organization = _organization(request, slug)
    arrived = Delivery.objects.filter(
        line__pledge__organization=organization, status=Delivery.Status.DELIVERED
    ).select_related("line__pledge__company")
    pledges = organization.pledges.exclude(status=Pledge.Status.DRAFT).with_lines()
    page = listing.page_of(pledges, request.GET.get("page", "1"))
    context = {
        "room": "pledges",
        "organization": organization,
        "may_edit": organization_permissions.can_edit(request.user, organization),
        "arrived": arrived,
        "dispute_form": DisputeForm(),
        "page": page,
        "announced": Pledge.Status.ANNOUNCED,
    }
    return render(request, "pledges/organization_pledges.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organization_hours(request: HttpRequest, slug: str) -> HttpResponse:
    """Hours that wait for the organization, many to decide on at once; the decided below."""
    organization = _organization(request, slug)
    rows = HoursEntry.objects.filter(organization=organization).with_names()
    refused: list[str] = []
    if request.method == "POST":
        decisions = _decide(request, rows)
        if decisions.done:
            _say_decided(request, len(decisions.done))
        if not decisions.refused:
            return redirect("pledges:organization_hours", slug=slug)
        refused = [f"{entry.user}, {entry.day}: {said}" for entry, said in decisions.refused]
    decided = rows.exclude(status__in=(HoursEntry.Status.DRAFT, HoursEntry.Status.SUBMITTED))
    context = {
        "room": "hours",
        "organization": organization,
        "may_approve": organization_permissions.can_approve_hours(request.user, organization),
        "waiting": rows.waiting().order_by("served_on", "pk")[:200],
        "page": listing.page_of(
            decided.select_related("reversal"), request.GET.get("page", "1"), per_page=50
        ),
        "refused": refused,
    }
    return render(
        request, "pledges/organization_hours.html", context, status=409 if refused else 200
    )


def _decide(request: HttpRequest, rows: Any) -> hours.Decisions:
    now, by = timezone.now(), person(request)
    reason = request.POST.get("reason", "").replace("\x00", "")
    if entry_uuid := request.POST.get("reverse"):
        entry = get_object_or_404(rows, uuid=_uuid(entry_uuid))
        return hours.Decisions((hours.reverse(entry=entry, reason=reason, by=by, now=now),), ())
    chosen = rows.filter(uuid__in=[_uuid(text) for text in request.POST.getlist("entry")])
    if not chosen:
        raise NothingChosen(_("Tick at least one entry."))
    if "decline" in request.POST:
        return hours.decline_all(entries=chosen, reason=reason, by=by, now=now)
    return hours.approve_all(entries=chosen, by=by, now=now)


def _say_decided(request: HttpRequest, number: int) -> None:
    text = ngettext("%(n)s entry decided.", "%(n)s entries decided.", number)
    messages.success(request, text % {"n": number})


@login_required
@require_safe
def company_pledges(request: HttpRequest, slug: str) -> HttpResponse:
    """What the company promised, newest first, and its deliveries on the way."""
    company = _company(request, slug)
    context = {
        "room": "pledges",
        "company": company,
        "may_edit": company_permissions.can_edit(request.user, company),
        "page": listing.page_of(company.pledges.with_lines(), request.GET.get("page", "1")),
        "deliveries": Delivery.objects.filter(
            line__pledge__company=company,
            status__in=(Delivery.Status.SCHEDULED, *Delivery.OPEN_STATUSES),
        ).select_related("line__pledge__organization")[:50],
    }
    return render(request, "pledges/company_pledges.html", context)


@login_required
@require_safe
def company_hours(request: HttpRequest, slug: str) -> HttpResponse:
    """Confirmed hours of the company's people in a year, by employee and organization."""
    company = _managed_company(request, slug)
    year = _year(request)
    rows = HoursEntry.objects.filter(company=company).in_year(year).counted()
    by_person = _table(rows, "user__name", "organization__name")
    by_organization = _table(rows, "organization__name")
    total = sum(row["minutes"] for row in by_organization)
    context = {
        "room": "hours",
        "company": company,
        "may_edit": company_permissions.can_edit(request.user, company),
        "year": year,
        "before": year - 1,
        "by_person": by_person,
        "by_organization": by_organization,
        "total": quantities.hours(total),
        "chart": [(row["organization__name"], row["minutes"] // 60) for row in by_organization],
    }
    return render(request, "pledges/company_hours.html", context)


@login_required
@require_safe
def company_hours_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Every confirmed row of the year, for the company's own spreadsheet."""
    company = _managed_company(request, slug)
    year = _year(request)
    rows = HoursEntry.objects.filter(company=company).in_year(year).counted().with_names()
    response = StreamingHttpResponse(
        export.csv_lines(
            [_("Person"), _("Organization"), _("Date"), _("Hours"), _("Time"), _("What")],
            _csv_rows(rows),
        ),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="hours-{company.slug}-{year}.csv"'
    return response


def _csv_rows(rows: Any) -> Iterator[tuple[object, ...]]:
    for entry in rows.order_by("served_on", "pk").iterator():
        yield (
            entry.user.get_full_name(),
            entry.organization.name,
            entry.served_on.isoformat(),
            round(entry.counted_minutes / 60, 2),
            entry.get_leave_display(),
            entry.what,
        )


def _table(rows: Any, *names: str) -> list[dict[str, Any]]:
    found = (
        rows.order_by()
        .values(*names)
        .annotate(minutes=Sum("counted_minutes"), entries=Count("pk"))
        .order_by(*names)
    )
    return [{**row, "hours": quantities.hours(row["minutes"])} for row in found]


def _year(request: HttpRequest) -> int:
    this = timezone.localdate().year
    text = request.GET.get("year", str(this))
    if not (text.isascii() and text.isdigit() and EARLIEST_YEAR <= int(text[:9]) <= this):
        raise listing.BadQuery(
            _("“year” must lie between %(first)s and %(last)s.")
            % {"first": EARLIEST_YEAR, "last": this}
        )
    return date(int(text), 1, 1).year


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise NothingChosen(_("That entry does not exist.")) from error


def _organization(request: HttpRequest, slug: str) -> Organization:
    return get_object_or_404(Organization.objects.with_desk_of(request.user), slug=slug)


def _company(request: HttpRequest, slug: str) -> Company:
    return get_object_or_404(Company.objects.with_desk_of(request.user), slug=slug)


def _managed_company(request: HttpRequest, slug: str) -> Company:
    """The company, for those who plan for it: hours by name are not for every colleague."""
    company = _company(request, slug)
    if not company_permissions.can_edit(request.user, company):
        raise PermissionDenied
    return company
