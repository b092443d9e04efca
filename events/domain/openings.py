"""What is left of each role at a date, and who may choose which."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from events.domain import seats
from events.models import Occurrence, SeatBlock, Series, Slot


class NoSuchSlot(DomainError):
    """Nothing was chosen where roles are offered, or something that is not."""

    status = 422


@dataclass(frozen=True)
class Opening:
    """One slot at one date: how many have it, and how many places there still are."""

    slot: Slot
    taken: int
    left: int

    @property
    def over(self) -> int:
        """By how many people there are more than places."""
        return max(0, self.taken - self.slot.capacity)

    @property
    def places(self) -> str:
        """What is left, in words."""
        if not self.left:
            return _("Full")
        words = ngettext("%(n)d place left", "%(n)d places left", self.left)
        return words % {"n": self.left}


def require(series: Series, slot: str) -> None:
    """Refuse who chose no role where there are some, or one that is not offered.

    Raises:
        NoSuchSlot: as it says.
    """
    if series.slots and not slot:
        raise NoSuchSlot(_("Choose the role in which you come."))
    if slot and not series.slot_name(slot):
        raise NoSuchSlot(_("This role is not offered any more. Choose another one."))


def at(row: Occurrence) -> list[Opening]:
    """Each slot of a date with what is left of it; empty, at no query, where there are none."""
    return _openings(row, at_most=row.places_left)


def choices(
    row: Occurrence, *, block: SeatBlock | None = None, is_coming: bool = False
) -> list[tuple[str, str]]:
    """What one can choose at a date, by id: "Mentor: has shipped software; 3 places left".

    Args:
        row: the date.
        block: whose places are claimed; none where those of the date are taken.
        is_coming: whether who chooses has a place at the date already.
    """
    at_most = row.places_left if block is None else block.unclaimed
    words = _("%(role)s; %(places)s")
    return [
        (opening.slot.id, words % {"role": opening.slot.label, "places": opening.places})
        for opening in _openings(row, at_most=None if is_coming else at_most)
    ]


def _openings(row: Occurrence, *, at_most: int | None) -> list[Opening]:
    if not row.series.slots:
        return []
    taken = seats.taken_by_slot(row)
    found = []
    for slot in row.series.named_slots:
        left = max(0, slot.capacity - taken[slot.id])
        found.append(Opening(slot, taken[slot.id], left if at_most is None else min(left, at_most)))
    return found
