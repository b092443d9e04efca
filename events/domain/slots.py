"""Places by role: what a host names for people to come as."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from events import permissions
from events.domain import capacity, catalogue, seats, signup_moves
from events.models import Edit, Series, SignUp, Slot, WaitingEntry

MOST_SLOTS = 20
MOST_PLACES = 10_000
LONGEST_NAME = 60
LONGEST_QUALIFICATION = 200


class BadSlots(DomainError):
    """Not roles that can be offered."""

    status = 422


class SlotInUse(DomainError):
    """A role cannot be taken away while somebody has it, or waits for it."""


def offer(*, series: Series, slots: Sequence[Slot], by: User, now: datetime) -> Series:
    """Offer these roles from now on; the places of a date are those of all of them together.

    Dates to come that had as many places as the series follow it, and what comes free is offered
    on. A role keeps its id while its words change, and calendars hear of another name. With fewer
    places than people in it nobody is dropped: it is full until enough of them cancel. Without any
    role left the places stay as many as they are.

    Args:
        series: of which.
        slots: all of them, in order; an id that the series does not know makes a new one.
        by: who acts.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        BadSlots: if they are more than twenty, or one of them cannot be offered.
        SlotInUse: if one that goes is somebody's at a date to come, or waited for, or may be
            once the last edit of the event is taken back.
    """
    if not permissions.can_edit(by, series):
        raise PermissionDenied
    if len(slots) > MOST_SLOTS:
        raise BadSlots(_("Name at most %(most)d roles.") % {"most": MOST_SLOTS})
    offered = [_checked(slot) for slot in slots]
    if len({slot.name.casefold() for slot in offered}) != len(offered):
        raise BadSlots(_("Name each role once."))
    with transaction.atomic():
        row = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series.pk)
        before = row.named_slots
        offered = _with_ids(offered, {slot.id for slot in before})
        if offered == before:
            return row
        # All dates to come: nobody takes a role at one of them while it goes.
        to_come = row.occurrences.filter(ends_at__gt=now).order_by("pk")
        held = [date.pk for date in to_come.select_for_update(of=("self",), no_key=True)]
        kept = {slot.id for slot in offered}
        _require_unused(row, held, [slot for slot in before if slot.id not in kept], now=now)
        former, row.slots = row.capacity, [slot.kept() for slot in offered]
        if offered:
            row.capacity = row.places_of_slots
        row.save(update_fields=["slots", "capacity", "updated_at"])
        audit.record(row, "events.slots_changed", by=by, count=len(offered), places=row.capacity)
        capacity.give_places(series=row, before=former, by=by, now=now)
        if offered:
            # A date with a number of its own has no more places than its roles.
            above = Q(capacity=None) | Q(capacity__gt=row.capacity)
            row.occurrences.filter(above, pk__in=held).update(capacity=row.capacity)
        if row.latest_revision_id:
            row.save_revision(user=by)
        seats.offer_on_at(row.occurrences.filter(pk__in=held), now=now)
        if row.status in Series.PUBLIC_STATUSES and _renamed(before, offered):
            # Calendars of who comes say the role: they take another word from a later version only.
            row.sequence += 1
            catalogue.refresh(row, now=now)
        signup_moves.places_changed()
    return row


def _require_unused(
    series: Series, dates: Iterable[int], gone: Sequence[Slot], *, now: datetime
) -> None:
    if not gone:
        return
    names = {slot.id: slot.name for slot in gone}
    found = {"occurrence__in": list(dates), "slot__in": list(names)}
    people = SignUp.objects.holding().filter(**found).values_list("slot", flat=True)
    line = WaitingEntry.objects.in_line().filter(**found).values_list("slot", flat=True)
    if used := people.first() or line.first():
        raise SlotInUse(
            _(
                "“%(role)s” cannot go: people have it at a date to come, or wait for it. "
                "Give it fewer places instead."
            )
            % {"role": names[used]}
        )
    family = [series.pk, series.continues_id]
    if Edit.objects.open(now=now).filter(series__in=family).exists():
        # With it, places may come back that somebody had in that role.
        raise SlotInUse(
            _("The last change of this event can still be taken back. Try again in a minute.")
        )


def _renamed(before: Sequence[Slot], after: Iterable[Slot]) -> bool:
    names = {slot.id: slot.name for slot in after}
    return any(names.get(slot.id, slot.name) != slot.name for slot in before)


def _with_ids(slots: Iterable[Slot], known: set[str]) -> list[Slot]:
    found: dict[str, Slot] = {}
    for slot in slots:
        keeps = slot.id in known and slot.id not in found
        again = slot if keeps else replace(slot, id=secrets.token_hex(4))
        found[again.id] = again
    return list(found.values())


def _checked(slot: Slot) -> Slot:
    name = " ".join(slot.name.split())
    facts = {"role": name[:LONGEST_NAME]}
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadSlots(
            _("The name of a role has from 1 to %(most)d letters.") % {"most": LONGEST_NAME}
        )
    if not 1 <= slot.capacity <= MOST_PLACES:
        raise BadSlots(
            _("“%(role)s”: offer from 1 to %(most)d places.") % {**facts, "most": MOST_PLACES}
        )
    qualification = " ".join(slot.qualification.split())
    if len(qualification) > LONGEST_QUALIFICATION:
        raise BadSlots(
            _("“%(role)s”: say in at most %(most)d letters whom it is for.")
            % {**facts, "most": LONGEST_QUALIFICATION}
        )
    return replace(slot, name=name, qualification=qualification)
