"""The life of a need: drafted, reviewed, open, met; paused, withdrawn, expired, reopened."""

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox, times, versions
from core.errors import DomainError
from organizations import permissions
from organizations.domain import catalogue, moderation, slugs
from organizations.models import Need, Organization

Status = Need.Status

#: Statuses that follow the ledger; in every other one, progress is kept but moves nothing.
FOLLOWS_LEDGER = frozenset({Status.OPEN, Status.PARTLY_MET, Status.MET})


class NoSuchMove(DomainError):
    """The need's status does not lead where it was asked to go."""


class NothingLeftToMeet(DomainError):
    """A need whose whole quantity has come cannot be opened again for the same quantity."""


def draft(*, need: Need, by: User, now: datetime) -> Need:
    """Save a new need of an organization, seen by its people only.

    Args:
        need: an unsaved one with its organization and words.
        by: one of the organization's people.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not edit the organization.
    """
    _require_editor(by, need.organization)
    return _begin(need, by=by, now=now)


def draft_with_submission(*, need: Need, now: datetime) -> Need:
    """Save the need that came with a new organization, in review as the organization is."""
    with transaction.atomic():
        need = _begin(need, by=None, now=now)
        return _move(need, Status.IN_REVIEW, by=None, now=now)


def edit(*, need: Need, by: User, now: datetime) -> Need:
    """Save changed words of a need; of a public one, for everybody to see at once.

    A changed quantity moves the status as the ledger would.

    Raises:
        PermissionDenied: if `by` may not edit the organization.
        NoSuchMove: if the need was withdrawn.
    """
    _require_editor(by, need.organization)
    with transaction.atomic():
        row = Need.objects.select_for_update(no_key=True).get(pk=need.pk)
        if row.status == Status.WITHDRAWN:
            raise NoSuchMove(_("A withdrawn need cannot be changed. Write a new one."))
        if not row.live:
            for name in Need.KEPT:
                setattr(need, name, getattr(row, name))
            need.save()
        need.save_revision(user=by)
        if row.live:
            moderation.publish(need, by=by)
        audit.record(row, "organizations.need_edited", by=by, at=_iso(now))
        row = _follow_ledger(Need.objects.get(pk=need.pk), by=by, now=now)
        catalogue.refresh_need(need=row)
    return row


def submit(*, need: Need, by: User, now: datetime) -> Need:
    """Send a draft to the moderators.

    Raises:
        PermissionDenied: if `by` may not edit the organization.
        NoSuchMove: if it is past that.
    """
    _require_editor(by, need.organization)
    with transaction.atomic():
        need = _move(need, Status.IN_REVIEW, by=by, now=now)
        moderation.ask(need, by=by)
    return need


def approve(*, need: Need, by: User, now: datetime) -> Need:
    """Open a need that was in review, for everybody to see.

    Raises:
        PermissionDenied: if `by` is no moderator.
        NoSuchMove: if it was not in review.
    """
    _require_moderator(by)
    was_open = need.status in FOLLOWS_LEDGER
    with transaction.atomic():
        need = _open(need, by=by, now=now)
        if not was_open:
            _tell(need, now=now)
    return need


def open_with_organization(*, need: Need, by: User | None, now: datetime) -> Need:
    """Open a need that was sent in with its organization, now that this is approved."""
    return _open(need, by=by, now=now)


def send_back(*, need: Need, reason: str, by: User, now: datetime) -> Need:
    """Hand a need in review back to its organization as a draft, saying why.

    Raises:
        PermissionDenied: if `by` is no moderator.
        NoSuchMove: if it was not in review.
    """
    _require_moderator(by)
    with transaction.atomic():
        need = _move(need, Status.DRAFT, by=by, now=now, why=reason)
        moderation.hand_back(need, by=by, comment=reason)
        _tell(need, comment=reason, now=now)
    return need


def pause(*, need: Need, by: User, now: datetime) -> Need:
    """Take no more help for the time being.

    Raises:
        PermissionDenied: if `by` may not edit the organization.
        NoSuchMove: if it is not open.
    """
    _require_editor(by, need.organization)
    with transaction.atomic():
        need = _move(need, Status.PAUSED, by=by, now=now)
        catalogue.refresh_need(need=need)
    return need


def reopen(*, need: Need, by: User, now: datetime) -> Need:
    """Ask for help again after a pause, a deadline, or more wanted than has come.

    Raises:
        PermissionDenied: if `by` may not edit the organization.
        NothingLeftToMeet: if all that is wanted has come; raise the quantity first.
        NoSuchMove: if it was withdrawn or never opened.
    """
    _require_editor(by, need.organization)
    with transaction.atomic():
        row = Need.objects.select_for_update(no_key=True).get(pk=need.pk)
        if row.status in Need.OPEN_STATUSES:
            return row
        if _status_by_ledger(row) == Status.MET:
            raise NothingLeftToMeet(
                _("All of it has come. Raise the quantity first, and the need opens by itself.")
            )
        row = _move(row, Status.OPEN, by=by, now=now)
        row = _follow_ledger(row, by=by, now=now)
        catalogue.refresh_need(need=row)
    return row


def withdraw(*, need: Need, by: User, now: datetime) -> Need:
    """Take a need back for good.

    Raises:
        PermissionDenied: if `by` may not edit the organization.
        NoSuchMove: if it is met.
    """
    _require_editor(by, need.organization)
    with transaction.atomic():
        need = _move(need, Status.WITHDRAWN, by=by, now=now)
        moderation.take_down(need, by=by)
        catalogue.refresh_need(need=Need.objects.get(pk=need.pk))
    return need


