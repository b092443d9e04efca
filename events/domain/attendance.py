"""Who came and who left, written down at the door. One check-in, by whichever door it comes."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, limits
from core.errors import DomainError
from events import permissions
from events.domain import admission, doors, seats, signup_moves
from events.models import DoorCode, Occurrence, SignUp, SignUpQuerySet

Status = SignUp.Status

#: How often people in one place, behind one address of the network, may try at one door. A
#: school's whole hall shares one, and whoever tries addresses out must not get far.
FROM_ONE_PLACE = (
    limits.Limit(100, timedelta(minutes=5)),
    limits.Limit(400, timedelta(hours=1)),
)
#: Who may come in by themselves: those whose place is certain, and who was marked wrongly.
MAY_COME = frozenset({Status.CONFIRMED, Status.CHECKED_IN, Status.ATTENDED, Status.NO_SHOW})
#: Who may leave: who is here, and who has left already.
MAY_LEAVE = frozenset({Status.CHECKED_IN, Status.ATTENDED})


class NoSignUp(DomainError):
    """Nobody of that address comes, or it is not said who of several."""

    status = 422


class NotAdmitted(DomainError):
    """The sign-up was not confirmed, or has fallen away."""


class Nobody(DomainError):
    """It was not said who of a party is meant."""

    status = 422


class NotOver(DomainError):
    """People may still come."""


class RestChanged(DomainError):
    """Somebody came, or was marked, since it was shown how many did not."""


class NotHere(DomainError):
    """Who was not checked in cannot leave."""


def check_in(
    *, signup: SignUp, by: User | None, now: datetime, which: Collection[str] | None = None
) -> SignUp:
    """Write down that they came; a second time, by whichever door, changes nothing.

    Args:
        signup: whose.
        by: the person themselves or somebody of the host; none for who holds the private link or
            stands at the door.
        now: the present.
        which: the UUIDs of those who came of the people that were signed up together; none for
            this one alone.

    Raises:
        PermissionDenied: if it is somebody else's.
        events.domain.doors.DoorClosed: if it is too early or too late.
        events.domain.admission.OccurrenceCancelled: if the date was called off.
        NotAdmitted: if the place of one of them is not confirmed.
        Nobody: if none of them is named.
    """
    with _at_the_door(signup, which, by=by, now=now) as party:
        let_in(party, by=by, now=now)
    return party[0]


def let_in(people: Sequence[SignUp], *, by: User | None, now: datetime) -> None:
    """The same for who holds the date and has looked at the clock."""
    if any(one.status not in MAY_COME for one in people):
        raise NotAdmitted(_("Your place is not confirmed. Ask the organizer at the door."))
    coming = [one for one in people if one.status != Status.CHECKED_IN]
    if coming:
        signup_moves.move_all(coming, Status.CHECKED_IN, by=by, now=now)


def check_out(
    *, signup: SignUp, by: User | None, now: datetime, which: Collection[str] | None = None
) -> SignUp:
    """Write down that they left, and when; a second time keeps the first.

    Who is meant, who may, and what is refused are as of `check_in`; instead of NotAdmitted:

    Raises:
        NotHere: if one of them was not checked in.
    """
    with _at_the_door(signup, which, by=by, now=now) as party:
        if any(one.status not in MAY_LEAVE for one in party):
            raise NotHere(_("You are not checked in, so there is nothing to check out of."))
        leaving = [one for one in party if one.is_here]
        for one in leaving:
            one.checked_out_at = max(now, one.checked_in_at or now)
        if leaving:
            signup_moves.move_all(leaving, Status.ATTENDED, by=by, now=now)
    return party[0]


def rest_of(occurrence: Occurrence) -> SignUpQuerySet:
    """Who was expected and of whom nothing was written down; who is excused is not among them."""
    return occurrence.signups.filter(status=Status.CONFIRMED).order_by("pk")


def require_over(row: Occurrence, *, now: datetime) -> None:
    """Refuse to say who did not come while they still may, or did not have to.

    Raises:
        events.domain.admission.OccurrenceCancelled: if the date was called off.
        NotOver: if it has not ended.
    """
    if row.is_cancelled:
        raise admission.OccurrenceCancelled(_("This date was called off: nobody had to come."))
    if now < row.ends_at:
        raise NotOver(_("It is not over: people may come yet."))


def mark_rest(*, occurrence: Occurrence, shown: int, by: User, now: datetime) -> int:
    """Write down that all of whom nothing is known did not come; says how many. Twice is once.

    Nothing does this by itself: who forgot to check people in would have a roster of absentees.

    Args:
        occurrence: the date.
        shown: how many people `by` was told it would be.
        by: somebody of the host.
        now: the present.

    Raises:
        PermissionDenied: if `by` is not of the host.
        events.domain.admission.OccurrenceCancelled: if the date was called off.
        NotOver: if it has not ended.
        RestChanged: if it would be others than were shown.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    with seats.held(occurrence.pk) as row:
        require_over(row, now=now)
        rest = list(rest_of(row))
        if rest and len(rest) != shown:
            raise RestChanged(_("The roster has changed meanwhile. Look at the number again."))
        for one in rest:
            one.occurrence = row
        if rest:
            signup_moves.move_all(rest, Status.NO_SHOW, by=by, now=now)
    return len(rest)


