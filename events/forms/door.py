"""What people type at the door of a date."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from events.forms import SignUpForm


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

    old_enough = forms.BooleanField()

    def __init__(
        self,
        *args: Any,
        minimum_age: int | None,
        is_at_desk: bool = False,
        is_on_tablet: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        name, email = self.fields["name"], self.fields["email"]
        email.help_text = ""
        if is_at_desk:
            name.label, email.required = _("Name"), False
        if is_on_tablet or is_at_desk:
            # The next person is not to be offered what this one typed.
            for field in (name, email):
                field.widget.attrs["autocomplete"] = "off"
        if minimum_age and not is_at_desk:
            label = _now("Everybody of us is at least %(age)d years old") % {"age": minimum_age}
            self.fields["old_enough"].label = label
        else:
            del self.fields["old_enough"]

    def who(self) -> dict[str, Any]:
        """Who comes, of the valid form."""
        return {name: self.cleaned_data[name] for name in ("name", "email", "others")}
