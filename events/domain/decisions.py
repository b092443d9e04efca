"""What the host decides about a sign-up: yes or no, and what happened at the door."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from events.domain import doors, seats, signup_moves
from events.models import SignUp

Status = SignUp.Status

#: What can be known of somebody only once people arrive.
AT_THE_DOOR = (Status.CHECKED_IN, Status.ATTENDED, Status.NO_SHOW)


def approve(*, signup: SignUp, by: User, now: datetime) -> SignUp:
    """Say yes to a sign-up that waits for approval; it is told by mail.

    Raises:
        PermissionDenied: if `by` is not of the host.
        signup_moves.NoSuchMove: if it does not wait.
    """
    return _decide(signup, Status.CONFIRMED, by=by, now=now)


def decline(*, signup: SignUp, by: User, now: datetime) -> SignUp:
    """Say no to a sign-up; it is told by mail, and its places are free.

    Raises:
        PermissionDenied: if `by` is not of the host.
        signup_moves.NoSuchMove: if it is past deciding.
    """
    return _decide(signup, Status.DECLINED, by=by, now=now)


def mark(*, signup: SignUp, to: SignUp.Status, by: User, now: datetime) -> SignUp:
    """Write down what happened at the door: checked in, attended, no show, excused.

    Raises:
        PermissionDenied: if `by` is not of the host.
        signup_moves.NoSuchMove: if the status does not lead there.
        doors.DoorClosed: if nobody can have come yet.
        events.domain.admission.OccurrenceCancelled: if it was called off, and they are not there.
    """
    if not signup_moves.is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = signup_moves.again(signup, row)
        if signup.status != to:
            if to in AT_THE_DOOR and not signup.is_here:
                doors.require_opened(row, now=now)
            signup_moves.move(signup, to, by=by, now=now)
    return signup


def _decide(signup: SignUp, to: SignUp.Status, *, by: User, now: datetime) -> SignUp:
    if not signup_moves.is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = signup_moves.again(signup, row)
        if signup.status == to:
            return signup
        if to == Status.CONFIRMED and signup.status == Status.PENDING_EMAIL:
            raise signup_moves.NoSuchMove(_("This address is not confirmed yet."))
        signup_moves.move(signup, to, by=by, now=now)
        signup_moves.tell(signup, now=now)
    return signup
