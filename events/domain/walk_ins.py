"""Who comes without having signed up: a place is taken under the same lock as by a sign-up."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import audit
from core.errors import DomainError
from events import permissions
from events.domain import (
    admission,
    attendance,
    doors,
    line_moves,
    openings,
    parties,
    questions,
    seats,
    signup_moves,
    signups,
)
from events.domain.questions import Said
from events.models import Occurrence, Series, SignUp

Status = SignUp.Status


#: How who walked in is taken off the roster: back the way on which they came.
WAY_OFF: dict[SignUp.Status, tuple[SignUp.Status, ...]] = {
    Status.CONFIRMED: (Status.CANCELLED,),
    Status.CHECKED_IN: (Status.CONFIRMED, Status.CANCELLED),
    Status.ATTENDED: (Status.CHECKED_IN, Status.CONFIRMED, Status.CANCELLED),
    Status.NO_SHOW: (Status.CHECKED_IN, Status.CONFIRMED, Status.CANCELLED),
}


class AdmittedByHand(DomainError):
    """The organizer looks at everybody who comes to this event."""


class AbovePlaces(DomainError):
    """It would be more people than places; whoever keeps the roster may say yes to that.

    Args:
        sentence: by how many.
        total: how many people it would be.
    """

    def __init__(self, sentence: str, *, total: int) -> None:
        super().__init__(sentence)
        self.total = total


class NotAWalkIn(DomainError):
    """They signed up, or do not come any more: the roster says what became of that."""


def are_welcome(row: Occurrence) -> bool:
    """Whether people may come in by themselves: not where the organizer admits each by hand."""
    return row.series.flow == Series.Flow.INSTANT and row.series.status in {
        Series.Status.PUBLISHED,
        Series.Status.ENDED,
    }


def come_in(
    *,
    occurrence: Occurrence,
    name: str,
    email: str,
    by: User | None,
    now: datetime,
    others: Sequence[str] = (),
    said: Said = questions.NOTHING,
    slot: str = "",
) -> SignUp:
    """Take places at the door by oneself and be checked in; who is on the roster is checked in.

    No mail is sent: the address is not proved.

    Args:
        occurrence: the date.
        name: who comes.
        email: where they can be reached; an account's own counts.
        by: the account; none for a guest.
        now: the present.
        others: the names of who comes along.
        said: what they say to the series' questions, age and requirements, for all who come.
        slot: the id of what they come as; whoever walks in may come as nothing in particular.

    Raises:
        events.domain.doors.DoorClosed: if it is too early or too late.
        events.domain.questions.BadAnswer, events.domain.questions.NotAgreed: if they did not say
            what is asked.
        AdmittedByHand: if the organizer looks at everybody.
        events.domain.admission.OccurrenceFull: if not so many places are left.
        events.domain.admission.OccurrenceCancelled: if the date was called off.
        events.domain.parties.BadParty: if the names are no party of up to 20.
    """
    people = parties.named(name, others)
    email = by.email if by is not None else email.strip()
    with seats.held(occurrence.pk) as row:
        doors.require_open(row, now=now)
        if not are_welcome(row):
            raise AdmittedByHand(
                _("The organizer admits people to this event by hand. Ask at the door.")
            )
        known = _known(row, people, email=email, user=by)
        who = parties.newcomers(people, known, by=by)
        if who:
            questions.require(row.series, said)
            _require_slot(row, len(who), slot)
            admission.require_places(row, len(who))
        held = [one for one in known if one.status == Status.PENDING_EMAIL]
        if held:
            signup_moves.move_all(held, Status.CONFIRMED, by=by, now=now)
        attendance.let_in(known, by=by, now=now)
        made = _add(
            row,
            who,
            email=email,
            by=by,
            now=now,
            said=said,
            slot=slot,
            # The code at the door proves no address.
            is_known=by is not None,
        )
        if held and by is not None:
            _let_go(row, held[0], by=by, now=now)
        return [*known, *made][0]


def add(
    *,
    occurrence: Occurrence,
    name: str,
    email: str,
    by: User,
    now: datetime,
    others: Sequence[str] = (),
    up_to: int = 0,
    slot: str = "",
) -> SignUp:
    """Put people on the roster who came without a sign-up; who is on it is checked in.

    Written down after the door has closed, they attended, from and until when nobody knows.

    Args:
        occurrence: the date.
        name: who came.
        email: where they can be reached; may be empty.
        by: somebody of the host.
        now: the present.
        others: the names of who came along.
        up_to: to how many people in all `by` said yes, though there are fewer places.
        slot: the id of what they came as; empty for nothing in particular.

    Raises:
        PermissionDenied: if `by` is not of the host.
        events.domain.doors.DoorClosed: if it is too early.
        AbovePlaces: if not so many places are left and nobody said yes to so many people.
        events.domain.admission.OccurrenceCancelled: if the date was called off.
        events.domain.parties.BadParty: if the names are no party of up to 20.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    people = parties.named(name, others)
    email = email.strip()
    with seats.held(occurrence.pk) as row:
        is_over = now >= doors.closes_at(row)
        if not is_over or row.is_cancelled:
            doors.require_open(row, now=now)
        known = _known(row, people, email=email, user=None)
        who = parties.newcomers(people, known, by=None)
        if who:
            _require_slot(row, len(who), slot)
        _require_places(row, len(who), up_to=up_to)
        held = [one for one in known if one.status in {Status.PENDING_EMAIL, Status.REQUESTED}]
        if held:
            signup_moves.move_all(held, Status.CONFIRMED, by=by, now=now)
        if not is_over:
            attendance.let_in(known, by=by, now=now)
        elif came := [one for one in known if one.status != Status.ATTENDED]:
            signup_moves.move_all(came, Status.ATTENDED, by=by, now=now)
        made = _add(row, who, email=email, by=by, now=now, is_over=is_over, slot=slot)
        if held:
            _let_go(row, held[0], by=by, now=now)
        return [*known, *made][0]


