"""Places held for companies: their people claim them by a link, and what is left goes back."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from companies import permissions as companies
from companies.models import Company
from core import audit, outbox
from core.errors import DomainError
from events import permissions
from events.domain import admission, openings, parties, questions, seats, signup_moves, signups
from events.domain.questions import Said
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, SeatBlock, SignUp

Status = SeatBlock.Status

#: The most places that one company can have at one date.
MOST_PLACES = 500
#: How long before they go back its CSR leads hear of places that nobody claimed.
WARNED_BEFORE = timedelta(hours=24)


class BlockRefused(DomainError):
    """Places cannot be held, or not in this way."""


class TooLate(BlockRefused):
    """They would go back at once."""


class NotSoMany(BlockRefused):
    """The number makes no sense for this block."""

    status = 422


class BlockOver(BlockRefused):
    """The places went back, or were given back."""


class BlockFull(BlockRefused):
    """Every place of the block was claimed."""


def hold(
    *, occurrence: Occurrence, company: Company, places: int, by: User, now: datetime
) -> SeatBlock:
    """Hold places of a date for a company; asking twice holds them once.

    For a company that has places held there already the number is the new one: what it has more
    is taken, what it has less goes back.

    Args:
        occurrence: the date.
        company: whose people may claim them.
        places: how many in all.
        by: somebody of the host.
        now: the present.

    Raises:
        PermissionDenied: if `by` is not of the host, or may not know of the company.
        TooLate: if they would go back at once.
        NotSoMany: if it is none, too many, or fewer than were claimed.
        events.domain.admission.SignUpRefused: if nobody can come to this date any more, or not so
            many places are left.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    if not companies.visible_to(by).filter(pk=company.pk).exists():
        raise PermissionDenied
    if not 1 <= places <= MOST_PLACES:
        raise NotSoMany(_("Hold 1 to %(most)d places.") % {"most": MOST_PLACES})
    with seats.held(occurrence.pk) as row:
        admission.require_to_come(row, now=now)
        block = SeatBlock.objects.held().filter(occurrence=row, company=company).first()
        if block is None:
            block = SeatBlock(
                company=company, places=0, unclaimed=0, made_by=by, made_at=now, changed_at=now
            )
        block.occurrence = row
        if block.places == places:
            return block
        if now >= block.goes_back_at:
            raise TooLate(_("It is too late to hold places: they would go back at once."))
        if places > block.places:
            admission.require_places(row, places - block.places)
        _resize(block, places, by=by, now=now)
        _tell(block, "held", which=_moment(now), now=now)
    return block


def keep(*, block: SeatBlock, places: int, by: User, now: datetime) -> SeatBlock:
    """Keep only so many places of a block; the rest goes back. Saying it twice changes nothing.

    Raises:
        PermissionDenied: if `by` does not act for the company or the host.
        BlockOver: if it is not held any more.
        NotSoMany: if it is more than are held, or fewer than were claimed.
    """
    _require_right(block, by)
    with seats.held(block.occurrence_id) as row:
        block = _again(block, row)
        _require_held(block)
        if places > block.places:
            raise NotSoMany(_("Ask the organizer for more places."))
        if places == 0 == block.claimed:
            _move(block, Status.ENDED, by=by, now=now)
        elif places < block.places:
            _resize(block, places, by=by, now=now)
    return block


def end(*, block: SeatBlock, by: User, now: datetime) -> SeatBlock:
    """Give back all places that nobody claimed; who claimed one keeps it.

    A second time changes nothing. The company's CSR leads are told.

    Raises:
        PermissionDenied: if `by` does not act for the company or the host.
    """
    _require_right(block, by)
    with seats.held(block.occurrence_id) as row:
        block = _again(block, row)
        if block.is_held:
            _move(block, Status.ENDED, by=by, now=now)
            _tell(block, "ended", now=now)
    return block


def renew_link(*, block: SeatBlock, by: User, now: datetime) -> SeatBlock:
    """Give a block another claim link; the old one leads nowhere any more.

    Raises:
        PermissionDenied: if `by` does not act for the company or the host.
        BlockOver: if it is not held any more.
    """
    _require_right(block, by)
    with seats.held(block.occurrence_id) as row:
        block = _again(block, row)
        _require_held(block)
        block.secret = uuid4()
        block.changed_at = now
        block.save(update_fields=["secret", "changed_at"])
        audit.record(block, "events.claim_link_renewed", by=by)
    return block


