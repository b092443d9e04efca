"""Hours that a check-in speaks for: proposed to who gave them, never handed in by themselves."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core import quantities, times
from core.vocabulary import Unit
from events.models import SignUp
from pledges.domain.facts import Facts
from pledges.models import HoursEntry
from pledges.models.hours import MINUTES_A_DAY

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Proposal:
    """What a sign-up says about hours.

    Args:
        served_on: the local date.
        starts: when they came, or the date began after that, on the clock on the wall; none where
            the clock does not tell.
        ends: when they left, or the date ended.
        minutes: how long that is; none where it is not known, as for whole days.
        is_measured: whether the door measured it; else it is how long the date was to last.
    """

    served_on: date
    starts: time | None = None
    ends: time | None = None
    minutes: int | None = None
    is_measured: bool = False

    @property
    def in_words(self) -> str:
        """How long: "1.5 hours"; empty where that is not known."""
        return quantities.quantity(self.minutes, Unit.MINUTE) if self.minutes else ""


def of_signup(signup: SignUp) -> Proposal:
    """How long they were there; without a check-in, or of who left at once, the whole date."""
    occurrence = signup.occurrence
    zone = occurrence.series.time_zone
    if signup.presence is not None and signup.minutes_present:
        starts, ends = (times.local_of(moment, zone) for moment in signup.presence)
        return _between(starts, ends, minutes=signup.minutes_present, is_measured=True)
    starts, ends = occurrence.local_start, occurrence.local_end
    if occurrence.series.is_all_day:
        return Proposal(starts.date())
    return _between(starts, ends, minutes=(ends - starts) // _MINUTE, is_measured=False)


def source_of(facts: Facts, signup: SignUp | None) -> HoursEntry.Source:
    """Whether the door stands for what somebody says, or only they themselves.

    It does for no more than it measured, on that day and for that organization.
    """
    if signup is None:
        return HoursEntry.Source.SELF
    measured = of_signup(signup)
    stands = (
        measured.is_measured
        and measured.minutes is not None
        and facts.minutes <= measured.minutes
        and facts.served_on == measured.served_on
        and facts.organization == signup.occurrence.series.organization
        and _lies_within(facts, measured)
    )
    return HoursEntry.Source.CHECK_IN if stands else HoursEntry.Source.SELF


def _between(starts: datetime, ends: datetime, *, minutes: int, is_measured: bool) -> Proposal:
    if not 0 < minutes <= MINUTES_A_DAY:
        return Proposal(starts.date())
    if starts.date() != (ends - _MINUTE).date() or ends - starts != minutes * _MINUTE:
        # An entry is of one day: over midnight, or where clocks are changed, the clock would say
        # the wrong thing.
        return Proposal(starts.date(), minutes=minutes, is_measured=is_measured)
    return Proposal(starts.date(), starts.time(), ends.time(), minutes, is_measured)


def _lies_within(facts: Facts, measured: Proposal) -> bool:
    if facts.starts_minute is None or facts.ends_minute is None or measured.starts is None:
        return True
    assert measured.ends is not None  # noqa: S101  (both or neither)
    first = _minute(measured.starts)
    last = _minute(measured.ends) or MINUTES_A_DAY
    return first <= facts.starts_minute and facts.ends_minute <= last


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
