"""Signing up: a place is taken under the lock of its date's row, in one short transaction."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import audit, outbox, versions
from core.errors import DomainError
from events import permissions
from events.domain import seats
from events.models import Occurrence, Series, SignUp

Status = SignUp.Status

#: How long an unconfirmed sign-up keeps its place.
HOLD = timedelta(minutes=30)
#: How many unconfirmed sign-ups an address may have at once, everywhere.
MOST_PENDING = 2
MOST_PARTY = 20


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


class BadParty(SignUpRefused):
    """Not a number of people."""

    status = 422


class Overlaps(SignUpRefused):
    """They come to something else at that time; they may come to both if they say so."""


class NoSuchMove(SignUpRefused):
    """The sign-up's status does not lead there."""


def sign_up(
    *,
    occurrence: Occurrence,
    name: str,
    email: str,
    by: User | None,
    now: datetime,
    party_size: int = 1,
    company: Company | None = None,
    despite_overlap: bool = False,
) -> SignUp:
    """Take places at a date; asking twice gives the same sign-up.

    A guest's places are held for half an hour, until the mail that goes out is answered by
    a button. An account's are confirmed at once, or as the series' flow says.

    Args:
        occurrence: the date.
        name: who comes.
        email: where mail goes; several people may share it.
        by: the account, whose own address counts; none for a guest.
        now: the present.
        party_size: how many people come, with the one named.
        company: for whom they come.
        despite_overlap: whether they said yes to being in two places at once. A guest is asked
            when the address is proved: nobody learns by typing it what it is signed up for.

    Raises:
        OccurrenceFull, OccurrenceClosed, OccurrencePast, OccurrenceCancelled: as they say.
        Overlaps: if the account comes to something else at that time.
        TooManyPending: if the address left two mails unanswered.
        BadParty: if `party_size` is not from 1 to 20.
    """
    check_party(party_size)
    email = by.email if by is not None else email.strip()
    name = " ".join(name.split())[:150]
    with seats.held(occurrence.pk) as row:
        known = same_person(row, name=name, email=email, by=by)
        if known is not None:
            return known
        require_open(row, now=now)
        _require_places(row, party_size)
        if by is None:
            _require_few_pending(email, now=now)
        elif not despite_overlap:
            require_no_overlap(row, name=name, email=email, user=by)
        seats.take(row, party_size)
        return _admit(
            row,
            Status.PENDING_EMAIL if by is None else _settled(row.series),
            name=name,
            email=email,
            user=by,
            party_size=party_size,
            company=company,
            by=by,
            now=now,
        )


def check_party(party_size: int) -> None:
    """Refuse what is not a number of people.

    Raises:
        BadParty: if it is not from 1 to 20.
    """
    if not 1 <= party_size <= MOST_PARTY:
        raise BadParty(_("Sign up from 1 to %(most)d people.") % {"most": MOST_PARTY})


def admit(
    row: Occurrence,
    *,
    name: str,
    email: str,
    user: User | None,
    party_size: int,
    by: User | None,
    now: datetime,
) -> SignUp:
    """Let in who waited, with an address that is proved and places that are counted already.

    The caller holds the date.
    """
    return _admit(
        row,
        _settled(row.series),
        name=name,
        email=email,
        user=user,
        party_size=party_size,
        company=None,
        by=by,
        now=now,
    )


def confirm(*, signup: SignUp, now: datetime, despite_overlap: bool = False) -> SignUp:
    """Confirm by the private link that the address is right; a second time changes nothing.

    A hold that lapsed is taken up again if there still is a place.

    Args:
        signup: whose.
        now: the present.
        despite_overlap: whether they said yes to being in two places at once.

    Raises:
        OccurrenceFull, OccurrencePast, OccurrenceCancelled: as they say.
        Overlaps: if they come to something else at that time.
        NoSuchMove: if it was cancelled or declined.
    """
    with seats.held(signup.occurrence_id) as row:
        signup = again(signup, row)
        if signup.status in SignUp.HOLDING and signup.status != Status.PENDING_EMAIL:
            return signup
        require_to_come(row, now=now)
        if signup.status == Status.LAPSED:
            known = same_person(row, name=signup.name, email=signup.email, by=signup.user)
            if known is not None:
                return known
            _require_places(row, signup.party_size)
        if not despite_overlap:
            require_no_overlap(row, name=signup.name, email=signup.email, user=signup.user)
        move(signup, _settled(row.series), by=None, now=now)
        _tell(signup, now=now)
    return signup