def claim(
    *,
    block: SeatBlock,
    name: str,
    email: str,
    by: User | None,
    now: datetime,
    despite_overlap: bool = False,
    said: Said = questions.NOTHING,
    slot: str = "",
) -> SignUp:
    """Take one of the places held for a company, in its name; asking twice gives the same sign-up.

    A guest's place is held for half an hour, until the mail that goes out is answered by a
    button; if it is not, the place is the block's again. Whoever has the link may claim.

    Args:
        block: which places.
        name: who comes.
        email: where mail goes.
        by: the account, whose own address counts; none for a guest.
        now: the present.
        despite_overlap: whether they said yes to being in two places at once.
        said: what they say to the series' questions, age and requirements.
        slot: the id of what they come as, where the series names slots.

    Raises:
        BlockOver: if the places went back.
        BlockFull: if all of them were claimed.
        events.domain.admission.SignUpRefused: if nobody can come to this date any more, or the
            address left two mails unanswered, or their slot is full.
        events.domain.openings.NoSuchSlot: if they chose no slot where there are some.
        events.domain.parties.Overlaps: if an account comes to something else at that time.
        events.domain.parties.BadParty: if there is no name.
        events.domain.questions.BadAnswer, events.domain.questions.NotAgreed: if they did not say
            what is asked.
    """
    people = parties.named(name, ())
    email = by.email if by is not None else email.strip()
    with seats.held(block.occurrence_id) as row:
        block = _again(block, row)
        known = parties.coming(row, people, email=email, by=by)
        who = parties.newcomers(people, known, by=by)
        if not who and not admission.unsaid(known, by=by, now=now):
            return known[0]
        admission.require_to_come(row, now=now)
        require_open(block, now=now)
        questions.require(row.series, said)
        openings.require(row.series, slot)
        admission.require_slot(row, max(1, len(who)), slot)
        admission.require_welcome(
            row, who, email=email, by=by, now=now, despite_overlap=despite_overlap
        )
        if not who:
            return known[0]
        seats.claim(block, len(who))
        signup = signups.admit(
            row,
            who,
            status=admission.first_status(row, by),
            email=email,
            company=block.company,
            block=block,
            by=by,
            now=now,
            said=said,
            slot=slot,
        )[0]
        signup_moves.tell(signup, now=now)
        signup_moves.places_changed()
    return signup


def require_open(block: SeatBlock, *, now: datetime) -> None:
    """Refuse a block of which no place can be claimed.

    Raises:
        BlockOver, BlockFull: as they say.
    """
    if not block.is_open(now=now):
        raise BlockOver(_over(block))
    if block.unclaimed == 0:
        raise BlockFull(
            _("All places held for %(company)s are taken.") % {"company": block.company.name}
        )


def close(row: Occurrence, *, by: User | None, now: datetime) -> None:
    """End the blocks of a date that is called off, telling the companies; the caller holds it.

    The caller counts the date's places anew.
    """
    for block in SeatBlock.objects.held().filter(occurrence=row):
        block.status, block.changed_at = Status.ENDED, now
        block.save(update_fields=["status", "changed_at"])
        audit.record(block, "events.block_moved", by=by, was=str(Status.HELD), to=str(Status.ENDED))
        _tell(block, "called_off", which=str(row.sequence), now=now, not_before=now + MAILS_WAIT)


def tell_moved(row: Occurrence, *, now: datetime) -> None:
    """Tell the companies that have places held at a date that it is at another time now."""
    for block in SeatBlock.objects.held().filter(occurrence=row):
        _tell(block, "moved", which=str(row.sequence), now=now, not_before=now + MAILS_WAIT)


def release_due(*, now: datetime) -> int:
    """Let go back what nobody claimed in time, to who waits first; says of how many blocks."""
    released = 0
    for found in list(_near(now + SeatBlock.GOES_BACK)):
        if now < found.goes_back_at:
            continue
        with seats.held(found.occurrence_id) as row:
            block = _again(found, row)
            if block.is_held and now >= block.goes_back_at:
                _move(block, Status.RELEASED, by=None, now=now)
                if block.unclaimed:
                    _tell(block, "released", now=now)
                released += 1
    return released


