"""Signing up: a place is taken under the lock of its date's row, in one short transaction."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import audit
from events.domain import (
    admission,
    line_moves,
    openings,
    parties,
    questions,
    seats,
    signup_moves,
)
from events.domain.questions import Said
from events.models import Booking, Occurrence, SeatBlock, Series, SignUp

Status = SignUp.Status

#: How long an unconfirmed sign-up keeps its place.
HOLD = timedelta(minutes=30)


class SlotFixed(admission.SignUpRefused):
    """What they come as is settled."""


def sign_up(
    *,
    occurrence: Occurrence,
    name: str,
    email: str,
    by: User | None,
    now: datetime,
    others: Sequence[str] = (),
    company: Company | None = None,
    despite_overlap: bool = False,
    said: Said = questions.NOTHING,
    slot: str = "",
) -> SignUp:
    """Take places at a date; asking twice gives the same sign-up.

    A guest's places are held for half an hour, until the mail that goes out is answered by
    a button. An account's are confirmed at once, or as the series' flow says. A party has places
    for all who are not signed up yet, or for none.

    Args:
        occurrence: the date.
        name: who comes.
        email: where mail goes; several people may share it.
        by: the account, whose own address counts; none for a guest.
        now: the present.
        others: the names of who comes along, each of them a person on the roster.
        company: for whom they come.
        despite_overlap: whether they said yes to being in two places at once. A guest is asked
            when the address is proved: nobody learns by typing it what it is signed up for.
        said: what they say to the series' questions, age and requirements, for all who come.
        slot: the id of what they come as, all of them, where the series names slots.

    Returns:
        The sign-up of who was named first.

    Raises:
        PermissionDenied: if `by` does not belong to the company.
        admission.OccurrenceFull, admission.OccurrenceClosed, admission.OccurrencePast,
            admission.OccurrenceCancelled: as they say.
        admission.TooManyPending, events.domain.unproved.TooManyMails: if the address has mails
            to answer.
        parties.Overlaps: if one of an account's party comes to something else at that time.
        parties.BadParty: if the names are no party of up to 20.
        questions.BadAnswer, questions.NotAgreed: if they did not say what is asked.
        openings.NoSuchSlot: if they chose no slot where there are some, or none that is there.
    """
    people = parties.named(name, others)
    parties.require_member(company, by=by)
    email = by.email if by is not None else email.strip()
    with seats.held(occurrence.pk) as row:
        known = parties.coming(row, people, email=email, by=by)
        who = parties.newcomers(people, known, by=by)
        hidden = admission.unsaid(known, by=by, now=now)
        if not who and not hidden:
            return known[0]
        admission.require_open(row, now=now)
        questions.require(row.series, said)
        openings.require(row.series, slot)
        admission.require_places(row, len(who) + len(hidden), slot=slot)
        admission.require_welcome(
            row, who, email=email, by=by, now=now, despite_overlap=despite_overlap
        )
        if not who:
            return known[0]
        seats.take(row, len(who))
        made = admit(
            row,
            who,
            status=admission.first_status(row, by),
            email=email,
            company=company,
            by=by,
            now=now,
            said=said,
            slot=slot,
        )
        signup_moves.tell(made[0], now=now)
        signup_moves.places_changed()
    return made[0]


def admit(
    row: Occurrence,
    who: Sequence[tuple[str, User | None]],
    *,
    email: str,
    company: Company | None,
    by: User | None,
    now: datetime,
    status: SignUp.Status,
    said: Said,
    slot: str,
    booking: Booking | None = None,
    block: SeatBlock | None = None,
    is_known: bool = True,
) -> list[SignUp]:
    """Let in people whose places are counted already; the caller holds the date, and tells them.

    Who claimed a place held for a company came by its block. Who is known to be at this address,
    as nobody is whose sign-up is pending, waits no more.
    """
    if booking is None and len(who) > 1:
        booking = Booking.objects.create(user=by, name=who[0][0], email=email, created_at=now)
    before = row.signups.of_people([name for name, _user in who], email=email, user=by)
    told = before.aggregate(most=Max("sequence"))["most"]
    made = SignUp.objects.bulk_create(
        SignUp(
            occurrence=row,
            user=user,
            name=name,
            email=email,
            company=company,
            seat_block=block,
            booking=booking,
            slot=slot,
            status=status,
            hold_until=now + HOLD if status == Status.PENDING_EMAIL else None,
            sequence=0 if told is None else told + 1,
            created_at=now,
            changed_at=now,
        )
        for name, user in who
    )
    questions.keep(made, row.series, said, now=now)
    facts: dict[str, object] = {"to": str(status)}
    if row.series.minimum_age and said.is_old_enough:
        facts["is_at_least"] = row.series.minimum_age
    if row.series.requirements and said.agrees:
        facts["agrees"] = True
    if block is not None:
        facts["block"] = block.uuid.hex
    if slot:
        facts["role"] = row.series.slot_name(slot)
    audit.record_many(made, "events.signed_up", by=by, now=now, **facts)
    if is_known and status != Status.PENDING_EMAIL:
        line_moves.let_go(row, made[0], by=by, now=now)
    return made


def confirm(
    *, signup: SignUp, now: datetime, despite_overlap: bool = False, tells: bool = True
) -> SignUp:
    """Confirm by the private link that the address is right, for all who were signed up together.

    A second time changes nothing. Holds that lapsed are taken up again if there still are places;
    who signed up anew meanwhile, and has not confirmed that, is confirmed there.

    Args:
        signup: whose.
        now: the present.
        despite_overlap: whether they said yes to being in two places at once.
        tells: whether a mail says so; not where one mail speaks of several dates.

    Raises:
        admission.OccurrenceFull, admission.OccurrencePast,
            admission.OccurrenceCancelled: as they say.
        openings.NoSuchSlot: if what they came as is not offered any more.
        parties.Overlaps: if one of them comes to something else at that time.
        signup_moves.NoSuchMove: if it was cancelled or declined.
    """
    with seats.held(signup.occurrence_id) as row:
        party = signup_moves.party_held(signup, row)
        open_ones = [one for one in party if one.status in {Status.PENDING_EMAIL, Status.LAPSED}]
        if not open_ones:
            signup = signup_moves.again(signup, row)
            if not signup.holds_place:
                raise signup_moves.NoSuchMove(_("You are not signed up for this date any more."))
            return signup
        admission.require_to_come(row, now=now)
        lapsed = [one for one in open_ones if one.status == Status.LAPSED]
        anew: list[SignUp] = []
        if lapsed:
            names = [one.name for one in lapsed]
            known = parties.coming(row, names, email=signup.email, by=signup.user)
            # Who came back by another door meanwhile has a place, at the address proved just now.
            back = {name for name, _user in parties.newcomers(names, known, by=signup.user)}
            open_ones = [one for one in open_ones if one not in lapsed or one.name in back]
            _require_places_again(row, [one for one in lapsed if one in open_ones])
            anew = [one for one in known if one.status == Status.PENDING_EMAIL]
            for one in anew:
                one.occurrence = row
            open_ones = anew + open_ones
            if not open_ones:
                return known[0]
        if not despite_overlap:
            names = [one.name for one in open_ones]
            parties.require_no_overlap(row, names, email=signup.email, user=signup.user)
        signup_moves.move_all(open_ones, admission.settled(row.series), by=None, now=now)
        if line_moves.let_go(row, open_ones[0], by=None, now=now):
            signup_moves.places_changed()
        # One mail a party; what was signed up for anew is none of the dates spoken of elsewhere.
        told = [one for one in open_ones if tells or one in anew]
        for one in {one.booking_id or -one.pk: one for one in reversed(told)}.values():
            signup_moves.tell(one, now=now)
    return next((one for one in open_ones if one == signup), open_ones[0])


def cancel(*, signup: SignUp, by: User | None, now: datetime) -> SignUp:
    """Give one person's place back before the start; a second time changes nothing.

    Args:
        signup: whose.
        by: the person themselves or somebody of the host; none for the holder of the private
            link.
        now: the present.

    Raises:
        PermissionDenied: if it is somebody else's.
        admission.OccurrencePast: if it has begun.
    """
    if by is not None and by != signup.user and not signup_moves.is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = signup_moves.again(signup, row)
        _give_back([signup], by=by, now=now)
    return signup


def cancel_some(*, signup: SignUp, which: Collection[str], now: datetime) -> list[SignUp]:
    """Give back places of a party by the private link of one of them, in one go.

    Args:
        signup: whose link it is.
        which: the UUIDs of those who do not come; others than of the party are nobody.
        now: the present.

    Returns:
        The party as it is now.

    Raises:
        admission.OccurrencePast: if it has begun.
    """
    with seats.held(signup.occurrence_id) as row:
        party = signup_moves.party_held(signup, row)
        _give_back([one for one in party if str(one.uuid) in which], by=signup.user, now=now)
    return party


def _give_back(rows: Sequence[SignUp], *, by: User | None, now: datetime) -> None:
    gone = {Status.CANCELLED, Status.LAPSED, Status.DECLINED}
    rows = [one for one in rows if one.status not in gone]
    if not rows:
        return
    if rows[0].occurrence.last_call_at <= now:
        raise admission.OccurrencePast(_("It has begun. Tell the organizer on the spot."))
    was_told = any(one.status != Status.PENDING_EMAIL for one in rows)
    signup_moves.move_all(rows, Status.CANCELLED, by=by, now=now)
    if was_told:
        signup_moves.tell(rows[0], now=now)


def keep(*, signup: SignUp, now: datetime) -> SignUp:
    """Say by the private link that they still come, though the date was moved.

    Raises:
        admission.OccurrencePast, admission.OccurrenceCancelled: as they say.
        signup_moves.NoSuchMove: if the place was given back or declined.
    """
    with seats.held(signup.occurrence_id) as row:
        admission.require_to_come(row, now=now)
        party = [one for one in signup_moves.party_held(signup, row) if one.holds_place]
        if not party:
            raise signup_moves.NoSuchMove(_("You are not signed up for this date any more."))
        for one in party:
            if one.may_keep:
                one.kept_at = now
                one.save(update_fields=["kept_at"])
                audit.record(one, "events.kept", by=one.user)
    return next((one for one in party if one == signup), party[0])


def change_slot(*, signup: SignUp, slot: str, now: datetime) -> None:
    """Come as something else, with the whole party, by the private link; twice is once.

    Raises:
        openings.NoSuchSlot: if that is not offered.
        SlotFixed: if it is too late, or the organizer has said yes to what they come as.
        admission.OccurrenceFull: if not so many places are left in the slot.
    """
    with seats.held(signup.occurrence_id) as row:
        openings.require(row.series, slot)
        party = [one for one in signup_moves.party_held(signup, row) if one.holds_place]
        if not party or not all(can_change_slot(one, now=now) for one in party):
            raise SlotFixed(_("The role cannot be changed any more. Ask the organizer."))
        movers = [one for one in party if one.slot != slot]
        if not movers:
            return
        admission.require_slot(row, len(movers), slot)
        for one in movers:
            was, one.slot, one.changed_at = one.slot_name, slot, now
            one.save(update_fields=["slot", "changed_at"])
            audit.record(one, "events.slot_changed", by=one.user, was=was, to=one.slot_name)
        # What they leave is somebody else's.
        seats.offer_on(row, now=now)
        signup_moves.places_changed()


def can_change_slot(signup: SignUp, *, now: datetime) -> bool:
    """Whether they may still come as something else."""
    row = signup.occurrence
    by_approval = row.series.flow == Series.Flow.BY_APPROVAL
    free = {Status.PENDING_EMAIL, Status.REQUESTED, *(() if by_approval else (Status.CONFIRMED,))}
    return (
        bool(row.series.slots)
        and signup.status in free
        and not row.is_cancelled
        and now < row.signup_closes_at
    )


def lapse_holds(*, now: datetime) -> int:
    """Free the places of sign-ups that nobody confirmed in time; says of how many people."""
    lapsed = 0
    due = SignUp.objects.filter(status=Status.PENDING_EMAIL, hold_until__lte=now)
    for signup in list(due):
        with seats.held(signup.occurrence_id) as row:
            # All of a party at once, so that a party that waits can have their places.
            held = [
                one
                for one in signup_moves.party_held(signup, row)
                if one.status == Status.PENDING_EMAIL
            ]
            if held:
                signup_moves.move_all(held, Status.LAPSED, by=None, now=now)
            lapsed += len(held)
    return lapsed


def _require_places_again(row: Occurrence, lapsed: Sequence[SignUp]) -> None:
    """Refuse who comes back too late: to the places held for a company, or to all others."""
    own = []
    for one in lapsed:
        if one.seat_block is None or not one.seat_block.is_held:
            own.append(one)
        elif one.seat_block.unclaimed == 0:
            # Colleagues have them all: it comes as everybody does.
            one.seat_block = None
            one.save(update_fields=["seat_block"])
            own.append(one)
    if own:
        admission.require_places(row, len(own))
    for slot, people in Counter(one.slot for one in lapsed).items():
        if slot:
            openings.require(row.series, slot)
        admission.require_slot(row, people, slot)
