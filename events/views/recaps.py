"""Writing down how a date was."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from events.domain import recaps
from events.forms.recaps import RecapForm
from events.views.hosts import (
    Desk,
    act_page,
    date_of_host,
    editable,
    heading_of,
    refusals_said_by,
    signed_in,
)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, desk: Desk, series_slug: str, start: str) -> HttpResponse:
    """Tell everybody how a date was."""
    host = editable(request, desk)
    occurrence = date_of_host(host, series_slug, start)
    form = RecapForm(request.POST or None, initial={"text": occurrence.recap})
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            recaps.write(
                occurrence=occurrence,
                text=form.cleaned_data["text"],
                by=signed_in(request),
                now=timezone.now(),
            )
            messages.success(request, _("Saved: the page of the date shows it."))
            return redirect("events:desk-roster", desk, series_slug, start)
    return act_page(
        request,
        host,
        form,
        title=heading_of(occurrence),
        action=_("Save the recap"),
    )
