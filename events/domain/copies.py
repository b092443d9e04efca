"""A new series from one that was good."""

from dataclasses import replace
from datetime import datetime

from accounts.models import User
from events.domain import questions, slots
from events.domain.details import details_of, moved_along
from events.domain.series import draft
from events.models import Series


def copy(
    *,
    series: Series,
    local_start: datetime,
    duration_minutes: int,
    is_all_day: bool,
    rrule: str,
    by: User,
    now: datetime,
) -> Series:
    """Draft a new series with everything that a host decided about another one but its dates.

    Nobody is signed up for it, and it is not public until it is published itself.

    Args:
        series: what is copied.
        local_start: the first start on the clock on the wall, in the same zone.
        duration_minutes: how long each date lasts.
        is_all_day: whether it has days and no times.
        rrule: how it repeats; empty for once.
        by: who acts.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not invite in the host's name.
        details.DetailsRefused, recurrence.RuleRefused: if the times do not fit.
    """
    details = replace(
        details_of(series),
        local_start=local_start,
        duration_minutes=duration_minutes,
        is_all_day=is_all_day,
        rrule=rrule,
        more_times=moved_along(series, local_start),
        extra_dates=[],
        excluded_dates=[],
    )
    made = draft(
        details=details,
        host=series.host,
        by=by,
        now=now,
        is_demonstration=series.is_demonstration,
    )
    questions.ask(series=made, questions=series.asked, by=by)
    return slots.offer(series=made, slots=series.named_slots, by=by, now=now)
