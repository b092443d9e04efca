"""The life of a series: drafted, reviewed, published, ended, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import audit, places, times, versions
from core.errors import DomainError
from core.models import Area, FocusArea
from events import permissions, recurrence
from events.domain import catalogue, dates, seats, undo
from events.models import MINUTES_A_DAY, Edit, Host, Occurrence, Series
from organizations.domain.slugs import free_slug
from organizations.models import Need, Organization

Status = Series.Status

#: How many times a day.
MOST_SESSIONS = 6
#: Path words that stand where a slug would, on the public pages and at the desk.
RESERVED_SLUGS = frozenset({"calendar", "calendars", "new"})


class DetailsRefused(DomainError):
    """Something about the series does not fit; says what."""

    status = 422


class ScheduleFixed(DomainError):
    """The times of a published series are known to people; single dates can be moved."""


class NoSuchMove(DomainError):
    """The series' status does not lead where it was asked to go."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """Everything that a host decides about a series."""

    title: str
    summary: str = ""
    description: str = ""
    kind: str = Series.SeriesKind.VOLUNTEERING
    mode: str = Series.Mode.IN_PERSON
    place_name: str = ""
    address: str = ""
    zip_code: str = ""
    area: Area | None = None
    online_url: str = ""
    time_zone: str = "America/Los_Angeles"
    local_start: datetime
    duration_minutes: int = 60
    is_all_day: bool = False
    rrule: str = ""
    more_times: list[str] = field(default_factory=list)
    extra_dates: list[str] = field(default_factory=list)
    excluded_dates: list[str] = field(default_factory=list)
    flow: str = Series.Flow.INSTANT
    capacity: int | None = None
    waiting_list: bool = True
    opens_days_before: int | None = None
    closes_minutes_before: int = 0
    minimum_age: int | None = None
    requirements: str = ""
    need: Need | None = None
    focus_areas: tuple[FocusArea, ...] = ()


def details_of(series: Series) -> Details:
    """Everything that its host decided about a series so far."""
    kept = {item.name: getattr(series, item.name) for item in fields(Details)}
    return Details(**{**kept, "focus_areas": tuple(series.focus_areas.all())})


#: What people have in their calendars.
SCHEDULE = (*Series.TIMES, "more_times", "extra_dates")


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

    More or fewer places hold for the dates to come, as `give_places` says.

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
        places_before = series.capacity
        if values["capacity"] != places_before and series.slots:
            raise DetailsRefused(_("Its places are those of its roles. Change them there."))
        for name, value in values.items():
            setattr(series, name, value)
        series.sequence += is_known
        series.focus_areas = list(focus_areas)
        series.save()
        if series.latest_revision_id:
            series.save_revision(user=by)
        give_places(series=series, before=places_before, by=by, now=now)
        audit.record(series, "events.series_edited", by=by)
        if is_known:
            catalogue.refresh(series, now=now)
    return series