def expire_due(*, now: datetime) -> int:
    """Close the needs whose day has passed at this installation; says how many."""
    today = times.local_of(now, settings.TIME_ZONE).date()
    return sum(_expire(pk, today=today, now=now) for pk in _overdue_ids(today))


def refresh_progress(need: Need, *, pledged: int, met: int, now: datetime, by: User | None) -> Need:
    """Keep what the ledger says of a need, and move it between open, partly met and met.

    Called by the ledger inside the transaction of its postings, and by nothing else.

    Args:
        need: the need that the postings are about.
        pledged: all that is promised or delivered, in the unit's smallest part.
        met: all that the organization confirmed, in the same.
        now: the present.
        by: who caused it; `None` for the clock.
    """
    with transaction.atomic():
        row = Need.objects.select_for_update(no_key=True).get(pk=need.pk)
        row.quantity_pledged, row.quantity_met = pledged, met
        row.save(update_fields=["quantity_pledged", "quantity_met", "updated_at"])
        row = _follow_ledger(row, by=by, now=now)
        versions.bump("needs")
    need.quantity_pledged, need.quantity_met = pledged, met
    need.status = row.status
    return row


def published(*, need: Need, by: User | None, now: datetime) -> None:
    """Follow the CMS, where somebody with the right to it has published the need."""
    with transaction.atomic():
        if need.status == Status.DRAFT:
            need = _move(need, Status.IN_REVIEW, by=by, now=now)
        if need.status == Status.IN_REVIEW:
            need = _move(need, Status.OPEN, by=by, now=now)
            _tell(need, now=now)
        need = _follow_ledger(need, by=by, now=now)
        catalogue.refresh_need(need=need)


def unpublished(*, need: Need) -> None:
    """Follow the CMS, where a need was hidden: its status waits as it is."""
    catalogue.refresh_need(need=need)


def queued(*, need: Need, by: User | None, now: datetime) -> None:
    """Follow the CMS, where a draft was put into the moderators' queue."""
    if need.status == Status.DRAFT:
        _move(need, Status.IN_REVIEW, by=by, now=now)


def rejected(*, need: Need, comment: str, by: User | None, now: datetime) -> None:
    """Follow the CMS, where a moderator handed a need in review back."""
    if need.status == Status.IN_REVIEW:
        need = _move(need, Status.DRAFT, by=by, now=now, why=comment)
        _tell(need, comment=comment, now=now)


def _begin(need: Need, *, by: User | None, now: datetime) -> Need:
    with transaction.atomic():
        need.slug = slugs.free_slug(Need, f"{need.organization.slug[:50]}-{need.title}")
        need.live = False
        need.status = Status.DRAFT
        need.is_demonstration = need.organization.is_demonstration
        need.save()
        need.save_revision(user=by)
        audit.record(need, "organizations.need_drafted", by=by, at=_iso(now))
    return need


def _open(need: Need, *, by: User | None, now: datetime) -> Need:
    with transaction.atomic():
        need = _move(need, Status.OPEN, by=by, now=now)
        if not need.live or need.has_unpublished_changes:
            moderation.publish(need, by=by)
        need = _follow_ledger(Need.objects.get(pk=need.pk), by=by, now=now)
        catalogue.refresh_need(need=need)
    return need


def _overdue_ids(today: date) -> list[int]:
    return list(Need.objects.overdue(today).values_list("pk", flat=True))


def _expire(pk: int, *, today: date, now: datetime) -> bool:
    with transaction.atomic():
        # Looked up again under the lock: somebody may just have given it a later day.
        need = Need.objects.overdue(today).select_for_update(no_key=True).filter(pk=pk).first()
        if need is None:
            return False
        catalogue.refresh_need(need=_move(need, Status.EXPIRED, by=None, now=now))
    return True


def _status_by_ledger(need: Need) -> str:
    if need.quantity_wanted is not None and need.quantity_met >= need.quantity_wanted:
        return Status.MET
    return Status.PARTLY_MET if need.quantity_met else Status.OPEN


def _tell(need: Need, *, comment: str = "", now: datetime) -> None:
    outbox.promise(
        "organizations.tasks.tell_need_reviewed", now=now, uuid=str(need.uuid), comment=comment
    )


def _follow_ledger(need: Need, *, by: User | None, now: datetime) -> Need:
    if need.status not in FOLLOWS_LEDGER:
        return need
    return _move(need, _status_by_ledger(need), by=by, now=now)


def _require_editor(by: User, organization: Organization) -> None:
    if not permissions.can_edit(by, organization):
        raise PermissionDenied


def _require_moderator(by: User) -> None:
    if not permissions.can_moderate(by):
        raise PermissionDenied


def _move(need: Need, to: str, *, by: User | None, now: datetime, why: str = "") -> Need:
    """Move to a status, or refuse; being there already is no move and no refusal."""
    row = Need.objects.select_for_update(no_key=True).get(pk=need.pk)
    was = row.status
    if was != to:
        if to not in Need.MOVES[was]:
            raise NoSuchMove(
                _("“%(title)s” is %(was)s and cannot become %(to)s from there.")
                % {
                    "title": row.title,
                    "was": row.get_status_display().lower(),
                    "to": str(Status(to).label).lower(),
                }
            )
        row.status = to
        if to == Status.OPEN and row.opened_at is None:
            row.opened_at = now
        row.save(update_fields=["status", "opened_at", "updated_at"])
        audit.record(row, "organizations.need_moved", by=by, was=was, to=to, why=why, at=_iso(now))
    need.status = to
    return row


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
