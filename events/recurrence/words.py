"""A rule as people say it: "Every Tuesday until Mar 2, 2027"."""

import calendar

from django.utils.translation import gettext, ngettext, pgettext

from core import times
from events.recurrence.rules import Rule

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_WORKDAYS = (0, 1, 2, 3, 4)


def words(rule: Rule) -> str:
    """The rule in a few words, without a full stop; "On chosen days" where it has no short name."""
    said = _rhythm(rule) or gettext("On chosen days")
    if rule.until is not None:
        said = gettext("%(rhythm)s until %(day)s") % {
            "rhythm": said,
            "day": times.day_with_year(rule.until),
        }
    if rule.count is not None:
        said = ngettext("%(rhythm)s, %(n)d time", "%(rhythm)s, %(n)d times", rule.count) % {
            "rhythm": said,
            "n": rule.count,
        }
    return said


def _rhythm(rule: Rule) -> str:
    if rule.weeks or rule.year_days or len(rule.hours) > 1:
        return ""
    if rule.positions and not (rule.frequency == "MONTHLY" and len(rule.positions) == 1):
        return ""
    match rule.frequency:
        case "DAILY":
            return _daily(rule)
        case "WEEKLY":
            return _weekly(rule)
        case "MONTHLY":
            return _monthly(rule)
        case "YEARLY":
            return _yearly(rule)


def _daily(rule: Rule) -> str:
    if rule.months or rule.month_days or rule.weekdays:
        return ""
    return ngettext("Every day", "Every %(n)d days", rule.interval) % {"n": rule.interval}


def _weekly(rule: Rule) -> str:
    if rule.months:
        return ""
    days = tuple(weekday.day for weekday in rule.weekdays)
    if rule.interval == 1:
        if days == _WORKDAYS:
            return gettext("Every weekday")
        return gettext("Every %(days)s") % {"days": _days(days)} if days else gettext("Every week")
    said = gettext("Every %(n)d weeks") % {"n": rule.interval}
    if not days:
        return said
    return gettext("%(rhythm)s on %(days)s") % {"rhythm": said, "days": _days(days)}


def _monthly(rule: Rule) -> str:
    every = ngettext("every month", "every %(n)d months", rule.interval) % {"n": rule.interval}
    if rule.months or (rule.weekdays and rule.month_days):
        return ""
    if rule.weekdays:
        return _by_weekday(rule, every)
    if rule.positions or (rule.month_days != (-1,) and any(day < 0 for day in rule.month_days)):
        return ""
    if rule.month_days == (-1,):
        return gettext("The last day of %(every)s") % {"every": every}
    if rule.month_days:
        days = _and([str(day) for day in rule.month_days])
        return gettext("Day %(days)s of %(every)s") % {"days": days, "every": every}
    return every[:1].upper() + every[1:]


def _by_weekday(rule: Rule, every: str) -> str:
    (weekday, *others) = rule.weekdays
    nth = weekday.nth or (rule.positions[0] if rule.positions else 0)
    if others or nth not in _ORDINALS:
        return ""
    return gettext("The %(nth)s %(day)s of %(every)s") % {
        "nth": pgettext("ordinal", _ORDINALS[nth]),
        "day": gettext(_DAYS[weekday.day]),
        "every": every,
    }


def _yearly(rule: Rule) -> str:
    if rule.weekdays or rule.positions:
        return ""
    said = ngettext("Every year", "Every %(n)d years", rule.interval) % {"n": rule.interval}
    if len(rule.months) == 1 and len(rule.month_days) == 1 and rule.month_days[0] > 0:
        return gettext("%(rhythm)s on %(month)s %(day)d") % {
            "rhythm": said,
            "month": gettext(calendar.month_name[rule.months[0]]),
            "day": rule.month_days[0],
        }
    return "" if rule.months or rule.month_days else said


def _days(days: tuple[int, ...]) -> str:
    return _and([gettext(_DAYS[day]) for day in sorted(days)])


def _and(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return gettext("%(first)s and %(last)s") % {
        "first": ", ".join(parts[:-1]),
        "last": parts[-1],
    }
