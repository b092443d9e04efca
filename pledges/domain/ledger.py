"""The single door to quantities: every movement goes through `post`, every figure is a read.

Double entry per unit: what leaves one account enters another, so a transaction's postings sum
to zero, and what a need was promised and has received are sums over an append-only table.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from core import quantities, versions
from core.errors import DomainError
from organizations.domain import needs
from organizations.models import Need
from pledges.models import Account, Delivery, HoursEntry, LedgerTransaction, PledgeLine, Posting
from pledges.models.ledger import STANDING_ACCOUNTS

Reason = LedgerTransaction.Reason


class NotThatMuch(DomainError):
    """An account does not hold what is to be taken from it."""


class UnitsDiffer(DomainError):
    """A quantity in one unit cannot meet a need that is counted in another."""

    status = 422


@dataclass(frozen=True)
class Movement:
    """A quantity that goes from one account to another.

    Args:
        source: the account that falls.
        target: the account that rises.
        quantity: more than zero, in the unit's smallest part.
        unit: what is counted.
        line: the pledge line that it belongs to, if any.
        need: the need that it helps to meet, if any.
    """

    source: Account
    target: Account
    quantity: int
    unit: str
    line: PledgeLine | None = None
    need: Need | None = None

    @classmethod
    def of_line(
        cls, line: PledgeLine, source: Account, target: Account, quantity: int
    ) -> "Movement":
        """A movement within a pledge line, in its unit and for its need."""
        return cls(source, target, quantity, line.unit, line=line, need=line.need)


@dataclass(frozen=True)
class Occasion:
    """What a transaction is about.

    Args:
        key: posting the same key again is the same transaction.
        reason: why quantities move.
        delivery: the delivery that moves them, if any.
        hours: the hours that move them, if any.
    """

    key: str
    reason: str
    delivery: Delivery | None = None
    hours: HoursEntry | None = None


@dataclass(frozen=True)
class Progress:
    """How far a need is: what is promised or came, and what was confirmed to have come."""

    pledged: int
    met: int


def post(
    occasion: Occasion, movements: Sequence[Movement], *, by: User | None, now: datetime
) -> LedgerTransaction:
    """Write movements as one transaction whose postings sum to zero in each unit.

    The needs concerned are locked, and follow in the same database transaction.

    Args:
        occasion: what it is about.
        movements: at least one.
        by: who caused it; `None` for the clock.
        now: the present.

    Raises:
        NotThatMuch: if an account holds less than is to leave it.
        UnitsDiffer: if a need is counted in another unit.
    """
    with transaction.atomic():
        locked = lock_needs({move.need.pk for move in movements if move.need is not None})
        if found := LedgerTransaction.objects.filter(key=occasion.key).first():
            return found
        for move in movements:
            _check(move)
        written = _write(occasion, movements, by=by, now=now)
        _refresh(locked, by=by, now=now)
    return written


def reverse(
    original: LedgerTransaction, occasion: Occasion, *, by: User | None, now: datetime
) -> LedgerTransaction:
    """Take a transaction back by another one; asked twice, it is taken back once.

    Raises:
        NotThatMuch: if what it moved has moved on since.
    """
    with transaction.atomic():
        postings = list(original.postings.select_related("line", "need").order_by("pk"))
        locked = lock_needs({row.need_id for row in postings if row.need_id is not None})
        if found := LedgerTransaction.objects.filter(reverses=original).first():
            return found
        written = _begin(occasion, by=by, now=now, reverses=original)
        Posting.objects.bulk_create(
            Posting(
                transaction=written,
                account=row.account,
                unit=row.unit,
                quantity=-row.quantity,
                line=row.line,
                need=row.need,
            )
            for row in postings
        )
        _refuse_overdrawn(postings)
        _refresh(locked, by=by, now=now)
    return written


def lock_needs(ids: Collection[int]) -> list[Need]:
    """Hold these needs until the transaction ends, in one order everywhere."""
    return list(
        Need.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    )


def balances(*, line: PledgeLine | None = None, need: Need | None = None) -> dict[str, int]:
    """What each account of a line or of a need holds; an absent account holds nothing.

    Raises:
        TypeError: if neither or both are given.
    """
    if (line is None) == (need is None):
        message = "name either a line or a need"
        raise TypeError(message)
    rows = Posting.objects.filter(line=line) if line else Posting.objects.filter(need=need)
    return _sums(rows.order_by().values_list("account").annotate(Sum("quantity")))


def balances_of_lines(lines: Iterable[PledgeLine]) -> dict[int, dict[str, int]]:
    """The balances of many lines in one query, by the line's id."""
    rows = (
        Posting.objects.filter(line__in=[line.pk for line in lines])
        .order_by()
        .values_list("line_id", "account")
        .annotate(Sum("quantity"))
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line_id, account, total in rows:
        found[line_id][account] = total
    return found


def progress_of(need: Need) -> Progress:
    """What the ledger says of a need, in the need's unit."""
    held = balances(need=need)
    return Progress(
        pledged=sum(held[account] for account in STANDING_ACCOUNTS), met=held[Account.CONFIRMED]
    )


def rest_of(need: Need) -> int | None:
    """What nobody has promised yet; `None` where the ask has no number."""
    if need.quantity_wanted is None:
        return None
    return max(0, need.quantity_wanted - progress_of(need).pledged)


def _check(move: Movement) -> None:
    if move.quantity <= 0:
        raise NotThatMuch(_("A quantity must be more than zero."))
    if move.need is not None and move.need.unit != move.unit:
        raise UnitsDiffer(
            _("“%(need)s” is counted in %(unit)s.")
            % {"need": move.need.title, "unit": move.need.get_unit_display()}
        )
    if move.source == Account.GIVER:
        return
    held = balances(line=move.line, need=None if move.line else move.need)[move.source]
    if held < move.quantity:
        raise NotThatMuch(
            _("Only %(held)s can be moved here, not %(asked)s.")
            % {
                "held": quantities.quantity(held, move.unit),
                "asked": quantities.quantity(move.quantity, move.unit),
            }
        )


def _refuse_overdrawn(postings: Iterable[Posting]) -> None:
    for row in postings:
        held = balances(line=row.line, need=None if row.line else row.need)
        if any(held[account] < 0 for account in Account if account != Account.GIVER):
            raise NotThatMuch(_("What this moved has moved on and cannot be taken back."))


def _write(
    occasion: Occasion, movements: Sequence[Movement], *, by: User | None, now: datetime
) -> LedgerTransaction:
    written = _begin(occasion, by=by, now=now)
    Posting.objects.bulk_create(
        Posting(
            transaction=written,
            account=account,
            unit=move.unit,
            quantity=quantity,
            line=move.line,
            need=move.need,
        )
        for move in movements
        for account, quantity in ((move.source, -move.quantity), (move.target, move.quantity))
    )
    return written


def _begin(
    occasion: Occasion,
    *,
    by: User | None,
    now: datetime,
    reverses: LedgerTransaction | None = None,
) -> LedgerTransaction:
    return LedgerTransaction.objects.create(
        key=occasion.key,
        reason=occasion.reason,
        delivery=occasion.delivery,
        hours=occasion.hours,
        reverses=reverses,
        by=by,
        posted_at=now,
    )


def _refresh(locked: Iterable[Need], *, by: User | None, now: datetime) -> None:
    for need in locked:
        progress = progress_of(need)
        needs.refresh_progress(need, pledged=progress.pledged, met=progress.met, now=now, by=by)
    versions.bump("pledges")


def _sums(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    found.update(rows)
    return found
