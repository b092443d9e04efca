"""How a place in line moves from one status to the next: counted, audited, offered on."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from accounts.models import User
from core import audit
from events.domain import parties, seats, signup_moves
from events.models import Occurrence, Offer, SignUp, WaitingEntry

Status = WaitingEntry.Status


def move(
    entry: WaitingEntry,
    to: Status,
    *,
    by: User | None,
    now: datetime,
    signup: SignUp | None = None,
) -> None:
    """Change the status; what was kept for it is offered on. The caller holds the date."""
    kept = entry.holds_offer
    step(entry, to, by=by, now=now, signup=signup)
    if kept:
        seats.free(entry.occurrence, entry.party_size, now=now)
        signup_moves.places_changed()


def step(
    entry: WaitingEntry,
    to: Status,
    *,
    by: User | None,
    now: datetime,
    signup: SignUp | None = None,
) -> None:
    """Change the status and answer the offer; what was kept stays counted for the caller."""
    was = str(entry.status)
    entry.status, entry.signup, entry.changed_at = to, signup, now
    offer = open_offer(entry)
    if offer is not None:
        offer.answered_at = now
        offer.save(update_fields=["answered_at"])
    entry.save(update_fields=["status", "signup", "changed_at"])
    audit.record(entry, "events.line_moved", by=by, was=was, to=str(to))


def open_offer(entry: WaitingEntry) -> Offer | None:
    """The offer that waits for an answer, if one was made."""
    return entry.offers.filter(answered_at=None).first()


def let_go(row: Occurrence, come: SignUp, *, by: User | None, now: datetime) -> bool:
    """End the waiting of whoever came in by another door; a party waits on until all of it come.

    The caller holds the date, has counted the places of who comes, and knows that it is they:
    whoever only typed an address puts nobody out of the line. Pages that say how many places are
    left are the caller's to renew, last of all.

    Args:
        row: the date.
        come: who is surely signed up by now, or the first of several.
        by: who acts; none for a guest.
        now: the present.

    Returns:
        Whether places that were kept for them are offered on.
    """
    same = Q(email__iexact=come.email) if come.email else Q(pk=None)
    if come.user_id is not None:
        same |= Q(user=come.user_id)
    kept = 0
    for entry in WaitingEntry.objects.in_line().filter(same, occurrence=row).select_related("user"):
        # An account may have another address by now, at which the others of its party are known.
        known = [
            one
            for address in dict.fromkeys((entry.email, come.email))
            for one in parties.coming(row, entry.people, email=address, by=entry.user)
        ]
        sure = [one for one in known if one.status != SignUp.Status.PENDING_EMAIL]
        if not parties.newcomers(entry.people, sure, by=entry.user):
            kept += entry.party_size if entry.holds_offer else 0
            step(entry, Status.ACCEPTED, by=by, now=now, signup=own_signup(entry, sure))
    if kept:
        # Once for all of them: else it would be offered to the next of those who are let go.
        seats.free(row, kept, now=now)
    return bool(kept)


def wait_again(signup: SignUp, *, by: User | None, now: datetime) -> None:
    """Give back the place in line that a sign-up ended which was a mistake; caller holds the date.

    Nothing where they stand in line anew.
    """
    entry = WaitingEntry.objects.filter(signup=signup, status=Status.ACCEPTED).first()
    if entry is None:
        return
    anew = WaitingEntry.objects.in_line().filter(occurrence=entry.occurrence_id)
    mine = Q(user=entry.user_id) if entry.user_id else Q(pk=None)
    if not anew.filter(mine | Q(pk__in=anew.of_person(entry.name, email=entry.email))).exists():
        step(entry, Status.WAITING, by=by, now=now)


def own_signup(entry: WaitingEntry, known: Sequence[SignUp]) -> SignUp | None:
    """The sign-up that came of the waiting; none if another place in line led there already."""
    named = entry.name.casefold()
    one = next((one for one in known if one.name.casefold() == named), known[0])
    return None if WaitingEntry.objects.filter(signup=one).exists() else one
