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
from events.calendars import letters
from events.domain import (
    admission,
    attendance,
    doors,
    openings,
    parties,
    questions,
    reminders,
    seats,
    signups,
    waiting,
)
from events.forms.questions import AsksForm
from events.forms.signups import SignUpForm, of_account
from events.models import Answer, Occurrence, SignUp, WaitingEntry
from events.views.door import people_of, ticked
from events.views.public import date_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """The form, as a fragment of the date's page or as a page of its own."""
    occurrence = date_of(slug, start, rows=Occurrence.objects.for_its_form())
    user = request.user if isinstance(request.user, User) else None
    # A date that is full is waited for; the form says which of the two it was made for.
    waits = "wait" in request.POST if request.method == "POST" else occurrence.is_full
    account = {**of_account(user), "roles": openings.choices(occurrence)}
    asks = None if waits else occurrence.series
    form = SignUpForm(request.POST or None, series=asks, **account)
    context: dict[str, Any] = {"occurrence": occurrence, "series": occurrence.series, "form": form}
    if request.method != "POST":
        return _form(request, context | _now_context(occurrence, user))
    if not form.is_valid():
        return _form(request, context | _now_context(occurrence, user), status=422)
    signup = entry = None
    asked = {"occurrence": occurrence, "by": user, "now": timezone.now(), **form.typed()}
    try:
        if waits:
            entry = waiting.join(**asked)
        else:
            signup = signups.sign_up(**asked, said=form.said())
    except seats.DateGone:
        raise
    except DomainError as refusal:
        # Others may have come or gone while the form was open.
        occurrence.refresh_from_db(fields=["seats_taken", "status"])
        asks_about_overlap = isinstance(refusal, parties.Overlaps)
        typed = {name: form[name].value() for name in form.fields}
        account["roles"] = openings.choices(occurrence)
        context["form"] = SignUpForm(
            asks_about_overlap=asks_about_overlap,
            series=None if occurrence.is_full else occurrence.series,
            **{**account, "initial": typed},
        )
        # A party for which places are missing may wait for them together.
        context["may_wait"] = isinstance(refusal, admission.OccurrenceFull) and not waits
        context["refusal"] = refusal.sentence
        return _form(request, context | _now_context(occurrence, user), status=refusal.status)
    if request.htmx:  # type: ignore[attr-defined]
        # A guest is told by mail where they are, or that they are signed up.
        mine = entry if user is not None else None
        context = _done_context(occurrence, user, signup=signup, entry=mine)
        context["waits"] = waits
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
    given = list(signup.answers.all())
    data = request.POST if request.POST.get("act") == "answer" else None
    form = AsksForm(
        data,
        series=signup.occurrence.series,
        answers={one.question: one.text for one in given},
        agrees=False,
    )
    role_form = _role_form(request, signup)
    if request.method == "POST":
        try:
            if any(one.is_bound and not one.is_valid() for one in (form, role_form)):
                status = 422
            else:
                shown = _act(request, signup, form, role_form)
                return redirect("events:manage", permissions.manage_token(shown))
        except DomainError as error:
            refusal, status = error.sentence, error.status
    party = _party(signup)
    unproved = {SignUp.Status.PENDING_EMAIL, SignUp.Status.LAPSED}
    to_confirm = [one.name for one in party if one.status in unproved]
    context = {
        "signup": signup,
        "occurrence": signup.occurrence,
        "series": signup.occurrence.series,
        "refusal": refusal,
        "can_confirm": bool(to_confirm),
        # Who holds the link has proved the address, and may be told.
        "overlap": _overlap(signup, to_confirm) if to_confirm else "",
        "can_cancel": any(_can_cancel(one) for one in party),
        "may_keep": any(one.may_keep and _can_cancel(one) for one in party),
        "party": [(one, _private_url(one)) for one in party] if len(party) > 1 else [],
        "booking_url": _booking_url(signup),
        **_answers(signup, given, form),
        "role_form": role_form if signups.can_change_slot(signup, now=timezone.now()) else None,
        "door_is_open": doors.is_open(signup.occurrence, now=timezone.now()),
        "may_come": signup.status in attendance.MAY_COME,
        "at_the_door": people_of(signup),
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
    is_accepting = request.POST.get("act") == "accept"
    form = AsksForm(request.POST if is_accepting else None, series=entry.occurrence.series)
    if is_accepting and not form.is_valid() and entry.holds_offer:
        status = 422
    elif request.method == "POST":
        try:
            return _answer(request, entry, form)
        except DomainError as error:
            refusal, status = error.sentence, error.status
    offer = entry.offers.filter(answered_at=None, until__gt=timezone.now()).first()
    context = {
        "entry": entry,
        "occurrence": entry.occurrence,
        "series": entry.occurrence.series,
        "offer": offer,
        "form": form,
        "overlap": _overlap(entry, entry.people) if offer else "",
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


def _role_form(request: HttpRequest, signup: SignUp) -> AsksForm:
    """What the party may come as instead; empty where the series names no roles."""
    data = request.POST if request.POST.get("act") == "role" else None
    roles = openings.choices(signup.occurrence, is_coming=True)
    return AsksForm(data, roles=roles, initial={"slot": signup.slot})


def _act(request: HttpRequest, signup: SignUp, form: AsksForm, role_form: AsksForm) -> SignUp:
    """Do what the button says; the sign-up whose page comes next."""
    match request.POST.get("act"):
        case "confirm":
            # Who signed up anew meanwhile has a place there, not here.
            return signups.confirm(
                signup=signup,
                now=timezone.now(),
                despite_overlap="despite_overlap" in request.POST,
            )
        case "keep":
            signups.keep(signup=signup, now=timezone.now())
        case "cancel":
            signups.cancel(signup=signup, by=None, now=timezone.now())
        case "answer":
            questions.change(signup=signup, answers=form.answers(), now=timezone.now())
        case "role":
            chosen = role_form.cleaned_data.get("slot", "")
            signups.change_slot(signup=signup, slot=chosen, now=timezone.now())
        case "cancel-some":
            which = set(request.POST.getlist("who"))
            signups.cancel_some(signup=signup, which=which, now=timezone.now())
        case "here":
            attendance.check_in(
                signup=signup, by=None, now=timezone.now(), which=ticked(request, signup)
            )
        case "leave":
            attendance.check_out(
                signup=signup, by=None, now=timezone.now(), which=ticked(request, signup)
            )
        case _:
            raise Http404
    return signup


def _answer(request: HttpRequest, entry: WaitingEntry, form: AsksForm) -> HttpResponse:
    match request.POST.get("act"):
        case "accept":
            signup = waiting.accept(
                said=form.said(),
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
    mine = _mine(occurrence, user)
    return {
        "takes_signups": occurrence.takes_signups(now=now),
        "is_past": occurrence.last_call_at <= now,
        "is_over": occurrence.ends_at <= now,
        "mine": mine,
        # Who only asked for a place is not told how to join, here as in every mail and calendar.
        "may_join": mine is not None and mine.status in letters.SURE,
        "private_url": mine and _private_url(mine),
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


def _answers(signup: SignUp, given: list[Answer], form: AsksForm) -> dict[str, Any]:
    """The questions to answer while there is time, and what was answered to others."""
    closes_at = signup.occurrence.signup_closes_at
    is_open = questions.can_change(signup, until=closes_at, now=timezone.now())
    asked = {question.id for question in signup.occurrence.series.asked} if is_open else set()
    return {
        "answer_form": form if asked else None,
        "answers": [one for one in given if one.question not in asked],
    }


def _private_url(signup: SignUp) -> str:
    return reverse("events:manage", args=[permissions.manage_token(signup)])


def _booking_url(signup: SignUp) -> str:
    """The page of all dates that were signed up for in the same go; empty where it was one."""
    booking = signup.booking
    if booking is None:
        return ""
    others = booking.signups.exclude(occurrence=signup.occurrence_id)
    if not others.exists():
        return ""
    return reverse("events:booking", args=[permissions.booking_token(booking)])


def _party(signup: SignUp) -> list[SignUp]:
    if signup.booking_id is None:
        return [signup]
    party = list(SignUp.objects.party_of(signup).order_by("pk"))
    for one in party:
        one.occurrence = signup.occurrence
    return party


def _overlap(row: SignUp | WaitingEntry, people: list[str]) -> str:
    return parties.overlap(row.occurrence, people, email=row.email, user=row.user)


def _can_cancel(signup: SignUp) -> bool:
    return (
        SignUp.Status.CANCELLED in SignUp.MOVES[signup.status]
        and signup.occurrence.last_call_at > timezone.now()
    )
