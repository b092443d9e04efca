"""What an editor picks from: listings that are public, found by a word of their name."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from organizations.models import Need, Organization


class NameFilter(BaseFilterForm):
    """One field: words of the name."""

    #: The column that the name stands in.
    column = "name"

    q = forms.CharField(label=_("Search"), required=False, max_length=100)

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        """Those whose name has the words as typed."""
        words = self.cleaned_data.get("q")
        if not words:
            return objects
        self.is_searching = True
        self.search_query = words
        return objects.filter(**{f"{self.column}__icontains": words})


class TitleFilter(NameFilter):
    """The same for things that have a title."""

    column = "title"


class OrganizationChooserViewSet(ChooserViewSet):
    """Public organizations."""

    model = Organization
    icon = "group"
    choose_one_text = _("Choose an organization")
    choose_another_text = _("Choose another organization")
    choose_view_class = type("Choose", (ChooseView,), {"filter_form_class": NameFilter})
    choose_results_view_class = type(
        "ChooseResults", (ChooseResultsView,), {"filter_form_class": NameFilter}
    )
    form_fields: list[str] = []
    register_widget = False

    def get_object_list(self) -> QuerySet[Organization]:
        """Those that any visitor may see."""
        return Organization.objects.public()


class NeedChooserViewSet(ChooserViewSet):
    """Public needs."""

    model = Need
    icon = "list-ul"
    choose_one_text = _("Choose a need")
    choose_another_text = _("Choose another need")
    choose_view_class = type("Choose", (ChooseView,), {"filter_form_class": TitleFilter})
    choose_results_view_class = type(
        "ChooseResults", (ChooseResultsView,), {"filter_form_class": TitleFilter}
    )
    form_fields: list[str] = []
    register_widget = False

    def get_object_list(self) -> QuerySet[Need]:
        """Those that any visitor may see."""
        return Need.objects.public()


organizations = OrganizationChooserViewSet("pages_organizations")
needs = NeedChooserViewSet("pages_needs")
