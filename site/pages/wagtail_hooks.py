"""The CMS as its editors meet it: what waits for them first, and nothing that is not theirs."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.chooser import ChooserViewSet

from pages import choosers
from pages.domain import waiting


class WaitingPanel(Component):
    """The first panel of the CMS: queues that are not empty."""

    name = "waiting"
    template_name = "pages/cms/waiting.html"
    order = 10

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        """The queues with something in them, for members of the team."""
        user = parent_context["request"].user
        queues = waiting.for_the_team() if user.is_staff else []
        return {"queues": [one for one in queues if one.count], "heading": _("Waiting for you")}


def show_what_waits(_request: HttpRequest, panels: list[Component]) -> None:
    """Put what waits before everything else."""
    panels.insert(0, WaitingPanel())


def leave_out_what_is_not_used(_request: HttpRequest, items: list[Any]) -> None:
    """Leave out the product's own help pages, which lead off the site."""
    items[:] = [item for item in items if item.name != "help"]


def offer_choosers() -> list[ChooserViewSet]:
    """Let editors pick organizations and needs."""
    return [choosers.organizations, choosers.needs]


hooks.register("register_admin_viewset", offer_choosers)
hooks.register("construct_homepage_panels", show_what_waits)
hooks.register("construct_main_menu", leave_out_what_is_not_used)
