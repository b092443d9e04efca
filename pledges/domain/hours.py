"""Hours: logged by who gave them, decided by who received them, counted once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox, times, versions
from core.errors import DomainError
from core.vocabulary import Unit
from pledges import permissions
from pledges.domain import ledger, lifecycle
from pledges.domain.facts import Facts, ImpossibleHours, MoreThanADay, day_is_full, require_sense
from pledges.domain.ledger import Movement, Occasion, Reason
from pledges.models import Account, HoursEntry, LedgerTransaction, Pledge, PledgeLine
from pledges.models.hours import MINUTES_A_DAY

Status = HoursEntry.Status
Source = HoursEntry.Source


class NotAMember(ImpossibleHours):
    """The person does not work at the company that they name."""


class OwnHours(DomainError):
    """Nobody decides on their own hours."""


class LoggedAlready(DomainError):
    """A sign-up stands for hours once."""


class NoSuchMove(DomainError):
    """The entry was decided already, or not handed in."""


class ReasonMissing(DomainError):
    """A "no" needs a reason that its reader can use."""

    status = 422


@dataclass(frozen=True)
class Decisions:
    """What came of deciding on many at once."""

    done: tuple[HoursEntry, ...]
    #: Those that could not be decided, each with the sentence that says why.
    refused: tuple[tuple[HoursEntry, str], ...]


def log(*, facts: Facts, by: User, now: datetime, source: str = Source.SELF) -> HoursEntry:
    """Hand in one's own hours for the organization to confirm; the same again is the same entry.

    Raises:
        ImpossibleHours: or one of its kinds, with what to change.
        LoggedAlready: if other hours stand for the same sign-up.
    """
    with transaction.atomic():
        entry = draft(facts=facts, by=by, now=now, source=source)
        return submit(entry=entry, by=by, now=now)


def draft(*, facts: Facts, by: User, now: datetime, source: str = Source.SELF) -> HoursEntry:
    """Write one's own hours down without handing them in.

    Raises:
        ImpossibleHours: or one of its kinds, with what to change.
        LoggedAlready: if other hours stand for the same sign-up.
    """
    require_sense(facts, today=_today(now))
    if facts.company is not None and not permissions.works_at(by, facts.company):
        raise NotAMember(
            _("You are not listed at %(company)s. Ask its CSR lead for an invitation.")
            % {"company": facts.company}
        )
    with transaction.atomic():
        _lock_person(by.pk)
        if found := _same_entry(facts, by=by):
            return found
        _require_first_of_signup(facts)
        _require_room_in_day(facts, by=by)
        entry = HoursEntry.objects.create(user=by, source=source, **vars(facts))
        audit.record(entry, "pledges.hours_logged", by=by, at=_iso(now))
    return entry


def submit(*, entry: HoursEntry, by: User, now: datetime) -> HoursEntry:
    """Hand a draft in.

    Raises:
        PermissionDenied: if it is not `by`'s own.
    """
    if entry.user != by:
        raise PermissionDenied
    with transaction.atomic():
        row = _lock(entry)
        if row.status != Status.DRAFT:
            return row
        row = _move(row, Status.SUBMITTED, by=by, now=now)
        outbox.promise(
            "pledges.tasks.tell_organization_of_hours",
            now=now,
            key=f"hours-submitted:{row.uuid}",
            entry_id=row.pk,
        )
    return row


def approve(*, entry: HoursEntry, by: User, now: datetime) -> HoursEntry:
    """Confirm hours in the organization's name; each minute of a person counts once.

    Where the entry overlaps approved ones of the same person, only the rest counts.

    Raises:
        PermissionDenied: if `by` may not approve for the organization.
        OwnHours: if they are `by`'s own.
        NoSuchMove: if they were declined, or not handed in.
        MoreThanADay: if the person's day would hold more than 24 hours.
    """
    _require_approver(entry, by)
    with transaction.atomic():
        row = _lock(entry)
        if row.status == Status.APPROVED:
            return row
        row.counted_minutes = _minutes_that_count(row)
        row = _move(row, Status.APPROVED, by=by, now=now)
        _post(row, by=by, now=now)
        _promise_answer(row, now=now)
    return row


def decline(*, entry: HoursEntry, reason: str, by: User, now: datetime) -> HoursEntry:
    """Say no to hours, with a reason that the volunteer reads.

    Raises:
        PermissionDenied: if `by` may not approve for the organization.
        OwnHours: if they are `by`'s own.
        ReasonMissing: if the reason is empty.
        NoSuchMove: if they were approved, or not handed in.
    """
    _require_approver(entry, by)
    reason = _reason(reason)
    with transaction.atomic():
        row = _lock(entry)
        if row.status == Status.DECLINED:
            return row
        row = _move(row, Status.DECLINED, by=by, now=now, why=reason)
        _promise_answer(row, now=now)
    return row


def approve_all(*, entries: Iterable[HoursEntry], by: User, now: datetime) -> Decisions:
    """Confirm many; one that cannot be leaves the others alone and says why.

    Raises:
        PermissionDenied: if `by` may not approve for one of the organizations.
    """
    done: list[HoursEntry] = []
    refused: list[tuple[HoursEntry, str]] = []
    for entry in entries:
        try:
            done.append(approve(entry=entry, by=by, now=now))
        except DomainError as error:
            refused.append((entry, error.sentence))
    return Decisions(tuple(done), tuple(refused))


def decline_all(
    *, entries: Iterable[HoursEntry], reason: str, by: User, now: datetime
) -> Decisions:
    """Say no to many for one reason; one that cannot be leaves the others alone.

    Raises:
        PermissionDenied: if `by` may not approve for one of the organizations.
        ReasonMissing: if the reason is empty.
    """
    reason = _reason(reason)
    done: list[HoursEntry] = []
    refused: list[tuple[HoursEntry, str]] = []
    for entry in entries:
        try:
            done.append(decline(entry=entry, reason=reason, by=by, now=now))
        except DomainError as error:
            refused.append((entry, error.sentence))
    return Decisions(tuple(done), tuple(refused))


def reverse(*, entry: HoursEntry, reason: str, by: User, now: datetime) -> HoursEntry:
    """Take an approval back by a new row that undoes it; asked twice, it is undone once.

    Raises:
        PermissionDenied: if `by` may not approve for the organization.
        OwnHours: if they are `by`'s own.
        ReasonMissing: if the reason is empty.
        NoSuchMove: if they were never approved.
    """
    _require_approver(entry, by)
    reason = _reason(reason)
    with transaction.atomic():
        row = _lock(entry)
        if row.status != Status.APPROVED:
            raise NoSuchMove(_("Only approved hours can be reversed."))
        if found := HoursEntry.objects.filter(reverses=row).first():
            return found
        kept = ("user", "organization", "company", "need", "leave", "served_on", "minutes", "what")
        reversal = HoursEntry.objects.create(
            **{name: getattr(row, name) for name in kept},
            source=Source.SUPERVISOR,
            status=Status.REVERSED,
            reverses=row,
            counted_minutes=-row.counted_minutes,
            decided_by=by,
            decided_at=now,
            reason=reason,
        )
        audit.record(row, "pledges.hours_reversed", by=by, why=reason, at=_iso(now))
        _take_back(row, reversal, by=by, now=now)
        _promise_answer(reversal, now=now)
        versions.bump("pledges")
    return reversal


def _post(entry: HoursEntry, *, by: User, now: datetime) -> None:
    """Let approved minutes help the need they were for, the company's pledge first."""
    if entry.need is None or not entry.counted_minutes:
        return
    left = entry.counted_minutes
    movements = []
    touched = []
    for line in _lines_owing(entry):
        owed = ledger.balances(line=line)[Account.ALLOCATED]
        if taken := min(owed, left):
            movements.append(Movement.of_line(line, Account.ALLOCATED, Account.CONFIRMED, taken))
            touched.append(line.pledge)
            left -= taken
    if left:
        movements.append(
            Movement(Account.GIVER, Account.CONFIRMED, left, Unit.MINUTE, need=entry.need)
        )
    ledger.post(
        Occasion(f"hours:{entry.uuid}", Reason.HOURS, hours=entry), movements, by=by, now=now
    )
    for pledge in touched:
        lifecycle.follow_ledger(pledge, by=by, now=now)


