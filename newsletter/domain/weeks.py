"""When issues are due: Mondays at seven on the installation's clock, named by ISO week.

An ISO week belongs to the year of its Thursday, so the issue of December 29, 2025 is 2026-W01.
"""

from datetime import date, datetime, time, timedelta

from django.conf import settings

from core import times
from newsletter.models import Cadence

DUE = time(7, 0)
#: How long before it is due an issue is built, for an editor to look at.
LEAD = timedelta(days=3)
#: How late an issue may still go out, after an outage. Then it is stale.
GRACE = timedelta(days=2)


def local_day(now: datetime) -> date:
    """The day on the installation's calendar."""
    return times.local_of(now, settings.TIME_ZONE).date()


def week_of(now: datetime) -> tuple[int, int]:
    """The ISO year and week that the installation's calendar shows."""
    year, week, _weekday = local_day(now).isocalendar()
    return year, week


def due_at(year: int, week: int) -> datetime:
    """The instant at which the issues of a week are due."""
    monday = date.fromisocalendar(year, week, 1)
    return times.utc_of(datetime.combine(monday, DUE), settings.TIME_ZONE)


def editions_of(year: int, week: int) -> tuple[str, ...]:
    """The editions that a week has: the weekly, and the monthly on a month's first Monday."""
    if date.fromisocalendar(year, week, 1).day <= 7:
        return Cadence.WEEKLY, Cadence.MONTHLY
    return (Cadence.WEEKLY,)


def weeks_in_sight(now: datetime) -> list[tuple[int, int]]:
    """This week and the next, the only ones of which an issue can be built or due."""
    return [week_of(now), week_of(now + timedelta(days=7))]


def in_words(moment: datetime) -> str:
    """As in "Mon, Dec 7, 7:00 AM PST"."""
    local = times.local_of(moment, settings.TIME_ZONE)
    letters = times.zone_letters(local, settings.TIME_ZONE)
    return f"{times.day(local)}, {times.clock(local)} {letters}"
