"""Checking in at the door of a date: behind a code on a poster, for whoever stands before it."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.errors import DomainError
from events.domain import attendance, doors, openings, walk_ins
from events.domain.kiosk import Person
from events.forms.door import DoorForm, WalkInForm
from events.models import DoorCode, SignUp

#: What the page says after a button, by the word in its address; it tells nothing of anybody.
DONE = ("in", "out")


def quiet(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Kept by nobody, found by no search engine, named to no other site.

    `no-referrer` would do the last as well, but with it browsers name no origin either when a
    form is sent, and such a form is refused as somebody else's.
    """

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return answer


def door_or_404(code: str) -> DoorCode:
    """The door of a code that works."""
    found = doors.of_code(code)
    if found is None:
        raise Http404
    return found


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest, code: str) -> HttpResponse:
    """Come or leave: one's own sign-up by a button, a guest's by its address."""
    found = door_or_404(code)
    user = request.user if isinstance(request.user, User) else None
    mine = user and attendance.own(occurrence=found.occurrence, user=user)
    form = DoorForm(request.POST or None)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            if mine:
                press(request, mine, by=user, which=ticked(request, mine))
                return redirect(found)
            if form.is_valid():
                done = _press_for_guest(request, found, form)
                return redirect(f"{found.get_absolute_url()}?done={done}")
            status = 422
        except DomainError as error:
            refusal, status = error.sentence, error.status
    context = context_of(found) | {
        "form": form,
        "mine": mine,
        "may_come": mine and mine.status in attendance.MAY_COME,
        "party": people_of(mine) if mine else [],
        "refusal": refusal,
        "done": request.GET.get("done") if request.GET.get("done") in DONE else "",
    }
    return render(request, "events/door.html", context, status=status)


@quiet
@require_http_methods(["GET", "HEAD", "POST"])
def walk_in(request: HttpRequest, code: str) -> HttpResponse:
    """Come without having signed up, while places are left."""
    found = door_or_404(code)
    user = request.user if isinstance(request.user, User) else None
    form = WalkInForm(
        request.POST or None,
        initial={"name": user.name, "email": user.email} if user else {},
        series=found.occurrence.series,
        roles=openings.choices(found.occurrence),
        has_account=user is not None,
    )
    status = 200
    if request.method == "POST":
        status = come(request, found, form, by=user)
        if status == 200:
            return redirect(f"{found.get_absolute_url()}?done=in")
    context = context_of(found) | {"form": form}
    return render(request, "events/walk_in.html", context, status=status)


def come(request: HttpRequest, found: DoorCode, form: WalkInForm, *, by: User | None) -> int:
    """Let in who filled the form; a refusal becomes an error of it. Says with which status."""
    if not form.is_valid():
        return 422
    now = timezone.now()
    try:
        attendance.count_try(door=found, origin=get_adapter().get_client_ip(request), now=now)
        walk_ins.come_in(
            occurrence=found.occurrence,
            by=by,
            now=now,
            said=form.said(),
            **form.who(),
        )
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)
        return refusal.status
    return 200


def context_of(found: DoorCode) -> dict[str, Any]:
    """What every page at a door shows: the date, and why it is shut if it is."""
    occurrence, now = found.occurrence, timezone.now()
    closed = ""
    try:
        doors.require_open(occurrence, now=now)
    except DomainError as refusal:
        closed = refusal.sentence
    return {
        "door": found,
        "occurrence": occurrence,
        "series": occurrence.series,
        "closed": closed,
        "takes_walk_ins": not closed and walk_ins.are_welcome(occurrence),
    }


def people_of(signup: SignUp) -> list[Person]:
    """Whom one may tick, by their names; empty for who was signed up alone."""
    party = attendance.party_of(signup)
    return [Person(one, one.name) for one in party] if len(party) > 1 else []


def ticked(request: HttpRequest, signup: SignUp) -> list[str] | None:
    """Who of a party is meant; none for who was signed up alone."""
    return request.POST.getlist("who") if len(attendance.party_of(signup)) > 1 else None


def _press_for_guest(request: HttpRequest, found: DoorCode, form: DoorForm) -> str:
    now = timezone.now()
    # A door that is shut says so before it says anything about anybody.
    doors.require_open(found.occurrence, now=now)
    leaves, together = request.POST.get("act") == "leave", form.cleaned_data["together"]
    signup = attendance.found_by_address(
        door=found,
        email=form.cleaned_data["email"],
        name=form.cleaned_data["name"],
        leaves=leaves,
        together=together,
        origin=get_adapter().get_client_ip(request),
        now=now,
    )
    which = None
    if together:
        fit = attendance.MAY_LEAVE if leaves else attendance.MAY_COME
        which = [str(one.uuid) for one in attendance.party_of(signup) if one.status in fit]
    return press(request, signup, by=None, which=which)


def press(
    request: HttpRequest, signup: SignUp, *, by: User | None, which: Collection[str] | None
) -> str:
    """Do what the button says; says which of the two it was."""
    now = timezone.now()
    match request.POST.get("act"):
        case "here":
            attendance.check_in(signup=signup, by=by, now=now, which=which)
            return "in"
        case "leave":
            attendance.check_out(signup=signup, by=by, now=now, which=which)
            return "out"
        case _:
            raise Http404
