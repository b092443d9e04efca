"""The waiting list of a date: first in, first offered."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import audit, outbox
from core.errors import DomainError
from events import permissions
from events.domain import (
    admission,
    line_moves,
    openings,
    parties,
    questions,
    seats,
    signup_moves,
    signups,
    unproved,
)
from events.domain.questions import Said
from events.domain.undo import MAILS_WAIT
from events.models import Booking, Occurrence, Offer, SignUp, WaitingEntry

Status = WaitingEntry.Status

#: How many lists one address may wait on at once.
MOST_LISTS = 20


class WaitingRefused(DomainError):
    """Nobody can wait for this date, or not now."""


class NoList(WaitingRefused):
    """This event keeps no waiting list."""


class PlacesLeft(WaitingRefused):
    """There is nothing to wait for: places are left."""


class TooManyLists(WaitingRefused):
    """The address waits for enough already."""

    status = 429


class OfferGone(WaitingRefused):
    """The offer was answered, or lapsed."""


def join(
    *,
    occurrence: Occurrence,
    name: str,
    email: str,
    by: User | None,
    now: datetime,
    others: Sequence[str] = (),
    company: Company | None = None,
    despite_overlap: bool = False,
    slot: str = "",
) -> WaitingEntry | None:
    """Stand in line for places at a full date; asking twice gives the same place in line.

    A guest's address is proved when an offer that was mailed there is accepted. Until then nobody
    learns by typing it what it is signed up for: that is said by mail.

    Args:
        occurrence: the date.
        name: who waits.
        email: where offers go; several people may share it.
        by: the account, whose own address counts; none for a guest.
        now: the present.
        others: the names of who comes along: a party gets places for all, or waits on together.
        company: for whom they come.
        despite_overlap: whether they said yes to a date at which they come to something else. A
            guest is asked when they take what is offered.
        slot: the id of what they want to come as, where the series names slots.

    Returns:
        The place in line; none where one of a guest's party is signed up already, which the
        visitor must not be told.

    Raises:
        PermissionDenied: if `by` does not belong to the company.
        NoList: if the event keeps none.
        PlacesLeft: if the party fits right now, and nobody ahead of it would.
        TooManyLists: if the address waits for `MOST_LISTS` dates already.
        WaitingRefused: if an account waits for it already, in another role or with others.
        events.domain.unproved.TooManyMails: if a guest's address has mails to answer.
        events.domain.admission.SignUpRefused: if nobody can come to this date any more, or one of
            an account's party is signed up already.
        events.domain.parties.Overlaps: if one of an account's party comes to something else at
            that time.
        events.domain.parties.BadParty: if the names are no party of up to 20.
        events.domain.openings.NoSuchSlot: if they chose no slot where there are some.
    """
    people = parties.named(name, others)
    parties.require_member(company, by=by)
    email = by.email if by is not None else email.strip()
    with seats.held(occurrence.pk) as row:
        known = same_person(row, name=people[0], email=email, by=by)
        if known is not None and by is not None:
            require_same(known, people, slot=slot)
            return known
        if known is not None and answered_just_now(known, people, slot=slot, now=now):
            return known
        if by is None:
            unproved.require_few_mails(unproved.mails_to(email, now=now), now=now)
            come = parties.coming(row, people, email=email, by=by)
            if known is not None or come:
                require_line(row, people, email=email, slot=slot, now=now)
                if come:
                    tell_signed_up(come[0], now=now)
                elif known is not None:
                    tell_waits_already(known, people, slot=slot, now=now)
                return known
        entry = stand(
            row,
            people,
            email=email,
            by=by,
            company=company,
            despite_overlap=despite_overlap,
            slot=slot,
            now=now,
        )
        _promise("send_waiting", entry, now=now)
    return entry


def stand(
    row: Occurrence,
    people: Sequence[str],
    *,
    email: str,
    by: User | None,
    company: Company | None,
    despite_overlap: bool,
    slot: str,
    now: datetime,
    booking: Booking | None = None,
) -> WaitingEntry:
    """Put people who do not stand there yet at the end of the line; the caller holds the date.

    Raises:
        DomainError: whatever `join` refuses.
    """
    if come := parties.coming(row, people, email=email, by=by):
        raise admission.SignUpRefused(already(come[0].name, people))
    require_line(row, people, email=email, slot=slot, now=now)
    if by is not None and not despite_overlap:
        parties.require_no_overlap(row, people, email=email, user=by)
    entry = WaitingEntry.objects.create(
        occurrence=row,
        user=by,
        name=people[0],
        others=list(people[1:]),
        email=email,
        company=company,
        booking=booking,
        slot=slot,
        created_at=now,
        changed_at=now,
    )
    audit.record(entry, "events.joined_line", by=by)
    return entry


def require_same(entry: WaitingEntry, people: Sequence[str], *, slot: str) -> None:
    """Refuse who waits already, but not for this.

    Raises:
        WaitingRefused: if it is for another role, or with other people.
    """
    if sentence := _in_another_way(entry, people, slot=slot):
        raise WaitingRefused(sentence)


def _in_another_way(entry: WaitingEntry, people: Sequence[str], *, slot: str) -> str:
    """How they wait for something else than this, in a sentence for them; else empty."""
    if entry.slot != slot:
        return _("You wait for this date in another role already. Leave that list first.")
    if {one.casefold() for one in entry.people} != {one.casefold() for one in people}:
        return _(
            "You wait for this date already, but not with these people. Leave that list first."
        )
    return ""


def answered_just_now(
    entry: WaitingEntry, people: Sequence[str], *, slot: str, now: datetime
) -> bool:
    """Whether a guest asked for the same a moment ago: a second click has the first's answer."""
    is_new = entry.created_at > now - signups.HOLD
    return is_new and not _in_another_way(entry, people, slot=slot)


