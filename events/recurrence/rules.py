"""Reading a recurrence rule (RFC 5545, 3.3.10), and refusing it by the part that does not fit."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, cast

from django.utils.translation import gettext

from core import times
from core.errors import DomainError

type Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

MOST_LETTERS = 300
MOST_INTERVAL = 1000
MOST_COUNT = 1000
MOST_BY_VALUES = 64
#: A year that sums with zones do not lead out of the calendar from, and that has four digits.
OLDEST_UNTIL = 1000

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TOO_FAST = ("SECONDLY", "MINUTELY", "HOURLY")
#: Part -> the least and most of its values, and whether they count from the end as well.
_NUMBERS: dict[str, tuple[int, int, bool]] = {
    "BYMONTH": (1, 12, False),
    "BYWEEKNO": (1, 53, True),
    "BYYEARDAY": (1, 366, True),
    "BYMONTHDAY": (1, 31, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSETPOS": (1, 366, True),
}
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")


class RuleRefused(DomainError):
    """A recurrence rule that is not one, or that asks for more than we do; names the part."""

    status = 422


@dataclass(frozen=True)
class Weekday:
    """A day of the week (Monday is 0), and which one of the month or year; 0 is every one."""

    day: int
    nth: int = 0


@dataclass(frozen=True)
class Rule:
    """A rule that was read and found harmless."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    #: Local time on the wall, the last moment included.
    until: datetime | None = None
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    #: The first day of the week, Monday unless it says otherwise.
    week_starts: int = 0

    def text(self, *, zone_name: str | None = None, is_all_day: bool = False) -> str:
        """The rule as RFC 5545 writes it.

        Args:
            zone_name: the zone of the series; UNTIL is then in UTC, as a start with a TZID
                demands. Without it UNTIL stays local, as we store it.
            is_all_day: whether the start is a day; UNTIL is then one too.
        """
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            if is_all_day:
                parts.append(f"UNTIL={self.until:%Y%m%d}")
            elif zone_name is None:
                parts.append(f"UNTIL={self.until:%Y%m%dT%H%M%S}")
            else:
                parts.append(f"UNTIL={times.utc_of(self.until, zone_name):%Y%m%dT%H%M%SZ}")
        if self.weekdays:
            days = (f"{d.nth or ''}{WEEKDAYS[d.day]}" for d in self.weekdays)
            parts.append(f"BYDAY={','.join(days)}")
        for name, values in (
            ("BYMONTH", self.months),
            ("BYWEEKNO", self.weeks),
            ("BYYEARDAY", self.year_days),
            ("BYMONTHDAY", self.month_days),
            ("BYHOUR", self.hours),
            ("BYMINUTE", self.minutes),
            ("BYSETPOS", self.positions),
        ):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        if self.week_starts:
            parts.append(f"WKST={WEEKDAYS[self.week_starts]}")
        return ";".join(parts)


def parse(text: str, *, zone_name: str | None = None) -> Rule:
    """Read a rule, or refuse it.

    Args:
        text: the rule, with or without "RRULE:".
        zone_name: in which zone an UNTIL in UTC is put on the wall; UTC itself without it.

    Raises:
        RuleRefused: with a sentence that names the part and what would be accepted.
    """
    parts = _parts(text)
    frequency = _frequency(parts.pop("FREQ", ""))
    count = _whole(parts, "COUNT", MOST_COUNT)
    until = _until(parts.pop("UNTIL", ""), zone_name)
    if count is not None and until is not None:
        raise RuleRefused(gettext("A rule ends by COUNT or by UNTIL, not by both."))
    interval = _whole(parts, "INTERVAL", MOST_INTERVAL) or 1
    week_starts = parts.pop("WKST", "MO")
    if week_starts not in WEEKDAYS:
        raise RuleRefused(gettext("WKST must be one of MO, TU, WE, TH, FR, SA, SU."))
    if sum(value.count(",") + 1 for value in parts.values()) > MOST_BY_VALUES:
        raise RuleRefused(
            gettext("The BY parts list more than %(most)d values.") % {"most": MOST_BY_VALUES}
        )
    weekdays = _weekdays(parts.pop("BYDAY", ""), frequency)
    numbers = {name: _numbers(name, parts.pop(name, "")) for name in _NUMBERS}
    if parts:
        raise RuleRefused(
            gettext("We do not repeat by %(part)s.") % {"part": next(iter(parts))[:20]}
        )
    rule = Rule(
        frequency=frequency,
        interval=interval,
        count=count,
        until=until,
        months=numbers["BYMONTH"],
        weeks=numbers["BYWEEKNO"],
        year_days=numbers["BYYEARDAY"],
        month_days=numbers["BYMONTHDAY"],
        weekdays=weekdays,
        hours=numbers["BYHOUR"],
        minutes=numbers["BYMINUTE"],
        positions=numbers["BYSETPOS"],
        week_starts=WEEKDAYS.index(week_starts),
    )
    _check_together(rule)
    # A series that is split gives its first half an end, which has to be held as well.
    ended = replace(rule, count=None, until=datetime(2100, 12, 31))  # noqa: DTZ001
    if len(ended.text()) > MOST_LETTERS:
        raise RuleRefused(
            gettext("The rule has more than %(most)d letters, its end included.")
            % {"most": MOST_LETTERS}
        )
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > MOST_LETTERS:
        raise RuleRefused(gettext("A rule has at most %(most)d letters.") % {"most": MOST_LETTERS})
    plain = text.strip().upper().removeprefix("RRULE:")
    parts: dict[str, str] = {}
    for piece in plain.split(";"):
        name, sign, value = piece.partition("=")
        if not sign or not name or not value:
            raise RuleRefused(
                gettext("“%(piece)s” is not part of a rule like FREQ=WEEKLY;BYDAY=TU.")
                % {"piece": piece[:40]}
            )
        if name in parts:
            raise RuleRefused(gettext("%(part)s stands twice.") % {"part": name[:20]})
        parts[name] = value
    return parts


