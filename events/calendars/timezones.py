"""VTIMEZONE components (RFC 5545, 3.6.5) from the zone database, written once a process."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from core import times

#: Rules are read off these years; zones whose rule held through them are written open-ended.
FIRST_YEAR, LAST_YEAR = 2015, 2037
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP = timedelta(days=7)


@dataclass(frozen=True)
class _Change:
    """The moment at which the clocks change, by the clock before it."""

    local: datetime
    before: timedelta
    after: timedelta
    letters: str
    is_daylight: bool


@lru_cache(maxsize=64)
def vtimezone(zone_name: str) -> str:
    """The zone's VTIMEZONE, every line ended by CRLF."""
    zone = times.zone(zone_name)
    changes: dict[tuple[timedelta, timedelta, str, bool], list[_Change]] = {}
    for change in _changes(zone):
        key = (change.before, change.after, change.letters, change.is_daylight)
        changes.setdefault(key, []).append(change)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone_name}"]
    lines += _first_observance(zone)
    for group in changes.values():
        lines += _observance(group)
    lines += ["END:VTIMEZONE", ""]
    return "\r\n".join(lines)


def _changes(zone: tzinfo) -> Iterator[_Change]:
    moment = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    end = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
    while moment < end:
        later = moment + _STEP
        if _state(moment, zone) != _state(later, zone):
            instant = _between(moment, later, zone)
            before, after = _state(instant - timedelta(minutes=1), zone), _state(instant, zone)
            yield _Change(
                (instant + before[0]).replace(tzinfo=None), before[0], after[0], after[1], after[2]
            )
        moment = later


def _state(moment: datetime, zone: tzinfo) -> tuple[timedelta, str, bool]:
    local = moment.astimezone(zone)
    return local.utcoffset() or timedelta(0), local.tzname() or "", bool(local.dst())


def _between(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first minute with the later state."""
    state = _state(low, zone)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= low:
            break
        if _state(middle, zone) == state:
            low = middle
        else:
            high = middle
    return high


def _first_observance(zone: tzinfo) -> list[str]:
    """What holds before the first change that is listed."""
    offset, letters, is_daylight = _state(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), zone)
    ever = datetime(1970, 1, 1)  # noqa: DTZ001  (a time on the wall)
    return _block(_Change(ever, offset, offset, letters, is_daylight), [])


def _observance(group: list[_Change]) -> list[str]:
    if rule := _rule(group):
        dates = [f"RRULE:{rule}"]
    else:
        dates = [f"RDATE:{change.local:%Y%m%dT%H%M%S}" for change in group[1:]]
    return _block(group[0], dates)


def _rule(group: list[_Change]) -> str:
    """A yearly rule, where the change has followed one all the years to the last."""
    years = [change.local.year for change in group]
    if years != list(range(years[0], LAST_YEAR + 1)):
        return ""
    locals_ = [change.local for change in group]
    same = {(local.month, local.weekday(), local.time()) for local in locals_}
    if len(same) != 1:
        return ""
    month, weekday, _time = same.pop()
    numbers = {(local.day - 1) // 7 + 1 for local in locals_}
    if len(numbers) == 1:
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY={numbers.pop()}{_DAYS[weekday]}"
    if all(local.day > calendar.monthrange(local.year, month)[1] - 7 for local in locals_):
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY=-1{_DAYS[weekday]}"
    return ""


def _block(change: _Change, dates: list[str]) -> list[str]:
    name = "DAYLIGHT" if change.is_daylight else "STANDARD"
    return [
        f"BEGIN:{name}",
        f"DTSTART:{change.local:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_offset(change.before)}",
        f"TZOFFSETTO:{_offset(change.after)}",
        f"TZNAME:{change.letters}",
        *dates,
        f"END:{name}",
    ]


def _offset(offset: timedelta) -> str:
    minutes = round(offset / timedelta(minutes=1))
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
