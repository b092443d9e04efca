"""What giving a series other times from one of its dates on would do; nothing here does it.

A date goes with its sign-ups to the same week (day, month: as the rule repeated before) of the new
times. A date that was moved by hand stays where it was moved to, until new times have it just
there: then it goes along with them again. One that was called off stays called off.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError
from events import recurrence
from events.domain import catalogue, dates
from events.domain.details import check_schedule, check_sessions, moved_along
from events.models import Occurrence, Series, SignUp

Status = Occurrence.Status

#: How far past the rows' end new times are looked for: the last dates may move to after it.
BEYOND = timedelta(days=62)


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

    #: What it gives the series.
    to: Times
    #: Whether the dates before stay behind as a series that ends.
    splits: bool
    #: Where each date goes: its key, and its new original start.
    new_starts: tuple[tuple[int, datetime], ...]
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
    #: Sign-ups that stay, people whose new time meets another sign-up of theirs, mails that go.
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
        details.DetailsRefused, recurrence.RuleRefused: if a calendar cannot carry the times.
    """
    series = first.series
    dates.require_to_come(first, now)
    if first.starts_at <= now:
        raise dates.DateIsPast(_("This date has begun; what took place is not rewritten."))
    if series.session_of(first.original_start):
        raise NotTheFirst(_("Other times hold for whole days: begin with the day’s first start."))
    rrule = checked_rule(to, series)
    more_times = checked_sessions(to, series)
    if catalogue.instants(to.local_start, to.local_start, series.time_zone)[0] <= now:
        raise dates.NotLater(_("Choose a time that is still to come."))
    rows = list(to_come(series, first, now).prefetch_related("signups", "line", "blocks"))
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
    going = {was: goes_to[was] for was in ruled if was in goes_to}
    placeless = [row for was, row in ruled.items() if was not in goes_to]
    # Where somebody moved a date to by hand, it stays: as an extra one, as the times have no place.
    strays = [row for row in placeless if _is_exception(row) and not row.is_cancelled]
    stranded = [row for row in placeless if row not in strays]
    moved = [ruled[was] for was, start in going.items() if moves(ruled[was], start, to)]
    called_off = [row for row in stranded if _is_wanted(row)]
    stays = rrule == rule_from(series, first.original_start) and _lasts(series, to)
    if not moved and not stranded and stays:
        raise NothingChanges(_("These are the times that it has already."))
    coming = [sign_up for row in moved for sign_up in row.signups.all() if sign_up.comes]
    return Plan(
        to=to,
        splits=series.occurrences.exclude(pk__in=[row.pk for row in rows]).exists(),
        new_starts=tuple(sorted((ruled[was].pk, start) for was, start in going.items())),
        moved=len(moved),
        exceptions=sum(_is_exception(ruled[was]) for was in going) + len(strays),
        called_off=tuple(sorted(row.pk for row in called_off)),
        removed=tuple(
            sorted(row.pk for row in stranded if not _is_wanted(row) and not row.is_cancelled)
        ),
        excluded=tuple(sorted(goes_to[was] for was in left_out if was in goes_to)),
        added=sum(start.date() <= window_end for start in set(new) - set(goes_to.values())),
        strays=tuple(sorted(row.original_start for row in strays)),
        signups_kept=sum(
            sign_up.holds_place
            for row in (*strays, *(ruled[was] for was in going))
            for sign_up in row.signups.all()
        ),
        clashes=_clashes(
            coming,
            {row.pk: going[row.original_start] for row in moved},
            to,
            series,
            called_off=[row.pk for row in called_off],
        ),
        told=dates.told_of_moves([row.pk for row in moved])
        + dates.told_of_call_offs([row.pk for row in called_off]),
        blocks_told=sum(
            block.is_held for row in (*moved, *called_off) for block in row.blocks.all()
        ),
    )


def rule_from(series: Series, start: datetime) -> str:
    """How the series repeats from one of its starts on: of a count, what is left of it there."""
    if not series.rrule:
        return ""
    rule = recurrence.parse(series.rrule)
    rest = recurrence.going_on(rule, start=series.local_start, since=start)
    if rest == rule:
        return series.rrule
    return rest.text() if rest else ""


def checked_rule(to: Times, series: Series) -> str:
    """The rule of the times, as far as calendars can carry them for this series."""
    return check_schedule(
        start=to.local_start,
        duration_minutes=to.duration_minutes,
        rrule=to.rrule,
        time_zone=series.time_zone,
        is_all_day=series.is_all_day,
    )


def checked_sessions(to: Times, series: Series) -> list[str]:
    """The later starts of a day, moved along with its first."""
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


def first_to_come(series: Series, *, now: datetime) -> Occurrence | None:
    """The first date that can still be given other times; none where all is over."""
    rows = Occurrence.objects.filter(
        series=series, starts_at__gt=now, status__in=(Status.SCHEDULED, Status.MOVED)
    )
    return rows.select_related("series").order_by("original_start").first()


def to_come(series: Series, first: Occurrence, now: datetime) -> QuerySet[Occurrence]:
    """The dates that a plan is made of: from the first on, none of them begun."""
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


def moves(row: Occurrence, new: datetime, to: Times) -> bool:
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
    coming: Iterable[SignUp],
    goes_to: dict[int, datetime],
    to: Times,
    series: Series,
    *,
    called_off: Iterable[int],
) -> int:
    """How many accounts have another sign-up while the date is on; back to back is no clash.

    What the same plan moves or calls off is none either.
    """
    mine: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for sign_up in coming:
        if sign_up.user_id is not None:
            start = goes_to[sign_up.occurrence_id]
            end = start + timedelta(minutes=to.duration_minutes)
            mine[sign_up.user_id].append(catalogue.instants(start, end, series.time_zone))
    others = (
        SignUp.objects.holding()
        .filter(user__in=mine)
        .exclude(occurrence__in=[*goes_to, *called_off])
        .values_list("user", "occurrence__starts_at", "occurrence__ends_at")
    )
    return len(
        {
            user
            for user, starts, ends in others
            if any(starts < end and start < ends for start, end in mine[user or 0])
        }
    )