def _frequency(value: str) -> Frequency:
    if value in _TOO_FAST:
        raise RuleRefused(
            gettext("FREQ=%(value)s is too often: daily is the most.") % {"value": value}
        )
    if value not in _FREQUENCIES:
        raise RuleRefused(gettext("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."))
    return cast("Frequency", value)


def _whole(parts: dict[str, str], name: str, most: int) -> int | None:
    value = parts.pop(name, None)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or not 1 <= int(value) <= most:
        raise RuleRefused(
            gettext("%(part)s must be a whole number from 1 to %(most)d.")
            % {"part": name, "most": most}
        )
    return int(value)


def _until(value: str, zone_name: str | None) -> datetime | None:
    if not value:
        return None
    if not _UNTIL.fullmatch(value):
        raise RuleRefused(gettext("UNTIL must look like 20270302 or 20270302T235900Z."))
    try:
        moment = datetime.strptime(value[:15], "%Y%m%dT%H%M%S" if "T" in value else "%Y%m%d")  # noqa: DTZ007
    except ValueError as error:
        raise RuleRefused(gettext("UNTIL names a day that does not exist.")) from error
    if moment.year >= times.YEARS.stop:
        return None  # how calendars write "for ever"; no sum reaches beyond the year 9999
    if moment.year < OLDEST_UNTIL:
        raise RuleRefused(
            gettext("UNTIL must not lie before the year %(year)d.") % {"year": OLDEST_UNTIL}
        )
    if "T" not in value:
        return moment.replace(hour=23, minute=59)  # a day means the whole of it
    if value.endswith("Z") and zone_name is not None:
        return times.local_of(moment.replace(tzinfo=UTC), zone_name)
    return moment


def _weekdays(value: str, frequency: Frequency) -> tuple[Weekday, ...]:
    days = []
    for piece in value.split(",") if value else ():
        match = _DAY.fullmatch(piece)
        if match is None:
            raise RuleRefused(
                gettext("BYDAY: “%(piece)s” is not a day like TU or 2TU.") % {"piece": piece[:20]}
            )
        nth = int(match[1] or 0)
        if match[1] and not 1 <= abs(nth) <= 53:
            raise RuleRefused(gettext("BYDAY: the number before a day goes from 1 to 53."))
        if nth and frequency in {"DAILY", "WEEKLY"}:
            raise RuleRefused(
                gettext("BYDAY: a number before a day needs FREQ=MONTHLY or FREQ=YEARLY.")
            )
        days.append(Weekday(WEEKDAYS.index(match[2]), nth))
    return tuple(dict.fromkeys(days))


def _numbers(name: str, value: str) -> tuple[int, ...]:
    least, most, from_end = _NUMBERS[name]
    numbers = []
    for piece in value.split(",") if value else ():
        number = int(piece) if re.fullmatch(r"[+-]?\d{1,3}", piece, re.ASCII) else None
        fits = number is not None and (
            least <= number <= most or (from_end and least <= -number <= most)
        )
        if number is None or not fits:
            raise RuleRefused(
                gettext("%(part)s: “%(piece)s” is not a number from %(least)d to %(most)d.")
                % {"part": name, "piece": piece[:20], "least": least, "most": most}
            )
        numbers.append(number)
    return tuple(sorted(set(numbers)))


def _check_together(rule: Rule) -> None:
    if len(rule.minutes) > 1:
        raise RuleRefused(gettext("BYMINUTE lists several minutes: daily is the most."))
    if rule.weeks and rule.frequency != "YEARLY":
        raise RuleRefused(gettext("BYWEEKNO needs FREQ=YEARLY."))
    if rule.positions and not (
        rule.months
        or rule.weeks
        or rule.year_days
        or rule.month_days
        or rule.weekdays
        or rule.hours
        or rule.minutes
    ):
        raise RuleRefused(gettext("BYSETPOS needs another BY part to choose from."))
