"""The digest's place in the CMS: a menu entry, and what the history says about it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry

from newsletter import permissions


class DigestMenuItem(MenuItem):
    """Shown to whoever may edit digests."""

    def is_shown(self, request: HttpRequest) -> bool:  # noqa: D102  (Wagtail names it)
        return permissions.can_edit_digests(request.user)


def digest_menu_item() -> Any:
    """The way from the CMS to the editor's desk."""
    return DigestMenuItem(
        _("Digest"), reverse("newsletter:desk_digests"), icon_name="mail", order=550
    )


def log_actions(actions: LogActionRegistry) -> None:
    """What happens to readers and issues, in the history's words."""
    words = {
        "newsletter.reader_moved": (_("Reader moved"), _("A reader's standing changed")),
        "newsletter.reader_readdressed": (_("Address changed"), _("A reader's address changed")),
        "newsletter.reader_erased": (_("Reader deleted"), _("A reader's data was deleted")),
        "newsletter.digest_moved": (_("Digest moved"), _("A digest went a step on")),
        "newsletter.digest_edited": (_("Digest edited"), _("A digest was edited")),
    }
    for action, (label, message) in words.items():
        actions.register_action(action, label, message)


hooks.register("register_admin_menu_item", digest_menu_item)
hooks.register("register_log_actions", log_actions)
