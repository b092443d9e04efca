"""The button that takes an edit back, for as long as its mails wait."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from events.domain import undo
from events.models import Edit, hosted_by
from events.views.hosts import (
    Desk,
    editable,
    signed_in,
)


@never_cache
@login_required
@require_http_methods(["POST"])
def take_back(request: HttpRequest, desk: Desk, uuid: UUID) -> HttpResponse:
    """Take an edit back, or say why that cannot be any more."""
    host = editable(request, desk)
    edits = Edit.objects.filter(hosted_by(host, "series__"))
    edit = get_object_or_404(
        edits.select_related("series__organization", "series__company"), uuid=uuid
    )
    try:
        undo.undo(edit=edit, by=signed_in(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("Taken back: all is as it was, and no mail went out."))
    return redirect("events:desk-series", desk, edit.series.slug)
