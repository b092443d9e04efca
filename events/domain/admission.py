"""Who may come to a date, as what at first, and why not.

People come by several ways: a sign-up, a booking of several dates, a waiting list, places held for
a company, the door. Each way asks those of these rules that hold for it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.errors import DomainError
from events.domain import parties, seats, unproved
from events.models import Occurrence, Series, SignUp

Status = SignUp.Status

#: How many unconfirmed sign-ups an address may have at once, everywhere.
MOST_PENDING = 2


class SignUpRefused(DomainError):
    """Nobody can sign up for this date, or not in this way."""


class OccurrenceFull(SignUpRefused):
    """No place is left, or not enough of them."""


class OccurrenceClosed(SignUpRefused):
    """Sign-up has not opened yet, or has closed."""


class OccurrencePast(SignUpRefused):
    """It has begun."""


class OccurrenceCancelled(SignUpRefused):
    """It was called off."""


class TooManyPending(SignUpRefused):
    """The address has mails to answer first."""

    status = 429


def require_to_come(row: Occurrence, *, now: datetime) -> None:
    """Refuse a date that nobody can come to any more.

    Raises:
        OccurrenceCancelled, OccurrencePast: as they say.
    """
    if row.is_cancelled:
        raise OccurrenceCancelled(_("This date was called off. Other dates may be open."))
    if row.last_call_at <= now:
        raise OccurrencePast(_("This date has begun. Other dates may be open."))


def require_open(row: Occurrence, *, now: datetime) -> None:
    """Refuse a date that nobody can sign up for now.

    Raises:
        OccurrenceClosed, OccurrenceCancelled, OccurrencePast: as they say.
    """
    require_to_come(row, now=now)
    if not row.takes_signups(now=now):
        opens = row.signup_opens_at
        if opens is not None and now < opens:
            raise OccurrenceClosed(_("Sign-up for this date has not opened yet."))
        raise OccurrenceClosed(_("Sign-up for this date has closed."))


def require_welcome(
    row: Occurrence,
    who: Sequence[tuple[str, User | None]],
    *,
    email: str,
    by: User | None,
    now: datetime,
    despite_overlap: bool,
) -> None:
    """Refuse people who have something else to do first, by whichever way they sign up.

    Raises:
        TooManyPending: if a guest's address left two mails unanswered.
        parties.Overlaps: if one of an account's party comes to something else at that time.
    """
    if by is None:
        require_few_pending(email, now=now)
    elif not despite_overlap:
        parties.require_no_overlap(row, [name for name, _user in who], email=email, user=by)


def require_places(row: Occurrence, wanted: int, *, slot: str = "") -> None:
    """Refuse more people than there are places left, at the date or in their slot.

    Raises:
        OccurrenceFull: as it says.
    """
    left = row.places_left
    if left is None or wanted <= left:
        require_slot(row, wanted, slot)
        return
    if left == 0:
        raise OccurrenceFull(_("This date is full. Other dates may have places left."))
    words = ngettext(
        "Only %(left)d place is left, not %(wanted)d.",
        "Only %(left)d places are left, not %(wanted)d.",
        left,
    )
    raise OccurrenceFull(words % {"left": left, "wanted": wanted})


def require_slot(row: Occurrence, wanted: int, slot: str) -> None:
    """Refuse more people than there are places left in a slot, however many the date has.

    Raises:
        OccurrenceFull: as it says.
    """
    if not slot or wanted <= (left := seats.left_by_slot(row).get(slot, 0)):
        return
    facts = {"role": row.series.slot_name(slot), "left": left, "wanted": wanted}
    if left == 0:
        raise OccurrenceFull(_("“%(role)s” is full. Other roles may have places left.") % facts)
    words = ngettext(
        "“%(role)s” has only %(left)d place left, not %(wanted)d.",
        "“%(role)s” has only %(left)d places left, not %(wanted)d.",
        left,
    )
    raise OccurrenceFull(words % facts)


def require_few_pending(email: str, *, now: datetime) -> None:
    """Refuse an address that has mails to answer first; what is booked in one go has one mail.

    Raises:
        TooManyPending: as it says.
        events.domain.unproved.TooManyMails: if it left too many unanswered lately.
    """
    mails = unproved.mails_to(email, now=now)
    held = {mail.about for mail in mails if mail.held_until is not None and mail.held_until > now}
    if len(held) >= MOST_PENDING:
        raise TooManyPending(_("We have sent this address two mails already. Confirm those first."))
    unproved.require_few_mails(mails, now=now)


def first_status(row: Occurrence, by: User | None) -> SignUp.Status:
    """What a sign-up begins as: a guest's address is to be proved."""
    return Status.PENDING_EMAIL if by is None else settled(row.series)


def settled(series: Series) -> SignUp.Status:
    """What a sign-up becomes once its address is known."""
    return Status.REQUESTED if series.flow == Series.Flow.BY_APPROVAL else Status.CONFIRMED


def unsaid(known: Sequence[SignUp], *, by: User | None, now: datetime) -> list[SignUp]:
    """The sign-ups of whose being there nobody learns who merely typed a name and an address.

    For these a guest is answered as a newcomer is. Not among them is what was asked for just now:
    a second click has the answer of the first.
    """
    if by is not None:
        return []
    return [
        one
        for one in known
        if one.status != Status.PENDING_EMAIL or one.hold_until is None or one.hold_until <= now
    ]
