"""Series made from a foreign calendar, and kept in step with it.

Sign-ups stay with their dates: a date that moved in the calendar moves here, and its people are
told. What took place is never rewritten, what people decided at the desk about places, sign-up
and kind is theirs, and what was called off stays so.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, times
from core.errors import DomainError
from events import recurrence
from events.domain import catalogue, dates, whereabouts
from events.domain import incoming_schedules as schedules
from events.domain import series as lifecycle
from events.domain.details import SCHEDULE, Details, check_details
from events.domain.incoming_reading import Read, Span
from events.domain.incoming_schedules import SAME_DATE, Changes
from events.models import IncomingCalendar, IncomingEvent, Occurrence, Series
from organizations.domain.slugs import RESERVED

#: Series that are made in one transaction: others may write in between.
AT_ONCE = 100
#: What the calendar decides; the rest belongs to the desk.
WORDS = (
    "title",
    "description",
    "mode",
    "place_name",
    "address",
    "zip_code",
    "latitude",
    "longitude",
    "online_url",
)
TIMES = (*SCHEDULE, "excluded_dates")
_CAN_BE_CALLED_OFF = (Series.Status.DRAFT, Series.Status.IN_REVIEW, Series.Status.PUBLISHED)
_TO_COME = (Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED)


class Removed(DomainError):
    """Somebody removed the calendar, or an event of it, while it was being read."""


def dates_to_come(event: Read, *, now: datetime) -> int:
    """How many of its dates are still to come within the window that is kept as rows."""
    return len(_coming(_series(event.details), event.changes, now=now))


def draft_has_dates_to_come(series: Series, *, now: datetime) -> bool:
    """Whether a series that has no rows yet would have a date to come."""
    return any(
        catalogue.instants(start, start + series.duration, series.time_zone)[1] > now
        for start in catalogue.starts_of(
            series,
            until=catalogue.window_end(now, series.time_zone),
            since=times.local_of(now, series.time_zone).date() - timedelta(days=1),
        )
    )


def events_of(rows: Iterable[IncomingEvent]) -> dict[int, int]:
    """Each series that was made of them, or goes on from one that was, and of which event it is."""
    found = {row.series_id: row.pk for row in rows}
    ahead = list(found)
    while ahead:
        later = Series.objects.filter(continues__in=ahead).values_list("pk", "continues")
        goes_on = {pk: found[before] for pk, before in later if pk not in found}
        found |= goes_on
        ahead = list(goes_on)
    return found


def days_counted(event: Read, *, now: datetime) -> int:
    """How many days have to be walked to know those dates, where its rule counts from its start."""
    if not event.details.rrule:
        return 0
    rule = recurrence.parse(event.details.rrule)
    until = times.local_of(now, event.details.time_zone)
    return recurrence.days_counted(rule, start=event.details.local_start, until=until)


def create_many(
    calendar: IncomingCalendar, events: Sequence[Read], *, by: User | None, now: datetime
) -> None:
    """Make series of events that are not known yet, in the caller's transaction.

    Raises:
        Removed: if the calendar is no more.
    """
    # The calendar's row is the lock: two readings at once take turns, and the second looks again.
    held = IncomingCalendar.objects.select_for_update(of=("self",), no_key=True)
    if not held.filter(pk=calendar.pk):
        raise _removed()
    known = {
        (row.uid, row.recurrence_id): row
        for row in calendar.events.filter(uid__in=[event.uid for event in events])
    }
    fresh = [e for e in events if e.key not in known or known[e.key].is_gone]
    slugs = _free_slugs(calendar, fresh)
    host = calendar.organization
    shows = calendar.publishes and lifecycle.is_trusted(host)
    made: list[Series] = []
    for event, slug in zip(fresh, slugs, strict=True):
        series = _series(event.details if shows else _told_by_dates(event))
        series.slug, series.organization = slug, host
        series.created_by, series.changed_at = by, now
        series.live = shows
        series.status = _first_status(calendar, shows=shows)
        series.published_at = now if shows else None
        today = times.local_of(now, series.time_zone).date()
        series.materialized_until = (
            catalogue.window_end(now, series.time_zone) if shows else today - timedelta(days=1)
        )
        made.append(series)
    Series.objects.bulk_create(made, batch_size=50)
    added, again = [], []
    for event, series in zip(fresh, made, strict=True):
        row = known.get(event.key)
        if row is None:
            row = IncomingEvent(calendar=calendar, uid=event.uid, recurrence_id=event.recurrence_id)
            added.append(row)
        else:
            again.append(row)
        row.series, row.fingerprint, row.is_gone = series, event.fingerprint, False
        row.said = schedules.noted(event)
    IncomingEvent.objects.bulk_create(added, batch_size=100)
    IncomingEvent.objects.bulk_update(
        again, ["series", "fingerprint", "is_gone", "said"], batch_size=100
    )
    audit.record_many(made, "events.series_imported", by=by, now=now, calendar=str(calendar.uuid))
    if shows:
        pairs = zip(fresh, made, strict=True)
        catalogue.add_many({s: _dates(s, event, now=now) for event, s in pairs}, now=now)


def update(row: IncomingEvent, event: Read, *, by: User | None, now: datetime) -> None:
    """Bring a known series in step with what the calendar now says of it.

    Raises:
        Removed: if it is no longer known.
    """
    with transaction.atomic():
        said = schedules.noted(event)
        _note(row, fingerprint=event.fingerprint, said=said)
        parts = _parts(row)
        if all(series.status == Series.Status.CANCELLED for series in parts):
            return  # people called it off here; their calendar does not undo that
        if event.is_cancelled:
            call_off(row, by=by, now=now)
            return
        # What it says as before is no reason to take back what the desk changed since.
        keeps_times = said == row.said
        cuts = [event] * len(parts) if keeps_times else schedules.cut(event, parts)
        before = None if keeps_times else row.said
        for series, part in zip(parts, cuts, strict=True):
            if series.status == Series.Status.CANCELLED:
                continue
            _update_part(series, event, part, before=before, by=by, now=now)


def _update_part(
    series: Series,
    event: Read,
    part: Read | None,
    *,
    before: dict[str, Any] | None,
    by: User | None,
    now: datetime,
) -> None:
    """Bring one series of an event in step: with its words, and with its part of the times."""
    once = not series.repeats
    is_known = series.status in Series.PUBLIC_STATUSES
    details = (part or event).details if is_known else _told_by_dates(event)
    values = check_details(details)
    keeps_times = before is None or part is None
    whereabouts_before = series.whereabouts
    for name in (*WORDS, *(() if keeps_times else TIMES)):
        setattr(series, name, values[name])
    series.sequence += is_known
    series.save()
    if series.latest_revision_id:
        series.save_revision(user=by)
    audit.record(series, "events.series_read_again", by=by)
    if is_known:
        _bring_dates_in_step(series, part, before=before, once=once, by=by, now=now)
        catalogue.refresh(series, now=now)
        whereabouts.tell(series, before=whereabouts_before, now=now)


def call_off(row: IncomingEvent, *, by: User | None, now: datetime) -> bool:
    """Call off what the calendar no longer has, if any of it is to come; says whether it did.

    Raises:
        Removed: if it is no longer known.
    """
    with transaction.atomic():
        _note(row, is_gone=True)
        ends = [series for series in _parts(row) if _has_something_to_come(series, now=now)]
        for series in ends:
            reason = _("It is no longer in the organization’s calendar.")
            lifecycle.cancel(series=series, reason=reason, by=by, now=now)
    return bool(ends)


def _has_something_to_come(series: Series, *, now: datetime) -> bool:
    if series.status == Series.Status.PUBLISHED:
        coming = Occurrence.objects.filter(starts_at__gt=now, status__in=_TO_COME)
        return coming.filter(series=series).exists()
    return series.status in _CAN_BE_CALLED_OFF


def _note(row: IncomingEvent, **values: object) -> None:
    """Write what is known of an event, and hold it."""
    if not IncomingEvent.objects.filter(pk=row.pk).update(**values):
        raise _removed()


def _removed() -> Removed:
    return Removed(_("The calendar, or an event of it, was removed while it was being read."))


def _parts(row: IncomingEvent) -> list[Series]:
    """All series of an event, locked: the desk may have given it other times from a date on."""
    held: dict[int, Series] = {}
    # Others cut what nobody holds yet: look again until there is nothing more.
    while unseen := events_of([row]).keys() - held.keys():
        rows = Series.objects.select_for_update(of=("self",), no_key=True)
        held |= {series.pk: series for series in rows.filter(pk__in=unseen).order_by("pk")}
    first = held.pop(row.series_id)
    return [first, *sorted(held.values(), key=lambda series: series.local_start)]


def _first_status(calendar: IncomingCalendar, *, shows: bool) -> Series.Status:
    if shows:
        return Series.Status.PUBLISHED
    return Series.Status.IN_REVIEW if calendar.publishes else Series.Status.DRAFT


def _series(details: Details) -> Series:
    values = check_details(details)
    del values["focus_areas"]
    return Series(**values)


def _told_by_dates(event: Read) -> Details:
    """The details of a draft, which has no rows: changed dates as excluded and extra ones."""
    details = event.details
    excluded, extra = set(details.excluded_dates), set(details.extra_dates)
    for original, span in event.changes.items():
        excluded.add(original.isoformat(timespec="minutes"))
        if span is not None:
            extra.add(span.start.isoformat(timespec="minutes"))
    return replace(details, excluded_dates=sorted(excluded - extra), extra_dates=sorted(extra))


def _free_slugs(calendar: IncomingCalendar, events: Sequence[Read]) -> list[str]:
    """A slug for each: its title where that is free, else with letters of its own behind it."""
    plain = [slugify(event.details.title)[:100].strip("-") or "event" for event in events]
    said = [f"{calendar.uuid}\n{e.uid}\n{e.recurrence_id}\n{e.fingerprint}" for e in events]
    lettered = list(map(_lettered, plain, said))
    rows = Series.objects.filter(slug__in=[*plain, *lettered])
    taken = set(rows.values_list("slug", flat=True))
    taken |= RESERVED | lifecycle.RESERVED_SLUGS
    slugs = []
    for first, with_letters, text in zip(plain, lettered, said, strict=True):
        slug = with_letters if first in taken else first
        # What came back once has its letters already.
        number = 2
        while slug in taken or (number > 2 and Series.objects.filter(slug=slug).exists()):
            slug = _lettered(first, f"{text}\n{number}")
            number += 1
        taken.add(slug)
        slugs.append(slug)
    return slugs


def _lettered(slug: str, said: str) -> str:
    return f"{slug}-{hashlib.blake2b(said.encode(), digest_size=5).hexdigest()}"


def _dates(series: Series, event: Read, *, now: datetime) -> list[Occurrence]:
    """The rows of its dates to come, changed ones as changed."""
    return _rows(series, _coming(series, event.changes, now=now), now=now)


def _coming(series: Series, changes: Changes, *, now: datetime) -> dict[datetime, Span]:
    """The dates to come by their original start."""
    said = schedules.spans(series, changes, since=_since(series, changes, now=now), now=now)
    return _still_to_come(said, series, now=now)


def _rows(series: Series, wanted: dict[datetime, Span], *, now: datetime) -> list[Occurrence]:
    """The unsaved rows of these dates."""
    rows = []
    for original, span in wanted.items():
        row = catalogue.occurrence_of(series, original, now=now)
        if (row.local_start, row.local_end) != (span.start, span.end):
            row.local_start, row.local_end = span.start, span.end
            row.starts_at, row.ends_at = catalogue.instants(span.start, span.end, series.time_zone)
            row.status = Occurrence.Status.MOVED
        rows.append(row)
    return rows


def _still_to_come(
    said: dict[datetime, Span], series: Series, *, now: datetime
) -> dict[datetime, Span]:
    return {
        original: span
        for original, span in said.items()
        if catalogue.instants(*_both(span), series.time_zone)[1] > now
    }


def _since(
    series: Series, changes: Changes, *, now: datetime, coming: Iterable[datetime] = ()
) -> date:
    """From which day on its rule is asked: what was put off may have had its day long ago.

    Args:
        series: as it now repeats.
        changes: dates that the calendar puts elsewhere.
        now: the present.
        coming: original starts of rows that are to come.
    """
    put_off = [
        original
        for original, span in changes.items()
        if span is not None and catalogue.instants(*_both(span), series.time_zone)[1] > now
    ]
    yesterday = times.local_of(now, series.time_zone).date() - timedelta(days=1)
    first = min([yesterday, *(original.date() for original in (*put_off, *coming))])
    until = catalogue.window_end(now, series.time_zone)
    return max(first, until + timedelta(days=1 - recurrence.MOST_DAYS))


def _both(span: Span) -> tuple[datetime, datetime]:
    return span.start, span.end


def _bring_dates_in_step(
    series: Series,
    event: Read | None,
    *,
    before: dict[str, Any] | None,
    once: bool,
    by: User | None,
    now: datetime,
) -> None:
    """Move, add and call off dates to come until they are what the calendar says.

    Args:
        series: with the times that it now has.
        event: what the calendar says of it; none if it has no date for it any more.
        before: what the calendar said of its times until now; none if just the same.
        once: whether it happened once until now.
        by: who acts; none for the clock.
        now: the present.
    """
    rows = {row.original_start: row for row in series.occurrences.select_for_update(no_key=True)}
    coming = {
        original: row
        for original, row in rows.items()
        if row.starts_at > now and row.status in _TO_COME
    }
    changes = event.changes if event else {}
    since = _since(series, changes, now=now, coming=coming)
    said = schedules.spans(series, changes, since=since, now=now) if event else {}
    wanted = _still_to_come(said, series, now=now)
    zone = series.time_zone
    said_before = (
        said
        if before is None
        else schedules.spans_noted(before, time_zone=zone, since=since, now=now)
    )
    single = once and not series.repeats
    if single and rows and said == said_before:
        return  # wherever the desk has put it
    for row in rows.values():
        row.series = series
    for original, row in sorted(coming.items()):
        row.keep_identity(repeats=not once)
        row.save(update_fields=["known_uid", "known_start"])
        span = wanted.get(original)
        is_the_desks = row.status == Occurrence.Status.MOVED and said_before.get(original) == span
        if span and not is_the_desks:
            _settle(row, span, by=by, now=now)
    missing = {original: span for original, span in wanted.items() if original not in rows}
    # What is over there and not here was put off by the desk: nothing more is said of it.
    looked_at = datetime.combine(since, datetime.min.time())
    gone = [
        row
        for original, row in sorted(rows.items())
        if row.starts_at > now and original not in said and original >= looked_at
    ]
    became = _paired(gone, missing, anywhere=single)
    for row in gone:
        original = became.get(row.original_start)
        _follow(row, original, missing.pop(original) if original else None, by=by, now=now)
    Occurrence.objects.bulk_create(_rows(series, missing, now=now), batch_size=50)
    until = catalogue.window_end(now, series.time_zone)
    Series.objects.filter(pk=series.pk).update(materialized_until=until)
    if missing and series.status == Series.Status.ENDED:
        lifecycle.reopen(series=series, by=by)


def _paired(
    rows: Sequence[Occurrence], among: dict[datetime, Span], *, anywhere: bool
) -> dict[datetime, datetime]:
    """Which new date each has become, nearest pairs first; none if all are too far."""
    new = sorted((span.start, original) for original, span in among.items())
    pairs = []
    for row in rows:
        for start, original in new[bisect_left(new, (row.local_start - SAME_DATE,)) :]:
            if start > row.local_start + SAME_DATE:
                break
            pairs.append((abs(start - row.local_start), row.original_start, original))
    if anywhere and not pairs:
        pairs = [(timedelta(), row.original_start, new[0][1]) for row in rows if new]
    became: dict[datetime, datetime] = {}
    taken = set()
    for _distance, was, original in sorted(pairs):
        if was not in became and original not in taken:
            became[was] = original
            taken.add(original)
    return became


def _follow(
    row: Occurrence,
    original: datetime | None,
    span: Span | None,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Take a date to where it is in the calendar now; call it off if that is nowhere."""
    if original and row.series.repeats:
        # The rule has moved, and the date with it.
        row.original_start = original
        row.save(update_fields=["original_start"])
    if row.status not in _TO_COME:
        return  # what was called off stays so, also where it has moved to
    if span:
        _settle(row, span, by=by, now=now)
    else:
        reason = _("It is no longer in the organization’s calendar.")
        dates.call_off(row, reason=reason, by=by, now=now)


def _settle(row: Occurrence, span: Span, *, by: User | None, now: datetime) -> None:
    """Give a date the times of the calendar; nothing if it has them, or if they are past."""
    starts_at, ends_at = catalogue.instants(span.start, span.end, row.series.time_zone)
    if (row.starts_at, row.ends_at, row.local_start) == (starts_at, ends_at, span.start):
        return
    if starts_at > now:
        dates.retime(row, local_start=span.start, local_end=span.end, by=by, now=now)
