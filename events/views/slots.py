"""The desk's room where a host names what one can come as."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from events.domain import slots
from events.forms.slots import slot_forms
from events.views import hosts


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, desk: hosts.Desk, series_slug: str) -> HttpResponse:
    """All roles of a series in one form, with room for three more."""
    host = hosts.editable(request, desk)
    series = get_object_or_404(hosts.series_of(host), slug=series_slug)
    forms = slot_forms(series, request.POST if request.method == "POST" else None)

    def save() -> None:
        slots.offer(
            series=series,
            slots=[slot for form in forms if (slot := form.slot()) is not None],
            by=hosts.signed_in(request),
            now=timezone.now(),
        )

    return hosts.rows_page(
        request,
        host,
        series,
        forms,
        "events/desk_slots.html",
        title=_("Places by role"),
        action=_("Save the roles"),
        save=save,
    )