def strike(*, signup: SignUp, by: User, now: datetime) -> SignUp:
    """Take off the roster who was put there by mistake; a second time changes nothing.

    Whoever waited until then waits again.

    Raises:
        PermissionDenied: if `by` is not of the host.
        NotAWalkIn: if they signed up, or were excused or declined since.
    """
    if not signup_moves.is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = signup_moves.again(signup, row)
        if signup.status == Status.CANCELLED:
            return signup
        way_off = WAY_OFF.get(Status(signup.status))
        if not signup.walked_in or way_off is None:
            raise NotAWalkIn(_("Only who walked in can be taken off the roster."))
        line_moves.wait_again(signup, by=by, now=now)
        for status in way_off:
            signup_moves.move(signup, status, by=by, now=now)
    return signup


def _let_go(row: Occurrence, come: SignUp, *, by: User, now: datetime) -> None:
    # Last: what was kept for them must not be offered on before these places are counted.
    if line_moves.let_go(row, come, by=by, now=now):
        signup_moves.places_changed()


def _require_slot(row: Occurrence, people: int, slot: str) -> None:
    if slot:
        openings.require(row.series, slot)
        admission.require_slot(row, people, slot)


def _require_places(row: Occurrence, people: int, *, up_to: int) -> None:
    total = row.seats_taken + people
    if not people or row.capacity is None or total <= max(row.capacity, up_to):
        return
    words = ngettext(
        "That makes %(total)d people for %(places)d place: over by %(over)d.",
        "That makes %(total)d people for %(places)d places: over by %(over)d.",
        row.capacity,
    )
    raise AbovePlaces(
        words % {"total": total, "places": row.capacity, "over": total - row.capacity},
        total=total,
    )


def _known(
    row: Occurrence, people: Sequence[str], *, email: str, user: User | None
) -> list[SignUp]:
    known = parties.coming(row, people, email=email, by=user)
    for one in known:
        one.occurrence = row
    return known


def _add(
    row: Occurrence,
    who: Sequence[tuple[str, User | None]],
    *,
    email: str,
    by: User | None,
    now: datetime,
    slot: str,
    said: Said = questions.NOTHING,
    is_over: bool = False,
    is_known: bool = True,
) -> list[SignUp]:
    if not who:
        return []
    seats.take(row, len(who))
    made = signups.admit(
        row,
        who,
        status=Status.ATTENDED if is_over else Status.CHECKED_IN,
        email=email,
        company=None,
        by=by,
        now=now,
        said=said,
        slot=slot,
        is_known=is_known,
    )
    for one in made:
        one.walked_in, one.checked_in_at = True, None if is_over else now
        one.save(update_fields=["walked_in", "checked_in_at"])
    over = max(0, row.seats_taken - row.capacity) if row.capacity is not None else 0
    audit.record_many(made, "events.walked_in", by=by, now=now, over=over)
    signup_moves.places_changed()
    return made
