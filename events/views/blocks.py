"""Places held for companies: the host's page, and the page on which people claim theirs."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.errors import DomainError
from events import permissions
from events.domain import admission, blocks, openings, parties
from events.forms.blocks import ClaimForm, HoldForm
from events.mail import blocks as block_letters
from events.models import Occurrence, SeatBlock, SignUp
from events.views.hosts import (
    Desk,
    date_of_host,
    desk_page,
    editable,
    signed_in,
)

_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@login_required
@_page
def held(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Hold places of a date for companies, and end what is held."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    holds = request.method == "POST" and "end" not in request.POST
    form = HoldForm(request.POST if holds else None)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            if _act(request, occurrence, form):
                return redirect("events:desk-blocks", desk, series_slug, start)
            status = 422
        except DomainError as error:
            refusal, status = error.sentence, error.status
    now = timezone.now()
    rows = list(SeatBlock.objects.of_date(occurrence))
    for row in rows:
        row.url = block_letters.claim_url(row)  # type: ignore[attr-defined]
    occurrence.refresh_from_db(fields=["seats_taken"])
    next_one = SeatBlock(occurrence=occurrence)
    context = {
        "occurrence": occurrence,
        "series": occurrence.series,
        "blocks": rows,
        "form": form,
        "refusal": refusal,
        "goes_back": next_one.goes_back,
        "may_hold": not occurrence.is_cancelled and next_one.is_open(now=now),
    }
    return desk_page(request, host, "events/desk_blocks.html", context, status=status)


def _act(request: HttpRequest, occurrence: Occurrence, form: HoldForm) -> bool:
    """Do what was asked; says whether it was, or the form is wrong."""
    by, now = signed_in(request), timezone.now()
    if not form.is_bound:
        number = request.POST["end"]
        rows = SeatBlock.objects.of_date(occurrence)
        block = next((row for row in rows if str(row.uuid) == number), None)
        if block is None:
            raise Http404
        blocks.end(block=block, by=by, now=now)
        messages.success(request, _("Given back. Who claimed a place keeps it."))
        return True
    if not form.is_valid():
        return False
    blocks.hold(occurrence=occurrence, by=by, now=now, **form.cleaned_data)
    messages.success(request, _("Held. The company’s CSR leads get a mail with the link."))
    return True


@never_cache
@_page
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """Claim one of the places that are held for one's company; a button, by POST alone."""
    block = permissions.block_of(token)
    if block is None:
        if not permissions.is_seats_token(token):
            raise Http404
        return render(request, "events/claim_gone.html", status=410)
    user = request.user if isinstance(request.user, User) else None
    series = block.occurrence.series
    form = ClaimForm(
        request.POST if request.method == "POST" else None,
        user=user,
        series=series,
        roles=openings.choices(block.occurrence, block=block),
    )
    refusal, status = "", 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        else:
            try:
                blocks.claim(block=block, by=user, now=timezone.now(), **form.asked())
            except DomainError as error:
                refusal, status = error.sentence, error.status
                form = _again(form, block, user, asks=isinstance(error, parties.Overlaps))
                block = permissions.block_of(token) or block
            else:
                date = block.occurrence
                return redirect("events:signed-up", date.series.slug, date.address_start)
    context = {
        "held": block,
        "occurrence": block.occurrence,
        "series": block.occurrence.series,
        "form": form,
        "refusal": refusal,
        "closed": _closed(block),
        "mine": user
        and SignUp.objects.holding().filter(occurrence=block.occurrence, user=user).first(),
    }
    return render(request, "events/claim.html", context, status=status)


def _again(form: ClaimForm, block: SeatBlock, user: User | None, *, asks: bool) -> ClaimForm:
    """The form with what was typed, and the question that the refusal asks."""
    typed: dict[str, Any] = {name: form[name].value() for name in form.fields}
    series = block.occurrence.series
    roles = openings.choices(block.occurrence, block=block)
    return ClaimForm(initial=typed, user=user, series=series, roles=roles, asks_about_overlap=asks)


def _closed(block: SeatBlock) -> str:
    """Why no place can be claimed, in a sentence; else empty."""
    now = timezone.now()
    try:
        admission.require_to_come(block.occurrence, now=now)
        blocks.require_open(block, now=now)
    except DomainError as refusal:
        return refusal.sentence
    return ""
