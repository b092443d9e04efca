"""The life of an organization: sent in, asked about, approved, suspended, archived."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from organizations import permissions
from organizations.domain import catalogue, moderation, needs, profiles, senders
from organizations.models import Need, Organization

Status = Organization.Status

#: What publishing in the CMS stands for, one move at a time, from each status it can start at.
_WAY_TO_APPROVAL: dict[str, tuple[str, ...]] = {
    Status.DRAFT: (Status.SUBMITTED, Status.APPROVED),
    Status.NEEDS_INFO: (Status.SUBMITTED, Status.APPROVED),
    Status.SUBMITTED: (Status.APPROVED,),
    Status.SUSPENDED: (Status.APPROVED,),
}


class NoSuchMove(DomainError):
    """The organization's status does not lead where it was asked to go."""


def submit(*, organization: Organization, by: User | None, now: datetime) -> Organization:
    """Send a draft, or one that was asked about, to the moderators.

    Args:
        organization: a saved one.
        by: who sends it; `None` for a guest whose signed link the door has checked.
        now: the present.

    Raises:
        PermissionDenied: if `by` neither edits it nor moderates.
        NoSuchMove: if it was approved or archived already.
    """
    if by is not None and not _may_send(by, organization):
        raise PermissionDenied
    with transaction.atomic():
        organization = _move(organization, Status.SUBMITTED, by=by, now=now)
        moderation.ask(organization, by=by)
    return organization


def ask_for_info(
    *, organization: Organization, question: str, by: User, now: datetime
) -> Organization:
    """Hand a submitted organization back with a question for whoever sent it in.

    Raises:
        PermissionDenied: if `by` is no moderator.
        NoSuchMove: if it is not waiting for a decision.
    """
    _require_moderator(by)
    with transaction.atomic():
        asked_before = organization.status == Status.NEEDS_INFO
        organization = _move(organization, Status.NEEDS_INFO, by=by, now=now, why=question)
        if not asked_before:
            senders.ask(organization=organization, question=question, now=now)
        moderation.hand_back(organization, by=by, comment=question)
    return organization


def approve(*, organization: Organization, by: User, now: datetime) -> Organization:
    """Make an organization public, with the needs that were sent in with it.

    Raises:
        PermissionDenied: if `by` is no moderator.
        NoSuchMove: if it was not submitted, or is archived.
    """
    _require_moderator(by)
    with transaction.atomic():
        organization = _move(organization, Status.APPROVED, by=by, now=now)
        if not organization.live or organization.has_unpublished_changes:
            moderation.publish(organization, by=by)
            organization.refresh_from_db()
        _begin_public_life(organization, by=by, now=now)
        catalogue.refresh(organization=organization)
    return organization


def suspend(*, organization: Organization, reason: str, by: User, now: datetime) -> Organization:
    """Hide an approved organization and its needs until it is approved again.

    Raises:
        PermissionDenied: if `by` is no moderator.
        NoSuchMove: if it is not approved.
    """
    return _take_down(organization, Status.SUSPENDED, reason=reason, by=by, now=now)


def archive(*, organization: Organization, reason: str, by: User, now: datetime) -> Organization:
    """End an organization's life here; its history stays.

    Raises:
        PermissionDenied: if `by` is no moderator.
    """
    return _take_down(organization, Status.ARCHIVED, reason=reason, by=by, now=now)


def published(*, organization: Organization, by: User | None, now: datetime) -> None:
    """Follow the CMS, where somebody with the right to it has published the organization."""
    with transaction.atomic():
        for status in _WAY_TO_APPROVAL.get(organization.status, ()):
            organization = _move(organization, status, by=by, now=now)
        if organization.status == Status.APPROVED:
            _begin_public_life(organization, by=by, now=now)
        profiles.complete(organization)
        organization.save(update_fields=["site_host", "latitude", "longitude"])
        catalogue.refresh(organization=organization)


def unpublished(*, organization: Organization, by: User | None, now: datetime) -> None:
    """Follow the CMS, where somebody with the right to it has unpublished the organization."""
    with transaction.atomic():
        if organization.status == Status.APPROVED:
            organization = _move(
                organization, Status.SUSPENDED, by=by, now=now, why=_("Unpublished in the CMS.")
            )
        catalogue.refresh(organization=organization)


def queued(*, organization: Organization, by: User | None, now: datetime) -> None:
    """Follow the CMS, where a draft was put into the moderators' queue."""
    if organization.status in {Status.DRAFT, Status.NEEDS_INFO}:
        _move(organization, Status.SUBMITTED, by=by, now=now)


def rejected(*, organization: Organization, comment: str, by: User | None, now: datetime) -> None:
    """Follow the CMS, where a moderator handed a submission back; the comment is the question."""
    if organization.status == Status.SUBMITTED:
        organization = _move(organization, Status.NEEDS_INFO, by=by, now=now, why=comment)
        senders.ask(organization=organization, question=comment, now=now)


def _take_down(
    organization: Organization, status: str, *, reason: str, by: User, now: datetime
) -> Organization:
    _require_moderator(by)
    with transaction.atomic():
        organization = _move(organization, status, by=by, now=now, why=reason)
        moderation.take_down(organization, by=by)
        organization.refresh_from_db()
        catalogue.refresh(organization=organization)
    return organization


def _begin_public_life(organization: Organization, *, by: User | None, now: datetime) -> None:
    """Let in whoever sent it, and open the needs that came in the same submission.

    Those are in review with no place of their own in the moderators' queue.
    """
    senders.welcome(organization=organization, by=by, now=now)
    for need in organization.needs.filter(status=Need.Status.IN_REVIEW):
        if not need.workflow_in_progress:
            needs.open_with_organization(need=need, by=by, now=now)


def _may_send(by: User, organization: Organization) -> bool:
    return permissions.can_edit(by, organization) or by.has_perm(
        "organizations.change_organization"
    )


def _require_moderator(by: User) -> None:
    if not permissions.can_moderate(by):
        raise PermissionDenied


def _move(
    organization: Organization, to: str, *, by: User | None, now: datetime, why: str = ""
) -> Organization:
    """Move to a status, or refuse; being there already is no move and no refusal."""
    row = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    was = row.status
    if was != to:
        if to not in Organization.MOVES[was]:
            raise NoSuchMove(
                _("“%(name)s” is %(was)s and cannot become %(to)s from there.")
                % {
                    "name": row.name,
                    "was": row.get_status_display().lower(),
                    "to": str(Status(to).label).lower(),
                }
            )
        row.status = to
        row.save(update_fields=["status", "updated_at"])
        audit.record(
            row, "organizations.organization_moved", by=by, was=was, to=to, why=why, at=_iso(now)
        )
    organization.status = to
    return row


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
