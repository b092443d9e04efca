"""A host's events behind the scenes: write, publish, move, call off, keep the roster."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from events import permissions
from events.domain import capacity, dates, plans, rescheduling
from events.domain import series as lifecycle
from events.forms.series import CancelForm, PlacesForm, SeriesForm, initial_of
from events.forms.times import MoveForm, RescheduleForm, times_of
from events.models import Host, Occurrence, SeatBlock, Series, hosted_by
from events.views import embed
from events.views.hosts import (
    Desk,
    act_page,
    date_of_host,
    desk_page,
    editable,
    heading_of,
    host_of,
    open_edits,
    refusals_said_by,
    series_of,
    signed_in,
)
from organizations.models import Organization

#: Dates that the room lists; the rest is a link away on the public page.
LISTED = 40

_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@login_required
@require_safe
def room(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The next dates with how full they are, and what is not published yet."""
    host = host_of(request, desk)
    may_edit = permissions.can_host(signed_in(request), host)
    now = timezone.now()
    coming = Occurrence.objects.filter(
        hosted_by(host, "series__"), series__live=True, ends_at__gt=now
    ).order_by("starts_at", "pk")
    rows = Series.objects.filter(hosted_by(host)).annotate(
        dates_to_come=Count("occurrences", filter=Q(occurrences__ends_at__gt=now))
    )
    context = {
        "may_edit": may_edit,
        "occurrences": coming.for_cards()[:LISTED],
        "series_list": rows.order_by("status", "title"),
        "edits": open_edits(host, now=now) if may_edit else (),
        "snippets": _snippets(host),
    }
    return desk_page(request, host, "events/desk_room.html", context)


@never_cache
@login_required
@_page
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Write a new series; it stays a draft until it is published."""
    host = editable(request, desk)
    form = SeriesForm(request.POST or None, host=host)
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            made = lifecycle.draft(
                details=form.details(), host=host, by=signed_in(request), now=timezone.now()
            )
            return redirect("events:desk-series", desk, made.slug)
    return _series_form(request, host, form, None)


@never_cache
@login_required
@_page
def edit(request: HttpRequest, desk: Desk, series_slug: str) -> HttpResponse:
    """Change a series, publish it, call it off."""
    host = editable(request, desk)
    series = get_object_or_404(series_of(host), slug=series_slug)
    form = SeriesForm(
        request.POST or None, host=host, initial=initial_of(series), has_slots=bool(series.slots)
    )
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            lifecycle.edit(
                series=series,
                details=form.details(series),
                by=signed_in(request),
                now=timezone.now(),
            )
            messages.success(request, _("Saved."))
            return redirect("events:desk-series", desk, series.slug)
    return _series_form(request, host, form, series)


@never_cache
@login_required
@require_http_methods(["POST"])
def publish(request: HttpRequest, desk: Desk, series_slug: str) -> HttpResponse:
    """Show a series to everybody, or send it to the site's staff."""
    host = editable(request, desk)
    series = get_object_or_404(series_of(host), slug=series_slug)
    series = lifecycle.publish(series=series, by=signed_in(request), now=timezone.now())
    if series.status == Series.Status.PUBLISHED:
        messages.success(request, _("Published: everybody can see it and sign up."))
    else:
        messages.success(request, _("Sent to the site's staff, who look at it before it shows."))
    return redirect("events:desk-room", desk)


@never_cache
@login_required
@_page
def call_off(request: HttpRequest, desk: Desk, series_slug: str) -> HttpResponse:
    """Call off a whole series, with the reason; says first how many people are told."""
    host = editable(request, desk)
    series = get_object_or_404(series_of(host), slug=series_slug)
    now = timezone.now()
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lifecycle.cancel(
            series=series, reason=form.cleaned_data["reason"], by=signed_in(request), now=now
        )
        return redirect("events:desk-series", desk, series.slug)
    dates_to_come = series.occurrences.filter(starts_at__gt=now).values_list("pk", flat=True)
    held = SeatBlock.objects.held().filter(occurrence__in=dates_to_come)
    return act_page(
        request,
        host,
        form,
        title=series.title,
        warning=_told(dates.told_of_call_offs(dates_to_come), held.count()),
        action=_("Call off all dates"),
    )


@never_cache
@login_required
@_page
def cancel_date(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Call off one date, with the reason; says first how many people are told."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            dates.cancel_date(
                occurrence=occurrence,
                reason=form.cleaned_data["reason"],
                by=signed_in(request),
                now=timezone.now(),
            )
            return redirect("events:desk-roster", desk, series_slug, start)
    held = SeatBlock.objects.held().filter(occurrence=occurrence)
    return act_page(
        request,
        host,
        form,
        title=heading_of(occurrence),
        warning=_told(dates.told_of_call_offs([occurrence.pk]), held.count()),
        action=_("Call off this date"),
    )


