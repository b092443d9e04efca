"""What the worker does for events: mails, each safe to be asked for twice."""

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from accounts.models import MembershipState
from companies.models import CompanyMembership
from core import limits, outbox
from events.mail import blocks as block_letters
from events.mail import bookings as booking_letters
from events.mail import incoming as incoming_letters
from events.mail import roster_messages as roster_letters
from events.mail import signups as signup_letters
from events.mail import waiting as waiting_letters
from events.models import (
    Booking,
    IncomingCalendar,
    Offer,
    RosterMessage,
    SeatBlock,
    SignUp,
    WaitingEntry,
)
from organizations import permissions as organizations
from organizations.models import OrganizationMembership


def _load(signup_id: int, *, standing: Collection[str] = SignUp.Status) -> SignUp | None:
    """The sign-up with its date; none for who left no address.

    One letter speaks of a whole party. Where its first stands otherwise by now, the first of the
    others who stand so gets it.
    """
    rows = SignUp.objects.select_related(
        "occurrence__series__organization",
        "occurrence__series__company",
        "occurrence__series__area",
    ).exclude(email="")
    row = rows.filter(pk=signup_id).first()
    if row is None or row.status in standing:
        return row
    return rows.party_of(row).filter(status__in=standing).order_by("pk").first()


@outbox.effect
def send_signup(*, signup_id: int, status: str) -> None:
    """Mail what a sign-up came to; nothing if its party has moved on or is gone by now."""
    row = _load(signup_id, standing=[status])
    message = row and signup_letters.signup(row, status)
    if message:
        message.send()


@outbox.effect
def send_booking(*, booking_id: int) -> None:
    """Mail what was signed up for in one go; nothing if all of it fell away by now."""
    booking = Booking.objects.filter(pk=booking_id).first()
    message = booking and booking_letters.booking(booking)
    if message:
        message.send()


@outbox.effect
def send_moved(*, signup_id: int, was: str, reason: str) -> None:
    """Mail that a date is at another time now; nothing if nobody of a party comes any more."""
    row = _load(signup_id, standing=SignUp.COMING)
    if row is not None:
        signup_letters.moved(row, was=datetime.fromisoformat(was), reason=reason).send()


@outbox.effect
def send_elsewhere(*, signup_ids: list[int], was: str) -> None:
    """Mail that dates are at another place now; of those that are still ahead."""
    now = timezone.now()
    loaded = [_load(pk, standing=SignUp.COMING) for pk in signup_ids]
    rows = [row for row in loaded if row is not None and row.occurrence.last_call_at > now]
    message = rows and signup_letters.elsewhere(rows, was=was)
    if message:
        message.send()


@outbox.effect
def send_reminder(*, signup_id: int, start: str) -> None:
    """Remind of a date; nothing if it is off, begun or moved by now, or nobody comes any more."""
    row = _load(signup_id, standing=[SignUp.Status.CONFIRMED])
    if row is None:
        return
    occurrence = row.occurrence
    is_same = occurrence.local_start == datetime.fromisoformat(start)
    if is_same and not occurrence.is_cancelled and occurrence.starts_at > timezone.now():
        signup_letters.reminder(row).send()


@outbox.effect
def send_called_off(*, signup_id: int) -> None:
    """Mail that a date does not take place."""
    row = _load(signup_id)
    if row is not None and row.occurrence.is_cancelled:
        signup_letters.called_off(row).send()


@outbox.effect
def send_waiting(*, entry_id: int) -> None:
    """Mail that somebody is on the waiting list, with the way to leave it."""
    entry = WaitingEntry.objects.for_page().filter(pk=entry_id).first()
    if entry is not None and entry.status == WaitingEntry.Status.WAITING:
        waiting_letters.on_list(entry).send()


@outbox.effect
def send_signed_up_already(*, signup_id: int) -> None:
    """Mail that nobody waits for a date who has a place there; nothing if they have none by now."""
    row = _load(signup_id, standing=SignUp.HOLDING)
    if row is not None and _may_tell(row.email):
        signup_letters.signed_up_already(row).send()


