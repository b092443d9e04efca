"""The dates of a rule inside a window.

Our own, because it has to end: it walks the days of the window and never beyond, where dateutil
searches to the year 9999 for a rule that never falls (`FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`).
dateutil is its judge in the tests.
"""

import calendar
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils.translation import gettext

from events.recurrence.rules import Rule, RuleRefused, Weekday

#: One expansion: 24 months and a thousand dates.
MOST_DAYS = 732
MOST_DATES = 1000


def expand(rule: Rule, *, start: datetime, first: datetime, last: datetime) -> list[datetime]:
    """The local starts from `first` up to but without `last`, soonest first.

    Args:
        rule: what was parsed.
        start: the series' first local start; times of day come from it.
        first: where the window opens.
        last: where it closes, at most 24 months later.

    Raises:
        RuleRefused: if the window is longer, or if more than 1,000 dates fall into it.
    """
    if last - first > timedelta(days=MOST_DAYS):
        raise RuleRefused(gettext("We look ahead 24 months at most."))
    dates: list[datetime] = []
    for moment in _moments(_completed(rule, start), start, first, last):
        if moment < first:
            continue
        dates.append(moment)
        if len(dates) > MOST_DATES:
            raise RuleRefused(
                gettext("The rule makes more than %(most)d dates in 24 months.")
                % {"most": MOST_DATES}
            )
    return dates


def follows(rule: Rule, start: datetime) -> bool:
    """Whether the rule falls on its own first start."""
    return expand(rule, start=start, first=start, last=start + timedelta(minutes=1)) == [start]


def going_on(rule: Rule, *, start: datetime, since: datetime) -> Rule | None:
    """The rule from one of its later starts on: of a COUNT, what is left; none if nothing is.

    Args:
        rule: what was parsed.
        start: the series' first local start.
        since: the start from which on.
    """
    if rule.count is None:
        return rule
    left, first = rule.count, start
    while first < since:
        last = min(first + timedelta(days=MOST_DAYS), since)
        left -= len(expand(rule, start=start, first=first, last=last))
        first = last
    return replace(rule, count=left) if left else None


def days_counted(rule: Rule, *, start: datetime, until: datetime) -> int:
    """How many days at most have to be walked to know what COUNT leaves after a moment.

    A rule that falls in each of its periods is walked as far as its COUNT; one that may pass
    periods over, as the fifth Monday does, from its start to that moment.
    """
    if rule.count is None:
        return 0
    days = max(0, (until - start).days)
    if not _falls_in_each_period(rule):
        return days
    longest = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}[rule.frequency]
    return min(days, rule.count * rule.interval * longest)


def _falls_in_each_period(rule: Rule) -> bool:
    return (
        not (rule.months or rule.weeks or rule.year_days or (rule.weekdays and rule.month_days))
        and (rule.frequency == "MONTHLY" or not rule.month_days)
        and (rule.frequency != "DAILY" or not rule.weekdays)
        and all(abs(weekday.nth) <= 4 for weekday in rule.weekdays)
        and all(abs(day) <= 28 for day in rule.month_days)
        and all(abs(position) == 1 for position in rule.positions)
    )


def _completed(rule: Rule, start: datetime) -> Rule:
    """The rule with what it leaves to the first start (RFC 5545, 3.3.10) filled in."""
    rule = replace(rule, hours=rule.hours or (start.hour,), minutes=rule.minutes or (start.minute,))
    if rule.weeks or rule.year_days or rule.month_days or rule.weekdays:
        return rule
    match rule.frequency:
        case "YEARLY":
            months = rule.months or (start.month,)
            return replace(rule, months=months, month_days=(start.day,))
        case "MONTHLY":
            return replace(rule, month_days=(start.day,))
        case "WEEKLY":
            return replace(rule, weekdays=(Weekday(start.weekday()),))
        case "DAILY":
            return rule


def _moments(rule: Rule, start: datetime, first: datetime, last: datetime) -> Iterator[datetime]:
    end = last if rule.until is None else min(last, rule.until + timedelta(seconds=1))
    left = rule.count
    # A rule that counts has to be counted from its start; any other may begin at the window.
    since = start if left is not None else max(start, first)
    clocks = [(hour, minute) for hour in rule.hours for minute in rule.minutes]
    # Most days fall out by their weekday alone, which is cheap to ask.
    weekdays = {wanted.day for wanted in rule.weekdays} or set(range(7))
    for days in _periods(rule, start.date(), since.date(), end.date()):
        moments = [
            datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001
            for day in days
            if day.weekday() in weekdays and _fits(rule, day)
            for hour, minute in clocks
        ]
        for moment in _at_positions(rule, moments):
            if moment < start:
                continue
            if moment >= end or left == 0:
                return
            if left is not None:
                left -= 1
            yield moment


def _at_positions(rule: Rule, moments: list[datetime]) -> list[datetime]:
    if not rule.positions:
        return moments
    size = len(moments)
    chosen = {moments[p - 1 if p > 0 else size + p] for p in rule.positions if 1 <= abs(p) <= size}
    return sorted(chosen)


