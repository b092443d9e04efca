"""What people type about places that are held for a company."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from companies.models import Company
from events.domain.blocks import MOST_PLACES, NotSoMany
from events.forms.signups import SignUpForm


class HoldForm(forms.Form):
    """How many places for which company."""

    company = forms.ModelChoiceField(
        Company.objects.public().order_by("name", "pk"),
        label=gettext_lazy("Company"),
        to_field_name="slug",
        empty_label=gettext_lazy("Choose a company"),
    )
    places = forms.IntegerField(
        label=gettext_lazy("Places"),
        min_value=1,
        max_value=MOST_PLACES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("For a company that has places here this is the new number."),
    )


class KeepForm(forms.Form):
    """How many of the held places are needed."""

    places = forms.IntegerField(min_value=0, max_value=MOST_PLACES)

    def places_wanted(self) -> int:
        """The number.

        Raises:
            NotSoMany: if it is none.
        """
        if not self.is_valid():
            raise NotSoMany(_("Say in a number how many places you need."))
        wanted: int = self.cleaned_data["places"]
        return wanted


class ClaimForm(SignUpForm):
    """A name and an address; of who is signed in nothing but what is not known."""

    def __init__(
        self, *args: Any, user: User | None, asks_about_overlap: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(
            *args,
            has_account=user is not None,
            asks_about_overlap=asks_about_overlap,
            **kwargs,
        )
        del self.fields["others"]
        self.account_name = user.name if user is not None else ""
        if user is not None:
            del self.fields["email"]
        if self.account_name:
            del self.fields["name"]

    def asked(self) -> dict[str, Any]:
        """The valid form as the domain wants it."""
        return {"name": self.account_name, "email": "", **self.typed(), "said": self.said()}
