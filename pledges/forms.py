"""What people write about pledges, deliveries and hours, turned into the domain's values."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import DecimalValidator
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companies.models import Company
from core import quantities
from core.vocabulary import Unit
from organizations.models import Need, Organization
from pledges import permissions
from pledges.domain.deliveries import Handover
from pledges.domain.facts import Facts
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Delivery, HoursEntry, PledgeLine

#: How long a pledge runs unless somebody says otherwise.
USUAL_DAYS = 90
MOST = Decimal(10**12)


class AmountField(forms.DecimalField):
    """A quantity as people write it: hours and dollars with a fraction, the rest whole."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal("0.01"), max_value=MOST, decimal_places=2, **kwargs)

    def in_unit(self, unit: str) -> None:
        """Say the unit in the label; refuse fractions of what is counted in wholes."""
        self.label = _now("How many %(unit)s") % {"unit": quantities.spoken_unit(unit)}
        if quantities.parts(unit) == 1:
            self.validators.append(DecimalValidator(max_digits=None, decimal_places=0))
            # Browsers count steps from the least value: from 0.01 they would refuse a 12.
            self.widget.attrs |= {"step": "1", "min": "1"}


def _parts(amount: Decimal, unit: str) -> int:
    return int((amount * quantities.parts(unit)).to_integral_value())


def _date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class PledgeForm(forms.Form):
    """How much of a need a company wants to meet, until when, and a word to go with it."""

    company = forms.ModelChoiceField(
        queryset=Company.objects.none(), label=_("Company"), empty_label=None
    )
    amount = AmountField()
    ends_on = forms.DateField(label=_("Until"), widget=_date_input())
    message = forms.CharField(
        label=_("Message to the organization"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, need: Need, by: User, rest: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.need = need
        companies = permissions.companies_to_pledge_for(by)
        field = self.fields["company"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (declared above)
        field.queryset = Company.objects.filter(pk__in=[company.pk for company in companies])
        if len(companies) == 1:
            field.initial = companies[0]
            field.widget = forms.HiddenInput()
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)  # noqa: S101  (declared above)
        amount.in_unit(need.unit)
        if rest is not None:
            amount.help_text = _now("%(rest)s are still open.") % {
                "rest": quantities.quantity(rest, need.unit)
            }
        self.fields["ends_on"].initial = timezone.localdate() + timedelta(days=USUAL_DAYS)

    def terms(self) -> Terms:
        """Who promises to whom, and until when."""
        return Terms(
            company=self.cleaned_data["company"],
            organization=self.need.organization,
            ends_on=self.cleaned_data["ends_on"],
            message=self.cleaned_data["message"],
        )

    def line(self) -> Line:
        """What is promised, in the need's unit."""
        return Line.toward(self.need, _parts(self.cleaned_data["amount"], self.need.unit))


class ScheduleForm(forms.Form):
    """How much of a line comes on which day."""

    amount = AmountField()
    due_on = forms.DateField(label=_("On"), widget=_date_input())

    def __init__(self, *args: Any, line: PledgeLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)  # noqa: S101  (declared above)
        amount.in_unit(line.unit)

    def quantity(self) -> int:
        """The amount in the line's smallest part."""
        return _parts(self.cleaned_data["amount"], self.line.unit)


class HandoverForm(forms.Form):
    """What the company says about a delivery that has left."""

    condition = forms.CharField(
        label=_("Condition"),
        required=False,
        max_length=200,
        help_text=_("For example: refurbished, with chargers."),
    )
    receipt = forms.CharField(label=_("Receipt or tracking number"), required=False, max_length=200)

    def handover(self, today: date) -> Handover:
        """The same as the domain takes it."""
        return Handover(today, self.cleaned_data["condition"], self.cleaned_data["receipt"])


class DisputeForm(forms.Form):
    """How much arrived, and what is wrong."""

    received = forms.DecimalField(
        label=_("How much arrived"), min_value=0, max_value=MOST, decimal_places=2
    )
    why = forms.CharField(label=_("What is missing or wrong"), max_length=500)

    def quantity(self, delivery: Delivery) -> int:
        """What arrived, in the line's smallest part."""
        return _parts(self.cleaned_data["received"], delivery.line.unit)


class HoursForm(forms.Form):
    """Hours that somebody gave: where, when, how long, what."""

    organization = forms.ModelChoiceField(
        queryset=Organization.objects.none(), label=_("Organization"), to_field_name="slug"
    )
    served_on = forms.DateField(label=_("Date"), widget=_date_input())
    starts = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label=_("To"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    amount = forms.DecimalField(
        label=_("Hours"),
        required=False,
        min_value=Decimal("0.02"),
        max_value=Decimal(24),
        decimal_places=2,
        help_text=_("Empty if you gave the times. Less than the times if you took a break."),
    )
    company = forms.ModelChoiceField(
        queryset=Company.objects.none(),
        label=_("With your company"),
        required=False,
        empty_label=_("No, on my own"),
    )
    leave = forms.ChoiceField(label=_("Whose time"), choices=HoursEntry.Leave.choices)
    need = forms.ModelChoiceField(
        queryset=Need.objects.none(),
        label=_("Toward a need for hours"),
        required=False,
        to_field_name="slug",
        empty_label=_("None in particular"),
    )
    what = forms.CharField(label=_("What you did"), required=False, max_length=300)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("organization", Organization.objects.public().order_by("name"))
        companies = [company.pk for company in permissions.companies_of(by)]
        self._offer("company", Company.objects.filter(pk__in=companies))
        if not companies:
            del self.fields["company"]
            del self.fields["leave"]
        needs = Need.objects.open().filter(unit=Unit.MINUTE).select_related("organization")
        chosen = self.data.get("organization") or self.initial.get("organization")
        self._offer("need", needs.filter(organization__slug=chosen) if chosen else needs.none())
        if not chosen:
            del self.fields["need"]

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (declared above)
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        """Ask for the times or the hours, and work out the minutes."""
        cleaned = super().clean() or self.cleaned_data
        start, end = _minute(cleaned.get("starts")), _minute(cleaned.get("ends"), at_end=True)
        cleaned["starts_minute"], cleaned["ends_minute"] = start, end
        if cleaned.get("amount") is not None:
            cleaned["minutes"] = _parts(cleaned["amount"], Unit.MINUTE)
        elif start is not None and end is not None:
            cleaned["minutes"] = end - start
            if end <= start:
                self.add_error("ends", _("The end must be after the start."))
        elif not self.errors:
            self.add_error("amount", _("Say how long it was, or from when to when."))
        return cleaned

    def facts(self, *, signup_uuid: UUID | None = None) -> Facts:
        """The same as the domain takes it, with the sign-up that it came from, if any."""
        said = self.cleaned_data
        return Facts(
            organization=said["organization"],
            served_on=said["served_on"],
            minutes=said["minutes"],
            company=said.get("company"),
            need=said.get("need"),
            starts_minute=said["starts_minute"],
            ends_minute=said["ends_minute"],
            leave=said.get("leave") or HoursEntry.Leave.OWN_TIME,
            what=said["what"],
            signup_uuid=signup_uuid,
        )


def _minute(moment: time | None, *, at_end: bool = False) -> int | None:
    if moment is None:
        return None
    minute = moment.hour * 60 + moment.minute
    # A day that ends at 12:00 AM ends with it.
    return 24 * 60 if at_end and minute == 0 else minute
