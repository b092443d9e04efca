"""A tablet on a table: whoever comes types a few letters of their name and presses a button.

A host opens it from the desk. The tablet then holds the right to this one door until it closes,
and nobody's session.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from events import permissions
from events.domain import attendance, doors, openings
from events.domain import kiosk as domain
from events.forms.door import WalkInForm
from events.models import DoorCode, SignUp
from events.views.door import DONE, come, context_of, door_or_404, press, quiet, ticked

COOKIE = "kiosk"
#: After so many seconds a tablet that was left alone shows its first page again.
AFTER_DONE, AFTER_NOTHING, AFTER_TYPING = 6, 60, 180


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """Turn the device at hand into the kiosk: its session ends, its right to the door begins."""
    door = door_or_404(code)
    host = permissions.kiosk_starter(door, token)
    if host is None:
        raise Http404
    if request.method != "POST":
        return render(request, "events/kiosk_start.html", context_of(door))
    attendance.start_kiosk(door=door, by=host)
    logout(request)
    path = _start_of(door)
    response = redirect(path)
    response.set_cookie(
        COOKIE,
        permissions.kiosk_token(door, host),
        expires=doors.closes_at(door.occurrence),
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@quiet
@require_safe
def search(request: HttpRequest, code: str) -> HttpResponse:
    """The first page: type letters, tap a name."""
    door = _kiosk_or_404(request, code)
    letters = request.GET.get("q", "")[:50]
    done = request.GET.get("done") if request.GET.get("done") in DONE else ""
    context = context_of(door) | {
        "letters": letters,
        "found": domain.find(occurrence=door.occurrence, letters=letters) if letters else None,
        "done": done,
        "first_page": _start_of(door),
        "idle_seconds": AFTER_NOTHING,
    }
    response = render(request, "events/kiosk.html", context)
    if done:
        return _back_to_start(response, door, AFTER_DONE)
    if letters or context["closed"]:
        return _back_to_start(response, door, AFTER_NOTHING)
    return response


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """One name, one button."""
    door = _kiosk_or_404(request, code)
    signup = _signup_or_404(door, uuid)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            done = press(request, signup, by=None, which=ticked(request, signup))
        except DomainError as error:
            refusal, status = error.sentence, error.status
        else:
            return redirect(f"{_start_of(door)}?done={done}")
    context: dict[str, Any] = context_of(door) | {
        "signup": signup,
        "short": domain.short_name(signup),
        "party": domain.party_of(signup),
        "refusal": refusal,
        "first_page": _start_of(door),
    }
    response = render(request, "events/kiosk_person.html", context, status=status)
    return _back_to_start(response, door, AFTER_NOTHING)


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest, code: str) -> HttpResponse:
    """Come without having signed up, on the tablet."""
    door = _kiosk_or_404(request, code)
    form = WalkInForm(
        request.POST or None,
        series=door.occurrence.series,
        roles=openings.choices(door.occurrence),
        is_on_tablet=True,
    )
    status = 200
    if request.method == "POST":
        status = come(request, door, form, by=None)
        if status == 200:
            return redirect(f"{_start_of(door)}?done=in")
    context = context_of(door) | {"form": form, "first_page": _start_of(door)}
    response = render(request, "events/kiosk_walk_in.html", context, status=status)
    return _back_to_start(response, door, AFTER_TYPING)


def _kiosk_or_404(request: HttpRequest, code: str) -> DoorCode:
    """The door, for a tablet that was made its kiosk; nobody else learns that there is one."""
    door = door_or_404(code)
    if not permissions.is_kiosk(door, request.COOKIES.get(COOKIE, "")):
        raise Http404
    if timezone.now() >= doors.closes_at(door.occurrence):
        raise Http404
    return door


def _signup_or_404(door: DoorCode, uuid: UUID) -> SignUp:
    rows = door.occurrence.signups.filter(status__in=attendance.MAY_COME)
    found = rows.select_related("user").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    found.occurrence = door.occurrence
    return found


def _start_of(door: DoorCode) -> str:
    return reverse("events:kiosk", args=[door.in_groups])


def _back_to_start(response: HttpResponse, door: DoorCode, seconds: int) -> HttpResponse:
    """Let the browser go back by itself, script or no script."""
    response.headers["Refresh"] = f"{seconds};url={_start_of(door)}"
    return response