def _lines_owing(entry: HoursEntry) -> list[PledgeLine]:
    if entry.company is None:
        return []
    pledges = (
        Pledge.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            pk__in=PledgeLine.objects.filter(need=entry.need, unit=Unit.MINUTE).values("pledge"),
            company=entry.company,
            status__in=Pledge.ACCEPTED_STATUSES,
        )
        .order_by("pk")
    )
    ids = [pledge.pk for pledge in pledges]  # evaluated first: the lock comes before the look
    lines = PledgeLine.objects.filter(pledge__in=ids, need=entry.need).select_related(
        "pledge", "need"
    )
    return sorted(lines, key=lambda line: (line.pledge.ends_on, line.pk))


def _take_back(entry: HoursEntry, reversal: HoursEntry, *, by: User, now: datetime) -> None:
    posted = LedgerTransaction.objects.filter(hours=entry, reason=Reason.HOURS).first()
    if posted is None:
        return
    pledges = Pledge.objects.filter(lines__postings__transaction=posted).distinct()
    locked = [lifecycle.lock(pledge) for pledge in pledges.order_by("pk")]
    occasion = Occasion(f"hours:{reversal.uuid}", Reason.REVERSED, hours=reversal)
    ledger.reverse(posted, occasion, by=by, now=now)
    for pledge in locked:
        lifecycle.follow_ledger(pledge, by=by, now=now)


