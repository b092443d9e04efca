"""The life of a series: drafted, reviewed, published, ended, cancelled."""

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import audit, times, versions
from core.errors import DomainError
from events import permissions, recurrence
from events.domain import capacity, catalogue, dates, undo, whereabouts
from events.domain.details import SCHEDULE, Details, DetailsRefused, check_details
from events.models import Edit, Host, Occurrence, Series
from organizations.domain.slugs import free_slug
from organizations.models import Organization

Status = Series.Status

#: Path words that stand where a slug would, on the public pages and at the desk.
RESERVED_SLUGS = frozenset({"calendar", "calendars", "new"})


class ScheduleFixed(DomainError):
    """The times of a published series are known to people; single dates can be moved."""


class NoSuchMove(DomainError):
    """The series' status does not lead where it was asked to go."""


def draft(
    *,
    details: Details,
    host: Host,
    by: User | None,
    now: datetime,
    is_demonstration: bool = False,
) -> Series:
    """Keep a new series that only its host's people see.

    Args:
        details: what was decided.
        host: who invites; none for the site itself.
        by: who acts; none for the site's own commands.
        now: the present.
        is_demonstration: invented, and marked so wherever it shows.

    Raises:
        PermissionDenied: if `by` may not invite in the host's name.
        DetailsRefused: if a detail does not fit.
        recurrence.RuleRefused: if the rule does not.
    """
    _require_host(by, host)
    values = check_details(details)
    focus_areas = values.pop("focus_areas")
    with transaction.atomic():
        series = Series(
            **values,
            slug=free_series_slug(details.title),
            organization=host if isinstance(host, Organization) else None,
            company=host if isinstance(host, Company) else None,
            live=False,
            is_demonstration=is_demonstration,
            created_by=by,
            changed_at=now,
        )
        series.focus_areas = list(focus_areas)
        series.save()
        audit.record(series, "events.series_drafted", by=by)
    return series


def edit(*, series: Series, details: Details, by: User, now: datetime) -> Series:
    """Change what was decided; of a published series the words and places, not the times.

    More or fewer places hold for the dates to come, as `capacity.give_places` says.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        ScheduleFixed: if the times of a published series were changed.
        DetailsRefused: if a detail does not fit.
        recurrence.RuleRefused: if the rule does not.
    """
    _require_host(by, series.host)
    values = check_details(details)
    focus_areas = values.pop("focus_areas")
    with transaction.atomic():
        series = _locked(series)
        is_known = series.status in Series.PUBLIC_STATUSES
        if is_known and any(values[name] != getattr(series, name) for name in SCHEDULE):
            raise ScheduleFixed(
                _("People have these times in their calendars. Use “Change the times” instead.")
            )
        if is_known:
            del values["excluded_dates"]
        places_before, whereabouts_before = series.capacity, series.whereabouts
        if values["capacity"] != places_before and series.slots:
            raise DetailsRefused(_("Its places are those of its roles. Change them there."))
        for name, value in values.items():
            setattr(series, name, value)
        series.sequence += is_known
        series.focus_areas = list(focus_areas)
        series.save()
        if series.latest_revision_id:
            series.save_revision(user=by)
        capacity.give_places(series=series, before=places_before, by=by, now=now)
        audit.record(series, "events.series_edited", by=by)
        if is_known:
            catalogue.refresh(series, now=now)
            whereabouts.tell(series, before=whereabouts_before, now=now)
    return series


def publish(*, series: Series, by: User | None, now: datetime) -> Series:
    """Show the series to everybody, or hand it to the site's staff if the host is not approved.

    Raises:
        PermissionDenied: if `by` may not publish in the host's name.
        NoSuchMove: if it was cancelled.
    """
    _require_host(by, series.host)
    with transaction.atomic():
        series = _locked(series)
        if series.status == Status.PUBLISHED:
            return series
        if not shows_at_once(series, by=by):
            if series.status != Status.IN_REVIEW:
                _move(series, Status.IN_REVIEW, by=by)
            return series
        _move(series, Status.PUBLISHED, by=by)
        Series.objects.filter(pk=series.pk).update(
            live=True, has_unpublished_changes=False, published_at=series.published_at or now
        )
        series.refresh_from_db()
        catalogue.materialize(series, now=now, until=catalogue.window_end(now, series.time_zone))
        catalogue.refresh(series, now=now)
    return series


def cancel(*, series: Series, reason: str, by: User | None, now: datetime) -> Series:
    """Call off the series and each of its dates to come; everybody who signed up is told once.

    `by` is none where the host's own calendar says so.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        NoSuchMove: if it has ended.
    """
    _require_host(by, series.host)
    with transaction.atomic():
        series = _locked(series)
        if series.status == Status.CANCELLED:
            return series
        was_known = series.status in Series.PUBLIC_STATUSES
        to_come = series.occurrences.filter(
            starts_at__gt=now,
            status__in=(Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED),
        ).order_by("pk")
        rows = list(to_come.select_for_update(of=("self",), no_key=True))
        with undo.recorded(series, held=[row.pk for row in rows], by=by, now=now):
            _move(series, Status.CANCELLED, by=by, reason=reason)
            for occurrence in rows:
                dates.call_off(occurrence, reason=reason, by=by, now=now)
            Series.objects.filter(pk=series.pk).update(
                cancel_reason=reason[:300], cancelled_at=now, sequence=series.sequence + 1
            )
        series.refresh_from_db()
        if was_known:
            catalogue.refresh(series, now=now)
    return series