@outbox.effect
def send_waits_already(*, entry_id: int) -> None:
    """Mail that nothing changed for who waits already; nothing if they wait no more."""
    entry = WaitingEntry.objects.for_page().filter(pk=entry_id).first()
    if entry is not None and entry.status in WaitingEntry.IN_LINE and _may_tell(entry.email):
        waiting_letters.waits_already(entry).send()


def _may_tell(address: str) -> bool:
    """Whether an address may be told once more what a stranger asked for in its name."""
    return limits.take("told", address, *limits.MAIL_TO_ONE_ADDRESS, now=timezone.now())


@outbox.effect
def send_offer(*, offer_id: int) -> None:
    """Mail an offer; nothing if it was answered or lapsed by now."""
    offer = Offer.objects.filter(pk=offer_id, answered_at=None).first()
    if offer is not None:
        offer.entry = WaitingEntry.objects.for_page().get(pk=offer.entry_id)
        waiting_letters.offered(offer).send()


@outbox.effect
def send_offer_lapsed(*, entry_id: int) -> None:
    """Mail that an offer went to the next in line."""
    entry = WaitingEntry.objects.for_page().filter(pk=entry_id).first()
    if entry is not None and entry.status == WaitingEntry.Status.LAPSED:
        waiting_letters.offer_lapsed(entry).send()


@outbox.effect
def send_open_call(*, entry_id: int) -> None:
    """Mail that places came free today; nothing if they are gone, or nobody waits any more."""
    entry = WaitingEntry.objects.for_page().filter(pk=entry_id).first()
    if (
        entry is not None
        and entry.status == WaitingEntry.Status.WAITING
        and not entry.occurrence.is_full
        and not entry.occurrence.is_cancelled
    ):
        waiting_letters.open_call(entry).send()


@outbox.effect
def send_line_closed(*, entry_id: int) -> None:
    """Mail that the date that somebody waited for does not take place."""
    entry = WaitingEntry.objects.for_page().filter(pk=entry_id).first()
    if entry is not None and entry.status == WaitingEntry.Status.CLOSED:
        waiting_letters.line_closed(entry).send()


@outbox.effect
def send_roster_message(*, message_id: int, row_id: int) -> None:
    """Mail what the host wrote to one address; nothing if nobody there is meant any more."""
    messages = RosterMessage.objects.select_related(
        "occurrence__series__organization", "occurrence__series__company"
    )
    message = messages.filter(pk=message_id, undone_at=None).first()
    if message is None:
        return
    recipients = message.recipients()
    # The row stands for its address alone: others there may be meant though it is not any more.
    named = recipients.model.objects.filter(pk=row_id, occurrence=message.occurrence_id).first()
    if named is None:
        return
    rows: list[SignUp | WaitingEntry] = [*recipients.filter(email__iexact=named.email)]
    if rows:
        roster_letters.roster_message(message, rows).send()


@outbox.effect
def send_block(*, block_id: int, word: str) -> None:
    """Mail a company's CSR leads about places held for it; nothing that is not true any more."""
    block = SeatBlock.objects.for_page().filter(pk=block_id).first()
    if block is None or block.status != block_letters.BLOCK_IS[word]:
        return
    leads = CompanyMembership.objects.filter(
        company=block.company,
        state=MembershipState.ACTIVE,
        role=CompanyMembership.Role.CSR_LEAD,
    )
    addresses = sorted(set(leads.values_list("user__email", flat=True)))
    if addresses and not (word == "goes_back" and block.unclaimed == 0):
        block_letters.block(block, word, addresses).send()


@outbox.effect
def send_calendar_broken(*, calendar_id: int) -> None:
    """Mail the organization's people that their calendar cannot be read; nothing if it can."""
    rows = IncomingCalendar.objects.select_related("organization").exclude(problem="")
    calendar = rows.filter(pk=calendar_id, is_paused=False).first()
    if calendar is None:
        return
    members = OrganizationMembership.objects.filter(
        organization=calendar.organization,
        state=MembershipState.ACTIVE,
        role__in=organizations.WORKING_ROLES,
    )
    addresses = sorted(set(members.values_list("user__email", flat=True)))
    if addresses:
        incoming_letters.calendar_broken(calendar, addresses).send()
