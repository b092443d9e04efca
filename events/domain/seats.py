"""The places of a date: held while they are counted, and offered on when they come free.

A date's `seats_taken` is the sum of all sign-ups that hold a place, of all offers that wait for an
answer, and of what nobody claimed yet of the blocks that are held for companies. Whoever changes it
holds the date's row, and what comes free goes to who waits first. Where the series names slots,
each of them is a limit of its own beside that of the date; how full it is, is counted when it is
asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _

from core import audit, outbox, times
from core.errors import DomainError
from events.models import Occurrence, Offer, SeatBlock, Series, SignUp, WaitingEntry

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
        try:
            row = Occurrence.objects.select_for_update(no_key=True).get(pk=pk)
        except Occurrence.DoesNotExist:
            gone = _("This date is gone: the event has other times now. See its page.")
            raise DateGone(gone) from None
        # Read by itself: joined to the row, it would be as it was before this waited for it.
        row.series = Series.objects.get(pk=row.series_id)
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
    if own < 0:
        free(row, -own, now=now)
    elif row.series.slots and min(changes.values()) < 0:
        # The block keeps the place at the date, but the one in the slot is anybody's.
        offer_on(row, now=now)


def sum_of(row: Occurrence) -> int:
    """The places that nobody else can have, counted anew."""
    people = SignUp.objects.holding().filter(occurrence=row).count()
    offered = WaitingEntry.objects.filter(occurrence=row, status=Status.OFFERED)
    blocks = SeatBlock.objects.held().filter(occurrence=row).aggregate(all=Sum("unclaimed"))
    offers = sum(entry.party_size for entry in offered)
    return people + offers + (blocks["all"] or 0)


def taken_by_slot(row: Occurrence) -> Counter[str]:
    """The places in each slot that nobody else can have, by its id, counted anew."""
    people = SignUp.objects.holding().filter(occurrence=row).exclude(slot="").order_by()
    taken = Counter(dict(people.values_list("slot").annotate(people=Count("pk"))))
    offered = WaitingEntry.objects.filter(occurrence=row, status=Status.OFFERED).exclude(slot="")
    for entry in offered:
        taken[entry.slot] += entry.party_size
    return taken


def left_by_slot(row: Occurrence) -> dict[str, int]:
    """How many places are left in each slot by itself; empty where the series names none."""
    if not row.series.slots:
        return {}
    taken = taken_by_slot(row)
    return {slot.id: max(0, slot.capacity - taken[slot.id]) for slot in row.series.named_slots}


def fit(row: Occurrence, places: int, *, slot: str = "") -> bool:
    """Whether so many can come now: to the date, and in the slot that they chose."""
    at_date = row.places_left
    if at_date is not None and places > at_date:
        return False
    return not slot or places <= left_by_slot(row).get(slot, 0)


def offer_on_at(dates: QuerySet[Occurrence], *, now: datetime) -> None:
    """Offer on at each of these dates for which somebody waits."""
    waited_for = dates.filter(line__status=Status.WAITING).distinct()
    for pk in list(waited_for.order_by("pk").values_list("pk", flat=True)):
        with held(pk) as row:
            offer_on(row, now=now)


def offer_on(row: Occurrence, *, now: datetime) -> None:
    """Offer what is free to who waits, first come first; the caller holds the date.

    A party that does not fit, into the date or its slot, keeps its rank and is passed over. On the
    day itself nobody can wait for an answer: all who wait are told at once, and whoever comes first
    has the place.
    """
    if not row.takes_signups(now=now):
        return
    if is_open_call(row, now=now):
        if not row.is_full:
            _call(row, now=now)
        return
    by_slot: dict[str, int] | None = None
    for entry in WaitingEntry.objects.waiting().filter(occurrence=row):
        left = row.places_left
        if left == 0:
            return
        if by_slot is None:
            by_slot = left_by_slot(row)
        in_slot = by_slot.get(entry.slot, left)
        if all(most is None or entry.party_size <= most for most in (left, in_slot)):
            _offer(row, entry, now=now)
            if entry.slot in by_slot:
                by_slot[entry.slot] -= entry.party_size


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
    by_slot = left_by_slot(row)
    for entry in WaitingEntry.objects.waiting().filter(occurrence=row):
        if by_slot.get(entry.slot) == 0:
            continue
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
