"""What people type at the door of a date."""

from django import forms
from django.utils.translation import gettext_lazy as _


class DoorForm(forms.Form):
    """Who comes or leaves, for those who are not signed in."""

    email = forms.EmailField(
        label=_("E-mail address that you signed up with"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    name = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Needed only if several people signed up with this address."),
    )
    people = forms.IntegerField(
        label=_("How many of you came"),
        required=False,
        min_value=1,
        max_value=20,
        help_text=_("Leave it empty if everybody did."),
    )


class PeopleForm(forms.Form):
    """How many of a party came, by button."""

    people = forms.IntegerField(required=False, min_value=1, max_value=20)

    def number(self) -> int | None:
        """How many; none where nothing was said that makes sense, which means all."""
        return self.cleaned_data.get("people") if self.is_valid() else None
