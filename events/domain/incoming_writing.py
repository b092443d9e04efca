"""Series made from a foreign calendar, and kept in step with it.

Sign-ups stay with their dates: a date that moved in the calendar moves here, and its people are
told. What took place is never rewritten, what people decided at the desk about places, sign-up
and kind is theirs, and what was called off stays so.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, times
from core.errors import DomainError
from events import recurrence
from events.domain import catalogue, dates
from events.domain import series as lifecycle
from events.domain.details import SCHEDULE, Details, check_details
from events.domain.incoming_reading import Read, Span
from events.models import IncomingCalendar, IncomingEvent, Occurrence, Series
from organizations.domain.slugs import RESERVED

#: Series that are made in one transaction: others may write in between.
AT_ONCE = 100
#: How far a date of a changed rule may have moved and still be taken for the same.
SAME_DATE = timedelta(days=3)
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


def has_dates_to_come(event: Read, *, now: datetime) -> bool:
    """Whether any of its dates is still to come within the window that is kept as rows."""
    return bool(_dates(_series(event.details), event, now=now))


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
    IncomingEvent.objects.bulk_create(added, batch_size=100)
    IncomingEvent.objects.bulk_update(again, ["series", "fingerprint", "is_gone"], batch_size=100)
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
        _note(row, fingerprint=event.fingerprint)
        series = _going_on(row)
        IncomingEvent.objects.filter(pk=row.pk).update(series=series)
        if series.status == Series.Status.CANCELLED:
            return  # people called it off here; their calendar does not undo that
        if event.is_cancelled:
            call_off(row, by=by, now=now)
            return
        is_known = series.status in Series.PUBLIC_STATUSES
        values = check_details(event.details if is_known else _told_by_dates(event))
        happened_once = not series.repeats
        for name in (*WORDS, *TIMES):
            setattr(series, name, values[name])
        series.sequence += is_known
        series.save()
        if series.latest_revision_id:
            series.save_revision(user=by)
        audit.record(series, "events.series_read_again", by=by)
        if is_known:
            _bring_dates_in_step(series, event, once=happened_once, by=by, now=now)
            catalogue.refresh(series, now=now)


def call_off(row: IncomingEvent, *, by: User | None, now: datetime) -> bool:
    """Call off what the calendar no longer has, if any of it is to come; says whether it did.

    Raises:
        Removed: if it is no longer known.
    """
    with transaction.atomic():
        _note(row, is_gone=True)
        series = _going_on(row)
        if series.status not in _CAN_BE_CALLED_OFF or (
            series.status == Series.Status.PUBLISHED
            and not series.occurrences.filter(starts_at__gt=now, status__in=_TO_COME).exists()
        ):
            return False
        reason = _("It is no longer in the organization’s calendar.")
        lifecycle.cancel(series=series, reason=reason, by=by, now=now)
    return True


def _note(row: IncomingEvent, **values: object) -> None:
    """Write what is known of an event, and hold it."""
    if not IncomingEvent.objects.filter(pk=row.pk).update(**values):
        raise _removed()


def _removed() -> Removed:
    return Removed(_("The calendar, or an event of it, was removed while it was being read."))


def _going_on(row: IncomingEvent) -> Series:
    """The series of an event, locked; where the desk gave it other times, the one that goes on."""
    pk = row.series_id
    while later := Series.objects.filter(continues=pk).order_by("-pk").values_list("pk").first():
        (pk,) = later
    return Series.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


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
    said = _said(series, event, since=_since(series, event, now=now), now=now)
    return _rows(series, _still_to_come(said, series, now=now), now=now)


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


def _said(series: Series, event: Read, *, since: date, now: datetime) -> dict[datetime, Span]:
    """All dates of the calendar from that day on, those that are over too, by original start."""
    said: dict[datetime, Span] = {}
    until = catalogue.window_end(now, series.time_zone)
    for original in catalogue.starts_of(series, until=until, since=since):
        span = event.changes.get(original, Span(original, original + series.duration))
        if span is not None:
            said[original] = span
    return said


def _still_to_come(
    said: dict[datetime, Span], series: Series, *, now: datetime
) -> dict[datetime, Span]:
    return {
        original: span
        for original, span in said.items()
        if catalogue.instants(*_both(span), series.time_zone)[1] > now
    }


def _since(series: Series, event: Read, *, now: datetime, coming: Iterable[datetime] = ()) -> date:
    """From which day on its rule is asked: what was put off may have had its day long ago.

    Args:
        series: as it now repeats.
        event: what the calendar says of it.
        now: the present.
        coming: original starts of rows that are to come.
    """
    put_off = [
        original
        for original, span in event.changes.items()
        if span is not None and catalogue.instants(*_both(span), series.time_zone)[1] > now
    ]
    yesterday = times.local_of(now, series.time_zone).date() - timedelta(days=1)
    first = min([yesterday, *(original.date() for original in (*put_off, *coming))])
    until = catalogue.window_end(now, series.time_zone)
    return max(first, until + timedelta(days=1 - recurrence.MOST_DAYS))


def _both(span: Span) -> tuple[datetime, datetime]:
    return span.start, span.end


def _bring_dates_in_step(
    series: Series, event: Read, *, once: bool, by: User | None, now: datetime
) -> None:
    """Move, add and call off dates to come until they are what the calendar says."""
    rows = {row.original_start: row for row in series.occurrences.select_for_update(no_key=True)}
    coming = {
        original: row
        for original, row in rows.items()
        if row.starts_at > now and row.status in _TO_COME
    }
    since = _since(series, event, now=now, coming=coming)
    said = _said(series, event, since=since, now=now)
    wanted = _still_to_come(said, series, now=now)
    for row in rows.values():
        row.series = series
    for row in coming.values():
        row.keep_identity(repeats=not once)
        row.save(update_fields=["known_uid", "known_start"])
    missing = {original: span for original, span in wanted.items() if original not in rows}
    for original, row in sorted(coming.items()):
        if original in wanted:
            _settle(row, wanted[original], by=by, now=now)
            continue
        if original in said or original < datetime.combine(since, datetime.min.time()):
            continue  # put off at the desk; its day there is over, and nothing more is said of it
        found = _nearest(row, missing, anywhere=once and not series.repeats)
        if found is None:
            reason = _("It is no longer in the organization’s calendar.")
            dates.call_off(row, reason=reason, by=by, now=now)
            continue
        if series.repeats:
            # The rule has moved, and the date with it.
            row.original_start = found
            row.save(update_fields=["original_start"])
        _settle(row, missing.pop(found), by=by, now=now)
    added = _rows(series, missing, now=now)
    Occurrence.objects.bulk_create(added, batch_size=50)
    until = catalogue.window_end(now, series.time_zone)
    Series.objects.filter(pk=series.pk).update(materialized_until=until)
    if added and series.status == Series.Status.ENDED:
        lifecycle.reopen(series=series, by=by)


def _nearest(row: Occurrence, among: dict[datetime, Span], *, anywhere: bool) -> datetime | None:
    """The new date that this one has become; none if all are too far."""
    if not among:
        return None
    found = min(among, key=lambda original: abs(among[original].start - row.local_start))
    near = abs(among[found].start - row.local_start) <= SAME_DATE
    return found if near or anywhere else None


def _settle(row: Occurrence, span: Span, *, by: User | None, now: datetime) -> None:
    """Give a date the times of the calendar; nothing if it has them, or if they are past."""
    starts_at, ends_at = catalogue.instants(span.start, span.end, row.series.time_zone)
    if (row.starts_at, row.ends_at, row.local_start) == (starts_at, ends_at, span.start):
        return
    if starts_at > now:
        dates.retime(row, local_start=span.start, local_end=span.end, by=by, now=now)