def give_places(*, series: Series, before: int | None, by: User | None, now: datetime) -> None:
    """Give dates to come the places that the series has now; the caller holds the series.

    A date that had another number than the series keeps its own. More places are offered to who
    waits. Nobody is dropped: a date with fewer places than people is full until enough of them
    cancel; the audit line says of each by how many it is over.

    Args:
        series: saved, with its new number; none for no limit.
        before: the number that it had.
        by: who acts; none for the clock.
        now: the present.
    """
    places = series.capacity
    if places == before:
        return
    rows = series.occurrences.filter(ends_at__gt=now, capacity=before).order_by("pk")
    held = list(rows.select_for_update(of=("self",), no_key=True))
    for row in held:
        row.series = series
    held = [row for row in held if row.last_call_at > now]
    if not held and series.status not in Series.PUBLIC_STATUSES:
        return
    to_come = Occurrence.objects.filter(pk__in=[row.pk for row in held])
    to_come.update(capacity=places)
    seats.offer_on_at(to_come, now=now)
    taking_place = [row for row in held if not row.is_cancelled]
    audit.record(
        series,
        "events.places_changed",
        by=by,
        before=before,
        places=places,
        dates=len(taking_place),
        over=[
            (row.local_start.isoformat(timespec="minutes"), row.seats_taken - places)
            for row in sorted(taking_place, key=lambda row: row.starts_at)
            if places is not None and row.seats_taken > places
        ],
    )


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
        give_places(series=row, before=series.capacity_before, by=by, now=now)
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

    Calendars lose cancelled dates after 30 days here as well.
    """
    with transaction.atomic():
        happened = Occurrence.objects.filter(
            status__in=(Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED), ends_at__lte=now
        ).update(status=Occurrence.Status.HAPPENED)
        over = list(
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
        for series in over:
            _move(series, Status.ENDED, by=None)
            Series.objects.filter(pk=series.pk).update(ended_at=now)
        if happened or over:
            versions.bump("event-dates", "events")
    return len(over)


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


def check_schedule(
    *,
    start: datetime,
    duration_minutes: int,
    rrule: str,
    time_zone: str,
    is_all_day: bool = False,
) -> str:
    """The rule as it is kept, if a calendar can carry these times.

    Args:
        start: the first start on the clock on the wall; midnight of all-day events.
        duration_minutes: whole days of all-day events.
        rrule: how it repeats; empty for once.
        time_zone: where the clock hangs.
        is_all_day: whether it has days and no times.

    Raises:
        DetailsRefused: if the zone is unknown, the year far off, or the first date off the rule.
        recurrence.RuleRefused: if the rule is none, or makes too many dates.
    """
    if time_zone not in times.zone_names():
        raise DetailsRefused(
            _("“%(zone)s” is not a time zone like America/Los_Angeles.") % {"zone": time_zone[:40]}
        )
    if start.year not in times.YEARS:
        raise DetailsRefused(_("The first date must lie between 2000 and 2100."))
    rule = recurrence.parse(rrule, zone_name=time_zone) if rrule else None
    if is_all_day and rule is not None and (rule.hours or rule.minutes):
        raise DetailsRefused(_("An all-day event repeats by days: leave BYHOUR and BYMINUTE out."))
    if is_all_day and (start.time() != datetime.min.time() or duration_minutes % MINUTES_A_DAY):
        raise DetailsRefused(_("An all-day event lasts whole days: 1440 minutes each."))
    if rule is None:
        return ""
    if not recurrence.follows(rule, start):
        raise DetailsRefused(
            _("The first date does not follow the rule “%(rule)s”. Choose one that does.")
            % {"rule": recurrence.words(rule)}
        )
    # Expanded once before anything is kept: a rule with too many dates is refused here.
    recurrence.expand(
        rule, start=start, first=start, last=start + timedelta(days=recurrence.MOST_DAYS)
    )
    return rule.text()


def moved_along(series: Series, to: datetime) -> list[str]:
    """The later start times of each day, moved by as much as the first one.

    Raises:
        DetailsRefused: if one would fall on another day.
    """
    day = datetime.combine(to.date(), series.local_start.time())
    moved = [datetime.combine(to.date(), clock) + (to - day) for clock in series.start_times[1:]]
    if any(moment.date() != to.date() for moment in moved):
        raise DetailsRefused(_("A later start of the day would fall on another day."))
    return [moment.time().isoformat(timespec="minutes") for moment in moved]


def check_sessions(
    *, start: datetime, duration_minutes: int, rrule: str, more_times: Sequence[str]
) -> list[str]:
    """More start times on the same day as they are kept, soonest first.

    Raises:
        DetailsRefused: if one begins before the one ahead of it is over, or the rule has times
            of its own, or they are too many.
    """
    if not more_times:
        return []
    if len(more_times) > MOST_SESSIONS - 1:
        raise DetailsRefused(
            _("An event starts at most %(most)d times a day.") % {"most": MOST_SESSIONS}
        )
    rule = recurrence.parse(rrule) if rrule else None
    if rule is not None and (rule.hours or rule.minutes):
        raise DetailsRefused(_("Give more start times, or BYHOUR in the rule: not both."))
    clocks = sorted(time.fromisoformat(text) for text in more_times)
    ends = start + timedelta(minutes=duration_minutes)
    for clock in clocks:
        begins = datetime.combine(start.date(), clock)
        if begins < ends:
            raise DetailsRefused(
                _("The one at %(clock)s would begin before the one ahead of it is over.")
                % {"clock": times.clock(begins)}
            )
        ends = begins + timedelta(minutes=duration_minutes)
    if rule is not None:
        last = start + timedelta(days=recurrence.MOST_DAYS)
        dates = recurrence.expand(rule, start=start, first=start, last=last)
        if len(dates) * (len(clocks) + 1) > recurrence.MOST_DATES:
            raise DetailsRefused(_("These are more than 1,000 dates in 24 months."))
    return [clock.isoformat(timespec="minutes") for clock in clocks]


def free_series_slug(title: str) -> str:
    """A slug that no series has and that no other page's address needs."""
    slug = free_slug(Series, title)
    return f"{slug}-event" if slug in RESERVED_SLUGS else slug


def check_details(details: Details) -> dict[str, Any]:
    """The details as columns, if a calendar can carry them.

    Raises:
        DetailsRefused: if the zone is unknown, the year far off, or the first date off the rule.
        recurrence.RuleRefused: if the rule is none, or makes too many dates.
    """
    values = {item.name: getattr(details, item.name) for item in fields(details)}
    values["local_start"] = details.local_start.replace(second=0, microsecond=0)
    values["rrule"] = check_schedule(
        start=values["local_start"],
        duration_minutes=details.duration_minutes,
        rrule=details.rrule,
        time_zone=details.time_zone,
        is_all_day=details.is_all_day,
    )
    values["more_times"] = check_sessions(
        start=values["local_start"],
        duration_minutes=details.duration_minutes,
        rrule=values["rrule"],
        more_times=details.more_times,
    )
    place = places.centroid(details.zip_code) if details.zip_code else None
    values["latitude"] = place.latitude if place else None
    values["longitude"] = place.longitude if place else None
    return values
