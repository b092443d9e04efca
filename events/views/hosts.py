"""Whose desk it is, and which of its series and dates: looked up by those who may."""

from datetime import datetime

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

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
