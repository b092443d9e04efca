"""An organization's calendars that are kept elsewhere: add, look after, read again, remove."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core import limits
from core.errors import DomainError
from events import permissions
from events.domain import incoming, incoming_plans
from events.domain.ics import MOST_BYTES
from events.forms.calendars import IncomingCalendarForm
from events.models import IncomingCalendar
from events.views.hosts import desk_page
from organizations.models import Organization

#: How often people of one organization may have calendars read by hand.
BY_HAND = limits.Limit(20, timedelta(hours=1))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """The calendars with how their last reading went, and a form for one more."""
    host, by = _editable(request, slug)
    form = IncomingCalendarForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _add(request, host, form, by)
        except incoming_plans.TooManyVanished as refusal:
            if form.cleaned_data["file"]:
                form = form.asking(refusal.vanished)
            form.add_error(None, refusal.sentence)
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("events:desk-calendars", slug)
    context = {
        "form": form,
        "calendars": permissions.calendars_visible_to(by, host),
    }
    status = 422 if form.errors else 200
    return desk_page(request, host, "events/desk_calendars.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["POST"])
def act(request: HttpRequest, slug: str, uuid: str, word: str) -> HttpResponse:
    """Read a calendar now, say that what vanished is meant to be gone, pause, resume, remove."""
    host, by = _editable(request, slug)
    calendar = get_object_or_404(permissions.calendars_visible_to(by, host), uuid=uuid)
    now = timezone.now()
    try:
        match word:
            case "read":
                _read(request, calendar, by)
            case "confirm":
                _read(request, calendar, by, shown=request.POST.get("vanished", ""))
            case "pause":
                incoming.pause(calendar=calendar, by=by, now=now)
                messages.success(request, _("Paused: it is not read until you resume it."))
            case "resume":
                incoming.resume(calendar=calendar, by=by, now=now)
                messages.success(request, _("Resumed: it is read within minutes."))
            case "remove":
                incoming.remove(calendar=calendar, by=by)
                messages.success(request, _("Removed. Its events stay, and are now yours to edit."))
            case _:
                raise Http404
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    return redirect("events:desk-calendars", slug)


def _add(request: HttpRequest, host: Organization, form: IncomingCalendarForm, by: User) -> None:
    clean, now = form.cleaned_data, timezone.now()
    file = clean["file"]
    if isinstance(file, UploadedFile):
        outcome = incoming.import_file(
            organization=host,
            file_name=file.name or "",
            content=file.read(MOST_BYTES + 1),
            kind=clean["kind"],
            publishes=clean["publishes"],
            by=by,
            now=now,
            shown=clean["vanished"] if clean["confirmed"] else "",
        )
        _say(request, outcome)
        return
    calendar = incoming.subscribe(
        organization=host,
        url=clean["url"],
        kind=clean["kind"],
        publishes=clean["publishes"],
        by=by,
        now=now,
    )
    try:
        _read(request, calendar, by)
    except DomainError as refusal:
        # It is kept, with what is wrong beside it, and tried again.
        messages.error(request, refusal.sentence)


def _read(request: HttpRequest, calendar: IncomingCalendar, by: User, *, shown: str = "") -> None:
    now = timezone.now()
    limits.take_or_refuse(
        "calendar",
        str(calendar.organization_id),
        BY_HAND,
        now=now,
        sentence=_("You had calendars read often in the last hour. We read them hourly anyway."),
    )
    _say(request, incoming.refresh(calendar=calendar, by=by, now=now, shown=shown))


def _say(request: HttpRequest, outcome: incoming_plans.Outcome | None) -> None:
    if outcome is None:
        messages.info(request, _("Nothing has changed there since it was last read."))
        return
    said = _("Read: %(created)d new, %(changed)d changed, %(called_off)d called off.") % {
        "created": outcome.created,
        "changed": outcome.changed,
        "called_off": outcome.called_off,
    }
    if refused := len(outcome.refusals):
        words = ngettext("%(n)d event was refused.", "%(n)d events were refused.", refused)
        said = f"{said} {words % {'n': refused}}"
    messages.success(request, said)


def _editable(request: HttpRequest, slug: str) -> tuple[Organization, User]:
    assert isinstance(request.user, User)  # noqa: S101  (login_required stands before)
    by = request.user
    host = get_object_or_404(Organization.objects.with_desk_of(by), slug=slug)
    if not permissions.can_host(by, host):
        raise Http404
    return host, by
