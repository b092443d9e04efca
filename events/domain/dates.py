"""One date of a series: moved or called off, with everybody who signed up told."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox, times
from core.errors import DomainError
from events import permissions
from events.domain import blocks, catalogue, seats, undo, waiting
from events.models import Occurrence, SeatBlock, Series, SignUp, WaitingEntry

Status = Occurrence.Status


class DateIsPast(DomainError):
    """What took place is never rewritten."""


class DateIsCancelled(DomainError):
    """A date that was called off stays so."""


class NotLater(DomainError):
    """A date can only be moved to a time that is still to come."""

    status = 422


class FarOff(DomainError):
    """A date lies in the years that calendars hold."""

    status = 422


class PreviewChanged(DomainError):
    """Another move than the one that was shown, or another number of people who are told."""


@dataclass(frozen=True)
class Preview:
    """What a change to a date will do."""

    #: Which date, from where to where on the clock on the wall.
    date: int
    before: datetime
    after: datetime
    when_before: str
    when_after: str
    signups_kept: int
    #: How many letters go out, and of how many blocks of places the CSR leads get one.
    told: int
    blocks_told: int

    @property
    def digest(self) -> str:
        """What has to be the same when it is done as when it was shown."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).hexdigest()


def preview_move(*, occurrence: Occurrence, local_start: datetime, now: datetime) -> Preview:
    """What moving the date there would do, before it is done.

    Raises:
        DateIsPast, DateIsCancelled: if it cannot be moved any more.
        FarOff: if no calendar holds that day.
        NotLater: if the new time is past.
    """
    local_start = start_of(occurrence.series, local_start)
    require_to_come(occurrence, now)
    if times.utc_of(local_start, occurrence.series.time_zone) <= now:
        raise NotLater(_("Choose a time that is still to come."))
    after = Occurrence(
        series=occurrence.series,
        local_start=local_start,
        local_end=local_start + (occurrence.local_end - occurrence.local_start),
    )
    return Preview(
        date=occurrence.pk,
        before=occurrence.local_start,
        after=local_start,
        when_before=occurrence.when,
        when_after=after.when,
        signups_kept=occurrence.signups.coming().count(),
        told=told_of_moves([occurrence.pk]),
        blocks_told=SeatBlock.objects.held().filter(occurrence=occurrence).count(),
    )


def told_of_moves(moved: Iterable[int]) -> int:
    """How many letters go out if these dates are moved: one to each party that comes."""
    return SignUp.objects.coming().filter(occurrence__in=moved).one_a_party().count()


def told_of_call_offs(called_off: Iterable[int]) -> int:
    """How many letters go out if these dates are called off: who waits for a place gets one too."""
    line = WaitingEntry.objects.in_line().filter(occurrence__in=called_off)
    return told_of_moves(called_off) + line.count()


def start_of(series: Series, local_start: datetime) -> datetime:
    """Where a date starts that is put there: all-day ones at midnight.

    Raises:
        FarOff: if no calendar holds that day.
    """
    if local_start.year not in times.YEARS:
        raise FarOff(_("The date must lie between 2000 and 2100."))
    if series.is_all_day:
        return datetime.combine(local_start.date(), datetime.min.time())
    return local_start


def move_date(
    *,
    occurrence: Occurrence,
    local_start: datetime,
    by: User,
    now: datetime,
    reason: str = "",
    shown: str | None = None,
) -> Occurrence:
    """Move one date; it keeps its name, its sign-ups and its length.

    Args:
        occurrence: the date.
        local_start: the new start on the clock on the wall, in the series' zone; of an all-day
            date its day counts.
        by: who acts.
        now: the present.
        reason: told to those who signed up.
        shown: the digest of the preview that they saw; none where nobody was asked.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        PreviewChanged: if the preview would be another by now.
        DomainError: whatever `preview_move` refuses.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    with transaction.atomic():
        occurrence = _locked(occurrence)
        local_start = start_of(occurrence.series, local_start)
        if local_start == occurrence.local_start:
            return occurrence
        preview = preview_move(occurrence=occurrence, local_start=local_start, now=now)
        if shown is not None and shown != preview.digest:
            raise PreviewChanged(_("Something changed meanwhile. Read again what this does."))
        local_end = local_start + (occurrence.local_end - occurrence.local_start)
        with undo.recorded(occurrence.series, held=[occurrence.pk], by=by, now=now):
            retime(
                occurrence,
                local_start=local_start,
                local_end=local_end,
                by=by,
                now=now,
                reason=reason,
            )
        occurrence.series.sequence += 1
        catalogue.refresh(occurrence.series, now=now)
    return occurrence


def cancel_date(*, occurrence: Occurrence, reason: str, by: User, now: datetime) -> Occurrence:
    """Call off one date; everybody who signed up is told once.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        DateIsPast: if it has begun.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    with transaction.atomic():
        occurrence = _locked(occurrence)
        if occurrence.status == Status.CANCELLED:
            return occurrence
        require_to_come(occurrence, now)
        with undo.recorded(occurrence.series, held=[occurrence.pk], by=by, now=now):
            call_off(occurrence, reason=reason, by=by, now=now)
        occurrence.series.sequence += 1
        catalogue.refresh(occurrence.series, now=now)
    return occurrence


