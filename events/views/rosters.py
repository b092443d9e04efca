"""Who comes to one date: on the screen, in a spreadsheet, and marked at the door."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import export
from core.errors import DomainError
from events.domain import attendance, decisions, doors, openings, walk_ins
from events.models import DoorCode, Occurrence, SeatBlock, SignUp
from events.views import qr
from events.views.hosts import (
    Desk,
    date_of_host,
    desk_page,
    editable,
    open_edits,
    signed_in,
)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Who comes to one date; marks at the door by POST."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    if request.method == "POST":
        _mark(request, occurrence)
        return redirect("events:desk-roster", desk, series_slug, start)
    rows = list(occurrence.signups.for_roster().prefetch_related("answers"))
    now = timezone.now()
    has_opened = doors.opens_at(occurrence) <= now and not occurrence.is_cancelled
    is_open = doors.is_open(occurrence, now=now)
    _by_slot(rows, occurrence)
    for row in rows:
        acts = _acts(row, door_has_opened=has_opened, door_is_open=is_open)
        row.acts = acts  # type: ignore[attr-defined]
    door = DoorCode.objects.filter(occurrence=occurrence).first()
    context = {
        "occurrence": occurrence,
        "series": occurrence.series,
        "signups": rows,
        "has_companies": any(row.company_id for row in rows),
        "has_answers": any(row.answers.all() for row in rows),
        "openings": openings.at(occurrence),
        "line": list(occurrence.line.with_offers()),
        "coming": sum(row.holds_place for row in rows),
        "here": sum(row.is_here for row in rows),
        "door": door and qr.of_door(door),
        "blocks": SeatBlock.objects.held().of_date(occurrence),
        "is_over": occurrence.ends_at <= now,
        "unmarked": sum(row.status == SignUp.Status.CONFIRMED for row in rows),
        "takes_walk_ins": has_opened,
        "may_tell": occurrence.ends_at <= now and not occurrence.is_cancelled,
        "may_change": occurrence.last_call_at > now and not occurrence.is_cancelled,
        "edits": open_edits(host, now=now),
    }
    return desk_page(request, host, "events/desk_roster.html", context)


@never_cache
@login_required
@require_safe
def roster_csv(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponseBase:
    """The roster as a spreadsheet."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    has_slots = bool(occurrence.series.slots)
    header = (
        *(_("Name"), _("E-mail"), _("Company"), _("Status"), _("Signed up")),
        *(_("Checked in"), _("Checked out"), _("Minutes"), _("Held place")),
        *([_("Role")] if has_slots else []),
    )
    people = list(occurrence.signups.for_roster().prefetch_related("answers"))
    _by_slot(people, occurrence)
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
            *([row.slot_name] if has_slots else []),
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


def _by_slot(rows: list[SignUp], occurrence: Occurrence) -> None:
    """Sort people by what they come as, in the host's order, and then as they stood; in place."""
    order = {slot.id: place for place, slot in enumerate(occurrence.series.named_slots)}
    rows.sort(key=lambda row: order.get(row.slot, len(order)))
    for row in rows:
        row.occurrence = occurrence


def _mark(request: HttpRequest, occurrence: Occurrence) -> None:
    to, uuid = request.POST.get("to", ""), request.POST.get("signup", "")
    row = next((row for row in occurrence.signups.all() if str(row.uuid) == uuid), None)
    if row is None or to not in SignUp.Status:
        raise Http404
    row.occurrence = occurrence
    status = SignUp.Status(to)
    now, by = timezone.now(), signed_in(request)
    try:
        if row.status == SignUp.Status.REQUESTED and status == SignUp.Status.CONFIRMED:
            decisions.approve(signup=row, by=by, now=now)
        elif status == SignUp.Status.DECLINED:
            decisions.decline(signup=row, by=by, now=now)
        elif status == SignUp.Status.CANCELLED:
            walk_ins.strike(signup=row, by=by, now=now)
        elif status == SignUp.Status.CHECKED_IN:
            attendance.check_in(signup=row, by=by, now=now)
        elif (
            status == SignUp.Status.ATTENDED and row.is_here and doors.is_open(occurrence, now=now)
        ):
            attendance.check_out(signup=row, by=by, now=now)
        elif status in (*decisions.AT_THE_DOOR, SignUp.Status.EXCUSED, SignUp.Status.CONFIRMED):
            decisions.mark(signup=row, to=status, by=by, now=now)
        else:
            raise Http404
    except DomainError as refusal:
        messages.error(request, refusal.sentence)


def _acts(row: SignUp, *, door_has_opened: bool, door_is_open: bool) -> list[tuple[str, Any]]:
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
    if row.walked_in:
        # They are on the roster because they are here: whoever is not, is there by mistake.
        words |= {SignUp.Status.CONFIRMED: "", SignUp.Status.CANCELLED: _("Added by mistake")}
        allowed |= {SignUp.Status.CANCELLED} if row.status in walk_ins.WAY_OFF else set()
    if not (door_has_opened or row.is_here):
        words |= dict.fromkeys(decisions.AT_THE_DOOR, "")
    return [(status, word) for status, word in words.items() if word and status in allowed]


def _answered(row: SignUp, asked: dict[str, str]) -> list[str]:
    answers = {answer.question: answer.shown for answer in row.answers.all()}
    return [answers.get(question, "") for question in asked]
