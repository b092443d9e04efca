"""Areas, topics and skills in the CMS: short lists that every installation makes its own."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from core import versions
from core.models import Area, FocusArea, Skill


class SlugOnceForm(WagtailAdminModelForm):
    """A row whose slug is chosen once: it stands in addresses and in other tables."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].disabled = not self.instance._state.adding  # noqa: SLF001


class AreaViewSet(SnippetViewSet):
    """Parts of the region."""

    model = Area
    icon = "site"
    menu_label = _("Areas")
    list_display = ("name", "slug", "position")
    search_fields = ("name",)
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("slug"),
            FieldPanel("position"),
            FieldPanel("planning_area"),
        ],
        base_form_class=SlugOnceForm,
    )


class FocusAreaViewSet(SnippetViewSet):
    """Topics that organizations work on."""

    model = FocusArea
    icon = "tag"
    menu_label = _("Focus areas")
    list_display = ("name", "slug", "position")
    search_fields = ("name",)
    search_backend_name = None
    edit_handler = ObjectList(
        [FieldPanel("name"), FieldPanel("slug"), FieldPanel("position")],
        base_form_class=SlugOnceForm,
    )


class SkillViewSet(SnippetViewSet):
    """What people can do."""

    model = Skill
    icon = "tick-inverse"
    menu_label = _("Skills")
    list_display = ("name", "slug")
    search_fields = ("name",)
    search_backend_name = None
    edit_handler = ObjectList(
        [FieldPanel("name"), FieldPanel("slug")], base_form_class=SlugOnceForm
    )


class VocabularyGroup(SnippetViewSetGroup):
    """The words that lists are filtered by."""

    menu_label = _("Places and topics")
    menu_icon = "tag"
    menu_order = 160
    items = (AreaViewSet, FocusAreaViewSet, SkillViewSet)


def show_everywhere(_request: HttpRequest, things: Any) -> None:
    """A renamed area or topic shows on every page at once."""
    changed = things if isinstance(things, list) else [things]
    if any(isinstance(thing, Area | FocusArea | Skill) for thing in changed):
        versions.bump("site")


for moment in ("after_create_snippet", "after_edit_snippet", "after_delete_snippet"):
    hooks.register(moment, show_everywhere)
register_snippet(VocabularyGroup)
