"""The only door to recurrence rules (RFC 5545, 3.3.10): read, refuse by name, expand, say.

    rule = recurrence.parse("FREQ=WEEKLY;BYDAY=TU", zone_name="America/Los_Angeles")
    recurrence.expand(rule, start=start, first=after, last=before)

Rules run on the clock on the wall; zones are attached afterwards by `core.times.utc_of`, so a
weekly 16:30 stays 16:30 over daylight saving. A 02:30 that falls into the gap in spring means
the same instant as 03:30; a 01:30 that comes twice in autumn means the first.
"""

from events.recurrence.expansion import (
    MOST_DATES,
    MOST_DAYS,
    days_counted,
    expand,
    follows,
    going_on,
)
from events.recurrence.rules import WEEKDAYS, Rule, RuleRefused, Weekday, parse
from events.recurrence.words import words

__all__ = (
    "MOST_DATES",
    "MOST_DAYS",
    "WEEKDAYS",
    "Rule",
    "RuleRefused",
    "Weekday",
    "days_counted",
    "expand",
    "follows",
    "going_on",
    "parse",
    "words",
)
