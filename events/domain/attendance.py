"""Who came and who left, written down at the door. One check-in, by whichever door it comes."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, limits
from core.errors import DomainError
from events import permissions
from events.domain import doors, seats, signups
from events.models import DoorCode, Occurrence, SignUp

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


class NotHere(DomainError):
    """Who was not checked in cannot leave."""


def check_in(
    *, signup: SignUp, by: User | None, now: datetime, people: int | None = None
) -> SignUp:
    """Write down that they came; a second time, by whichever door, changes nothing.

    The host may write it down early or late; others while the door is open.

    Args:
        signup: whose.
        by: the person themselves or somebody of the host; none for who holds the private link or
            stands at the door.
        now: the present.
        people: how many of the party came; none for all. Who was more is counted as all: further
            people are walk-ins.

    Raises:
        PermissionDenied: if it is somebody else's.
        events.domain.doors.DoorClosed: if it is too early or too late.
        events.domain.signups.OccurrenceCancelled: if the date was called off.
        NotAdmitted: if their place is not confirmed.
    """
    is_host = _require_right(signup, by)
    with seats.held(signup.occurrence_id) as row:
        if row.is_cancelled or not is_host:
            doors.require_open(row, now=now)
        return let_in(signups.again(signup, row), by=by, now=now, people=people)


def let_in(signup: SignUp, *, by: User | None, now: datetime, people: int | None) -> SignUp:
    """The same for who holds the date and has looked at the clock."""
    if signup.status not in MAY_COME:
        raise NotAdmitted(_("Your place is not confirmed. Ask the organizer at the door."))
    if signup.status != Status.CHECKED_IN:
        signups.move(signup, Status.CHECKED_IN, by=by, now=now)
    if people is not None and signup.arrived != (came := max(1, min(people, signup.party_size))):
        signup.arrived = came
        signup.save(update_fields=["arrived"])
        audit.record(signup, "events.people_counted", by=by, people=came)
    return signup


def check_out(*, signup: SignUp, by: User | None, now: datetime) -> SignUp:
    """Write down that they left, and when; a second time keeps the first.

    Raises:
        PermissionDenied: if it is somebody else's.
        events.domain.doors.DoorClosed: if it is too early or too late.
        events.domain.signups.OccurrenceCancelled: if the date was called off.
        NotHere: if they were not checked in.
    """
    _require_right(signup, by)
    with seats.held(signup.occurrence_id) as row:
        doors.require_open(row, now=now)
        signup = signups.again(signup, row)
        if signup.status == Status.ATTENDED:
            return signup
        if signup.status != Status.CHECKED_IN:
            raise NotHere(_("You are not checked in, so there is nothing to check out of."))
        signup.checked_out_at = max(now, signup.checked_in_at or now)
        signups.move(signup, Status.ATTENDED, by=by, now=now)
    return signup


def found_by_address(
    *, door: DoorCode, email: str, name: str, leaves: bool, origin: str, now: datetime
) -> SignUp:
    """The sign-up of whoever types their address at the door.

    Whatever is wrong has one answer, so that nobody learns who else is signed up; and tries from
    one place are counted.

    Args:
        door: where they stand.
        email: what they signed up with.
        name: tells apart who shares an address; may be empty.
        leaves: whether they leave; then only who is here is found.
        origin: the network's address that they come from.
        now: the present.

    Raises:
        NoSignUp: if nobody, or more than one, fits.
        core.limits.TooOften: if there were too many tries from there.
    """
    count_try(door=door, origin=origin, now=now)
    fit = MAY_LEAVE if leaves else MAY_COME
    rows = door.occurrence.signups.filter(status__in=fit, email__iexact=email.strip())
    name = " ".join(name.split())
    found = list(rows.select_related("user")[:20])
    if len(found) > 1:
        found = [row for row in found if row.name.casefold() == name.casefold()]
    if len(found) != 1:
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


def _require_right(signup: SignUp, by: User | None) -> bool:
    """Refuse who has nothing to do with it; says whether it is somebody of the host."""
    if by is None:
        return False
    is_host = signups.is_host(by, signup)
    if by != signup.user and not is_host:
        raise PermissionDenied
    return is_host
