"""What people type who sign up for dates."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import Company
from events import permissions
from events.domain import parties
from events.forms.questions import AsksForm
from events.models import Occurrence


class PartyForm(AsksForm):
    """Who comes, and who else, at one address."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("We send one mail with a private link to manage your place."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    others = forms.CharField(
        label=_("Who else comes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("A name a line, up to 19. Everybody gets a place, or nobody does."),
    )
    company = forms.TypedChoiceField(
        label=_("On behalf of"),
        required=False,
        empty_value=None,
        help_text=_("The company’s CSR leads and the organizer see for whom you come."),
    )

    def __init__(
        self,
        *args: Any,
        companies: Iterable[Company] = (),
        has_account: bool = False,
        **kwargs: Any,
    ) -> None:
        """Asks for a company only who belongs to one, and no account for its address."""
        super().__init__(*args, **kwargs)
        known = {company.slug: company for company in companies}
        if known:
            field = cast("forms.TypedChoiceField", self.fields["company"])
            names = [(slug, company.name) for slug, company in known.items()]
            field.choices = [("", _("Nobody but myself")), *names]
            field.coerce = known.__getitem__
        else:
            del self.fields["company"]
        if has_account:
            # The account's own address counts, whatever was typed.
            self.fields["email"].disabled = True
            self.fields["email"].help_text = ""

    def clean_others(self) -> list[str]:
        """The names, a line each."""
        lines = str(self.cleaned_data["others"]).splitlines()
        return [line for line in lines if line.strip()]

    def clean(self) -> dict[str, Any]:
        """Who comes makes a party."""
        clean = super().clean() or {}
        if "name" in clean and "others" in clean:
            try:
                parties.named(clean["name"], clean["others"])
            except parties.BadParty as refusal:
                self.add_error("others", refusal.sentence)
        return clean


class SignUpForm(PartyForm):
    """The shortest form that does the job: a name and an address."""

    despite_overlap = forms.BooleanField(label=_("Sign me up anyway"), required=False)

    def __init__(self, *args: Any, asks_about_overlap: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_about_overlap and "despite_overlap" not in self.data:
            del self.fields["despite_overlap"]


class SeveralDatesForm(PartyForm):
    """A party for several dates of a series; at first all of them are ticked, or none."""

    dates = forms.TypedMultipleChoiceField(
        label=_("Dates"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    waits = forms.BooleanField(
        label=_("Put me on the waiting list where it is full"), required=False, initial=True
    )

    def __init__(
        self,
        *args: Any,
        dates: Iterable[Occurrence],
        ticked: bool,
        keeps_list: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not keeps_list:
            del self.fields["waits"]
        known = {date.address_start: date for date in dates}
        choices = cast("forms.TypedMultipleChoiceField", self.fields["dates"])
        choices.choices = [(start, _date_label(date)) for start, date in known.items()]
        choices.coerce = lambda start: known[start].pk
        choices.initial = list(known) if ticked else []


def of_account(user: User | None) -> dict[str, Any]:
    """What a form here is told of who is signed in: name, address, companies; of a guest, none."""
    if user is None:
        return {"has_account": False}
    return {
        "has_account": True,
        "initial": {"name": user.name, "email": user.email},
        "companies": list(permissions.companies_of(user)),
    }


def _date_label(date: Occurrence) -> str:
    return f"{date.when} · {date.places}"
