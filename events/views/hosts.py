"""Whose desk it is, and which of its series and dates: looked up by those who may.

And the page on which they do one thing with one of these.
"""

from datetime import datetime

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import User
from events.models import (
    ADDRESS_FORMAT,
    Edit,
    EditQuerySet,
    Occurrence,
    Series,
    SeriesQuerySet,
)
from organizations import permissions as organizations
from organizations.models import Organization


def signed_in(request: HttpRequest) -> User:
    """Who asks, behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101  (login_required stands before)
    return request.user


def host_of(request: HttpRequest, slug: str) -> Organization:
    """The organization whose desk they may see; others are a 404."""
    return get_object_or_404(Organization.objects.with_desk_of(signed_in(request)), slug=slug)


def editable(request: HttpRequest, slug: str) -> Organization:
    """The organization for which they may act; who may only look gets a 404."""
    host = host_of(request, slug)
    if not organizations.can_edit(signed_in(request), host):
        raise Http404
    return host


def open_edits(host: Organization, *, now: datetime) -> EditQuerySet:
    """What its people changed in the last minute, and can take back."""
    return Edit.objects.open(now=now).filter(series__organization=host)


def series_of(host: Organization) -> SeriesQuerySet:
    """What it puts on."""
    return Series.objects.with_hosts().filter(organization=host)


def date_of_host(host: Organization, series_slug: str, start: str) -> Occurrence:
    """One date of it, by its original start.

    Raises:
        Http404: if there is none, or `start` is no local time.
    """
    try:
        original = datetime.strptime(start, ADDRESS_FORMAT)  # noqa: DTZ007  (a time on the wall)
    except ValueError as error:
        raise Http404 from error
    rows = Occurrence.objects.select_related("series__organization", "series__area")
    return get_object_or_404(
        rows, series__organization=host, series__slug=series_slug, original_start=original
    )


def act_page(
    request: HttpRequest,
    host: Organization,
    form: forms.Form,
    *,
    title: str,
    action: str,
    warning: str = "",
    note: str = "",
    confirmed: int = 0,
    status: int | None = None,
) -> HttpResponse:
    """One form with one button at the desk, above it what pressing it will do.

    Args:
        request: asks for it, or brought what is shown again.
        host: whose desk.
        form: what is asked.
        title: of the page.
        action: what the button says.
        warning: what will happen, where that is to be read first.
        note: a word beside the form.
        confirmed: comes back with the form: what was read when the button was pressed.
        status: 422 where the form has errors, unless a refusal said another.
    """
    context = {
        "organization": host,
        "room": "events",
        "title": title,
        "form": form,
        "action": action,
        "warning": warning,
        "note": note,
        "confirmed": confirmed,
    }
    if status is None:
        status = 422 if form.errors else 200
    return render(request, "events/desk_act.html", context, status=status)


def heading_of(occurrence: Occurrence) -> str:
    """Which date an act is about, as its page is headed."""
    return f"{occurrence.series.title}, {occurrence.when}"