def reopen(*, series: Series, by: User | None) -> None:
    """Publish a locked series again that had ended and now has a date to come."""
    _move(series, Status.PUBLISHED, by=by)
    Series.objects.filter(pk=series.pk).update(ended_at=None)
    series.ended_at = None


def published_in_cms(*, series: Series, by: User | None, now: datetime) -> None:
    """Bring status, dates, calendar text and search in step after staff published in the CMS.

    Args:
        series: the version that was published.
        by: who did; none for the clock.
        now: the present.
    """
    with transaction.atomic():
        row = _locked(series)
        capacity.give_places(series=row, before=series.capacity_before, by=by, now=now)
        if row.status in {Status.DRAFT, Status.IN_REVIEW}:
            _move(row, Status.PUBLISHED, by=by)
            Series.objects.filter(pk=row.pk).update(published_at=row.published_at or now)
        row.refresh_from_db()
        if row.rrule:
            recurrence.parse(row.rrule)
        if row.status == Status.PUBLISHED:
            until = catalogue.window_end(now, row.time_zone)
            catalogue.materialize(row, now=now, until=until)
        row.sequence += 1
        catalogue.refresh(row, now=now)
        if series.whereabouts_before is not None:
            whereabouts.tell(row, before=series.whereabouts_before, now=now)


def hidden_in_cms(*, series: Series, now: datetime) -> None:
    """Take a series that staff unpublished out of lists, search and calendars."""
    with transaction.atomic():
        catalogue.refresh(_locked(series), now=now)


def extend_window(*, now: datetime) -> int:
    """Make rows of the dates that have come within the window; says how many.

    Runs on a timer; a series is looked at once in four weeks.
    """
    made = 0
    near_end = now.date() + catalogue.WINDOW - timedelta(days=28)
    rows = Series.objects.filter(status=Status.PUBLISHED, materialized_until__lt=near_end).exclude(
        rrule=""
    )
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            series = Series.objects.select_for_update(no_key=True).get(pk=pk)
            until = catalogue.window_end(now, series.time_zone)
            made += catalogue.materialize(series, now=now, until=until)
            versions.bump("event-dates", "events")
    return made


def end_what_is_over(*, now: datetime) -> int:
    """Mark dates that took place, and series without a date to come; says how many series.

    A series whose next date lies beyond the rows is not over: its row is made in time.
    """
    with transaction.atomic():
        happened = Occurrence.objects.filter(
            status__in=(Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED), ends_at__lte=now
        ).update(status=Occurrence.Status.HAPPENED)
        dateless = list(
            Series.objects.select_for_update(no_key=True)
            .filter(status=Status.PUBLISHED, materialized_until__isnull=False)
            # While its last edit can be taken back, a series may have dates to come again.
            .exclude(edits__in=Edit.objects.open(now=now))
            .exclude(
                pk__in=Occurrence.objects.filter(
                    ends_at__gt=now, status__in=Occurrence.TAKING_PLACE
                ).values("series")
            )
        )
        over = [series for series in dateless if not _goes_on(series)]
        for series in over:
            _move(series, Status.ENDED, by=None)
            Series.objects.filter(pk=series.pk).update(ended_at=now)
        if happened or over:
            versions.bump("event-dates", "events")
    return len(over)


def _goes_on(series: Series) -> bool:
    """Whether the series has a date beyond its rows, in the years that calendars hold."""
    since = series.materialized_until
    if not series.rrule or since is None:
        return False
    rows_end, end = since, date(times.YEARS[-1], 12, 31)
    until = recurrence.parse(series.rrule).until
    if until is not None:
        end = min(end, until.date())
    # By windows as long as those of the rows, the first one first: most that go on do so there.
    while since < end:
        last = min(since + catalogue.WINDOW, end)
        try:
            starts = catalogue.starts_of(series, until=last, since=since)
        except recurrence.RuleRefused:
            return True  # too many to make at once: rows are made by the month
        if any(start.date() > rows_end for start in starts):
            return True
        since = last
    return False


def _locked(series: Series) -> Series:
    # The host is another table's row, and PostgreSQL locks no outer join: read it afterwards.
    return Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series.pk)


def _move(series: Series, to: Status, *, by: User | None, **facts: str) -> None:
    if to not in Series.MOVES[series.status]:
        raise NoSuchMove(
            _("An event that is “%(was)s” cannot become “%(to)s”.")
            % {"was": series.get_status_display(), "to": to.label}
        )
    was, series.status = series.status, to
    Series.objects.filter(pk=series.pk).update(status=to)
    audit.record(series, "events.series_moved", by=by, was=was, to=str(to), **facts)


def _require_host(by: User | None, host: Host) -> None:
    if by is not None and not permissions.can_host(by, host):
        raise PermissionDenied


def shows_at_once(series: Series, *, by: User | None) -> bool:
    """Whether everybody sees it as soon as they publish it, or staff look at it first."""
    return by is None or by.is_staff or is_trusted(series.host)


def is_trusted(host: Host) -> bool:
    """Whether what the host invites to may show without the site's staff looking at it first."""
    if isinstance(host, Organization):
        return host.status == Organization.Status.APPROVED and host.live
    return isinstance(host, Company) and host.live


def free_series_slug(title: str) -> str:
    """A slug that no series has and that no other page's address needs."""
    slug = free_slug(Series, title)
    return f"{slug}-event" if slug in RESERVED_SLUGS else slug
