"""The door of a date from behind the desk: code, poster, kiosk, walk-ins, and who did not come."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from events import permissions
from events.domain import attendance, doors, openings, walk_ins
from events.forms.door import WalkInForm
from events.models import DoorCode
from events.views import qr
from events.views.hosts import (
    Desk,
    act_page,
    date_of_host,
    desk_page,
    editable,
    heading_of,
    signed_in,
)


@never_cache
@login_required
@require_http_methods(["POST"])
def renew(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Make the date's code, or another one in its place."""
    occurrence = date_of_host(editable(request, desk), series_slug, start)
    doors.renew(occurrence=occurrence, by=signed_in(request), now=timezone.now())
    messages.success(request, _("The new code works from now on; older ones lead nowhere."))
    return redirect("events:desk-roster", desk, series_slug, start)


@never_cache
@login_required
@require_safe
def poster(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """A sheet to print and hang up at the door."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    door = get_object_or_404(DoorCode, occurrence=occurrence)
    context = {
        "occurrence": occurrence,
        "series": occurrence.series,
        "door": qr.of_door(door),
    }
    return desk_page(request, host, "events/poster.html", context)


@never_cache
@login_required
@require_safe
def kiosk(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """The way to a tablet that becomes the kiosk: to open here, or to scan there."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    door = get_object_or_404(DoorCode, occurrence=occurrence)
    token = permissions.kiosk_start_token(door, signed_in(request))
    way = reverse("events:kiosk-start", args=[door.in_groups, token])
    context = {
        "occurrence": occurrence,
        "series": occurrence.series,
        "way": way,
        "code": qr.of_url(f"{settings.BASE_URL}{way}"),
        "minutes": int(permissions.KIOSK_STARTS_WITHIN.total_seconds() // 60),
    }
    response = desk_page(request, host, "events/desk_kiosk.html", context)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Add who came without having signed up; above the places only with a second yes."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    form = WalkInForm(request.POST or None, is_at_desk=True, roles=openings.choices(occurrence))
    warning, total, status = "", 0, 200
    if request.method == "POST":
        status, confirmed = 422, request.POST.get("confirmed", "")[:6]
        if form.is_valid():
            try:
                added = walk_ins.add(
                    occurrence=occurrence,
                    by=signed_in(request),
                    now=timezone.now(),
                    up_to=int(confirmed) if confirmed.isdecimal() else 0,
                    **form.who(),
                )
            except walk_ins.AbovePlaces as refusal:
                warning, total, status = refusal.sentence, refusal.total, refusal.status
            except DomainError as refusal:
                form.add_error(None, refusal.sentence)
                status = refusal.status
            else:
                messages.success(request, _("%(name)s is on the roster.") % {"name": added.name})
                return redirect("events:desk-roster", desk, series_slug, start)
    return act_page(
        request,
        host,
        form,
        title=heading_of(occurrence),
        warning=warning,
        confirmed=total,
        action=_("Add anyway") if warning else _("Add a walk-in"),
        status=status,
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rest(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Mark all of whom nothing is known as absent; says first how many that are."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    attendance.require_over(occurrence, now=timezone.now())
    form = forms.Form(request.POST or None)
    status = 200
    if request.method == "POST":
        shown = request.POST.get("confirmed", "")[:6]
        try:
            marked = attendance.mark_rest(
                occurrence=occurrence,
                shown=int(shown) if shown.isdecimal() else 0,
                by=signed_in(request),
                now=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
            status = refusal.status
        else:
            words = ngettext(
                "%(n)d person is marked as did not come.",
                "%(n)d people are marked as did not come.",
                marked,
            )
            messages.success(request, words % {"n": marked})
            return redirect("events:desk-roster", desk, series_slug, start)
    count = attendance.rest_of(occurrence).count()
    return act_page(
        request,
        host,
        form,
        title=heading_of(occurrence),
        warning=_will_be_marked(count),
        confirmed=count,
        action=_("Mark the rest as did not come"),
        status=status,
    )


def _will_be_marked(people: int) -> str:
    if not people:
        return _("Nobody is left to be marked.")
    words = ngettext(
        "%(n)d person will be marked as did not come.",
        "%(n)d people will be marked as did not come.",
        people,
    )
    return words % {"n": people}
