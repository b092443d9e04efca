"""The CMS's part of a row's life: versions, the moderators' queue, publishing.

The rules in `lifecycle` and `needs` decide; these carry it out in Wagtail, whose own permission
checks are left out because the rule has checked already, and a guest has no account to check.
"""

from wagtail.models import WorkflowState

from accounts.models import User
from organizations.models import Need, Organization


def ask(thing: Organization | Need, *, by: User | None) -> None:
    """Put the row as it stands into the moderators' queue; nothing happens if it is there."""
    if thing.workflow_in_progress:
        return
    thing.save_revision(user=by)
    workflow = thing.get_workflow()
    if workflow is None:
        return
    state = thing.current_workflow_state
    if state is not None and state.status == WorkflowState.STATUS_NEEDS_CHANGES:
        state.resume(user=by)
    else:
        workflow.start(thing, by)


def hand_back(thing: Organization | Need, *, by: User, comment: str) -> None:
    """Take the row out of the queue, with the moderators' words; nothing if it is not there."""
    task_state = thing.current_workflow_task_state
    if thing.workflow_in_progress and task_state is not None:
        task_state.reject(user=by, comment=comment)


def publish(thing: Organization | Need, *, by: User | None) -> None:
    """Make the newest version the public one, which also ends its stay in the queue."""
    if thing.get_latest_revision() is None:
        thing.save_revision(user=by)
    task_state = thing.current_workflow_task_state
    if thing.workflow_in_progress and task_state is not None:
        task_state.approve(user=by)
    else:
        thing.get_latest_revision().publish(user=by, skip_permission_checks=True)


def take_down(thing: Organization | Need, *, by: User | None) -> None:
    """Hide the row, and end its stay in the queue."""
    state = thing.current_workflow_state
    if state is not None:
        state.cancel(user=by)
    if thing.live:
        thing.unpublish()
