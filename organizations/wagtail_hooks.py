"""Organizations and needs in the CMS."""

from typing import Any

from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import (
    FieldPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.admin.ui.tables import Column
from wagtail.log_actions import LogFormatter
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from organizations.forms import CatalogueForm
from organizations.models import Need, Organization


class OrganizationViewSet(SnippetViewSet):
    """Organizations: the moderators' queue and the catalogue in one list."""

    model = Organization
    icon = "group"
    menu_label = _("Organizations")
    list_display = ("name", Column("get_status_display", label=_("Status")), "kind", "updated_at")
    list_filter = ("status", "kind", "areas", "focus_areas", "is_demonstration")
    search_fields = ("name", "ein", "site_host", "mission")
    search_backend_name = None
    list_per_page = 50
    copy_view_enabled = False
    ordering = ("name", "pk")
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("status", read_only=True),
                            FieldPanel("name"),
                            FieldPanel("kind"),
                            FieldPanel("mission"),
                            FieldPanel("logo"),
                        ],
                        heading=_("Who they are"),
                    ),
                    FieldPanel("story"),
                    MultiFieldPanel(
                        [
                            FieldPanel("focus_areas", widget=CheckboxSelectMultiple),
                            FieldPanel("populations_served"),
                        ],
                        heading=_("What they work on"),
                    ),
                ],
                heading=_("Profile"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("areas", widget=CheckboxSelectMultiple),
                            FieldPanel("areas_as_written"),
                            FieldPanel("address"),
                            FieldPanel("zip_code"),
                        ],
                        heading=_("Where"),
                    ),
                    MultiFieldPanel(
                        [
                            FieldPanel("website"),
                            FieldPanel("contact_email"),
                            FieldPanel("ein"),
                            FieldPanel("source_url"),
                        ],
                        heading=_("How to reach and check them"),
                    ),
                ],
                heading=_("Place and contact"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("accepts_volunteers"),
                            FieldPanel("accepts_in_kind"),
                            FieldPanel("accepts_cash"),
                            FieldPanel("has_coordinator"),
                            FieldPanel("screening_required"),
                            FieldPanel("lead_time_days"),
                        ],
                        heading=_("How they receive help"),
                    ),
                    InlinePanel("badges", heading=_("Badges"), label=_("Badge")),
                ],
                heading=_("Working with them"),
            ),
        ],
        base_form_class=CatalogueForm,
    )


class NeedViewSet(SnippetViewSet):
    """Needs of all organizations."""

    model = Need
    icon = "clipboard-list"
    menu_label = _("Needs")
    list_display = (
        "title",
        "organization",
        Column("get_kind_display", label=_("Kind")),
        Column("get_status_display", label=_("Status")),
        Column("progress_words", label=_("How much has come")),
        "deadline_on",
    )
    list_filter = ("status", "kind", "urgency", "is_remote", "is_demonstration")
    search_fields = ("title", "why", "organization__name")
    search_backend_name = None
    list_per_page = 50
    copy_view_enabled = False
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("status", read_only=True),
                            FieldPanel("organization"),
                            FieldPanel("title"),
                            FieldPanel("kind"),
                            FieldPanel("why"),
                            FieldPanel("urgency"),
                        ],
                        heading=_("The ask"),
                    ),
                    MultiFieldPanel(
                        [
                            FieldPanel("quantity_wanted"),
                            FieldPanel("unit"),
                            FieldPanel("quantity_pledged", read_only=True),
                            FieldPanel("quantity_met", read_only=True),
                        ],
                        heading=_("How much, in the unit’s smallest part"),
                    ),
                ],
                heading=_("Need"),
            ),
            ObjectList(
                [
                    FieldPanel("is_remote"),
                    FieldPanel("areas", widget=CheckboxSelectMultiple),
                    FieldPanel("skills", widget=CheckboxSelectMultiple),
                    FieldPanel("deadline_on"),
                    FieldPanel("starts_on"),
                    FieldPanel("ends_on"),
                    FieldPanel("minimum_age"),
                    FieldPanel("requirements"),
                    FieldPanel("source_year"),
                    FieldPanel("source_url"),
                ],
                heading=_("Where, when, who"),
            ),
        ],
        base_form_class=CatalogueForm,
    )


class MarketplaceGroup(SnippetViewSetGroup):
    """What the marketplace is made of."""

    menu_label = _("Marketplace")
    menu_icon = "globe"
    menu_order = 150
    items = (OrganizationViewSet, NeedViewSet)


class MoveFormatter(LogFormatter):
    """A move from one status to another, with the reason where one was given."""

    label = _("Change status")

    def format_message(self, log_entry: Any) -> str:
        """From and to, as the database calls them."""
        return _("Status changed from %(was)s to %(to)s") % {
            "was": log_entry.data.get("was", "?"),
            "to": log_entry.data.get("to", "?"),
        }

    def format_comment(self, log_entry: Any) -> str:
        """The reason."""
        return str(log_entry.data.get("why", ""))


def register_log_actions(actions: Any) -> None:
    """Name what the rules write into the history."""
    actions.register_action("organizations.organization_moved")(MoveFormatter)
    actions.register_action("organizations.need_moved")(MoveFormatter)
    actions.register_action(
        "organizations.organization_submitted", _("Send in"), _("Sent in through the site")
    )
    actions.register_action(
        "organizations.organization_edited", _("Edit at the desk"), _("Edited at the desk")
    )
    actions.register_action(
        "organizations.organization_answered", _("Answer"), _("Answered the moderators")
    )
    actions.register_action("organizations.imported", _("Import"), _("Imported"))
    actions.register_action("organizations.need_drafted", _("Draft"), _("Drafted"))
    actions.register_action(
        "organizations.need_edited", _("Edit at the desk"), _("Edited at the desk")
    )


hooks.register("register_log_actions", register_log_actions)
register_snippet(MarketplaceGroup)
