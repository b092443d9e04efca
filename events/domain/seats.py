"""The places of a date: held while they are counted, and offered on when they come free.

A date's `seats_taken` is the sum of all sign-ups that hold a place, of all offers that wait for an
answer, and of what nobody claimed yet of the blocks that are held for companies. Whoever changes it
holds the date's row, and what comes free goes to who waits first.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from core import audit, outbox, times
from core.errors import DomainError
from events.models import Occurrence, Offer, SeatBlock, SignUp, WaitingEntry

Status = WaitingEntry.Status


class DateGone(DomainError):
    """The date is no more: its series has other times, in which it has no place."""

    status = 404


#: How long an offer lasts: by how far ahead the end of sign-up lies, the first that fits.
OFFER_LASTS = (
    (timedelta(days=3), timedelta(hours=24)),
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(0), timedelta(hours=2)),
)


@contextmanager
def _row_locked(pk: int) -> Iterator[Occurrence]:
    """A transaction that holds the date's row; whoever comes next waits and looks again."""
    with transaction.atomic():
        rows = Occurrence.objects.select_for_update(of=("self",), no_key=True).select_related(
            "series"
        )
        try:
            row = rows.get(pk=pk)
        except Occurrence.DoesNotExist:
            gone = _("This date is gone: the event has other times now. See its page.")
            raise DateGone(gone) from None
        yield row


#: How a date is held while places are counted. The race test takes it away to see itself fail.
held: Callable[[int], AbstractContextManager[Occurrence]] = _row_locked


def take(row: Occurrence, places: int) -> None:
    """Count places as taken; the caller holds the date and has seen that they are there."""
    _count(row, places)


def free(row: Occurrence, places: int, *, now: datetime) -> None:
    """Count places as free and offer them on; the caller holds the date."""
    _count(row, -places)
    offer_on(row, now=now)


def claim(block: SeatBlock, places: int) -> None:
    """Let sign-ups have places of a block: they stay taken. The caller holds the date and has
    seen that they are there.
    """
    _count_unclaimed(block, -places)


def settle(row: Occurrence, changes: Mapping[int | None, int], *, now: datetime) -> None:
    """Count what sign-ups took (more) or gave back (less); the caller holds the date.

    Args:
        row: the date.
        changes: by the block that they came by, how many places.
        now: the present.
    """
    own = changes.get(None, 0)
    blocks = SeatBlock.objects.held().in_bulk([pk for pk in changes if pk is not None])
    for pk, change in changes.items():
        if pk in blocks:
            # As long as it is held, its people's places stay its own.
            _count_unclaimed(blocks[pk], -change)
        elif pk is not None:
            own += change
    if own > 0:
        take(row, own)
    elif own < 0:
        free(row, -own, now=now)


def sum_of(row: Occurrence) -> int:
    """The places that nobody else can have, counted anew."""
    people = SignUp.objects.holding().filter(occurrence=row).count()
    offered = WaitingEntry.objects.filter(occurrence=row, status=Status.OFFERED)
    blocks = SeatBlock.objects.held().filter(occurrence=row).aggregate(all=Sum("unclaimed"))
    offers = sum(entry.party_size for entry in offered)
    return people + offers + (blocks["all"] or 0)


def offer_on(row: Occurrence, *, now: datetime) -> None:
    """Offer what is free to who waits, first come first; the caller holds the date.

    A party that does not fit keeps its rank and is passed over. On the day itself nobody can
    wait for an answer: all who wait are told at once, and whoever comes first has the place.
    """
    if not row.takes_signups(now=now):
        return
    if is_open_call(row, now=now):
        if not row.is_full:
            _call(row, now=now)
        return
    for entry in WaitingEntry.objects.waiting().filter(occurrence=row):
        left = row.places_left
        if left == 0:
            return
        if left is None or entry.party_size <= left:
            _offer(row, entry, now=now)


def is_open_call(row: Occurrence, *, now: datetime) -> bool:
    """Whether it is the day itself, by the clock where the event is."""
    return times.local_of(now, row.series.time_zone).date() >= row.local_start.date()


def lasts_until(row: Occurrence, *, now: datetime) -> datetime:
    """Until when an offer that is made now can be answered: never past the end of sign-up."""
    closes_at = row.signup_closes_at
    ahead = closes_at - now
    lasts = next(lasts for at_least, lasts in OFFER_LASTS if ahead >= at_least)
    return min(now + lasts, closes_at)


def _offer(row: Occurrence, entry: WaitingEntry, *, now: datetime) -> None:
    _count(row, entry.party_size)
    offer = Offer.objects.create(entry=entry, made_at=now, until=lasts_until(row, now=now))
    entry.status, entry.changed_at = Status.OFFERED, now
    entry.save(update_fields=["status", "changed_at"])
    audit.record(entry, "events.offered", by=None, until=offer.until.isoformat())
    outbox.promise(
        "events.tasks.send_offer",
        now=now,
        key=f"events.offer:{offer.pk}",
        rank=3,
        offer_id=offer.pk,
    )


def _call(row: Occurrence, *, now: datetime) -> None:
    for entry in WaitingEntry.objects.waiting().filter(occurrence=row):
        outbox.promise(
            "events.tasks.send_open_call",
            now=now,
            key=f"events.open_call:{entry.pk}:{row.seats_taken}:{now:%H}",
            rank=3,
            entry_id=entry.pk,
        )


def _count(row: Occurrence, change: int) -> None:
    Occurrence.objects.filter(pk=row.pk).update(seats_taken=F("seats_taken") + change)
    row.seats_taken += change


def _count_unclaimed(block: SeatBlock, change: int) -> None:
    SeatBlock.objects.filter(pk=block.pk).update(unclaimed=F("unclaimed") + change)
    block.unclaimed += change