def tell_waits_already(
    entry: WaitingEntry, people: Sequence[str], *, slot: str, now: datetime
) -> None:
    """Tell by mail, once, who waits already that asking for something else changed nothing."""
    if _in_another_way(entry, people, slot=slot):
        _promise("send_waits_already", entry, now=now)


def require_line(
    row: Occurrence, people: Sequence[str], *, email: str, slot: str, now: datetime
) -> None:
    """Refuse a line in which a party cannot stand now, whoever they are.

    Raises:
        NoList, PlacesLeft, TooManyLists: as they say.
        events.domain.openings.NoSuchSlot: if they chose no slot where there are some.
        events.domain.admission.SignUpRefused: if nobody can sign up for it now.
    """
    if not row.series.waiting_list:
        raise NoList(_("This event keeps no waiting list. Other dates may have places left."))
    admission.require_open(row, now=now)
    # A date with more people than places, or none for this party, is waited for.
    openings.require(row.series, slot)
    if seats.fit(row, len(people), slot=slot):
        raise PlacesLeft(_("A place is free right now: take it."))
    if WaitingEntry.objects.in_line().filter(email__iexact=email).count() >= MOST_LISTS:
        raise TooManyLists(
            _("This address waits for %(most)d dates already. Leave a list first.")
            % {"most": MOST_LISTS}
        )


def tell_signed_up(signup: SignUp, *, now: datetime) -> None:
    """Tell by mail, once, who was asked to wait for a date that they are signed up for."""
    outbox.promise(
        "events.tasks.send_signed_up_already",
        now=now,
        key=f"events.signed_up_already:{signup.uuid.hex}",
        rank=3,
        signup_id=signup.pk,
    )


def accept(
    *,
    entry: WaitingEntry,
    by: User | None,
    now: datetime,
    despite_overlap: bool = False,
    said: Said = questions.NOTHING,
) -> SignUp:
    """Take the places that are offered; a second time gives the same sign-up.

    Args:
        entry: whose.
        by: the person themselves; none for the holder of the private link.
        now: the present.
        despite_overlap: whether they said yes to being in two places at once.
        said: what they say to the series' questions, age and requirements, for all who come.

    Raises:
        PermissionDenied: if it is somebody else's.
        events.domain.questions.BadAnswer, events.domain.questions.NotAgreed: if they did not say
            what is asked.
        OfferGone: if there is no offer, or no more.
        events.domain.admission.SignUpRefused: if the date was called off or has begun.
        events.domain.parties.Overlaps: if one of them comes to something else at that time.
    """
    if by is not None and by != entry.user:
        raise PermissionDenied
    with seats.held(entry.occurrence_id) as row:
        entry = _again(entry, row)
        known = parties.coming(row, entry.people, email=entry.email, by=entry.user)
        if entry.status == Status.ACCEPTED and (entry.signup is not None or known):
            return entry.signup or known[0]
        offer = line_moves.open_offer(entry)
        if offer is None or offer.until <= now:
            raise OfferGone(_("This offer is over: the place went to the next in line."))
        admission.require_to_come(row, now=now)
        who = parties.newcomers(entry.people, known, by=entry.user)
        _confirm(row, known, by=by, now=now)
        if not who:
            # They came in by another door meanwhile: what was kept for them is free again.
            own = line_moves.own_signup(entry, known)
            line_moves.move(entry, Status.ACCEPTED, by=by, now=now, signup=own)
            return known[0]
        if not despite_overlap:
            names = [name for name, _user in who]
            parties.require_no_overlap(row, names, email=entry.email, user=entry.user)
        questions.require(row.series, said)
        # The places were counted when they were offered.
        line_moves.step(entry, Status.ACCEPTED, by=by, now=now)
        signup = signups.admit(
            row,
            who,
            status=admission.settled(row.series),
            email=entry.email,
            company=entry.company,
            by=by or entry.user,
            now=now,
            said=said,
            slot=entry.slot,
            booking=entry.booking,
        )[0]
        signup_moves.tell(signup, now=now)
        signup_moves.places_changed()
        entry.signup = signup
        entry.save(update_fields=["signup"])
        if known:
            seats.free(row, entry.party_size - len(who), now=now)
    return signup


