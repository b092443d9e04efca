"""The life of a pledge: drafted, announced, accepted, on its way, over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from companies.models import Company
from core import audit, outbox, quantities, times, versions
from core.errors import DomainError
from organizations.models import Need, Organization
from pledges import permissions
from pledges.domain import ledger
from pledges.domain.ledger import Movement, Occasion, Reason
from pledges.models import Account, Commitment, Delivery, Pledge, PledgeLine

Status = Pledge.Status


class NoSuchMove(DomainError):
    """The pledge's status does not lead where it was asked to go."""


class MoreThanIsWanted(DomainError):
    """The need has less left to promise than the pledge holds."""


class NeedNotOpen(DomainError):
    """The need is met, paused, expired or withdrawn."""


class NotAPledge(DomainError):
    """What is promised does not make a pledge: nothing in it, a day gone by, two receivers."""

    status = 422


@dataclass(frozen=True)
class Line:
    """One thing to promise: how much of what, and toward which need."""

    kind: str
    quantity: int
    unit: str
    need: Need | None = None

    @classmethod
    def toward(cls, need: Need, quantity: int) -> "Line":
        """A line that answers a need, in the need's own unit."""
        kind = PledgeLine.kind_for(need_kind=need.kind, unit=need.unit)
        return cls(kind, quantity, need.unit, need)


@dataclass(frozen=True)
class Terms:
    """Who promises to whom, and until when."""

    company: Company
    organization: Organization | None
    ends_on: date
    starts_on: date | None = None
    title: str = ""
    message: str = ""


def draft(*, terms: Terms, lines: Sequence[Line], by: User, now: datetime) -> Pledge:
    """Write a pledge down for the company's eyes only; the same again gives the same draft.

    Raises:
        PermissionDenied: if `by` may not pledge for the company.
        NotAPledge: if it has no lines, a last day gone by, or lines for other organizations.
        NeedNotOpen: if a need takes no more help.
        MoreThanIsWanted: if a need has less left than is promised.
    """
    if not permissions.can_pledge(by, terms.company):
        raise PermissionDenied
    _require_sense(terms, lines, today=_today(now))
    with transaction.atomic():
        Company.objects.select_for_update(of=("self",), no_key=True).get(pk=terms.company.pk)
        if found := _same_draft(terms, lines, by=by):
            return found
        for line in lines:
            _require_room(line.need, line.quantity)
        pledge = Pledge.objects.create(**vars(terms), created_by=by)
        PledgeLine.objects.bulk_create(PledgeLine(pledge=pledge, **vars(line)) for line in lines)
        audit.record(pledge, "pledges.pledge_drafted", by=by, at=_iso(now))
    return pledge


def announce(*, pledge: Pledge, by: User, now: datetime) -> Pledge:
    """Promise it in public and tell the organization.

    A pledge above what a need still wants is refused with what is left, and not cut: the
    company decides what to do with the rest.

    Raises:
        PermissionDenied: if `by` may not act for the company.
        NoSuchMove: if it was withdrawn or is past that.
        NeedNotOpen, MoreThanIsWanted, NotAPledge: as for `draft`, looked at again.
    """
    if not permissions.can_act_for_giver(by, pledge):
        raise PermissionDenied
    with transaction.atomic():
        row, moved = _move(pledge, Status.ANNOUNCED, by=by, now=now)
        if not moved:
            return row
        if row.ends_on < _today(now):
            raise NotAPledge(_("The last day of this pledge has passed. Write a new one."))
        lines = list(row.lines.select_related("need"))
        ledger.lock_needs({line.need_id for line in lines if line.need_id is not None})
        for line in lines:
            _require_room(line.need, line.quantity)
        _post_lines(row, Reason.ANNOUNCED, by=by, now=now)
        outbox.promise(
            "pledges.tasks.tell_organization_of_pledge",
            now=now,
            key=f"pledge-announced:{row.uuid}",
            pledge_id=row.pk,
        )
    return row


def accept(*, pledge: Pledge, by: User, now: datetime) -> Pledge:
    """Say yes in the organization's name; from now on the company owes it.

    Raises:
        PermissionDenied: if `by` may not act for the organization.
        NoSuchMove: if it was not announced, or is past that.
    """
    if not permissions.can_act_for_receiver(by, pledge):
        raise PermissionDenied
    with transaction.atomic():
        row, moved = _move(pledge, Status.ACCEPTED, by=by, now=now)
        if not moved:
            return row
        _post_lines(row, Reason.ACCEPTED, by=by, now=now)
        outbox.promise(
            "pledges.tasks.tell_company_of_acceptance",
            now=now,
            key=f"pledge-accepted:{row.uuid}",
            pledge_id=row.pk,
        )
    return row


