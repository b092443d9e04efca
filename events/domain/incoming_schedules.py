"""When an event of a foreign calendar takes place: kept to be compared, and cut where the desk did.

What the calendar said last is kept with the event. What it says again is no reason to take back
what the desk changed since; only what it says otherwise is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from events import recurrence
from events.domain import catalogue
from events.domain.details import Details
from events.domain.incoming_reading import Read, Span
from events.models import Series

#: How far a date of a changed rule may have moved and still be taken for the same.
SAME_DATE = timedelta(days=3)
#: What is kept of a schedule beside its changed dates.
_KEPT = ("local_start", "duration_minutes", "is_all_day", "time_zone", "rrule")
_LISTS = ("extra_dates", "excluded_dates")

type Changes = Mapping[datetime, Span | None]


def noted(event: Read) -> dict[str, Any]:
    """Its times as JSON holds them: the same again compares as the same."""
    said = {name: getattr(event.details, name) for name in (*_KEPT, *_LISTS)}
    changes = {
        _text(original): span and [_text(span.start), _text(span.end)]
        for original, span in event.changes.items()
    }
    return {**said, "local_start": _text(event.details.local_start), "changes": changes}


def spans_noted(
    said: Mapping[str, Any], *, time_zone: str, since: date, now: datetime
) -> dict[datetime, Span]:
    """What was noted, as `spans`; nothing where nothing was, or on the clock of another zone."""
    if not said or said["time_zone"] != time_zone:
        return {}
    kept = {name: said[name] for name in (*_KEPT, *_LISTS)}
    series = Series(**{**kept, "local_start": datetime.fromisoformat(said["local_start"])})
    changes = {
        datetime.fromisoformat(original): span and Span(*map(datetime.fromisoformat, span))
        for original, span in said["changes"].items()
    }
    return spans(series, changes, since=since, now=now)


def spans(series: Series, changes: Changes, *, since: date, now: datetime) -> dict[datetime, Span]:
    """All dates from that day on, those that are over too, by their original start."""
    said: dict[datetime, Span] = {}
    until = catalogue.window_end(now, series.time_zone)
    for original in catalogue.starts_of(series, until=until, since=since):
        span = changes.get(original, Span(original, original + series.duration))
        if span is not None:
            said[original] = span
    return said


def cut(event: Read, parts: Sequence[Series]) -> list[Read | None]:
    """The event as each series has it that the desk made of it, one from where the other ends.

    Args:
        event: what the calendar says of it.
        parts: in their order; one where the desk never gave it other times.

    Returns:
        One for each part; none where the calendar has no date for it.
    """
    if len(parts) == 1:
        return [event]
    edges = [_edge(event.details, part) for part in parts[1:]]
    cuts = [_between(event.details, begin, end) for begin, end in pairwise([None, *edges, None])]
    return [None if details is None else replace(event, details=details) for details in cuts]


def _edge(details: Details, part: Series) -> datetime:
    """The day from which on the calendar's dates are this part's: that of the nearest one."""
    start = part.local_start
    schedule = Series(**{name: getattr(details, name) for name in (*_KEPT, *_LISTS)})
    starts = catalogue.starts_of(
        schedule, until=(start + SAME_DATE).date(), since=(start - SAME_DATE).date()
    )
    near = [moment for moment in starts if abs(moment - start) <= SAME_DATE]
    nearest = min(near, key=lambda moment: abs(moment - start), default=start)
    return datetime.combine(nearest.date(), datetime.min.time())


def _between(details: Details, begin: datetime | None, end: datetime | None) -> Details | None:
    """What a schedule has from one moment up to another, as a schedule of its own."""

    def is_inside(text: str) -> bool:
        moment = datetime.fromisoformat(text)
        return (begin is None or begin <= moment) and (end is None or moment < end)

    extra = list(filter(is_inside, details.extra_dates))
    excluded = list(filter(is_inside, details.excluded_dates))
    start, rrule = _rule_between(details, begin, end) if details.rrule else (None, "")
    if not details.rrule and is_inside(_text(details.local_start)):
        start = details.local_start
    if start is None:
        if not extra:
            return None
        start = datetime.fromisoformat(extra.pop(0))
    return replace(
        details, local_start=start, rrule=rrule, extra_dates=extra, excluded_dates=excluded
    )


def _rule_between(
    details: Details, begin: datetime | None, end: datetime | None
) -> tuple[datetime | None, str]:
    """The first start of the rule between two moments, and the rule from there on."""
    rule, start = recurrence.parse(details.rrule), details.local_start
    far = timedelta(days=recurrence.MOST_DAYS)
    first = start
    if begin is not None and begin > start:
        after = recurrence.expand(rule, start=start, first=begin, last=begin + far)
        if not after:
            return None, ""
        first = after[0]
    if end is not None and end <= first:
        return None, ""
    if end is not None:
        before = recurrence.expand(rule, start=start, first=max(first, end - far), last=end)
        if not before:
            return None, ""
        return first, replace(rule, count=None, until=before[-1]).text()
    rest = recurrence.going_on(rule, start=start, since=first)
    return (first, rest.text()) if rest else (None, "")


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
