"""Several dates of a series in one go, and the private page of what came of it."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.errors import DomainError
from events import permissions
from events.domain import bookings, signups
from events.forms.signups import SeveralDatesForm, of_account
from events.models import Booking, Occurrence, Series, SignUp, WaitingEntry


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    """The dates of a series to choose from; the answer says what became of each."""
    series = get_object_or_404(Series.objects.public().with_hosts(), slug=slug)
    user = request.user if isinstance(request.user, User) else None
    now = timezone.now()
    dates = _dates(series, request.POST.getlist("dates"))
    form = SeveralDatesForm(
        request.POST or None,
        dates=dates,
        ticked=request.GET.get("tick") == "all",
        keeps_list=series.waiting_list,
        series=series,
        roles=[(slot.id, slot.label) for slot in series.named_slots],
        **of_account(user),
    )
    context: dict[str, Any] = {"series": series, "form": form, "has_dates": bool(dates)}
    if request.method != "POST":
        return render(request, "events/sign_up_several.html", context)
    if not form.is_valid():
        return render(request, "events/sign_up_several.html", context, status=422)
    asked = {"waits": False, "said": form.said(), **form.typed()}
    try:
        booking, outcomes = bookings.book(series=series, by=user, now=now, **asked)
    except DomainError as refusal:
        context["refusal"] = refusal.sentence
        return render(request, "events/sign_up_several.html", context, status=refusal.status)
    for outcome in outcomes:
        outcome.date.read_at(now)
    context |= {
        "outcomes": outcomes,
        "has_new": booking is not None or user is None,
        "is_guest": user is None,
        "booking_url": booking and user and _url(booking),
        "hold_minutes": int(signups.HOLD.total_seconds() // 60),
    }
    status = 200 if context["has_new"] else 409
    return render(request, "events/signed_up_several.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """The private page of several dates: confirm them, or give some of them back."""
    booking = permissions.booking_of(token)
    if booking is None:
        raise Http404
    refusal, status = "", 200
    if request.method == "POST":
        try:
            refused = _act(request, booking)
        except DomainError as error:
            refusal, status = error.sentence, error.status
        else:
            if not refused:
                return HttpResponseRedirect(request.path)
            refusal, status = _of_all(refused), 409
    now = timezone.now()
    to_confirm = bookings.to_confirm(booking)
    rows = bookings.rows_of(booking)
    people = list(dict.fromkeys(name for row in rows for name in _people(row)))
    lines = [_line(row, is_party=len(people) > 1, now=now) for row in rows]
    context = {
        "booking": booking,
        "people": ", ".join(people or [booking.name]),
        "rows": lines,
        "can_give_back": any(line["can_give_back"] for line in lines),
        "can_confirm": bool(to_confirm),
        # Who holds the link has proved the address, and may be told.
        "overlap": bookings.overlap(to_confirm),
        "refusal": refusal,
    }
    return render(request, "events/booking.html", context, status=status)


def _act(request: HttpRequest, booking: Booking) -> list[bookings.Outcome]:
    now = timezone.now()
    match request.POST.get("act"):
        case "confirm":
            yes = "despite_overlap" in request.POST
            return bookings.confirm(booking=booking, now=now, despite_overlap=yes)
        case "give-back":
            which = set(request.POST.getlist("which"))
            return bookings.give_back(booking=booking, which=which, now=now)
        case _:
            raise Http404


def _dates(series: Series, chosen: list[str]) -> list[Occurrence]:
    """What can be chosen: dates that take sign-ups, and those that did when they were chosen."""
    now = timezone.now()
    rows = Occurrence.objects.public().filter(series=series, starts_at__gt=now)
    dates = list(rows.order_by("starts_at", "pk")[: 2 * bookings.MOST_DATES])
    for date in dates:
        date.series = series
        date.read_at(now)
    can_be = [date for date in dates if date.takes_signups(now=now) or date.address_start in chosen]
    return can_be[: bookings.MOST_DATES]


def _people(row: SignUp | WaitingEntry) -> list[str]:
    return [row.name] if isinstance(row, SignUp) else row.people


def _line(row: Any, *, is_party: bool, now: datetime) -> dict[str, Any]:
    """A date as the private page shows it, of a party with who it is."""
    row.occurrence.read_at(now)
    wants = row.holds_place if isinstance(row, SignUp) else row.status in row.IN_LINE
    return {
        "row": row,
        "date": row.occurrence,
        "names": f" · {', '.join(_people(row))}" if is_party else "",
        "can_give_back": wants and row.occurrence.last_call_at > now,
    }


def _of_all(refused: list[bookings.Outcome]) -> str:
    return " ".join(f"{one.date.when}: {one.why}" for one in refused)


def _url(booking: Booking) -> str:
    return reverse("events:booking", args=[permissions.booking_token(booking)])
