"""Other times for a series from one of its dates on: shown as a plan, and only then done.

What took place stays as it was: where dates lie before the change, they keep the series, which ends
there, and the dates from there on go on as a series of their own. Where each of them goes is said
in `plans`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox
from core.errors import DomainError
from events import permissions, recurrence
from events.domain import blocks, catalogue, dates, plans, undo
from events.domain.plans import Plan, Times
from events.domain.series import free_series_slug
from events.models import Occurrence, Series

#: What a series that goes on takes over from the one that it continues.
_TAKEN_OVER = (
    *("title", "summary", "description", "kind", "organization", "company", "need", "mode"),
    *("place_name", "address", "zip_code", "area", "latitude", "longitude", "online_url"),
    *("time_zone", "is_all_day", "flow", "capacity", "waiting_list", "opens_days_before"),
    *("closes_minutes_before", "minimum_age", "requirements", "questions", "slots"),
    *("status", "live"),
    *("published_at", "is_demonstration", "created_by"),
)


class PlanChanged(DomainError):
    """Somebody signed up, or changed a date, since the plan was shown."""


def _dates_locked(rows: QuerySet[Occurrence]) -> dict[int, Occurrence]:
    return rows.select_for_update(of=("self",), no_key=True).in_bulk()


#: How the dates are held while a plan is made of them. The race test takes it away to see itself
#: fail.
held: Callable[[QuerySet[Occurrence]], dict[int, Occurrence]] = _dates_locked


def reschedule(
    *, first: Occurrence, to: Times, by: User, now: datetime, shown: str, reason: str = ""
) -> Series:
    """Give the series these times from that date on, exactly as the plan that was shown said.

    Args:
        first: the date from which on they hold.
        to: the new times.
        by: who acts.
        now: the present.
        shown: the digest of the plan that they saw.
        reason: told to those who signed up.

    Returns:
        The series that has the new times: the same one, or the one that goes on from there.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        PlanChanged: if the plan would be another by now.
        DomainError: whatever `plans.plan` refuses.
    """
    if not permissions.can_edit(by, first.series):
        raise PermissionDenied
    with transaction.atomic():
        series = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=first.series_id)
        first = Occurrence.objects.select_for_update(no_key=True).get(pk=first.pk)
        first.series = series
        # Held before they are looked at: nobody signs up for a date that the plan finds empty.
        rows = held(plans.to_come(series, first, now))
        agreed = plans.plan(first=first, to=to, now=now)
        if agreed.digest != shown:
            raise PlanChanged(_("Something changed meanwhile. Look at the plan again."))
        with undo.recorded(series, held=rows, by=by, now=now):
            goes_on = _done(series, first, rows, agreed, to, reason=reason, by=by, now=now)
        audit.record(
            goes_on,
            "events.series_rescheduled",
            by=by,
            moved=agreed.moved,
            called_off=len(agreed.called_off),
            added=agreed.added,
            continues=series.pk if agreed.splits else None,
        )
        for changed in {series.pk: series, goes_on.pk: goes_on}.values():
            changed.sequence += 1
            catalogue.refresh(changed, now=now)
    return goes_on


def _done(
    series: Series,
    first: Occurrence,
    rows: dict[int, Occurrence],
    agreed: Plan,
    to: Times,
    *,
    reason: str,
    by: User,
    now: datetime,
) -> Series:
    """Do what was agreed; the series that has the new times."""
    for row in rows.values():
        row.series = series
        row.keep_identity(repeats=series.repeats)
    repeated = series.repeats
    goes_on = _split(series, first, to, now=now) if agreed.splits else series
    for pk in agreed.called_off:
        dates.call_off(rows[pk], reason=reason, by=by, now=now)
    Occurrence.objects.filter(pk__in=agreed.removed).delete()
    _set_times(goes_on, series, first, agreed, to)
    if agreed.splits and series.repeats != repeated:
        _keep_identities(series, repeats=repeated)
    _move_rows(goes_on, rows, agreed, to, reason=reason, now=now)
    until = catalogue.window_end(now, goes_on.time_zone)
    catalogue.materialize(goes_on, now=now, until=until)
    return goes_on


def _keep_identities(series: Series, *, repeats: bool) -> None:
    """Let the dates that stay be what calendars know, though one alone may be left of them."""
    stay = list(series.occurrences.filter(known_uid=None))
    for row in stay:
        row.series = series
        row.keep_identity(repeats=repeats)
    Occurrence.objects.bulk_update(stay, ["known_uid", "known_start"], batch_size=50)


def _split(series: Series, first: Occurrence, to: Times, *, now: datetime) -> Series:
    """Let the series end before the date, and make the one that goes on from there."""
    goes_on = Series(
        **{name: getattr(series, name) for name in _TAKEN_OVER},
        slug=free_series_slug(series.title),
        continues=series,
        sequence=series.sequence,
        local_start=to.local_start,
        duration_minutes=to.duration_minutes,
        changed_at=now,
    )
    goes_on.save()
    goes_on.focus_areas = list(series.focus_areas.all())
    goes_on.save()
    if series.rrule:
        rule = recurrence.parse(series.rrule)
        until = first.original_start - timedelta(minutes=1)
        if series.more_times:  # for the later starts of the day before as well
            until = datetime.combine(first.original_start.date(), datetime.min.time())
            until -= timedelta(minutes=1)
        series.rrule = replace(rule, count=None, until=until).text()
    return goes_on


def _set_times(goes_on: Series, series: Series, first: Occurrence, agreed: Plan, to: Times) -> None:
    """Write the rule, and share the days that are extra or left out between the two."""
    extra = _parts(series.extra_dates, first.original_start)
    left_out = _parts(series.excluded_dates, first.original_start)
    series.extra_dates, series.excluded_dates = extra[0], left_out[0]
    before = (extra[0], left_out[0]) if goes_on is series else ([], [])
    goes_on.extra_dates = [*before[0], *extra[1], *_texts(agreed.strays)]
    goes_on.excluded_dates = [*before[1], *_texts(agreed.excluded)]
    goes_on.more_times = plans.checked_sessions(to, series)
    goes_on.local_start, goes_on.duration_minutes = to.local_start, to.duration_minutes
    goes_on.rrule = plans.checked_rule(to, goes_on)
    goes_on.materialized_until = None
    for row in {series.pk: series, goes_on.pk: goes_on}.values():
        Series.objects.filter(pk=row.pk).update(
            rrule=row.rrule,
            local_start=row.local_start,
            duration_minutes=row.duration_minutes,
            more_times=row.more_times,
            extra_dates=row.extra_dates,
            excluded_dates=row.excluded_dates,
            materialized_until=row.materialized_until,
        )


def _texts(moments: Iterable[datetime]) -> list[str]:
    return [moment.isoformat(timespec="minutes") for moment in moments]


def _parts(moments: list[str], first: datetime) -> tuple[list[str], list[str]]:
    before = [text for text in moments if datetime.fromisoformat(text) < first]
    return before, [text for text in moments if text not in before]


def _move_rows(
    goes_on: Series,
    rows: dict[int, Occurrence],
    agreed: Plan,
    to: Times,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Take the dates along, with all who signed up; what was changed by hand stays as it is."""
    new_starts = dict(agreed.new_starts)
    extra = {datetime.fromisoformat(text) for text in goes_on.extra_dates}
    # What was called off and has no place in the new times stays behind, where it is known.
    taken_along = [
        row for pk, row in rows.items() if pk in new_starts or row.original_start in extra
    ]
    for row in taken_along:
        row.series = goes_on
        if row.pk not in new_starts:
            continue
        new, was = new_starts[row.pk], row.local_start
        moves = plans.moves(row, new, to)
        row.original_start = new
        if not moves:
            continue
        row.local_start = new
        row.local_end = new + timedelta(minutes=to.duration_minutes)
        row.starts_at, row.ends_at = catalogue.instants(
            row.local_start, row.local_end, goes_on.time_zone
        )
        row.sequence += 1
        row.changed_at = now
        _tell(row, was, reason=reason, now=now)
    fields = ["series", "original_start", "local_start", "local_end", "starts_at", "ends_at"]
    fields += ["known_uid", "known_start"]
    Occurrence.objects.bulk_update(taken_along, [*fields, "sequence", "changed_at"], batch_size=50)


def _tell(row: Occurrence, was: datetime, *, reason: str, now: datetime) -> None:
    for pk in row.signups.coming().one_a_party().values_list("pk", flat=True):
        outbox.promise(
            "events.tasks.send_moved",
            now=now,
            key=f"events.moved:{pk}:{row.sequence}",
            not_before=now + undo.MAILS_WAIT,
            signup_id=pk,
            was=was.isoformat(timespec="minutes"),
            reason=reason,
        )
    blocks.tell_moved(row, now=now)
