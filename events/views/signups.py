"""Signing up, and the private page of a sign-up. Changes come by POST alone."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.errors import DomainError
from events import permissions
from events.domain import attendance, doors, reminders, signups, waiting
from events.forms import SignUpForm, WaitForm
from events.forms.door import PeopleForm
from events.models import Occurrence, SignUp, WaitingEntry
from events.views.public import date_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """The form, as a fragment of the date's page or as a page of its own."""
    occurrence = date_of(slug, start)
    user = request.user if isinstance(request.user, User) else None
    initial = {"name": user.name, "email": user.email} if user else {}
    # A date that is full is waited for; the form says which of the two it was made for.
    waits = "wait" in request.POST if request.method == "POST" else occurrence.is_full
    form_class = WaitForm if waits else SignUpForm
    form = form_class(request.POST or None, initial=initial, has_account=user is not None)
    context: dict[str, Any] = {"occurrence": occurrence, "series": occurrence.series, "form": form}
    if request.method != "POST":
        return _form(request, context | _now_context(occurrence, user))
    if not form.is_valid():
        return _form(request, context | _now_context(occurrence, user), status=422)
    signup = entry = None
    asked = {"occurrence": occurrence, "by": user, "now": timezone.now(), **form.cleaned_data}
    try:
        if waits:
            entry = waiting.join(**asked)
        else:
            signup = signups.sign_up(**asked)
    except DomainError as refusal:
        # Others may have come or gone while the form was open.
        occurrence.refresh_from_db(fields=["seats_taken", "status"])
        form_class = WaitForm if occurrence.is_full else SignUpForm
        typed = {**initial, **form.cleaned_data}
        context["form"] = form_class(
            initial=typed,
            has_account=user is not None,
            asks_about_overlap=isinstance(refusal, signups.Overlaps),
        )
        context["refusal"] = refusal.sentence
        return _form(request, context | _now_context(occurrence, user), status=refusal.status)
    if request.htmx:  # type: ignore[attr-defined]
        context = _done_context(occurrence, user, signup=signup, entry=entry)
        return render(request, "events/signed_up.html#done", context)
    done = reverse("events:signed-up", args=[slug, start])
    return redirect(f"{done}?waiting" if waits else done)