@never_cache
@login_required
@_page
def date_places(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Give one date another number of places than the series has."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    form = PlacesForm(request.POST or None, initial={"places": occurrence.capacity})
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            row = capacity.set_places(
                occurrence=occurrence,
                places=form.cleaned_data["places"],
                by=signed_in(request),
                now=timezone.now(),
            )
            messages.success(request, _now_has(row))
            return redirect("events:desk-roster", desk, series_slug, start)
    return act_page(
        request,
        host,
        form,
        title=heading_of(occurrence),
        note=_taken(occurrence),
        action=_("Save the places of this date"),
    )


@never_cache
@login_required
@_page
def move_date(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Move one date: first the preview of what that does, then the move."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    initial = {"day": occurrence.local_start.date(), "clock": occurrence.local_start.time()}
    form = MoveForm(request.POST or None, initial=initial, series=occurrence.series)
    preview = None
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            now = timezone.now()
            preview = dates.preview_move(
                occurrence=occurrence, local_start=form.local_start(), now=now
            )
            if request.POST.get("confirmed"):
                dates.move_date(
                    occurrence=occurrence,
                    local_start=form.local_start(),
                    by=signed_in(request),
                    now=now,
                    reason=form.cleaned_data["reason"],
                    shown=request.POST["confirmed"],
                )
                return redirect("events:desk-roster", desk, series_slug, start)
    return act_page(
        request,
        host,
        form,
        title=heading_of(occurrence),
        warning=_foreseen(preview) if preview else "",
        confirmed=preview.digest if preview else "",
        action=_("Move this date") if preview else _("Show what this does"),
    )


@never_cache
@login_required
@_page
def following(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Give the series other times from one date on: first the plan, then the deed."""
    host = editable(request, desk)
    first = plans.first_of_day(date_of_host(host, series_slug, start))
    rule = plans.rule_from(first.series, first.original_start)
    initial = times_of(first.series, first.local_start, rule)
    form = RescheduleForm(request.POST or None, initial=initial, series=first.series)
    plan = None
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            plan = plans.plan(first=first, to=form.times(), now=timezone.now())
            if request.POST.get("shown"):
                goes_on = rescheduling.reschedule(
                    first=first,
                    to=form.times(),
                    by=signed_in(request),
                    now=timezone.now(),
                    shown=request.POST["shown"],
                    reason=form.cleaned_data["reason"],
                )
                return redirect("events:desk-series", desk, goes_on.slug)
    context = {
        "first": first,
        "series": first.series,
        "form": form,
        "plan": plan,
    }
    return desk_page(request, host, "events/desk_following.html", context, status=_status(form))


def _snippets(host: Host) -> embed.Snippets | None:
    """What an organization copies into its own site."""
    return embed.snippets(host) if isinstance(host, Organization) and host.live else None


def _now_has(occurrence: Occurrence) -> str:
    over = occurrence.seats_taken - (occurrence.capacity or occurrence.seats_taken)
    if over <= 0:
        return _("Saved: %(places)s.") % {"places": occurrence.places}
    words = ngettext(
        "Saved. It is over by %(n)d person; nobody was dropped.",
        "Saved. It is over by %(n)d people; nobody was dropped.",
        over,
    )
    return words % {"n": over}


def _taken(occurrence: Occurrence) -> str:
    words = ngettext(
        "%(n)d place is taken. Nobody is dropped; more places are offered to who waits.",
        "%(n)d places are taken. Nobody is dropped; more places are offered to who waits.",
        occurrence.seats_taken,
    )
    return words % {"n": occurrence.seats_taken}


def _foreseen(preview: dates.Preview) -> str:
    """What the move does, in words."""
    return _("From %(before)s to %(after)s. %(told)s") % {
        "before": preview.when_before,
        "after": preview.when_after,
        "told": _told(preview.told, preview.blocks_told),
    }


def _told(people: int, held: int) -> str:
    """Who gets a mail, in words: people who come, and companies for which places are held."""
    if not people and not held:
        return _("Nobody has signed up yet, so nobody is told.")
    words = ngettext("%(n)d person will get a mail.", "%(n)d people will get a mail.", people)
    told = words % {"n": people} if people else ""
    if held:
        words = ngettext(
            "Places are held for %(n)d company; its CSR leads will get a mail.",
            "Places are held for %(n)d companies; their CSR leads will get a mail.",
            held,
        )
        told = f"{told} {words % {'n': held}}".strip()
    return told


def _series_form(
    request: HttpRequest, host: Host, form: SeriesForm, series: Series | None
) -> HttpResponse:
    now = timezone.now()
    context = {
        "form": form,
        "series": series,
        "may_publish": series and _may_publish(series, by=signed_in(request)),
        "first": series and plans.first_to_come(series, now=now),
        "edits": open_edits(host, now=now),
    }
    return desk_page(request, host, "events/desk_series.html", context, status=_status(form))


def _may_publish(series: Series, *, by: User) -> bool:
    """Whether publishing does something: what waits for staff waits no longer than they say."""
    waits = series.status == Series.Status.IN_REVIEW
    return series.status == Series.Status.DRAFT or (
        waits and lifecycle.shows_at_once(series, by=by)
    )


def _status(form: Any) -> int:
    return 422 if form.errors else 200
