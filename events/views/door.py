"""Checking in at the door of a date: behind a code on a poster, for whoever stands before it."""

from collections.abc import Callable
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
from events.domain import attendance, doors
from events.forms.door import DoorForm, PeopleForm
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
                press(request, mine, by=user)
                return redirect(found)
            if form.is_valid():
                done = press(request, _of_guest(request, found, form), by=None)
                return redirect(f"{found.get_absolute_url()}?done={done}")
            status = 422
        except DomainError as error:
            refusal, status = error.sentence, error.status
    context = context_of(found) | {
        "form": form,
        "mine": mine,
        "may_come": mine and mine.status in attendance.MAY_COME,
        "refusal": refusal,
        "done": request.GET.get("done") if request.GET.get("done") in DONE else "",
    }
    return render(request, "events/door.html", context, status=status)


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
    }


def _of_guest(request: HttpRequest, found: DoorCode, form: DoorForm) -> SignUp:
    now = timezone.now()
    # A door that is shut says so before it says anything about anybody.
    doors.require_open(found.occurrence, now=now)
    return attendance.found_by_address(
        door=found,
        email=form.cleaned_data["email"],
        name=form.cleaned_data["name"],
        leaves=request.POST.get("act") == "leave",
        origin=get_adapter().get_client_ip(request),
        now=now,
    )


def press(request: HttpRequest, signup: SignUp, *, by: User | None) -> str:
    """Do what the button says; says which of the two it was."""
    now = timezone.now()
    match request.POST.get("act"):
        case "here":
            people = PeopleForm(request.POST).number()
            attendance.check_in(signup=signup, by=by, now=now, people=people)
            return "in"
        case "leave":
            attendance.check_out(signup=signup, by=by, now=now)
            return "out"
        case _:
            raise Http404
