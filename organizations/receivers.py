"""What the CMS tells about organizations and needs, passed on to their rules.

Wagtail publishes, rejects and deletes through its own views; these keep status, search index and
list versions in step. Each is a door: it knows the clock and who is signed in, and nothing else.
"""

from functools import partial
from typing import Any

from django.db.models.signals import post_delete
from django.utils import timezone
from wagtail.admin.mail import (
    GroupApprovalTaskStateSubmissionEmailNotifier,
    WorkflowStateApprovalEmailNotifier,
    WorkflowStateRejectionEmailNotifier,
    WorkflowStateSubmissionEmailNotifier,
)
from wagtail.log_actions import get_active_log_context
from wagtail.models import TaskState, WorkflowState
from wagtail.signals import (
    published,
    task_submitted,
    unpublished,
    workflow_approved,
    workflow_rejected,
    workflow_submitted,
)

from accounts.models import User
from core import outbox
from organizations.domain import catalogue, lifecycle, needs
from organizations.models import Need, Organization

#: Wagtail's own mails: the signal that sends each, its sender, and the name it is connected by.
_CMS_MAILS = (
    (
        task_submitted,
        TaskState,
        "group_approval_task_submitted_email_notification",
        GroupApprovalTaskStateSubmissionEmailNotifier(),
    ),
    (
        workflow_submitted,
        WorkflowState,
        "workflow_state_submitted_email_notification",
        WorkflowStateSubmissionEmailNotifier(),
    ),
    (
        workflow_rejected,
        WorkflowState,
        "workflow_state_rejected_email_notification",
        WorkflowStateRejectionEmailNotifier(),
    ),
    (
        workflow_approved,
        WorkflowState,
        "workflow_state_approved_email_notification",
        WorkflowStateApprovalEmailNotifier(),
    ),
)


def connect() -> None:
    """Connect every receiver, once."""
    for model in (Organization, Need):
        published.connect(_published, sender=model)
        unpublished.connect(_unpublished, sender=model)
        post_delete.connect(_deleted, sender=model)
    task_submitted.connect(_entered_queue)
    workflow_rejected.connect(_rejected, sender=WorkflowState)
    _quieten_the_cms()


def _quieten_the_cms() -> None:
    """Take the place of Wagtail's own mails, which it would send inside the request.

    Wagtail connects them after us, under these names; a name that is taken stays as it is.
    """
    for signal, sender, name, notifier in _CMS_MAILS:
        receiver = partial(_mail_unless_ours, notifier)
        signal.connect(receiver, sender=sender, weak=False, dispatch_uid=name)


def _mail_unless_ours(notifier: Any, instance: TaskState | WorkflowState, **kwargs: Any) -> None:
    state = instance if isinstance(instance, WorkflowState) else instance.workflow_state
    if not isinstance(state.content_object, Organization | Need):
        notifier(instance=instance, **kwargs)


def _acting() -> User | None:
    user = get_active_log_context().user
    return user if isinstance(user, User) else None


def _published(instance: Organization | Need, **_kwargs: Any) -> None:
    if isinstance(instance, Organization):
        lifecycle.published(organization=instance, by=_acting(), now=timezone.now())
    else:
        needs.published(need=instance, by=_acting(), now=timezone.now())


def _unpublished(instance: Organization | Need, **_kwargs: Any) -> None:
    if isinstance(instance, Organization):
        lifecycle.unpublished(organization=instance, by=_acting(), now=timezone.now())
    else:
        needs.unpublished(need=instance)


def _deleted(instance: Organization | Need, **_kwargs: Any) -> None:
    catalogue.forget(instance)


def _entered_queue(instance: TaskState, **_kwargs: Any) -> None:
    thing = instance.workflow_state.content_object
    if isinstance(thing, Organization | Need):
        outbox.promise(
            "organizations.tasks.tell_moderators",
            now=timezone.now(),
            key=f"organizations.moderators:{instance.pk}",
            model=thing._meta.model_name,
            uuid=str(thing.uuid),
        )
    if isinstance(thing, Organization):
        lifecycle.queued(organization=thing, by=_acting(), now=timezone.now())
    elif isinstance(thing, Need):
        needs.queued(need=thing, by=_acting(), now=timezone.now())


def _rejected(instance: WorkflowState, **_kwargs: Any) -> None:
    thing = instance.content_object
    comment = instance.current_task_state.comment if instance.current_task_state else ""
    if isinstance(thing, Organization):
        lifecycle.rejected(organization=thing, comment=comment, by=_acting(), now=timezone.now())
    elif isinstance(thing, Need):
        needs.rejected(need=thing, comment=comment, by=_acting(), now=timezone.now())
