"""Whoever sent an organization in: asked, answered, and made its first administrator."""

from datetime import datetime

from django.db import transaction

from accounts.models import MembershipState, User
from core import outbox
from organizations.models import Organization, OrganizationMembership, Submission


def ask(*, organization: Organization, question: str, now: datetime) -> None:
    """Keep the moderators' question for the sender, and promise the mail with it."""
    submission = Submission.objects.filter(organization=organization).first()
    if submission is None:
        return
    with transaction.atomic():
        submission.question, submission.asked_at = question, now
        submission.answer, submission.answered_at = "", None
        submission.save()
        outbox.promise(
            "organizations.tasks.send_question", now=now, submission_id=str(submission.uuid)
        )


def welcome(*, organization: Organization, by: User | None, now: datetime) -> None:
    """Make the sender its administrator, or invite them to be; once."""
    submission = Submission.objects.filter(organization=organization).first()
    if submission is None:
        return
    with transaction.atomic():
        if submission.user is not None:
            OrganizationMembership.objects.get_or_create(
                user=submission.user,
                organization=organization,
                state=MembershipState.ACTIVE,
                defaults={"role": OrganizationMembership.Role.ADMIN},
            )
        else:
            _invite(submission, by=by, now=now)
        outbox.promise(
            "organizations.tasks.send_welcome",
            now=now,
            key=f"organizations.welcome:{submission.uuid}",
            submission_id=str(submission.uuid),
        )


def _invite(submission: Submission, *, by: User | None, now: datetime) -> None:
    row, created = OrganizationMembership.objects.get_or_create(
        organization=submission.organization,
        invited_email=submission.email,
        defaults={"role": OrganizationMembership.Role.ADMIN, "invited_by": by},
    )
    if created:
        outbox.promise(
            "accounts.tasks.send_invitation",
            now=now,
            kind=OrganizationMembership._meta.label_lower,
            membership_id=str(row.uuid),
        )
