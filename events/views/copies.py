"""A new series from one that was good."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from events import recurrence
from events.domain import copies
from events.forms.times import TimesForm, times_of
from events.views.hosts import (
    Desk,
    act_page,
    editable,
    refusals_said_by,
    series_of,
    signed_in,
)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, desk: Desk, series_slug: str) -> HttpResponse:
    """Ask for new dates; everything else is taken over into a draft."""
    host = editable(request, desk)
    series = get_object_or_404(series_of(host), slug=series_slug)
    # The same times of day and the same rhythm, on a day that is to be said; when it ends as well.
    rule = recurrence.parse(series.rrule) if series.rrule else None
    rhythm = replace(rule, until=None).text() if rule else ""
    initial = times_of(series, series.local_start, rhythm) | {"day": None}
    form = TimesForm(request.POST or None, initial=initial)
    # Later starts of a day go along with the first.
    del form.fields["more_times"]
    if request.method == "POST" and form.is_valid():
        with refusals_said_by(form):
            made = copies.copy(
                series=series,
                local_start=form.start(),
                duration_minutes=form.minutes(),
                is_all_day=form.cleaned_data["is_all_day"],
                rrule=form.rule(),
                by=signed_in(request),
                now=timezone.now(),
            )
            return redirect("events:desk-series", desk, made.slug)
    return act_page(
        request,
        host,
        form,
        title=_("Copy of %(title)s") % {"title": series.title},
        note=_("Words, place, places and sign-up are taken over. People and dates are not."),
        action=_("Make the copy"),
    )
