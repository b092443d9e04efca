"""Places by role: named at the desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.slots import LONGEST_NAME, LONGEST_QUALIFICATION, MOST_PLACES, MOST_SLOTS
from events.models import Series, Slot


class SlotForm(forms.Form):
    """One role, at the desk."""

    id = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Role"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("Such as Mentor, or Set-up crew."),
    )
    capacity = forms.IntegerField(
        label=_("Places at each date"),
        min_value=1,
        max_value=MOST_PLACES,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    qualification = forms.CharField(
        label=_("Whom it is for"),
        required=False,
        max_length=LONGEST_QUALIFICATION,
        help_text=_("Such as: has shipped software. It stands beside the role."),
    )

    def slot(self) -> Slot | None:
        """The valid form as the domain wants it; none where the name was left empty."""
        clean = self.cleaned_data
        return Slot(**clean) if clean.get("name") else None


#: All roles of a series, and empty ones to fill in.
_SlotFormSet = forms.formset_factory(
    SlotForm, extra=3, max_num=MOST_SLOTS, validate_max=True, absolute_max=MOST_SLOTS
)


def slot_forms(series: Series, data: Any = None) -> Any:
    """The roles of a series to edit; one whose name is taken away is no longer offered."""
    return _SlotFormSet(data, initial=series.slots, prefix="slots")
