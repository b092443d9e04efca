"""What people write about their company and what it offers."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Capability, Company
from core import quantities
from core.vocabulary import USUAL_UNIT, Kind

HOURS_A_YEAR = 2000


class CompanyForm(forms.ModelForm[Company]):
    """A company's profile, in the words of its people."""

    paid_hours = forms.DecimalField(
        label=_("Paid volunteer hours per person and year"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(HOURS_A_YEAR),
        decimal_places=1,
    )

    class Meta:
        model = Company
        fields = (
            "name",
            "sector",
            "size",
            "website",
            "about",
            "areas",
            "contact_email",
            "has_csr_team",
            "has_volunteering_framework",
        )
        widgets = {
            "about": forms.Textarea(attrs={"rows": 4}),
            "areas": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "contact_email": _("A desk that several people read, not a person’s own address."),
            "about": _("Two or three sentences: what you do and why you help."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes = self.instance.paid_minutes_per_year
        if minutes is not None:
            self.initial["paid_hours"] = Decimal(minutes) / 60

    def company(self) -> Company:
        """The company as written here, not saved; areas kept on the instance."""
        company = self.save(commit=False)
        hours = self.cleaned_data["paid_hours"]
        company.paid_minutes_per_year = None if hours is None else int(hours * 60)
        company.areas.set(self.cleaned_data["areas"])
        return company


class CapabilityForm(forms.ModelForm[Capability]):
    """Something to offer: hours and dollars as people write them."""

    amount = forms.DecimalField(
        label=_("How much"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(10**9),
        decimal_places=2,
        help_text=_("People, things, hours or dollars, as fits the kind. Empty if open."),
    )

    class Meta:
        model = Capability
        fields = (
            "kind",
            "title",
            "amount",
            "constraints_text",
            "starts_on",
            "ends_on",
            "is_remote",
        )
        widgets = {
            "constraints_text": forms.Textarea(attrs={"rows": 3}),
            "starts_on": forms.DateInput(attrs={"type": "date"}),
            "ends_on": forms.DateInput(attrs={"type": "date"}),
        }

    field_order = ("kind", "title", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = self.instance
        if saved.pk and saved.quantity is not None:
            self.initial["amount"] = Decimal(saved.quantity) / quantities.parts(saved.unit)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the start."""
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("The end is before the start."))
        return cleaned

    def capability(self) -> Capability:
        """The capability as written here, not saved, in its kind's usual unit."""
        capability = self.save(commit=False)
        capability.unit = USUAL_UNIT[Kind(capability.kind)]
        amount = self.cleaned_data["amount"]
        parts = quantities.parts(capability.unit)
        capability.quantity = None if amount is None else max(1, int(amount * parts))
        return capability