def _confirm(row: Occurrence, known: Sequence[SignUp], *, by: User | None, now: datetime) -> None:
    """Confirm what somebody signed up for with the address that the private link proves."""
    held = [one for one in known if one.status == SignUp.Status.PENDING_EMAIL]
    for one in held:
        one.occurrence = row
    if held:
        signup_moves.move_all(held, admission.settled(row.series), by=by, now=now)
        signup_moves.tell(held[0], now=now)


def leave(*, entry: WaitingEntry, by: User | None, now: datetime) -> WaitingEntry:
    """Step out of the line, or say no to an offer; a second time changes nothing.

    Args:
        entry: whose.
        by: the person themselves or somebody of the host; none for the holder of the private
            link.
        now: the present.

    Raises:
        PermissionDenied: if it is somebody else's.
    """
    if by is not None and by != entry.user and not _is_host(by, entry):
        raise PermissionDenied
    with seats.held(entry.occurrence_id) as row:
        entry = _again(entry, row)
        if entry.status in WaitingEntry.IN_LINE:
            to = Status.DECLINED if entry.holds_offer else Status.WITHDRAWN
            line_moves.move(entry, to, by=by, now=now)
    return entry


def lapse_offers(*, now: datetime) -> int:
    """Take back offers that nobody answered in time, and make them to the next; says how many."""
    lapsed = 0
    due = Offer.objects.filter(answered_at=None, until__lte=now).select_related("entry")
    for offer in list(due):
        with seats.held(offer.entry.occurrence_id) as row:
            entry = _again(offer.entry, row)
            again = line_moves.open_offer(entry)
            if again is not None and again.until <= now:
                line_moves.move(entry, Status.LAPSED, by=None, now=now)
                _promise("send_offer_lapsed", entry, now=now)
                lapsed += 1
    return lapsed


def close(row: Occurrence, *, by: User | None, now: datetime) -> None:
    """End the line of a date that is called off, telling everybody; the caller holds the date.

    The caller counts the date's places anew.
    """
    for entry in WaitingEntry.objects.in_line().filter(occurrence=row):
        line_moves.step(entry, Status.CLOSED, by=by, now=now)
        outbox.promise(
            "events.tasks.send_line_closed",
            now=now,
            key=f"events.send_line_closed:{entry.uuid.hex}:{row.sequence}",
            not_before=now + MAILS_WAIT,
            rank=3,
            entry_id=entry.pk,
        )


def _again(entry: WaitingEntry, row: Occurrence) -> WaitingEntry:
    """The place in line as it stands now that its date is held."""
    again = WaitingEntry.objects.select_related("user", "signup", "company", "booking").get(
        pk=entry.pk
    )
    again.occurrence = row
    return again


def same_person(row: Occurrence, *, name: str, email: str, by: User | None) -> WaitingEntry | None:
    """The place in line that they have for the date: by account, or by address and name."""
    line = WaitingEntry.objects.in_line().filter(occurrence=row)
    if by is not None and (mine := line.filter(user=by).first()):
        return mine
    return line.of_person(name, email=email).first()


def already(name: str, people: Sequence[str]) -> str:
    """Who of a party is signed up, in a sentence for them."""
    if len(people) > 1:
        return _("%(name)s is signed up for this date already.") % {"name": name}
    return _("You are signed up for this date already.")


def _is_host(by: User, entry: WaitingEntry) -> bool:
    return permissions.can_edit(by, entry.occurrence.series)


def _promise(task: str, entry: WaitingEntry, *, now: datetime) -> None:
    outbox.promise(
        f"events.tasks.{task}",
        now=now,
        key=f"events.{task}:{entry.uuid.hex}",
        rank=3,
        entry_id=entry.pk,
    )