def _periods(rule: Rule, start: date, since: date, last: date) -> Iterator[list[date]]:
    """The days of each period that the rule's interval chooses, from `since`'s to `last`'s."""
    step = rule.interval
    match rule.frequency:
        case "YEARLY":
            for year in range(_next(start.year, since.year, step), last.year + 1, step):
                yield _days_of_year(rule, year)
        case "MONTHLY":
            begin = start.year * 12 + start.month - 1
            now = since.year * 12 + since.month - 1
            for number in range(_next(begin, now, step), last.year * 12 + last.month, step):
                yield _days_of_month(rule, number // 12, number % 12 + 1)
        case "WEEKLY":
            begin = (start - timedelta(days=(start.weekday() - rule.week_starts) % 7)).toordinal()
            wanted = {(weekday.day - rule.week_starts) % 7 for weekday in rule.weekdays}
            days = sorted(wanted) or range(7)
            for number in range(
                _next(begin, since.toordinal() - 6, step * 7), last.toordinal() + 1, step * 7
            ):
                yield [date.fromordinal(number + day) for day in days]
        case "DAILY":
            yield from ([day] for day in _every_so_many_days(rule, start, since, last))


def _every_so_many_days(rule: Rule, start: date, since: date, last: date) -> Iterator[date]:
    step = rule.interval
    if rule.months or rule.month_days or rule.year_days:
        for year in range(since.year, last.year + 1):
            for day in _days_of_year(rule, year):
                if (day - start).days % step == 0:
                    yield day
        return
    first = _next(start.toordinal(), since.toordinal(), step)
    for number in range(first, last.toordinal() + 1, step):
        yield date.fromordinal(number)


def _next(begin: int, at_least: int, step: int) -> int:
    """The first of begin, begin + step, … that is not below `at_least`."""
    return begin + max(0, -(-(at_least - begin) // step)) * step


def _days_of_year(rule: Rule, year: int) -> list[date]:
    """Those that may fit; a rule that counts walks all its years, so it leaps where it can."""
    if rule.year_days:
        before, size = date(year, 1, 1).toordinal() - 1, _days_in_year(year)
        return [date.fromordinal(before + number) for number in _from_front(rule.year_days, size)]
    if rule.weeks:
        return _days_of_weeks(rule, year)
    months = rule.months or range(1, 13)
    return [day for month in months for day in _days_of_month(rule, year, month)]


def _days_of_month(rule: Rule, year: int, month: int) -> list[date]:
    """Those that may fit."""
    if rule.months and month not in rule.months:
        return []
    if rule.year_days:
        return [day for day in _days_of_year(rule, year) if day.month == month]
    before, size = date(year, month, 1).toordinal() - 1, _days_in_month(year, month)
    numbers = _from_front(rule.month_days, size) if rule.month_days else range(1, size + 1)
    return [date.fromordinal(before + number) for number in numbers]


def _days_of_weeks(rule: Rule, year: int) -> list[date]:
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    begins = first - (date.fromordinal(first).weekday() - rule.week_starts) % 7
    return [
        date.fromordinal(number)
        for week in range(begins, last + 1, 7)
        if _counted(rule.weeks, *_week_of(date.fromordinal(max(week, first)), rule.week_starts))
        for number in range(max(week, first), min(week + 6, last) + 1)
    ]


def _from_front(wanted: tuple[int, ...], size: int) -> list[int]:
    """Numbers out of `size`, counted from the front or from the end, as counted from the front."""
    found = {number if number > 0 else size + 1 + number for number in wanted}
    return sorted(number for number in found if 1 <= number <= size)


def _fits(rule: Rule, day: date) -> bool:
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.weekdays or any(_is_weekday(rule, day, wanted) for wanted in rule.weekdays))
        and (
            not rule.month_days
            or _counted(rule.month_days, day.day, _days_in_month(day.year, day.month))
        )
        and (
            not rule.year_days
            or _counted(rule.year_days, day.timetuple().tm_yday, _days_in_year(day.year))
        )
        and (not rule.weeks or _counted(rule.weeks, *_week_of(day, rule.week_starts)))
    )


def _counted(wanted: tuple[int, ...], number: int, size: int) -> bool:
    """Whether a number out of `size` is wanted, counted from the front or from the end."""
    return number in wanted or number - size - 1 in wanted


def _is_weekday(rule: Rule, day: date, wanted: Weekday) -> bool:
    if day.weekday() != wanted.day:
        return False
    if not wanted.nth:
        return True
    if rule.frequency == "YEARLY" and not rule.months:
        number, size = day.timetuple().tm_yday, _days_in_year(day.year)
    else:
        number, size = day.day, _days_in_month(day.year, day.month)
    if wanted.nth > 0:
        return (number - 1) // 7 + 1 == wanted.nth
    return (size - number) // 7 + 1 == -wanted.nth


@lru_cache(maxsize=256)
def _days_in_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _days_in_year(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _week_of(day: date, week_starts: int) -> tuple[int, int]:
    """The number of the day's week, and how many weeks its year has; week 1 holds four days."""
    middle = day + timedelta(days=3 - (day.weekday() - week_starts) % 7)
    last = date(middle.year, 12, 28)
    last_middle = last + timedelta(days=3 - (last.weekday() - week_starts) % 7)
    return (
        (middle.timetuple().tm_yday - 1) // 7 + 1,
        (last_middle.timetuple().tm_yday - 1) // 7 + 1,
    )
