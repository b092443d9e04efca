"""How what was promised arrives: scheduled, delivered, confirmed or disputed and settled."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox, quantities, versions
from core.errors import DomainError
from pledges import permissions
from pledges.domain import ledger, lifecycle
from pledges.domain.ledger import Movement, Occasion, Reason
from pledges.models import Account, Delivery, Pledge, PledgeLine

Status = Delivery.Status


class NoSuchMove(DomainError):
    """The delivery's status does not lead where it was asked to go."""


class MoreThanIsOwed(DomainError):
    """A delivery brings more than the pledge still owes, or came back larger than it left."""


class NotDeliverable(DomainError):
    """Nothing can be delivered on this pledge now."""


@dataclass(frozen=True)
class Handover:
    """What the company says about a delivery that has left."""

    delivered_on: date
    condition: str = ""
    receipt: str = ""


def schedule(*, line: PledgeLine, quantity: int, due_on: date, by: User, now: datetime) -> Delivery:
    """Say how much of a line comes on which day; the same again gives the same delivery.

    Raises:
        PermissionDenied: if `by` may not act for the company.
        NotDeliverable: if the pledge is not accepted or is over, or is about hours.
        MoreThanIsOwed: if that is more than is still to be scheduled.
    """
    if not permissions.can_act_for_giver(by, line.pledge):
        raise PermissionDenied
    with transaction.atomic():
        pledge = lifecycle.lock(line.pledge)
        if pledge.status not in Pledge.ACCEPTED_STATUSES:
            raise NotDeliverable(_("Deliveries can be scheduled once the pledge is accepted."))
        if line.kind == PledgeLine.LineKind.HOURS and line.need_id is not None:
            raise NotDeliverable(_("Hours are confirmed one entry at a time, as people log them."))
        scheduled = line.deliveries.filter(status=Status.SCHEDULED)
        if found := scheduled.filter(due_on=due_on, quantity=quantity).first():
            return found
        owed = ledger.balances(line=line)[Account.ALLOCATED]
        rest = owed - sum(scheduled.values_list("quantity", flat=True))
        if not 0 < quantity <= rest:
            raise MoreThanIsOwed(
                _("You can schedule up to %(rest)s more here.")
                % {"rest": quantities.quantity(rest, line.unit)}
            )
        delivery = Delivery.objects.create(line=line, quantity=quantity, due_on=due_on)
        audit.record(delivery, "pledges.delivery_scheduled", by=by, at=_iso(now))
    return delivery


def cancel(*, delivery: Delivery, by: User, now: datetime) -> Delivery:
    """Take back a delivery that has not left yet; its quantity can be scheduled again.

    Raises:
        PermissionDenied: if `by` may not act for the company.
        NoSuchMove: if it has left.
    """
    if not permissions.can_act_for_giver(by, delivery.line.pledge):
        raise PermissionDenied
    with transaction.atomic():
        row, _moved = _move(delivery, Status.CANCELLED, by=by, now=now)
    return row


def mark_delivered(*, delivery: Delivery, handover: Handover, by: User, now: datetime) -> Delivery:
    """Say that it was handed over; the organization is asked to confirm.

    Raises:
        PermissionDenied: if `by` may not act for the company.
        NoSuchMove: if it was cancelled or is past that.
    """
    if not permissions.can_act_for_giver(by, delivery.line.pledge):
        raise PermissionDenied
    with transaction.atomic():
        row, moved = _move(delivery, Status.DELIVERED, by=by, now=now, **vars(handover))
        if moved:
            _post(row, Reason.DELIVERED, _step(row, Account.ALLOCATED, Account.DELIVERED), by, now)
            outbox.promise(
                "pledges.tasks.ask_organization_to_confirm",
                now=now,
                key=f"delivery-delivered:{row.uuid}",
                delivery_id=row.pk,
            )
    return row


