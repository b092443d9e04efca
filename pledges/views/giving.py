"""A pledge from the company's side: toward a need, its own page, its deliveries."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import quantities
from core.errors import DomainError
from core.shared_pages import shared_page
from events.views.public import date_of
from organizations.models import Need
from pledges import permissions
from pledges.domain import deliveries, ledger, lifecycle
from pledges.forms import DisputeForm, HandoverForm, PledgeForm, ScheduleForm
from pledges.models import Account, Delivery, HoursEntry, Pledge, PledgeLine
from pledges.views.visitor import person


class NothingChosen(DomainError):
    """The form was sent without saying what to do, or with what cannot be read."""

    status = 422


@require_safe
@shared_page("needs", "pledges", "companies")
def pledges_of_need(request: HttpRequest, slug: str) -> HttpResponse:
    """Who has pledged: a page of its own, and a fragment of the need's page."""
    need = get_object_or_404(Need.objects.public().select_related("organization"), slug=slug)
    template = "pledges/of_need.html"
    if request.headers.get("HX-Request"):
        template += "#who"
    return render(request, template, {"need": need})


@require_safe
@shared_page("events", "pledges", "organizations", "companies")
def hours_of_date(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """The hours that people gave at a date: a page of its own, and a fragment of the date's."""
    occurrence = date_of(slug, start)
    people = occurrence.signups.values("uuid")
    given = HoursEntry.objects.filter(
        Q(signup_uuid__in=people) | Q(reverses__signup_uuid__in=people)
    )
    template = "pledges/of_date.html"
    if request.headers.get("HX-Request"):
        template += "#hours"
    context = {"occurrence": occurrence, "hours": quantities.hours(given.total_minutes())}
    return render(request, template, context | {"any": given.exists()})


@require_http_methods(["GET", "HEAD", "POST"])
def pledge(request: HttpRequest, need_slug: str) -> HttpResponse:
    """The form of a pledge toward a need; what it gives is a draft to look at once more."""
    need = get_object_or_404(Need.objects.public().select_related("organization"), slug=need_slug)
    context: dict[str, Any] = {"need": need, "is_open": need.status in Need.OPEN_STATUSES}
    if not request.user.is_authenticated:
        return render(request, "pledges/sign_in.html", context)
    user = person(request)
    if not permissions.companies_to_pledge_for(user):
        context["employers"] = permissions.companies_of(user)
        return render(request, "pledges/no_company.html", context)
    form = PledgeForm(request.POST or None, need=need, by=user, rest=ledger.rest_of(need))
    if request.method == "POST" and form.is_valid():
        try:
            drafted = lifecycle.draft(
                terms=form.terms(), lines=[form.line()], by=user, now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error("amount", refusal.sentence)
        else:
            return redirect(drafted)
    context["form"] = form
    return render(request, "pledges/pledge.html", context, status=422 if form.is_bound else 200)


@require_safe
def detail(request: HttpRequest, uuid: str) -> HttpResponse:
    """A pledge: what is promised, what came, and what may be done with it now."""
    found = _visible(request, uuid)
    gives = permissions.can_act_for_giver(request.user, found)
    receives = permissions.can_act_for_receiver(request.user, found)
    user = request.user
    works_there = user.is_authenticated and permissions.works_at(person(request), found.company)
    context = {
        "pledge": found,
        "gives": gives,
        "receives": receives,
        "may_join": works_there and found.is_running,
        "has_joined": works_there and found.commitments.filter(user=person(request)).exists(),
        "names": found.commitments.count(),
        "rows": _rows(found) if gives or receives else [],
    }
    return render(request, "pledges/detail.html", context)


def _rows(found: Pledge) -> list[dict[str, Any]]:
    lines = list(found.lines.all())
    held = ledger.balances_of_lines(lines)
    sent = list(Delivery.objects.filter(line__in=lines).select_related("line"))
    rows = []
    for line in lines:
        own = [delivery for delivery in sent if delivery.line_id == line.pk]
        waiting = sum(row.quantity for row in own if row.status == Delivery.Status.SCHEDULED)
        rest = held[line.pk][Account.ALLOCATED] - waiting
        by_hours = line.kind == PledgeLine.LineKind.HOURS and line.need_id is not None
        can_schedule = rest > 0 and found.status in Pledge.ACCEPTED_STATUSES and not by_hours
        rows.append(
            {
                "line": line,
                "deliveries": own,
                "by_hours": by_hours,
                "schedule": ScheduleForm(line=line, prefix=f"line-{line.pk}")
                if can_schedule
                else None,
            }
        )
    return rows


@login_required
@require_POST
def move(request: HttpRequest, uuid: str) -> HttpResponse:
    """Announce, accept, decline, withdraw or join a pledge."""
    found = _visible(request, uuid)
    user, now = person(request), timezone.now()
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    acts: dict[str, Callable[[], object]] = {
        "announce": lambda: lifecycle.announce(pledge=found, by=user, now=now),
        "accept": lambda: lifecycle.accept(pledge=found, by=user, now=now),
        "withdraw": lambda: lifecycle.withdraw(pledge=found, reason=reason, by=user, now=now),
        "join": lambda: lifecycle.commit(pledge=found, by=user, now=now),
    }
    _chosen(request, acts)()
    return redirect(_back(request, found))


@login_required
@require_POST
def schedule(request: HttpRequest, uuid: str) -> HttpResponse:
    """Say how much of a line comes on which day; `uuid` is the line's."""
    user = person(request)
    rows = PledgeLine.objects.filter(pledge__in=permissions.visible_to(user))
    line = get_object_or_404(rows.select_related("pledge__company", "need"), uuid=uuid)
    form = ScheduleForm(request.POST, line=line, prefix=f"line-{line.pk}")
    if not form.is_valid():
        raise NothingChosen(_("Say how much comes, and on which day."))
    deliveries.schedule(
        line=line,
        quantity=form.quantity(),
        due_on=form.cleaned_data["due_on"],
        by=user,
        now=timezone.now(),
    )
    return redirect(line.pledge)


@login_required
@require_POST
def move_delivery(request: HttpRequest, uuid: str) -> HttpResponse:
    """Cancel, hand over, confirm, dispute or settle a delivery."""
    user, now = person(request), timezone.now()
    rows = Delivery.objects.filter(line__pledge__in=permissions.visible_to(user))
    found = get_object_or_404(
        rows.select_related("line__pledge__company", "line__pledge__organization"), uuid=uuid
    )
    acts: dict[str, Callable[[], object]] = {
        "cancel": lambda: deliveries.cancel(delivery=found, by=user, now=now),
        "deliver": lambda: deliveries.mark_delivered(
            delivery=found, handover=_handover(request), by=user, now=now
        ),
        "confirm": lambda: deliveries.confirm(delivery=found, by=user, now=now),
        "dispute": lambda: _dispute(request, found),
        "settle": lambda: deliveries.settle(delivery=found, by=user, now=now),
    }
    _chosen(request, acts)()
    return redirect(_back(request, found.line.pledge))


def _handover(request: HttpRequest) -> deliveries.Handover:
    form = HandoverForm(request.POST)
    if not form.is_valid():
        raise NothingChosen(_("Keep the condition and the receipt under 200 letters each."))
    return form.handover(timezone.localdate())


def _dispute(request: HttpRequest, delivery: Delivery) -> None:
    form = DisputeForm(request.POST)
    if not form.is_valid():
        raise NothingChosen(_("Say how much arrived and what is missing or wrong."))
    deliveries.dispute(
        delivery=delivery,
        received=form.quantity(delivery),
        why=form.cleaned_data["why"],
        by=person(request),
        now=timezone.now(),
    )


def _chosen(request: HttpRequest, acts: dict[str, Callable[[], object]]) -> Callable[[], object]:
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise NothingChosen(
            _("Say what to do: one of %(acts)s.") % {"acts": ", ".join(sorted(acts))}
        )
    return act


def _back(request: HttpRequest, found: Pledge) -> str:
    if "desk" in request.POST and found.organization is not None:
        return reverse("pledges:organization_pledges", args=[found.organization.slug])
    return found.get_absolute_url()


def _visible(request: HttpRequest, uuid: str) -> Pledge:
    found: Pledge = get_object_or_404(permissions.visible_to(request.user).with_lines(), uuid=uuid)
    return found