def cancel(*, signup: SignUp, by: User | None, now: datetime) -> SignUp:
    """Give the places back before the start; a second time changes nothing.

    Args:
        signup: whose.
        by: the person themselves or somebody of the host; none for the holder of the private
            link.
        now: the present.

    Raises:
        PermissionDenied: if it is somebody else's.
        OccurrencePast: if it has begun.
    """
    if by is not None and by != signup.user and not is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = again(signup, row)
        if signup.status in {Status.CANCELLED, Status.LAPSED, Status.DECLINED}:
            return signup
        if row.last_call_at <= now:
            raise OccurrencePast(_("It has begun. Tell the organizer on the spot."))
        was_told = signup.status != Status.PENDING_EMAIL
        move(signup, Status.CANCELLED, by=by, now=now)
        if was_told:
            _tell(signup, now=now)
    return signup


def keep(*, signup: SignUp, now: datetime) -> SignUp:
    """Say by the private link that one still comes, though the date was moved.

    Raises:
        OccurrencePast, OccurrenceCancelled: as they say.
        NoSuchMove: if the place was given back or declined.
    """
    with seats.held(signup.occurrence_id) as row:
        signup = again(signup, row)
        require_to_come(row, now=now)
        if not signup.holds_place:
            raise NoSuchMove(_("You are not signed up for this date any more."))
        if signup.may_keep:
            signup.kept_at = now
            signup.save(update_fields=["kept_at"])
            audit.record(signup, "events.kept", by=signup.user)
    return signup


def approve(*, signup: SignUp, by: User, now: datetime) -> SignUp:
    """Say yes to a sign-up that waits for approval; it is told by mail.

    Raises:
        PermissionDenied: if `by` is not of the host.
        NoSuchMove: if it does not wait.
    """
    return _decide(signup, Status.CONFIRMED, by=by, now=now)


def decline(*, signup: SignUp, by: User, now: datetime) -> SignUp:
    """Say no to a sign-up; it is told by mail, and its places are free.

    Raises:
        PermissionDenied: if `by` is not of the host.
        NoSuchMove: if it is past deciding.
    """
    return _decide(signup, Status.DECLINED, by=by, now=now)


def mark(*, signup: SignUp, to: SignUp.Status, by: User, now: datetime) -> SignUp:
    """Write down what happened at the door: checked in, attended, no show, excused.

    Raises:
        PermissionDenied: if `by` is not of the host.
        NoSuchMove: if the status does not lead there.
    """
    if not is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = again(signup, row)
        if signup.status != to:
            move(signup, to, by=by, now=now)
    return signup


def lapse_holds(*, now: datetime) -> int:
    """Free the places of sign-ups that nobody confirmed in time; says of how many."""
    lapsed = 0
    due = SignUp.objects.filter(status=Status.PENDING_EMAIL, hold_until__lte=now)
    for signup in list(due):
        with seats.held(signup.occurrence_id) as row:
            row_now = again(signup, row)
            if row_now.status == Status.PENDING_EMAIL:
                move(row_now, Status.LAPSED, by=None, now=now)
                lapsed += 1
    return lapsed


def _admit(
    row: Occurrence,
    status: SignUp.Status,
    *,
    name: str,
    email: str,
    user: User | None,
    party_size: int,
    company: Company | None,
    by: User | None,
    now: datetime,
) -> SignUp:
    signup = SignUp.objects.create(
        occurrence=row,
        user=user,
        name=name,
        email=email,
        party_size=party_size,
        company=company,
        status=status,
        hold_until=now + HOLD if status == Status.PENDING_EMAIL else None,
        created_at=now,
        changed_at=now,
    )
    audit.record(signup, "events.signed_up", by=by, to=str(signup.status))
    _tell(signup, now=now)
    places_changed()
    return signup


def places_changed() -> None:
    """Let every page go that says how many places are left."""
    versions.bump("events")


def _decide(signup: SignUp, to: SignUp.Status, *, by: User, now: datetime) -> SignUp:
    if not is_host(by, signup):
        raise PermissionDenied
    with seats.held(signup.occurrence_id) as row:
        signup = again(signup, row)
        if signup.status == to:
            return signup
        if to == Status.CONFIRMED and signup.status == Status.PENDING_EMAIL:
            raise NoSuchMove(_("This address is not confirmed yet."))
        move(signup, to, by=by, now=now)
        _tell(signup, now=now)
    return signup


