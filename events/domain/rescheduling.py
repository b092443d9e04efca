"""Other times for a series from one of its dates on: planned, shown, and only then done.

What took place stays as it was: where dates lie before the change, they keep the series, which ends
there, and the dates from there on go on as a series of their own. A date goes with its sign-ups to
the same week (day, month: as the rule repeated before) of the new times. A date that was moved by
hand stays where it was moved to; one that was called off stays called off.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox
from core.errors import DomainError
from events import permissions, recurrence
from events.domain import blocks, catalogue, dates, undo
from events.domain.series import check_schedule, check_sessions, free_series_slug, moved_along
from events.models import Occurrence, Series, SignUp

Status = Occurrence.Status

#: How far past the rows' end new times are looked for: the last dates may move to after it.
BEYOND = timedelta(days=62)
#: What a series that goes on takes over from the one that it continues.
_TAKEN_OVER = (
    *("title", "summary", "description", "kind", "organization", "company", "need", "mode"),
    *("place_name", "address", "zip_code", "area", "latitude", "longitude", "online_url"),
    *("time_zone", "is_all_day", "flow", "capacity", "waiting_list", "opens_days_before"),
    *("closes_minutes_before", "minimum_age", "requirements", "questions"),
    *("status", "live"),
    *("published_at", "is_demonstration", "created_by"),
)


class PlanChanged(DomainError):
    """Somebody signed up, or changed a date, since the plan was shown."""


class NotTheFirst(DomainError):
    """Later starts of a day go along with its first."""

    status = 422


class NothingChanges(DomainError):
    """The times are what they were."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class Times:
    """When a series takes place from some date on."""

    #: The first start on the clock on the wall, in the series' own zone.
    local_start: datetime
    duration_minutes: int
    rrule: str


