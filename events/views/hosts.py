"""Whose desk it is, and which of its series and dates: looked up by those who may.

An organization, a company and the site itself have the same desk for their events; here alone is
where they differ. And the page on which people do one thing with one of these.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django import forms
from django.contrib import messages
from django.forms import BaseFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core.errors import DomainError
from events import permissions
from events.models import (
    ADDRESS_FORMAT,
    Edit,
    EditQuerySet,
    Host,
    Occurrence,
    Series,
    SeriesQuerySet,
    hosted_by,
)
from organizations.models import Organization


@dataclass(frozen=True)
class Desk:
    """Where a host's desk stands, as an address says it: nobody looked yet whether there is one.

    Args:
        kind: `organizations`, `companies` or `staff`.
        slug: of the organization or company.
    """

    kind: str
    slug: str = ""

    @classmethod
    def at(cls, address: str) -> Self:
        """The desk of `organizations/<slug>`, `companies/<slug>` or `staff`."""
        kind, _slash, slug = address.partition("/")
        return cls(kind, slug)

    @classmethod
    def of(cls, host: Host) -> Self:
        """The desk of that host."""
        match host:
            case Organization():
                return cls("organizations", host.slug)
            case Company():
                return cls("companies", host.slug)
            case None:
                return cls("staff")

    def __str__(self) -> str:
        return f"{self.kind}/{self.slug}" if self.slug else self.kind


def signed_in(request: HttpRequest) -> User:
    """Who asks, behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101  (login_required stands before)
    return request.user


def host_of(request: HttpRequest, desk: Desk) -> Host:
    """Whose desk it is, if they may see it; others are a 404."""
    user = signed_in(request)
    match desk.kind:
        case "organizations":
            return get_object_or_404(Organization.objects.with_desk_of(user), slug=desk.slug)
        case "companies":
            return get_object_or_404(Company.objects.with_desk_of(user), slug=desk.slug)
    if not permissions.can_host(user, None):
        raise Http404
    return None


def editable(request: HttpRequest, desk: Desk) -> Host:
    """The host for which they may act; who may only look gets a 404."""
    host = host_of(request, desk)
    if not permissions.can_host(signed_in(request), host):
        raise Http404
    return host


def open_edits(host: Host, *, now: datetime) -> EditQuerySet:
    """What its people changed in the last minute, and can take back."""
    return Edit.objects.open(now=now).filter(hosted_by(host, "series__"))


def series_of(host: Host) -> SeriesQuerySet:
    """What it puts on."""
    return Series.objects.with_hosts().filter(hosted_by(host))


def date_of_host(host: Host, series_slug: str, start: str) -> Occurrence:
    """One date of it, by its original start.

    Raises:
        Http404: if there is none, or `start` is no local time.
    """
    try:
        original = datetime.strptime(start, ADDRESS_FORMAT)  # noqa: DTZ007  (a time on the wall)
    except ValueError as error:
        raise Http404 from error
    rows = Occurrence.objects.filter(hosted_by(host, "series__")).select_related(
        "series__organization", "series__company", "series__area"
    )
    return get_object_or_404(rows, series__slug=series_slug, original_start=original)


def desk_page(
    request: HttpRequest, host: Host, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page among the other rooms of the host's desk.

    Args:
        request: asks for it.
        host: whose desk.
        template: extends `frame`, and leads to other pages of the desk through `desk`.
        context: what it shows.
        status: of the answer.
    """
    match host:
        case Organization():
            frame: dict[str, Any] = {"organization": host, "desk_name": host.name}
            layout = "organizations/desk_layout.html"
        case Company():
            frame = {"company": host, "desk_name": host.name}
            layout = "companies/desk_layout.html"
        case None:
            frame = {"desk_name": _("Staff desk")}
            layout = "pages/staff_layout.html"
    # Who may only look gets no further than the first room, which says so itself.
    frame |= {"desk": Desk.of(host), "frame": layout, "room": "events", "may_edit": True}
    return render(request, template, {**frame, **context}, status=status)


@contextmanager
def refusals_said_by(form: forms.Form) -> Iterator[None]:
    """What a rule refuses stands above the form, and the page goes on to show it again."""
    try:
        yield
    except DomainError as refusal:
        form.add_error(None, refusal.sentence)


def act_page(
    request: HttpRequest,
    host: Host,
    form: forms.Form,
    *,
    title: str,
    action: str,
    warning: str = "",
    note: str = "",
    confirmed: int | str = 0,
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
        "title": title,
        "form": form,
        "action": action,
        "warning": warning,
        "note": note,
        "confirmed": confirmed,
    }
    if status is None:
        status = 422 if form.errors else 200
    return desk_page(request, host, "events/desk_act.html", context, status=status)


def rows_page(
    request: HttpRequest,
    host: Host,
    series: Series,
    forms: BaseFormSet[Any],
    template: str,
    *,
    title: str,
    action: str,
    save: Callable[[], object],
) -> HttpResponse:
    """Several things of a series in one form: saved if valid, else shown again with what is not.

    Args:
        request: asks for it, or brought what is saved.
        host: whose desk.
        series: of which.
        forms: one each.
        template: extends `events/desk_rows_layout.html`.
        title: of the page.
        action: what the button says.
        save: the rule that keeps the valid forms.
    """
    refusal, status = "", 200
    if request.method == "POST":
        if not forms.is_valid():
            status = 422
        else:
            try:
                save()
            except DomainError as error:
                refusal, status = error.sentence, error.status
            else:
                messages.success(request, _("Saved."))
                return redirect(request.path)
    context = {
        "series": series,
        "forms": forms,
        "refusal": refusal,
        "title": title,
        "action": action,
    }
    return desk_page(request, host, template, context, status=status)


def heading_of(occurrence: Occurrence) -> str:
    """Which date an act is about, as its page is headed."""
    return f"{occurrence.series.title}, {occurrence.when}"