def _minutes_that_count(entry: HoursEntry) -> int:
    others = list(
        HoursEntry.objects.filter(
            user_id=entry.user_id,
            served_on=entry.served_on,
            status=Status.APPROVED,
            reversal__isnull=True,
        )
    )
    counts = entry.minutes
    if entry.starts_minute is not None and entry.ends_minute is not None:
        free = set(range(entry.starts_minute, entry.ends_minute))
        for other in others:
            if other.starts_minute is not None and other.ends_minute is not None:
                free -= set(range(other.starts_minute, other.ends_minute))
        counts = min(counts, len(free))
    if sum(other.counted_minutes for other in others) + counts > MINUTES_A_DAY:
        raise MoreThanADay(day_is_full(entry.served_on))
    return counts


def _require_room_in_day(facts: Facts, *, by: User) -> None:
    said = HoursEntry.objects.filter(
        user=by,
        served_on=facts.served_on,
        status__in=(Status.DRAFT, Status.SUBMITTED, Status.APPROVED),
        reversal__isnull=True,
    ).aggregate(total=Sum("minutes"))["total"]
    if (said or 0) + facts.minutes > MINUTES_A_DAY:
        raise MoreThanADay(day_is_full(facts.served_on))


def _require_first_of_signup(facts: Facts) -> None:
    if facts.signup_uuid is None:
        return
    stands = HoursEntry.objects.filter(
        signup_uuid=facts.signup_uuid, reversal__isnull=True
    ).exclude(status__in=(Status.DECLINED, Status.REVERSED))
    if found := stands.first():
        raise LoggedAlready(
            _(
                "You logged %(hours)s for this date already. "
                "If that is wrong, tell the organization."
            )
            % {"hours": found.in_words}
        )


def _same_entry(facts: Facts, *, by: User) -> HoursEntry | None:
    # Opened from a sign-up or typed by hand, the same facts are the same hours.
    said = {name: value for name, value in vars(facts).items() if name != "signup_uuid"}
    return (
        HoursEntry.objects.filter(user=by, reversal__isnull=True, **said)
        .exclude(status__in=(Status.DECLINED, Status.REVERSED))
        .first()
    )


def _require_approver(entry: HoursEntry, by: User) -> None:
    if entry.user_id == by.pk:
        raise OwnHours(_("These are your own hours. Somebody else has to decide on them."))
    if not permissions.can_approve_hours(by, entry):
        raise PermissionDenied


def _reason(text: str) -> str:
    text = text.strip()[:500]
    if not text:
        raise ReasonMissing(_("Give a reason that the volunteer can use."))
    return text


def _lock_person(pk: int) -> None:
    """Hold a person's hours: two decisions on overlapping entries must see each other."""
    User.objects.select_for_update(no_key=True).get(pk=pk)


def _lock(entry: HoursEntry) -> HoursEntry:
    _lock_person(entry.user_id)
    return (
        HoursEntry.objects.select_for_update(of=("self",), no_key=True)
        .with_names()
        .get(pk=entry.pk)
    )


def _move(row: HoursEntry, to: str, *, by: User, now: datetime, why: str = "") -> HoursEntry:
    """Move the locked row to a status, or refuse."""
    was = row.status
    if to not in HoursEntry.MOVES[was]:
        raise NoSuchMove(
            _("These hours are %(was)s and cannot become %(to)s.")
            % {"was": row.get_status_display().lower(), "to": str(Status(to).label).lower()}
        )
    row.status = to
    if to in HoursEntry.DECIDED_STATUSES:
        row.decided_by, row.decided_at, row.reason = by, now, why
    row.save(update_fields=["status", "counted_minutes", "decided_by", "decided_at", "reason"])
    audit.record(row, "pledges.hours_moved", by=by, was=was, to=to, why=why, at=_iso(now))
    versions.bump("pledges")
    return row


def _promise_answer(entry: HoursEntry, *, now: datetime) -> None:
    outbox.promise(
        "pledges.tasks.tell_volunteer_of_decision",
        now=now,
        key=f"hours-{entry.status}:{entry.uuid}",
        entry_id=entry.pk,
    )


def _today(now: datetime) -> date:
    return times.local_of(now, settings.TIME_ZONE).date()


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="microseconds")
