"""Companies in the CMS: staff look at them, change them and publish them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from companies.models import Capability, Company

#: Each action that the domain records, and how its line reads.
ACTIONS = {
    "companies.company_joined": _("Asked to be listed"),
    "companies.company_edited": _("Edited at the desk"),
    "companies.capability_moved": _("Capability moved on"),
}


class CompanyViewSet(SnippetViewSet):
    """The list and form of companies."""

    model = Company
    icon = "group"
    menu_label = _("Companies")
    add_to_admin_menu = True
    list_display = ("name", "sector", "live", "updated_at")
    list_filter = ("live", "size", "areas")
    search_fields = ("name", "about")
    panels = (
        FieldPanel("name"),
        FieldPanel("slug"),
        FieldRowPanel((FieldPanel("sector"), FieldPanel("size"))),
        FieldPanel("website"),
        FieldPanel("about"),
        FieldPanel("areas"),
        FieldPanel("logo"),
        MultiFieldPanel(
            (
                FieldPanel("contact_email"),
                FieldPanel("has_csr_team"),
                FieldPanel("has_volunteering_framework"),
                FieldPanel("paid_minutes_per_year"),
            ),
            heading=_("How employees volunteer"),
        ),
        InlinePanel("offices", label=_("Office")),
    )


class CapabilityViewSet(SnippetViewSet):
    """The list of what companies offer; the companies change it at their desks."""

    model = Capability
    icon = "pick"
    menu_label = _("Capabilities")
    list_display = ("title", "company", "kind", "status")
    list_filter = ("kind", "status")
    search_fields = ("title",)
    panels = (
        FieldPanel("company"),
        FieldPanel("kind"),
        FieldPanel("title"),
        FieldPanel("constraints_text"),
        FieldRowPanel((FieldPanel("quantity"), FieldPanel("unit"))),
        FieldRowPanel((FieldPanel("starts_on"), FieldPanel("ends_on"))),
        FieldPanel("skills"),
        FieldPanel("areas"),
        FieldPanel("is_remote"),
    )


register_snippet(CompanyViewSet)
register_snippet(CapabilityViewSet)


def name_actions(actions: Any) -> None:
    """Give each recorded action its words."""
    for action, words in ACTIONS.items():
        actions.register_action(action, words, words)


hooks.register("register_log_actions", name_actions)