@dataclass(frozen=True)
class Plan:
    """What a change will do, in numbers and down to each date."""

    #: Whether the dates before stay behind as a series that ends.
    splits: bool
    #: Where each date goes: its key, and its new original start.
    slots: tuple[tuple[int, datetime], ...]
    #: Of these, how many take place at another time than before.
    moved: int
    #: Of these, how many were moved or called off by hand, and stay so.
    exceptions: int
    #: Dates without a place in the new times: called off where people come, else just gone.
    called_off: tuple[int, ...]
    removed: tuple[int, ...]
    #: Left-out days of the new times, because they were left out before.
    excluded: tuple[datetime, ...]
    #: Dates moved by hand that become extra ones.
    strays: tuple[datetime, ...]
    added: int
    #: People whose sign-ups stay, whose new time meets another sign-up of theirs, who get a mail.
    signups_kept: int
    clashes: int
    told: int
    #: Of how many blocks of places the CSR leads get a mail.
    blocks_told: int

    @property
    def digest(self) -> str:
        """What has to be the same when it is done as when it was shown."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).hexdigest()


def plan(*, first: Occurrence, to: Times, now: datetime) -> Plan:
    """What giving the series these times from that date on would do; changes nothing.

    Raises:
        dates.DateIsPast: if the date has begun, or was called off.
        dates.NotLater: if the new times begin in the past.
        NothingChanges: if every date stays as it is.
        DetailsRefused, recurrence.RuleRefused: if a calendar cannot carry the times.
    """
    series = first.series
    dates.require_to_come(first, now)
    if first.starts_at <= now:
        raise dates.DateIsPast(_("This date has begun; what took place is not rewritten."))
    if series.session_of(first.original_start):
        raise NotTheFirst(_("Other times hold for whole days: begin with the day’s first start."))
    rrule = _checked(to, series)
    more_times = _checked_sessions(to, series)
    if catalogue.instants(to.local_start, to.local_start, series.time_zone)[0] <= now:
        raise dates.NotLater(_("Choose a time that is still to come."))
    rows = list(_to_come(series, first, now).prefetch_related("signups", "line", "blocks"))
    extra = {datetime.fromisoformat(text) for text in series.extra_dates}
    ruled = {row.original_start: row for row in rows if row.original_start not in extra}
    left_out = {
        moment
        for moment in map(datetime.fromisoformat, series.excluded_dates)
        if moment >= first.original_start
    }
    window_end = catalogue.window_end(now, series.time_zone)
    # Where an extra date is, the rule need not put another.
    new = [
        start
        for start in _starts(to.local_start, rrule, more_times, until=window_end + BEYOND)
        if start not in extra
    ]
    goes_to = _paired(
        sorted({*ruled, *left_out}),
        new,
        period=_period(series.rrule),
        old_first=first.original_start.date(),
        new_first=to.local_start.date(),
    )
    going = {slot: goes_to[slot] for slot in ruled if slot in goes_to}
    placeless = [row for slot, row in ruled.items() if slot not in goes_to]
    # Where somebody moved a date to by hand, it stays: as an extra one, for want of a slot.
    strays = [row for row in placeless if _is_exception(row) and not row.is_cancelled]
    stranded = [row for row in placeless if row not in strays]
    moved = [ruled[slot] for slot, start in going.items() if _moves(ruled[slot], start, to)]
    called_off = [row for row in stranded if _is_wanted(row)]
    if not moved and not stranded and rrule == series.rrule and _lasts(series, to):
        raise NothingChanges(_("These are the times that it has already."))
    coming = [sign_up for row in moved for sign_up in row.signups.all() if sign_up.comes]
    lost = [sign_up for row in called_off for sign_up in row.signups.all() if sign_up.comes]
    return Plan(
        splits=series.occurrences.exclude(pk__in=[row.pk for row in rows]).exists(),
        slots=tuple(sorted((ruled[slot].pk, start) for slot, start in going.items())),
        moved=len(moved),
        exceptions=sum(_is_exception(ruled[slot]) for slot in going) + len(strays),
        called_off=tuple(sorted(row.pk for row in called_off)),
        removed=tuple(
            sorted(row.pk for row in stranded if not _is_wanted(row) and not row.is_cancelled)
        ),
        excluded=tuple(sorted(goes_to[slot] for slot in left_out if slot in goes_to)),
        added=sum(start.date() <= window_end for start in set(new) - set(goes_to.values())),
        strays=tuple(sorted(row.original_start for row in strays)),
        signups_kept=sum(
            sign_up.holds_place
            for row in (*strays, *(ruled[slot] for slot in going))
            for sign_up in row.signups.all()
        ),
        clashes=_clashes(coming, {row.pk: going[row.original_start] for row in moved}, to, series),
        told=len(coming) + len(lost),
        blocks_told=sum(
            block.is_held for row in (*moved, *called_off) for block in row.blocks.all()
        ),
    )


def _dates_locked(rows: QuerySet[Occurrence]) -> dict[int, Occurrence]:
    return rows.select_for_update(of=("self",), no_key=True).in_bulk()


#: How the dates are held while a plan is made of them. The race test takes it away to see itself
#: fail.
held: Callable[[QuerySet[Occurrence]], dict[int, Occurrence]] = _dates_locked


def reschedule(
    *, first: Occurrence, to: Times, by: User, now: datetime, shown: str, reason: str = ""
) -> Series:
    """Give the series these times from that date on, exactly as the plan that was shown said.

    Args:
        first: the date from which on they hold.
        to: the new times.
        by: who acts.
        now: the present.
        shown: the digest of the plan that they saw.
        reason: told to those who signed up.

    Returns:
        The series that has the new times: the same one, or the one that goes on from there.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        PlanChanged: if the plan would be another by now.
        DomainError: whatever `plan` refuses.
    """
    if not permissions.can_edit(by, first.series):
        raise PermissionDenied
    with transaction.atomic():
        series = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=first.series_id)
        first = Occurrence.objects.select_for_update(no_key=True).get(pk=first.pk)
        first.series = series
        # Held before they are looked at: nobody signs up for a date that the plan finds empty.
        rows = held(_to_come(series, first, now))
        agreed = plan(first=first, to=to, now=now)
        if agreed.digest != shown:
            raise PlanChanged(_("Something changed meanwhile. Look at the plan again."))
        with undo.recorded(series, held=rows, by=by, now=now):
            goes_on = _done(series, first, rows, agreed, to, reason=reason, by=by, now=now)
        audit.record(
            goes_on,
            "events.series_rescheduled",
            by=by,
            moved=agreed.moved,
            called_off=len(agreed.called_off),
            added=agreed.added,
            continues=series.pk if agreed.splits else None,
        )
        for changed in {series.pk: series, goes_on.pk: goes_on}.values():
            changed.sequence += 1
            catalogue.refresh(changed, now=now)
    return goes_on


def _done(
    series: Series,
    first: Occurrence,
    rows: dict[int, Occurrence],
    agreed: Plan,
    to: Times,
    *,
    reason: str,
    by: User,
    now: datetime,
) -> Series:
    """Do what was agreed; the series that has the new times."""
    for row in rows.values():
        row.series = series
        row.keep_identity(repeats=series.repeats)
    goes_on = _split(series, first, to, now=now) if agreed.splits else series
    for pk in agreed.called_off:
        dates.call_off(rows[pk], reason=reason, by=by, now=now)
    Occurrence.objects.filter(pk__in=agreed.removed).delete()
    _set_times(goes_on, series, first, agreed, to)
    _move_rows(goes_on, rows, agreed, to, reason=reason, now=now)
    until = catalogue.window_end(now, goes_on.time_zone)
    catalogue.materialize(goes_on, now=now, until=until)
    return goes_on


def _checked(to: Times, series: Series) -> str:
    return check_schedule(
        start=to.local_start,
        duration_minutes=to.duration_minutes,
        rrule=to.rrule,
        time_zone=series.time_zone,
        is_all_day=series.is_all_day,
    )


def _checked_sessions(to: Times, series: Series) -> list[str]:
    return check_sessions(
        start=to.local_start,
        duration_minutes=to.duration_minutes,
        rrule=to.rrule,
        more_times=moved_along(series, to.local_start),
    )


def first_of_day(row: Occurrence) -> Occurrence:
    """The first start on the same day of the series; the date itself where it is that."""
    if not row.series.session_of(row.original_start):
        return row
    day = datetime.combine(row.original_start.date(), row.series.local_start.time())
    rows = Occurrence.objects.select_related("series").filter(series=row.series_id)
    return rows.filter(original_start=day).first() or row


def _to_come(series: Series, first: Occurrence, now: datetime) -> QuerySet[Occurrence]:
    rows: QuerySet[Occurrence] = Occurrence.objects.filter(
        series=series, original_start__gte=first.original_start, starts_at__gt=now
    )
    return rows.select_related("series")


def _starts(start: datetime, rrule: str, more_times: list[str], *, until: date) -> list[datetime]:
    if not rrule:
        return catalogue.with_sessions([start], more_times)
    last = datetime.combine(until + timedelta(days=1), datetime.min.time())
    last = min(last, start + timedelta(days=recurrence.MOST_DAYS))
    found = recurrence.expand(recurrence.parse(rrule), start=start, first=start, last=last)
    return catalogue.with_sessions(found, more_times)


def _period(rrule: str) -> Callable[[date, date], int]:
    """Counts the periods of the rule from a first day on: days, weeks, months or years."""
    frequency = recurrence.parse(rrule).frequency if rrule else ""
    match frequency:
        case "DAILY":
            return lambda first, day: (day - first).days
        case "WEEKLY":
            return lambda first, day: (day - first).days // 7
        case "MONTHLY":
            return lambda first, day: (day.year - first.year) * 12 + day.month - first.month
        case "YEARLY":
            return lambda first, day: day.year - first.year
    return lambda _first, _day: 0


def _paired(
    old: list[datetime],
    new: list[datetime],
    *,
    period: Callable[[date, date], int],
    old_first: date,
    new_first: date,
) -> dict[datetime, datetime]:
    """Which new start each old one goes to: its own if that stays, else by order in its period."""
    goes_to = {start: start for start in old if start in set(new)}
    free: dict[int, list[datetime]] = defaultdict(list)
    for start in new:
        if start not in goes_to:
            free[period(new_first, start.date())].append(start)
    for start in old:
        room = free[period(old_first, start.date())]
        if start not in goes_to and room:
            goes_to[start] = room.pop(0)
    return goes_to


def _is_exception(row: Occurrence) -> bool:
    return row.local_start != row.original_start or row.is_cancelled


def _moves(row: Occurrence, new: datetime, to: Times) -> bool:
    """Whether it takes place at another time, or for another time, than before."""
    if _is_exception(row):
        return False
    return (new, new + timedelta(minutes=to.duration_minutes)) != (row.local_start, row.local_end)


def _lasts(series: Series, to: Times) -> bool:
    return series.duration_minutes == to.duration_minutes


def _is_wanted(row: Occurrence) -> bool:
    """Whether somebody has a place there, waits for one, or places are held for a company."""
    if row.is_cancelled:
        return False
    return (
        any(s.holds_place for s in row.signups.all())
        or any(row.line.all())
        or any(block.is_held for block in row.blocks.all())
    )


def _clashes(
    coming: Iterable[SignUp], goes_to: dict[int, datetime], to: Times, series: Series
) -> int:
    """How many accounts have another sign-up while the date is on; back to back is no clash."""
    mine: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for sign_up in coming:
        if sign_up.user_id is not None:
            start = goes_to[sign_up.occurrence_id]
            end = start + timedelta(minutes=to.duration_minutes)
            mine[sign_up.user_id].append(catalogue.instants(start, end, series.time_zone))
    others = (
        SignUp.objects.holding()
        .filter(user__in=mine)
        .exclude(occurrence__in=goes_to)
        .values_list("user", "occurrence__starts_at", "occurrence__ends_at")
    )
    return len(
        {
            user
            for user, starts, ends in others
            if any(starts < end and start < ends for start, end in mine[user or 0])
        }
    )


def _split(series: Series, first: Occurrence, to: Times, *, now: datetime) -> Series:
    """Let the series end before the date, and make the one that goes on from there."""
    goes_on = Series(
        **{name: getattr(series, name) for name in _TAKEN_OVER},
        slug=free_series_slug(series.title),
        continues=series,
        sequence=series.sequence,
        local_start=to.local_start,
        duration_minutes=to.duration_minutes,
        changed_at=now,
    )
    goes_on.save()
    goes_on.focus_areas = list(series.focus_areas.all())
    goes_on.save()
    if series.rrule:
        rule = recurrence.parse(series.rrule)
        until = first.original_start - timedelta(minutes=1)
        if series.more_times:  # for the later starts of the day before as well
            until = datetime.combine(first.original_start.date(), datetime.min.time())
            until -= timedelta(minutes=1)
        series.rrule = replace(rule, count=None, until=until).text()
    return goes_on


def _set_times(goes_on: Series, series: Series, first: Occurrence, agreed: Plan, to: Times) -> None:
    """Write the rule, and share the days that are extra or left out between the two."""
    extra = _parts(series.extra_dates, first.original_start)
    left_out = _parts(series.excluded_dates, first.original_start)
    series.extra_dates, series.excluded_dates = extra[0], left_out[0]
    before = (extra[0], left_out[0]) if goes_on is series else ([], [])
    goes_on.extra_dates = [*before[0], *extra[1], *_texts(agreed.strays)]
    goes_on.excluded_dates = [*before[1], *_texts(agreed.excluded)]
    goes_on.more_times = _checked_sessions(to, series)
    goes_on.local_start, goes_on.duration_minutes = to.local_start, to.duration_minutes
    goes_on.rrule = _checked(to, goes_on)
    goes_on.materialized_until = None
    for row in {series.pk: series, goes_on.pk: goes_on}.values():
        Series.objects.filter(pk=row.pk).update(
            rrule=row.rrule,
            local_start=row.local_start,
            duration_minutes=row.duration_minutes,
            more_times=row.more_times,
            extra_dates=row.extra_dates,
            excluded_dates=row.excluded_dates,
            materialized_until=row.materialized_until,
        )


def _texts(moments: Iterable[datetime]) -> list[str]:
    return [moment.isoformat(timespec="minutes") for moment in moments]


def _parts(moments: list[str], first: datetime) -> tuple[list[str], list[str]]:
    before = [text for text in moments if datetime.fromisoformat(text) < first]
    return before, [text for text in moments if text not in before]


def _move_rows(
    goes_on: Series,
    rows: dict[int, Occurrence],
    agreed: Plan,
    to: Times,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Take the dates along, with all who signed up; what was changed by hand stays as it is."""
    slots = dict(agreed.slots)
    extra = {datetime.fromisoformat(text) for text in goes_on.extra_dates}
    # What was called off and has no place in the new times stays behind, where it is known.
    taken_along = [row for pk, row in rows.items() if pk in slots or row.original_start in extra]
    for row in taken_along:
        row.series = goes_on
        if row.pk not in slots:
            continue
        new, was = slots[row.pk], row.local_start
        moves = _moves(row, new, to)
        row.original_start = new
        if not moves:
            continue
        row.local_start = new
        row.local_end = new + timedelta(minutes=to.duration_minutes)
        row.starts_at, row.ends_at = catalogue.instants(
            row.local_start, row.local_end, goes_on.time_zone
        )
        row.sequence += 1
        row.changed_at = now
        _tell(row, was, reason=reason, now=now)
    fields = ["series", "original_start", "local_start", "local_end", "starts_at", "ends_at"]
    fields += ["known_uid", "known_start"]
    Occurrence.objects.bulk_update(taken_along, [*fields, "sequence", "changed_at"], batch_size=50)


def _tell(row: Occurrence, was: datetime, *, reason: str, now: datetime) -> None:
    for pk in row.signups.coming().one_a_party().values_list("pk", flat=True):
        outbox.promise(
            "events.tasks.send_moved",
            now=now,
            key=f"events.moved:{pk}:{row.sequence}",
            not_before=now + undo.MAILS_WAIT,
            signup_id=pk,
            was=was.isoformat(timespec="minutes"),
            reason=reason,
        )
    blocks.tell_moved(row, now=now)


def first_to_come(series: Series, *, now: datetime) -> Occurrence | None:
    """The first date that can still be given other times; none where all is over."""
    rows = Occurrence.objects.filter(
        series=series, starts_at__gt=now, status__in=(Status.SCHEDULED, Status.MOVED)
    )
    return rows.select_related("series").order_by("original_start").first()