def withdraw(*, pledge: Pledge, reason: str, by: User, now: datetime) -> Pledge:
    """Take a pledge back, or decline one, before it was accepted.

    Raises:
        PermissionDenied: if `by` acts for neither side.
        NoSuchMove: if it was accepted already.
    """
    gives = permissions.can_act_for_giver(by, pledge)
    receives = pledge.status != Status.DRAFT and permissions.can_act_for_receiver(by, pledge)
    if not (gives or receives):
        raise PermissionDenied
    with transaction.atomic():
        row, moved = _move(pledge, Status.WITHDRAWN, by=by, now=now, why=reason)
        if not moved:
            return row
        expire_rest(row, by=by, now=now)
        if row.announced_at is not None:
            outbox.promise(
                "pledges.tasks.tell_other_side_of_withdrawal",
                now=now,
                key=f"pledge-withdrawn:{row.uuid}",
                pledge_id=row.pk,
                by_company=gives,
            )
    return row


def commit(*, pledge: Pledge, by: User, now: datetime) -> Commitment:
    """Put one's own name under the company's pledge; once is enough.

    Raises:
        PermissionDenied: if `by` does not work there.
        NoSuchMove: if the pledge is not running.
    """
    if not permissions.works_at(by, pledge.company):
        raise PermissionDenied
    with transaction.atomic():
        row = Pledge.objects.select_for_update(of=("self",), no_key=True).get(pk=pledge.pk)
        if not row.is_running:
            raise NoSuchMove(_("This pledge is not running, so nobody can join it."))
        commitment, created = Commitment.objects.get_or_create(pledge=row, user=by)
        if created:
            audit.record(row, "pledges.pledge_joined", by=by, at=_iso(now))
            versions.bump("pledges")
    return commitment


def lapse_due(*, now: datetime) -> int:
    """End the pledges whose last day has passed; says how many.

    What arrived and waits for the organization's word holds its pledge open: nothing is
    confirmed or lost in silence.
    """
    due = Pledge.objects.running().filter(ends_on__lt=_today(now))
    waiting = due.filter(lines__deliveries__status__in=Delivery.OPEN_STATUSES).values("pk")
    ids = due.exclude(pk__in=waiting).order_by("pk").values_list("pk", flat=True)
    return sum(_lapse(pk, now=now) for pk in list(ids))


def follow_ledger(pledge: Pledge, *, by: User | None, now: datetime) -> Pledge:
    """Move an accepted pledge as its lines' balances say; called after each movement."""
    lines = list(pledge.lines.all())
    held = ledger.balances_of_lines(lines)
    arrived = sum(held[line.pk][account] for line in lines for account in _ARRIVING)
    complete = all(held[line.pk][Account.CONFIRMED] >= line.quantity for line in lines)
    row = pledge
    if row.status == Status.ACCEPTED and arrived:
        row, _moved = _move(row, Status.IN_PROGRESS, by=by, now=now)
    if row.status == Status.IN_PROGRESS and complete:
        row, _moved = _move(row, Status.FULFILLED, by=by, now=now)
    elif row.status == Status.FULFILLED and not complete:
        row, _moved = _move(row, Status.IN_PROGRESS, by=by, now=now)
    elif row.status in {Status.PART_FULFILLED, Status.LAPSED}:
        expire_rest(row, by=by, now=now)
    return row


#: Between which accounts a whole pledge moves, and why.
_STEPS = {
    Reason.ANNOUNCED: (Account.GIVER, Account.PLEDGED),
    Reason.ACCEPTED: (Account.PLEDGED, Account.ALLOCATED),
}
_ARRIVING = (Account.DELIVERED, Account.CONFIRMED)


def expire_rest(pledge: Pledge, *, by: User | None, now: datetime) -> None:
    """Write off what is promised and will not come."""
    lines = list(pledge.lines.select_related("need"))
    held = ledger.balances_of_lines(lines)
    movements = [
        Movement.of_line(line, account, Account.EXPIRED, held[line.pk][account])
        for line in lines
        for account in (Account.PLEDGED, Account.ALLOCATED)
        if held[line.pk][account] > 0
    ]
    if movements:
        # Reversed hours may leave something to write off again: the moment makes it new.
        key = f"expired:{pledge.uuid}:{_iso(now)}"
        ledger.post(Occasion(key, Reason.EXPIRED), movements, by=by, now=now)