@never_cache
@require_http_methods(["GET", "HEAD"])
def signed_up(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """What happens next, after the form was sent."""
    occurrence = date_of(slug, start)
    user = request.user if isinstance(request.user, User) else None
    context = _done_context(
        occurrence, user, signup=_mine(occurrence, user), entry=_my_entry(occurrence, user)
    )
    context["waits"] = context["waits"] or "waiting" in request.GET
    return render(request, "events/signed_up.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """The private page of a guest's sign-up: confirm it, or give the place back."""
    signup = permissions.signup_of(token)
    if signup is None:
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        try:
            _act(request, signup)
        except DomainError as error:
            refusal, status = error.sentence, error.status
        else:
            return HttpResponseRedirect(request.path)
    can_confirm = signup.status in {SignUp.Status.PENDING_EMAIL, SignUp.Status.LAPSED}
    context = {
        "signup": signup,
        "occurrence": signup.occurrence,
        "series": signup.occurrence.series,
        "refusal": refusal,
        "can_confirm": can_confirm,
        # Who holds the link has proved the address, and may be told.
        "overlap": _overlap(signup) if can_confirm else "",
        "can_cancel": _can_cancel(signup),
        "may_keep": signup.may_keep and _can_cancel(signup),
        "door_is_open": doors.is_open(signup.occurrence, now=timezone.now()),
        "may_come": signup.status in attendance.MAY_COME,
    }
    return render(request, "events/manage.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def no_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """The private page on which one person stops all reminders, or has them again."""
    signup = permissions.signup_of(token)
    if signup is None:
        raise Http404
    if request.method == "POST":
        match request.POST.get("act"):
            case "stop":
                reminders.stop(signup=signup, now=timezone.now())
            case "resume":
                reminders.resume(signup=signup)
            case _:
                raise Http404
        return HttpResponseRedirect(request.path)
    context = {"token": token, "signup": signup, "are_stopped": reminders.are_stopped(signup)}
    return render(request, "events/reminders.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wait(request: HttpRequest, token: str) -> HttpResponse:
    """The private page of a place in line: take what is offered, or leave."""
    entry = permissions.entry_of(token)
    if entry is None:
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        try:
            return _answer(request, entry)
        except DomainError as error:
            refusal, status = error.sentence, error.status
    offer = entry.offers.filter(answered_at=None, until__gt=timezone.now()).first()
    context = {
        "entry": entry,
        "occurrence": entry.occurrence,
        "series": entry.occurrence.series,
        "offer": offer,
        "overlap": _overlap(entry) if offer else "",
        "refusal": refusal,
    }
    return render(request, "events/wait.html", context, status=status)


@never_cache
@require_http_methods(["POST"])
def cancel_mine(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """A signed-in person gives a place back."""
    occurrence = date_of(slug, start)
    user = request.user if isinstance(request.user, User) else None
    mine = _mine(occurrence, user)
    if mine is None:
        raise Http404
    signups.cancel(signup=mine, by=user, now=timezone.now())
    return redirect(occurrence.get_absolute_url())


def _act(request: HttpRequest, signup: SignUp) -> None:
    match request.POST.get("act"):
        case "confirm":
            signups.confirm(
                signup=signup,
                now=timezone.now(),
                despite_overlap="despite_overlap" in request.POST,
            )
        case "keep":
            signups.keep(signup=signup, now=timezone.now())
        case "cancel":
            signups.cancel(signup=signup, by=None, now=timezone.now())
        case "here":
            people = PeopleForm(request.POST).number()
            attendance.check_in(signup=signup, by=None, now=timezone.now(), people=people)
        case "leave":
            attendance.check_out(signup=signup, by=None, now=timezone.now())
        case _:
            raise Http404


def _answer(request: HttpRequest, entry: WaitingEntry) -> HttpResponse:
    match request.POST.get("act"):
        case "accept":
            signup = waiting.accept(
                entry=entry,
                by=None,
                now=timezone.now(),
                despite_overlap="despite_overlap" in request.POST,
            )
            return redirect("events:manage", permissions.manage_token(signup))
        case "leave":
            waiting.leave(entry=entry, by=None, now=timezone.now())
            return HttpResponseRedirect(request.path)
        case _:
            raise Http404


def _form(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    is_fragment = request.htmx  # type: ignore[attr-defined]
    template = "events/sign_up.html#form" if is_fragment else "events/sign_up.html"
    # A fragment that was refused is shown in place; htmx swaps only what succeeded.
    return render(request, template, context, status=200 if is_fragment else status)


def _now_context(occurrence: Occurrence, user: User | None) -> dict[str, Any]:
    now = timezone.now()
    entry = _my_entry(occurrence, user)
    return {
        "takes_signups": occurrence.takes_signups(now=now),
        "is_past": occurrence.last_call_at <= now,
        "mine": _mine(occurrence, user),
        "entry": entry,
        "entry_url": entry and reverse("events:waiting", args=[permissions.waiting_token(entry)]),
    }


def _done_context(
    occurrence: Occurrence, user: User | None, *, signup: SignUp | None, entry: WaitingEntry | None
) -> dict[str, Any]:
    return {
        "waits": entry is not None,
        "entry": entry,
        "occurrence": occurrence,
        "series": occurrence.series,
        "signup": signup,
        "is_guest": user is None,
        "hold_minutes": int(signups.HOLD.total_seconds() // 60),
    }


def _mine(occurrence: Occurrence, user: User | None) -> SignUp | None:
    if user is None:
        return None
    return SignUp.objects.holding().filter(occurrence=occurrence, user=user).first()


def _my_entry(occurrence: Occurrence, user: User | None) -> WaitingEntry | None:
    if user is None:
        return None
    return WaitingEntry.objects.in_line().filter(occurrence=occurrence, user=user).first()


def _overlap(row: SignUp | WaitingEntry) -> str:
    return signups.overlap(row.occurrence, name=row.name, email=row.email, user=row.user)


def _can_cancel(signup: SignUp) -> bool:
    return (
        SignUp.Status.CANCELLED in SignUp.MOVES[signup.status]
        and signup.occurrence.last_call_at > timezone.now()
    )