def confirm(*, delivery: Delivery, by: User, now: datetime) -> Delivery:
    """Say in the organization's name that all of it arrived; now it counts.

    Raises:
        PermissionDenied: if `by` may not act for the organization.
        NoSuchMove: if it was not delivered, or was disputed.
    """
    if not permissions.can_act_for_receiver(by, delivery.line.pledge):
        raise PermissionDenied
    with transaction.atomic():
        row, moved = _move(
            delivery, Status.CONFIRMED, by=by, now=now, received_quantity=delivery.quantity
        )
        if moved:
            _post(row, Reason.CONFIRMED, _step(row, Account.DELIVERED, Account.CONFIRMED), by, now)
    return row


def dispute(*, delivery: Delivery, received: int, why: str, by: User, now: datetime) -> Delivery:
    """Say in the organization's name that less arrived; nothing counts until it is settled.

    Raises:
        PermissionDenied: if `by` may not act for the organization.
        MoreThanIsOwed: if `received` is not less than what was delivered.
        NoSuchMove: if it was not delivered, or is confirmed.
    """
    if not permissions.can_act_for_receiver(by, delivery.line.pledge):
        raise PermissionDenied
    if not 0 <= received < delivery.quantity:
        raise MoreThanIsOwed(
            _("Say how much arrived: less than %(sent)s.") % {"sent": delivery.in_words}
        )
    with transaction.atomic():
        row, moved = _move(
            delivery, Status.DISPUTED, by=by, now=now, received_quantity=received, dispute=why[:500]
        )
        if moved:
            outbox.promise(
                "pledges.tasks.tell_company_of_dispute",
                now=now,
                key=f"delivery-disputed:{row.uuid}",
                delivery_id=row.pk,
            )
    return row


def settle(*, delivery: Delivery, by: User, now: datetime) -> Delivery:
    """Agree in the company's name to what the organization received; the rest is still owed.

    Raises:
        PermissionDenied: if `by` may not act for the company.
        NoSuchMove: if nothing is disputed.
    """
    if not permissions.can_settle(by, delivery):
        raise PermissionDenied
    with transaction.atomic():
        row, moved = _move(delivery, Status.SETTLED, by=by, now=now)
        if moved:
            received = row.received_quantity or 0
            steps = []
            if received:
                steps += _step(row, Account.DELIVERED, Account.CONFIRMED, received)
            if missing := row.quantity - received:
                steps += _step(row, Account.DELIVERED, Account.ALLOCATED, missing)
            _post(row, Reason.CONFIRMED if received else Reason.RETURNED, steps, by, now)
    return row


def _step(
    delivery: Delivery, source: Account, target: Account, quantity: int | None = None
) -> list[Movement]:
    amount = delivery.quantity if quantity is None else quantity
    return [Movement.of_line(delivery.line, source, target, amount)]


def _post(
    delivery: Delivery, reason: str, movements: list[Movement], by: User, now: datetime
) -> None:
    occasion = Occasion(f"delivery:{reason}:{delivery.uuid}", reason, delivery=delivery)
    ledger.post(occasion, movements, by=by, now=now)
    lifecycle.follow_ledger(delivery.line.pledge, by=by, now=now)


def _move(
    delivery: Delivery, to: str, *, by: User, now: datetime, **said: object
) -> tuple[Delivery, bool]:
    """Move to a status and keep what was said, or refuse; being there already is no move."""
    pledge = lifecycle.lock(delivery.line.pledge)
    row = (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("line__need")
        .get(pk=delivery.pk)
    )
    row.line.pledge = pledge
    was = row.status
    if was == to:
        return row, False
    if to not in Delivery.MOVES[was]:
        raise NoSuchMove(
            _("This delivery is %(was)s and cannot become %(to)s.")
            % {"was": row.get_status_display().lower(), "to": str(Status(to).label).lower()}
        )
    row.status = to
    for name, value in said.items():
        setattr(row, name, value)
    if not Delivery.MOVES[to]:
        row.closed_at = now
    row.save()
    audit.record(row, "pledges.delivery_moved", by=by, was=was, to=to, at=_iso(now))
    versions.bump("pledges")
    return row, True


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="microseconds")