def warn_due(*, now: datetime) -> int:
    """Tell companies a day before that unclaimed places go back, once; says of how many blocks.

    Who had the places held later than that was told so then.
    """
    due = {
        _key(block, "goes_back", _moment(block.goes_back_at)): block
        for block in _near(now + SeatBlock.GOES_BACK + WARNED_BEFORE).filter(unclaimed__gt=0)
        if block.made_at < block.goes_back_at - WARNED_BEFORE <= now < block.goes_back_at
    }
    new = due.keys() - outbox.promised(due)
    for key in sorted(new):
        _tell(due[key], "goes_back", which=_moment(due[key].goes_back_at), now=now)
    return len(new)


def _near(until: datetime) -> QuerySet[SeatBlock]:
    """The held blocks whose end may have come: near the start, or sign-up closes long before."""
    minutes = SeatBlock.GOES_BACK.total_seconds() // 60
    return (
        SeatBlock.objects.held()
        .filter(
            Q(occurrence__starts_at__lte=until)
            | Q(occurrence__series__closes_minutes_before__gt=minutes)
        )
        .select_related("occurrence__series")
        .order_by("pk")
    )


def _resize(block: SeatBlock, places: int, *, by: User, now: datetime) -> None:
    """Change the number and the places it takes; the caller holds the date."""
    if places < block.claimed:
        words = ngettext(
            "%(n)d place is claimed already, so no fewer can be kept.",
            "%(n)d places are claimed already, so no fewer can be kept.",
            block.claimed,
        )
        raise NotSoMany(words % {"n": block.claimed})
    was, more = block.places, places - block.places
    block.places, block.unclaimed, block.changed_at = places, block.unclaimed + more, now
    block.save()
    audit.record(block, "events.places_held", by=by, was=was, places=places)
    if more > 0:
        seats.take(block.occurrence, more)
    else:
        seats.free(block.occurrence, -more, now=now)
    signup_moves.places_changed()


def _move(block: SeatBlock, to: Status, *, by: User | None, now: datetime) -> None:
    """Change the status; what nobody claimed is offered on. The caller holds the date."""
    if to not in SeatBlock.MOVES[block.status]:
        raise BlockOver(_over(block))
    was, block.status, block.changed_at = block.status, to, now
    block.save(update_fields=["status", "changed_at"])
    audit.record(
        block, "events.block_moved", by=by, was=str(was), to=str(to), unclaimed=block.unclaimed
    )
    if block.unclaimed:
        seats.free(block.occurrence, block.unclaimed, now=now)
        signup_moves.places_changed()


def _again(block: SeatBlock, row: Occurrence) -> SeatBlock:
    """The block as it stands now that its date is held."""
    found = SeatBlock.objects.select_related("company").get(pk=block.pk)
    found.occurrence = row
    return found


def _require_held(block: SeatBlock) -> None:
    if not block.is_held:
        raise BlockOver(_over(block))


def _require_right(block: SeatBlock, by: User) -> None:
    is_host = permissions.can_edit(by, block.occurrence.series)
    if not is_host and not companies.can_edit(by, block.company):
        raise PermissionDenied


def _over(block: SeatBlock) -> str:
    facts = {"company": block.company.name, "when": block.goes_back}
    if block.status == Status.ENDED:
        return _("The places held for %(company)s were given back.") % facts
    return _("The places held for %(company)s went back on %(when)s.") % facts


def _moment(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S.%f}"


def _key(block: SeatBlock, word: str, which: str) -> str:
    return f"events.block:{block.uuid.hex}:{word}:{which}"


def _tell(
    block: SeatBlock,
    word: str,
    *,
    now: datetime,
    which: str = "",
    not_before: datetime | None = None,
) -> None:
    """Promise the mail to the company's CSR leads; which of several it is tells them apart."""
    outbox.promise(
        "events.tasks.send_block",
        now=now,
        key=_key(block, word, which),
        not_before=not_before,
        rank=3,
        block_id=block.pk,
        word=word,
    )
