"""An organization's events behind the scenes: write, publish, move, call off, keep the roster."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import export
from core.errors import DomainError
from events.domain import attendance, dates, doors, rescheduling, signups
from events.domain import series as lifecycle
from events.forms import (
    CancelForm,
    MoveForm,
    RescheduleForm,
    SeriesForm,
    initial_of,
    times_of,
)
from events.models import DoorCode, Occurrence, SeatBlock, Series, SignUp
from events.views import embed, qr
from events.views.hosts import date_of_host as _date
from events.views.hosts import editable as _editable
from events.views.hosts import host_of as _host
from events.views.hosts import open_edits
from events.views.hosts import series_of as _series_of
from events.views.hosts import signed_in as _user
from organizations import permissions as organizations
from organizations.models import Organization

#: Dates that the room lists; the rest is a link away on the public page.
LISTED = 40
#: What may be written down at the door, by button.
DOOR = (SignUp.Status.CHECKED_IN, SignUp.Status.ATTENDED, SignUp.Status.NO_SHOW)

_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@login_required
@require_safe
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """The next dates with how full they are, and what is not published yet."""
    host = _host(request, slug)
    may_edit = organizations.can_edit(_user(request), host)
    now = timezone.now()
    coming = Occurrence.objects.filter(
        series__organization=host, series__live=True, ends_at__gt=now
    ).order_by("starts_at", "pk")
    rows = host.series.annotate(
        dates_to_come=Count("occurrences", filter=Q(occurrences__ends_at__gt=now))
    ).order_by("status", "title")
    context = {
        "organization": host,
        "room": "events",
        "may_edit": may_edit,
        "occurrences": coming.for_cards()[:LISTED],
        "series_list": rows,
        "edits": open_edits(host, now=now) if may_edit else (),
        "snippets": embed.snippets(host) if host.live else None,
    }
    return render(request, "events/desk_room.html", context)


@never_cache
@login_required
@_page
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a new series; it stays a draft until it is published."""
    host = _editable(request, slug)
    form = SeriesForm(request.POST or None, host=host)
    if request.method == "POST" and form.is_valid():
        try:
            made = lifecycle.draft(
                details=form.details(), host=host, by=_user(request), now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("events:desk-series", slug, made.slug)
    return _series_form(request, host, form, None)


@never_cache
@login_required
@_page
def edit(request: HttpRequest, slug: str, series_slug: str) -> HttpResponse:
    """Change a series, publish it, call it off."""
    host = _editable(request, slug)
    series = get_object_or_404(_series_of(host), slug=series_slug)
    form = SeriesForm(request.POST or None, host=host, initial=initial_of(series))
    if request.method == "POST" and form.is_valid():
        try:
            lifecycle.edit(
                series=series, details=form.details(), by=_user(request), now=timezone.now()
            )
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect("events:desk-series", slug, series.slug)
    return _series_form(request, host, form, series)


@never_cache
@login_required
@require_http_methods(["POST"])
def publish(request: HttpRequest, slug: str, series_slug: str) -> HttpResponse:
    """Show a series to everybody, or send it to the site's staff."""
    host = _editable(request, slug)
    series = get_object_or_404(_series_of(host), slug=series_slug)
    series = lifecycle.publish(series=series, by=_user(request), now=timezone.now())
    if series.status == Series.Status.PUBLISHED:
        messages.success(request, _("Published: everybody can see it and sign up."))
    else:
        messages.success(request, _("Sent to the site's staff, who look at it before it shows."))
    return redirect("events:desk-room", slug)


@never_cache
@login_required
@_page
def call_off(request: HttpRequest, slug: str, series_slug: str) -> HttpResponse:
    """Call off a whole series, with the reason; says first how many people are told."""
    host = _editable(request, slug)
    series = get_object_or_404(_series_of(host), slug=series_slug)
    now = timezone.now()
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lifecycle.cancel(
            series=series, reason=form.cleaned_data["reason"], by=_user(request), now=now
        )
        return redirect("events:desk-series", slug, series.slug)
    dates_to_come = series.occurrences.filter(starts_at__gt=now)
    told = SignUp.objects.coming().filter(occurrence__in=dates_to_come)
    held = SeatBlock.objects.held().filter(occurrence__in=dates_to_come)
    context = {
        "organization": host,
        "room": "events",
        "title": series.title,
        "form": form,
        "warning": _told(told.count(), held.count()),
        "action": _("Call off all dates"),
    }
    return render(request, "events/desk_act.html", context, status=_status(form))


@never_cache
@login_required
@_page
def roster(request: HttpRequest, slug: str, series_slug: str, start: str) -> HttpResponse:
    """Who comes to one date; marks at the door by POST."""
    host = _editable(request, slug)
    occurrence = _date(host, series_slug, start)
    if request.method == "POST":
        _mark(request, occurrence)
        return redirect("events:desk-roster", slug, series_slug, start)
    rows = list(occurrence.signups.for_roster().prefetch_related("answers"))
    now = timezone.now()
    is_open = doors.is_open(occurrence, now=now)
    for row in rows:
        row.acts = _acts(row, door_is_open=is_open)  # type: ignore[attr-defined]
    door = DoorCode.objects.filter(occurrence=occurrence).first()
    context = {
        "organization": host,
        "room": "events",
        "occurrence": occurrence,
        "series": occurrence.series,
        "signups": rows,
        "has_answers": any(row.answers.all() for row in rows),
        "line": list(occurrence.line.with_offers()),
        "coming": sum(row.holds_place for row in rows),
        "here": sum(row.is_here for row in rows),
        "door": door and qr.of_door(door),
        "blocks": SeatBlock.objects.held().of_date(occurrence),
        "is_over": occurrence.ends_at <= now,
        "unmarked": sum(row.status == SignUp.Status.CONFIRMED for row in rows),
        "takes_walk_ins": doors.opens_at(occurrence) <= now,
        "may_tell": occurrence.ends_at <= now and not occurrence.is_cancelled,
        "may_change": occurrence.last_call_at > now and not occurrence.is_cancelled,
        "edits": open_edits(host, now=now),
    }
    return render(request, "events/desk_roster.html", context)


@never_cache
@login_required
@require_safe
def roster_csv(request: HttpRequest, slug: str, series_slug: str, start: str) -> HttpResponseBase:
    """The roster as a spreadsheet."""
    host = _editable(request, slug)
    occurrence = _date(host, series_slug, start)
    header = (
        *(_("Name"), _("E-mail"), _("Company"), _("Status"), _("Signed up")),
        *(_("Checked in"), _("Checked out"), _("Minutes"), _("Held place")),
    )
    people = list(occurrence.signups.for_roster().prefetch_related("answers"))
    # The questions of today first, then those that were asked before.
    asked = {one.id: one.label for one in occurrence.series.asked}
    for answer in (answer for row in people for answer in row.answers.all()):
        asked.setdefault(answer.question, answer.asked)
    rows = (
        (
            row.name,
            row.email,
            row.company.name if row.company else "",
            str(row.get_status_display()),
            row.created_at.isoformat(timespec="minutes"),
            row.came_at,
            row.left_at,
            "" if row.minutes_present is None else row.minutes_present,
            _("yes") if row.seat_block_id else "",
            *_answered(row, asked),
        )
        for row in people
    )
    response = StreamingHttpResponse(
        export.csv_lines([*header, *map(export.cell, asked.values())], rows),
        content_type="text/csv; charset=utf-8",
    )
    name = f"roster-{series_slug}-{start}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@login_required
@_page
def cancel_date(request: HttpRequest, slug: str, series_slug: str, start: str) -> HttpResponse:
    """Call off one date, with the reason; says first how many people are told."""
    host = _editable(request, slug)
    occurrence = _date(host, series_slug, start)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dates.cancel_date(
                occurrence=occurrence,
                reason=form.cleaned_data["reason"],
                by=_user(request),
                now=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("events:desk-roster", slug, series_slug, start)
    context = {
        "organization": host,
        "room": "events",
        "title": f"{occurrence.series.title}, {occurrence.when}",
        "form": form,
        "warning": _told(occurrence.signups.coming().count(), _held(occurrence)),
        "action": _("Call off this date"),
    }
    return render(request, "events/desk_act.html", context, status=_status(form))


@never_cache
@login_required
@_page
def move_date(request: HttpRequest, slug: str, series_slug: str, start: str) -> HttpResponse:
    """Move one date: first the preview of what that does, then the move."""
    host = _editable(request, slug)
    occurrence = _date(host, series_slug, start)
    initial = {"day": occurrence.local_start.date(), "clock": occurrence.local_start.time()}
    form = MoveForm(request.POST or None, initial=initial, series=occurrence.series)
    warning = ""
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            warning = _foreseen(occurrence, form)
        elif _moved(request, occurrence, form):
            return redirect("events:desk-roster", slug, series_slug, start)
    context = {
        "organization": host,
        "room": "events",
        "title": f"{occurrence.series.title}, {occurrence.when}",
        "form": form,
        "warning": warning,
        "confirmed": int(bool(warning)),
        "action": _("Move this date") if warning else _("Show what this does"),
    }
    return render(request, "events/desk_act.html", context, status=_status(form))


@never_cache
@login_required
@_page
def following(request: HttpRequest, slug: str, series_slug: str, start: str) -> HttpResponse:
    """Give the series other times from one date on: first the plan, then the deed."""
    host = _editable(request, slug)
    first = rescheduling.first_of_day(_date(host, series_slug, start))
    initial = times_of(first.series, first.local_start)
    form = RescheduleForm(request.POST or None, initial=initial, series=first.series)
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            plan = rescheduling.plan(first=first, to=form.times(), now=timezone.now())
            if request.POST.get("shown"):
                goes_on = rescheduling.reschedule(
                    first=first,
                    to=form.times(),
                    by=_user(request),
                    now=timezone.now(),
                    shown=request.POST["shown"],
                    reason=form.cleaned_data["reason"],
                )
                return redirect("events:desk-series", slug, goes_on.slug)
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
    context = {
        "organization": host,
        "room": "events",
        "first": first,
        "series": first.series,
        "form": form,
        "plan": plan,
    }
    return render(request, "events/desk_following.html", context, status=_status(form))


def _foreseen(occurrence: Occurrence, form: MoveForm) -> str:
    """What the move does, in words; empty if it is refused."""
    try:
        preview = dates.preview_move(occurrence=occurrence, local_start=form.local_start())
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return ""
    return _("From %(before)s to %(after)s. %(told)s") % {
        "before": preview.when_before,
        "after": preview.when_after,
        "told": _told(preview.people_told, _held(occurrence)),
    }


def _moved(request: HttpRequest, occurrence: Occurrence, form: MoveForm) -> bool:
    try:
        dates.move_date(
            occurrence=occurrence,
            local_start=form.local_start(),
            by=_user(request),
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return False
    return True


def _mark(request: HttpRequest, occurrence: Occurrence) -> None:
    to, uuid = request.POST.get("to", ""), request.POST.get("signup", "")
    row = next((row for row in occurrence.signups.all() if str(row.uuid) == uuid), None)
    if row is None or to not in SignUp.Status:
        raise Http404
    row.occurrence = occurrence
    status = SignUp.Status(to)
    now, by = timezone.now(), _user(request)
    try:
        if row.status == SignUp.Status.REQUESTED and status == SignUp.Status.CONFIRMED:
            signups.approve(signup=row, by=by, now=now)
        elif status == SignUp.Status.DECLINED:
            signups.decline(signup=row, by=by, now=now)
        elif status == SignUp.Status.CHECKED_IN:
            attendance.check_in(signup=row, by=by, now=now)
        elif (
            status == SignUp.Status.ATTENDED and row.is_here and doors.is_open(occurrence, now=now)
        ):
            attendance.check_out(signup=row, by=by, now=now)
        elif status in (*DOOR, SignUp.Status.EXCUSED, SignUp.Status.CONFIRMED):
            signups.mark(signup=row, to=status, by=by, now=now)
        else:
            raise Http404
    except DomainError as refusal:
        messages.error(request, refusal.sentence)


def _acts(row: SignUp, *, door_is_open: bool) -> list[tuple[str, Any]]:
    """The buttons beside one name."""
    allowed = SignUp.MOVES[row.status]
    if row.status == SignUp.Status.REQUESTED:
        return [(SignUp.Status.CONFIRMED, _("Approve")), (SignUp.Status.DECLINED, _("Decline"))]
    if row.status in {SignUp.Status.PENDING_EMAIL, SignUp.Status.LAPSED}:
        return []
    words = {
        SignUp.Status.CHECKED_IN: _("Check in"),
        SignUp.Status.ATTENDED: _("Attended"),
        SignUp.Status.NO_SHOW: _("Did not come"),
        SignUp.Status.EXCUSED: "" if door_is_open else _("Excused"),
        SignUp.Status.CONFIRMED: _("Not here yet"),
    }
    if not door_is_open:
        words[SignUp.Status.CHECKED_IN] = ""
    else:
        # While it goes on, who has attended is who came and leaves.
        words[SignUp.Status.ATTENDED] = _("Check out") if row.is_here else ""
        if row.status == SignUp.Status.ATTENDED:
            words[SignUp.Status.CHECKED_IN] = _("Back in")
    return [(status, word) for status, word in words.items() if word and status in allowed]


def _answered(row: SignUp, asked: dict[str, str]) -> list[str]:
    answers = {answer.question: answer.shown for answer in row.answers.all()}
    return [answers.get(question, "") for question in asked]


def _held(occurrence: Occurrence) -> int:
    return SeatBlock.objects.held().filter(occurrence=occurrence).count()


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
    request: HttpRequest, host: Organization, form: SeriesForm, series: Series | None
) -> HttpResponse:
    now = timezone.now()
    context = {
        "organization": host,
        "room": "events",
        "form": form,
        "series": series,
        "first": series and rescheduling.first_to_come(series, now=now),
        "edits": open_edits(host, now=now),
    }
    return render(request, "events/desk_series.html", context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.errors else 200
