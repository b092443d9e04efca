"""What is delivered outside the request: the mails about submissions and reviews."""

from django.contrib.auth.models import Permission
from django.db.models import Q

from accounts.models import MembershipState, User
from core import outbox
from organizations import mail
from organizations.models import Need, Organization, OrganizationMembership, Submission
from organizations.permissions import WORKING_ROLES


@outbox.effect
def send_receipt(submission_id: str) -> None:
    """Say that a submission has arrived."""
    mail.receipt(Submission.objects.get(uuid=submission_id)).send()


@outbox.effect
def send_question(submission_id: str) -> None:
    """Pass on the moderators' question, unless it was answered meanwhile."""
    submission = Submission.objects.get(uuid=submission_id)
    if submission.organization.status == Organization.Status.NEEDS_INFO:
        mail.question(submission).send()


@outbox.effect
def send_welcome(submission_id: str) -> None:
    """Say that the organization is public."""
    mail.welcome(Submission.objects.get(uuid=submission_id)).send()


@outbox.effect
def tell_moderators(model: str, uuid: str) -> None:
    """Tell everybody who may decide about it that something waits."""
    thing: Organization | Need | None
    if model == "need":
        thing = Need.objects.filter(uuid=uuid).first()
    else:
        thing = Organization.objects.filter(uuid=uuid).first()
    addresses = _moderators()
    if thing is not None and addresses:
        mail.moderators(thing, addresses).send()


@outbox.effect
def tell_need_reviewed(uuid: str, comment: str = "") -> None:
    """Tell the organization's people what became of their need."""
    need = Need.objects.select_related("organization").get(uuid=uuid)
    members = OrganizationMembership.objects.filter(
        organization=need.organization, state=MembershipState.ACTIVE, role__in=WORKING_ROLES
    )
    addresses = sorted(set(members.values_list("user__email", flat=True)))
    if addresses:
        mail.need_reviewed(need, addresses, comment).send()


def _moderators() -> list[str]:
    right = Permission.objects.filter(
        codename="publish_organization", content_type__app_label="organizations"
    )
    may = Q(groups__permissions__in=right) | Q(user_permissions__in=right) | Q(is_superuser=True)
    people = User.objects.filter(may, is_active=True).exclude(email="")
    return sorted(set(people.values_list("email", flat=True)))
