"""What people type at the door of a date."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.forms.signups import SignUpForm


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
    together = forms.BooleanField(
        label=_("The same goes for everybody who was signed up together with me"), required=False
    )


class WalkInForm(SignUpForm):
    """Who comes without having signed up, and with whom."""

    def __init__(
        self,
        *args: Any,
        is_at_desk: bool = False,
        is_on_tablet: bool = False,
        **kwargs: Any,
    ) -> None:
        """At the desk the host types for somebody else; on a tablet one after the other."""
        super().__init__(*args, needs_role=False, **kwargs)
        name, email = self.fields["name"], self.fields["email"]
        email.help_text = ""
        if is_at_desk:
            name.label, email.required = _("Name"), False
        if is_on_tablet or is_at_desk:
            # The next person is not to be offered what this one typed.
            for field in (name, email):
                field.widget.attrs["autocomplete"] = "off"

    def who(self) -> dict[str, Any]:
        """Who comes, of the valid form."""
        names = ("name", "email", "others", "slot")
        return {name: value for name, value in self.cleaned_data.items() if name in names}
