"""What the CMS calls the things that happen to people."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from accounts.views.cms import CloseAccounts


def register_log_actions(actions: Any) -> None:
    """Name what the rules write into the history."""
    for action, label, message in (
        ("member_invited", _("Invite"), _("Invited somebody")),
        ("member_moved", _("Change membership"), _("A membership began or ended")),
        ("role_changed", _("Change role"), _("A member has another role")),
        ("profile_changed", _("Change profile"), _("Changed the profile")),
        ("account_opened", _("Open account"), _("Opened the account")),
        ("rights_changed", _("Change account"), _("Changed the account and its rights")),
        ("account_closed", _("Close account"), _("Closed the account")),
    ):
        actions.register_action(f"accounts.{action}", label, message)


hooks.register("register_log_actions", register_log_actions)
# After the CMS's own, in whose place it stands.
hooks.register("register_bulk_action", CloseAccounts, order=1)
