"""What the CMS shows of pledges and hours: their history, in words."""

from typing import Any

from django.utils.translation import gettext as _
from wagtail import hooks

#: Each action that the domain records, and how its line reads.
ACTIONS = {
    "pledges.pledge_drafted": "Pledge drafted",
    "pledges.pledge_moved": "Pledge moved on",
    "pledges.pledge_joined": "Name put under a pledge",
    "pledges.delivery_scheduled": "Delivery scheduled",
    "pledges.delivery_moved": "Delivery moved on",
    "pledges.hours_logged": "Hours logged",
    "pledges.hours_moved": "Hours decided",
    "pledges.hours_reversed": "Hours reversed",
}


def name_actions(actions: Any) -> None:
    """Give each recorded action its words."""
    for action, words in ACTIONS.items():
        actions.register_action(action, _(words), _(words))


hooks.register("register_log_actions", name_actions)