def is_host(by: User, signup: SignUp) -> bool:
    """Whether they keep the roster that it stands on."""
    return permissions.can_edit(by, signup.occurrence.series)


def again(signup: SignUp, row: Occurrence) -> SignUp:
    """The sign-up as it stands now that its date is held."""
    found = SignUp.objects.select_related("user").get(pk=signup.pk)
    found.occurrence = row
    return found


def same_person(row: Occurrence, *, name: str, email: str, by: User | None) -> SignUp | None:
    """The sign-up that this person has for the date: by account, or by address and name."""
    coming = SignUp.objects.holding().filter(occurrence=row)
    if by is not None and (mine := coming.filter(user=by).first()):
        return mine
    return coming.filter(email__iexact=email, name__iexact=name).first()


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


def overlap(row: Occurrence, *, name: str, email: str, user: User | None) -> str:
    """What else somebody comes to while that date is on, in a sentence for them; else empty.

    A sign-up whose address is not proved is nobody's word yet, so it does not count.
    """
    others = SignUp.objects.coming().of_people([name], email=email, user=user).overlapping(row)
    other = others.select_related("occurrence__series").first()
    if other is None:
        return ""
    date = other.occurrence
    return _("You are signed up for “%(title)s” at that time: %(when)s.") % {
        "title": date.series.title,
        "when": date.when,
    }


def require_no_overlap(row: Occurrence, *, name: str, email: str, user: User | None) -> None:
    """Refuse a date that is on while they come to another one.

    Raises:
        Overlaps: as it says.
    """
    if sentence := overlap(row, name=name, email=email, user=user):
        raise Overlaps(sentence)


def _require_places(row: Occurrence, party_size: int) -> None:
    left = row.places_left
    if left is None or party_size <= left:
        return
    if left == 0:
        raise OccurrenceFull(_("This date is full. Other dates may have places left."))
    raise OccurrenceFull(
        _("Only %(left)d places are left, not %(wanted)d.") % {"left": left, "wanted": party_size}
    )


def _require_few_pending(email: str, *, now: datetime) -> None:
    pending = SignUp.objects.filter(
        status=Status.PENDING_EMAIL, hold_until__gt=now, email__iexact=email
    ).count()
    if pending >= MOST_PENDING:
        raise TooManyPending(_("We have sent this address two mails already. Confirm those first."))


def _settled(series: Series) -> SignUp.Status:
    """What a sign-up becomes once its address is known."""
    return Status.REQUESTED if series.flow == Series.Flow.BY_APPROVAL else Status.CONFIRMED


def move(signup: SignUp, to: SignUp.Status, *, by: User | None, now: datetime) -> None:
    """Change the status and the places it takes; the caller holds the date."""
    if to not in SignUp.MOVES[signup.status]:
        raise NoSuchMove(
            _("A sign-up that is “%(was)s” cannot become “%(to)s”.")
            % {"was": signup.get_status_display(), "to": to.label}
        )
    was, held_before = signup.status, signup.holds_place
    signup.status, signup.changed_at = to, now
    if to == Status.CHECKED_IN:
        # Who left and is back was here all the time, as far as anybody wrote down.
        signup.checked_in_at, signup.checked_out_at = signup.checked_in_at or now, None
    elif to == Status.CONFIRMED:
        signup.checked_in_at = signup.arrived = None
    signup.save(
        update_fields=["status", "changed_at", "checked_in_at", "checked_out_at", "arrived"]
    )
    change = (signup.holds_place - held_before) * signup.party_size
    if change > 0:
        seats.take(signup.occurrence, change)
    elif change < 0:
        seats.free(signup.occurrence, -change, now=now)
    if change:
        places_changed()
    audit.record(signup, "events.signup_moved", by=by, was=str(was), to=str(to))


def _tell(signup: SignUp, *, now: datetime) -> None:
    """Promise the mail that belongs to the status; the same one is never promised twice."""
    outbox.promise(
        "events.tasks.send_signup",
        now=now,
        key=f"events.signup:{signup.uuid.hex}:{signup.status}",
        rank=3,
        signup_id=signup.pk,
        status=str(signup.status),
    )
