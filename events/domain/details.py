"""What a host decides about a series, and whether a calendar can carry it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core import places, times
from core.errors import DomainError
from core.models import Area, FocusArea
from events import recurrence
from events.models import MINUTES_A_DAY, MOST_DAYS, Series
from organizations.models import Need

#: How many times a day.
MOST_SESSIONS = 6
#: What people have in their calendars.
SCHEDULE = (*Series.TIMES, "more_times", "extra_dates")


class DetailsRefused(DomainError):
    """Something about the series does not fit; says what."""

    status = 422


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


def check_details(details: Details) -> dict[str, Any]:
    """The details as columns, if a calendar can carry them.

    Raises:
        DetailsRefused: if the zone is unknown, the year far off, the length none or too long, or
            the first date off the rule.
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
        DetailsRefused: if the zone is unknown, the year far off, the length none or too long, or
            the first date off the rule.
        recurrence.RuleRefused: if the rule is none, or makes too many dates.
    """
    if time_zone not in times.zone_names():
        raise DetailsRefused(
            _("“%(zone)s” is not a time zone like America/Los_Angeles.") % {"zone": time_zone[:40]}
        )
    if start.year not in times.YEARS:
        raise DetailsRefused(_("The first date must lie between 2000 and 2100."))
    if not 1 <= duration_minutes <= MOST_DAYS * MINUTES_A_DAY:
        raise DetailsRefused(_("An event lasts from 1 minute to 14 days."))
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
    if len(rule.hours) > 1:
        # Expanded once before anything is kept: a rule with too many dates is refused here. One
        # with a single time of day has fewer, whatever else it says.
        recurrence.expand(
            rule, start=start, first=start, last=start + timedelta(days=recurrence.MOST_DAYS)
        )
    return rule.text()


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