def party_of(signup: SignUp) -> list[SignUp]:
    """Who may come of the people that were signed up together with one; itself alone, too."""
    rows = SignUp.objects.party_of(signup).filter(status__in=MAY_COME).order_by("pk")
    party = list(rows)
    for one in party:
        one.occurrence = signup.occurrence
    return party


def found_by_address(
    *,
    door: DoorCode,
    email: str,
    name: str,
    leaves: bool,
    together: bool,
    origin: str,
    now: datetime,
) -> SignUp:
    """The sign-up of whoever types their address at the door.

    Whatever is wrong has one answer, so that nobody learns who else is signed up; and tries from
    one place are counted.

    Args:
        door: where they stand.
        email: what they signed up with.
        name: tells apart who shares an address; may be empty.
        leaves: whether they leave; then only who is here is found.
        together: whether they speak for all who were signed up together with them, so that any
            of these will do.
        origin: the network's address that they come from.
        now: the present.

    Raises:
        NoSignUp: if nobody, or more than one, fits.
        core.limits.TooOften: if there were too many tries from there.
    """
    count_try(door=door, origin=origin, now=now)
    fit = MAY_LEAVE if leaves else MAY_COME
    rows = door.occurrence.signups.filter(status__in=fit, email__iexact=email.strip())
    name = " ".join(name.split()).casefold()
    found = list(rows.select_related("user").order_by("pk")[:50])
    if name or not _are_one_party(found, together=together):
        found = found if len(found) == 1 else [one for one in found if one.name.casefold() == name]
    if not found:
        raise NoSignUp(
            _(
                "We found no sign-up with this address. If several of you share it, type your name"
                " too. Otherwise come in as a walk-in, or ask the organizer."
            )
        )
    found[0].occurrence = door.occurrence
    return found[0]


def start_kiosk(*, door: DoorCode, by: User) -> None:
    """Write down that a tablet is the door's kiosk from now on.

    Raises:
        PermissionDenied: if `by` is not of the host.
    """
    if not permissions.can_edit(by, door.occurrence.series):
        raise PermissionDenied
    audit.record(door.occurrence, "events.kiosk_started", by=by)


def own(*, occurrence: Occurrence, user: User) -> SignUp | None:
    """The sign-up that an account has for the date."""
    row = SignUp.objects.holding().filter(occurrence=occurrence, user=user).first()
    if row is not None:
        row.occurrence = occurrence
    return row


def count_try(*, door: DoorCode, origin: str, now: datetime) -> None:
    """Count a try from one place at one door.

    Raises:
        core.limits.TooOften: if there were too many.
    """
    limits.take_or_refuse(
        "door",
        f"{door.pk}:{origin}",
        *FROM_ONE_PLACE,
        now=now,
        sentence=_("Too many tries from here. Ask the organizer to check you in."),
    )


def _are_one_party(found: Sequence[SignUp], *, together: bool) -> bool:
    bookings = {one.booking_id for one in found}
    return together and len(bookings) == 1 and bookings != {None}


@contextmanager
def _at_the_door(
    signup: SignUp, which: Collection[str] | None, *, by: User | None, now: datetime
) -> Iterator[list[SignUp]]:
    """Those of a party who are meant, as they stand now that their date is held and its door open.

    Raises:
        PermissionDenied, doors.DoorClosed, admission.OccurrenceCancelled, Nobody: as `check_in`
            says.
    """
    if by is not None and by != signup.user and not signup_moves.is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        doors.require_open(row, now=now)
        party = signup_moves.party_held(signup, row)
        meant = {str(signup.uuid)} if which is None else which
        named = [one for one in party if str(one.uuid) in meant]
        if not named:
            raise Nobody(_("Tick who is meant."))
        yield named