def lock(pledge: Pledge) -> Pledge:
    """Hold the pledge until the transaction ends; before its needs, everywhere."""
    return (
        Pledge.objects.select_for_update(of=("self",), no_key=True)
        .select_related("company", "organization")
        .get(pk=pledge.pk)
    )


def _lapse(pk: int, *, now: datetime) -> bool:
    with transaction.atomic():
        row = lock(Pledge(pk=pk))
        if row.status not in Pledge.RUNNING_STATUSES or row.ends_on >= _today(now):
            return False
        confirmed = sum(
            held[Account.CONFIRMED] for held in ledger.balances_of_lines(row.lines.all()).values()
        )
        to = Status.PART_FULFILLED if confirmed else Status.LAPSED
        row, _moved = _move(row, to, by=None, now=now)
        expire_rest(row, by=None, now=now)
        Delivery.objects.filter(line__pledge=row, status=Delivery.Status.SCHEDULED).update(
            status=Delivery.Status.CANCELLED, closed_at=now
        )
    return True


def _move(
    pledge: Pledge, to: str, *, by: User | None, now: datetime, why: str = ""
) -> tuple[Pledge, bool]:
    """Move to a status, or refuse; being there already is no move and no refusal."""
    row = lock(pledge)
    was = row.status
    if was == to:
        return row, False
    if to not in Pledge.MOVES[was]:
        raise NoSuchMove(
            _("This pledge is %(was)s and cannot become %(to)s.")
            % {"was": row.get_status_display().lower(), "to": str(Status(to).label).lower()}
        )
    row.status = to
    if to == Status.ANNOUNCED:
        row.announced_at = now
    elif to == Status.ACCEPTED:
        row.accepted_at = now
    row.closed_at = None if to in Pledge.RUNNING_STATUSES else now
    row.closed_reason = why[:500]
    row.save()
    audit.record(row, "pledges.pledge_moved", by=by, was=was, to=to, why=why, at=_iso(now))
    versions.bump("pledges", "companies")
    pledge.status = to
    return row, True


def _post_lines(pledge: Pledge, reason: Reason, *, by: User, now: datetime) -> None:
    source, target = _STEPS[reason]
    movements = [
        Movement.of_line(line, source, target, line.quantity)
        for line in pledge.lines.select_related("need")
    ]
    ledger.post(Occasion(f"{reason}:{pledge.uuid}", reason), movements, by=by, now=now)


def _require_sense(terms: Terms, lines: Sequence[Line], *, today: date) -> None:
    if not terms.company.live:
        raise NotAPledge(_("Your company is still being looked at. You can pledge once it shows."))
    if not lines:
        raise NotAPledge(_("A pledge promises at least one thing."))
    if terms.ends_on < today:
        raise NotAPledge(_("The last day of a pledge cannot be in the past."))
    for line in lines:
        if line.quantity <= 0:
            raise NotAPledge(_("A quantity must be more than zero."))
        if line.need is not None and line.need.organization != terms.organization:
            raise NotAPledge(_("One pledge goes to one organization. Make another for the other."))


def _require_room(need: Need | None, quantity: int) -> None:
    if need is None:
        return
    need = Need.objects.open().filter(pk=need.pk).first() or _closed(need)
    rest = ledger.rest_of(need)
    if rest is None or quantity <= rest:
        return
    if rest == 0:
        raise MoreThanIsWanted(
            _("All of “%(need)s” is promised already. Thank you; other needs are open.")
            % {"need": need.title}
        )
    raise MoreThanIsWanted(
        _("Only %(rest)s are still open for “%(need)s”. Pledge that much or less.")
        % {"rest": quantities.quantity(rest, need.unit), "need": need.title}
    )


def _closed(need: Need) -> Need:
    raise NeedNotOpen(_("“%(need)s” takes no pledges now.") % {"need": need.title})


def _same_draft(terms: Terms, lines: Sequence[Line], *, by: User) -> Pledge | None:
    wanted = sorted((line.need.pk if line.need else 0, line.quantity, line.unit) for line in lines)
    drafts = Pledge.objects.filter(**vars(terms), created_by=by, status=Status.DRAFT)
    for found in drafts.prefetch_related("lines"):
        has = sorted((line.need_id or 0, line.quantity, line.unit) for line in found.lines.all())
        if has == wanted:
            return found
    return None


def _today(now: datetime) -> date:
    return times.local_of(now, settings.TIME_ZONE).date()


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="microseconds")
