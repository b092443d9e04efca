"""Writing to the people of a date: first how it reads and to how many, then a minute to undo."""

import uuid as uuids
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from events.domain import roster_messages
from events.forms.roster_messages import RosterMessageForm
from events.mail import roster_messages as roster_letters
from events.models import Occurrence, RosterMessage
from events.views.hosts import (
    Desk,
    date_of_host,
    desk_page,
    editable,
    signed_in,
)

#: Messages that the page lists, the latest first.
LISTED = 50


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """What was written and when, and a form for more: shown as it reads before it goes."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    form = RosterMessageForm(request.POST or None, initial={"uuid": uuids.uuid4()})
    preview: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and request.POST.get("act") != "change":
            try:
                if request.POST.get("act") == "send":
                    _send(request, occurrence, form)
                    return redirect("events:desk-messages", desk, series_slug, start)
                preview = _preview(occurrence, form)
                status = 200
            except DomainError as refusal:
                form.add_error(None, refusal.sentence)
                status = refusal.status
        elif not form.errors:
            status = 200
    now = timezone.now()
    rows = RosterMessage.objects.filter(occurrence=occurrence).select_related("written_by")[:LISTED]
    for row in rows:
        row.occurrence = occurrence
    context = {
        "occurrence": occurrence,
        "series": occurrence.series,
        "form": form,
        "preview": preview,
        "sent": [
            {"message": row, "state": row.state(now=now), "waits": row.waits(now=now)}
            for row in rows
        ],
    }
    return desk_page(request, host, "events/desk_messages.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["POST"])
def take_back(
    request: HttpRequest, desk: Desk, series_slug: str, start: str, uuid: uuids.UUID
) -> HttpResponse:
    """Undo a message while it waits, or say why that cannot be any more."""
    occurrence = date_of_host(editable(request, desk), series_slug, start)
    message = get_object_or_404(RosterMessage, occurrence=occurrence, uuid=uuid)
    message.occurrence = occurrence
    try:
        roster_messages.take_back(message=message, by=signed_in(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("Taken back: nobody gets it."))
    return redirect("events:desk-messages", desk, series_slug, start)


def _send(request: HttpRequest, occurrence: Occurrence, form: RosterMessageForm) -> None:
    shown = request.POST.get("shown", "")[:9]
    sent = roster_messages.send(
        occurrence=occurrence,
        by=signed_in(request),
        now=timezone.now(),
        shown=int(shown) if shown.isdecimal() else 0,
        **form.cleaned_data,
    )
    words = ngettext(
        "%(n)d mail goes out in a minute. Until then you can undo it.",
        "%(n)d mails go out in a minute. Until then you can undo it.",
        sent.mails,
    )
    messages.success(request, words % {"n": sent.mails})


def _preview(occurrence: Occurrence, form: RosterMessageForm) -> dict[str, Any]:
    """How it reads, and how many get it."""
    said = form.cleaned_data
    message = RosterMessage(occurrence=occurrence, **said)
    rows = roster_messages.by_address(message)
    people = sum(len(each) for each in rows.values())
    words = ngettext("%(n)d person will get this.", "%(n)d people will get this.", people)
    return {
        "letter": roster_letters.roster_message_sample(message),
        "people": words % {"n": people} if people else _("Nobody would get this message."),
        "mails": len(rows),
        "said": said,
    }