def retime(
    occurrence: Occurrence,
    *,
    local_start: datetime,
    local_end: datetime,
    by: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Give a locked date other times, in the caller's transaction; its people are told."""
    was = occurrence.local_start.isoformat(timespec="minutes")
    occurrence.local_start, occurrence.local_end = local_start, local_end
    occurrence.starts_at, occurrence.ends_at = catalogue.instants(
        local_start, local_end, occurrence.series.time_zone
    )
    _move(occurrence, Status.MOVED, by=by, now=now, was_at=was, reason=reason)
    for pk in occurrence.signups.coming().one_a_party().values_list("pk", flat=True):
        outbox.promise(
            "events.tasks.send_moved",
            now=now,
            key=f"events.moved:{pk}:{occurrence.sequence}",
            not_before=now + undo.MAILS_WAIT,
            signup_id=pk,
            was=was,
            reason=reason,
        )
    blocks.tell_moved(occurrence, now=now)


def call_off(occurrence: Occurrence, *, reason: str, by: User | None, now: datetime) -> None:
    """Cancel a locked date and all its sign-ups, in the caller's transaction."""
    occurrence.cancel_reason, occurrence.cancelled_at = reason[:300], now
    told = list(occurrence.signups.coming().one_a_party().values_list("pk", flat=True))
    occurrence.signups.filter(
        status__in=(
            SignUp.Status.PENDING_EMAIL,
            SignUp.Status.REQUESTED,
            SignUp.Status.CONFIRMED,
        )
    ).update(status=SignUp.Status.CANCELLED, changed_at=now)
    waiting.close(occurrence, by=by, now=now)
    blocks.close(occurrence, by=by, now=now)
    occurrence.seats_taken = seats.sum_of(occurrence)
    _move(occurrence, Status.CANCELLED, by=by, now=now, reason=reason)
    for pk in told:
        outbox.promise(
            "events.tasks.send_called_off",
            now=now,
            key=f"events.called_off:{pk}:{occurrence.sequence}",
            not_before=now + undo.MAILS_WAIT,
            signup_id=pk,
        )


def _locked(occurrence: Occurrence) -> Occurrence:
    # The series first, as everywhere: two writers never wait for each other.
    series = (
        type(occurrence.series).objects.select_for_update(no_key=True).get(pk=occurrence.series_id)
    )
    row = Occurrence.objects.select_for_update(no_key=True).get(pk=occurrence.pk)
    row.series = series
    return row


def require_to_come(occurrence: Occurrence, now: datetime) -> None:
    """Refuse a date that cannot be changed any more.

    Raises:
        DateIsCancelled, DateIsPast: as they say.
    """
    if occurrence.status == Status.CANCELLED:
        raise DateIsCancelled(_("This date was called off."))
    if occurrence.last_call_at <= now:
        raise DateIsPast(_("This date has begun; what took place is not rewritten."))


def _move(
    occurrence: Occurrence, to: Status, *, by: User | None, now: datetime, **facts: str
) -> None:
    if to not in Occurrence.MOVES[occurrence.status]:
        raise DateIsPast(
            _("A date that is “%(was)s” cannot become “%(to)s”.")
            % {"was": occurrence.get_status_display(), "to": to.label}
        )
    was, occurrence.status = occurrence.status, to
    occurrence.sequence += 1
    occurrence.changed_at = now
    occurrence.save()
    audit.record(occurrence, "events.date_moved", by=by, was=was, to=str(to), **facts)
