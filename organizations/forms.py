"""What people type about needs and profiles, made into clean values."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from core.vocabulary import USUAL_UNIT, Kind, Unit
from organizations.domain import slugs, submissions
from organizations.models import Need, Organization

#: How many of a unit's smallest parts make one of what people type: minutes of an hour, cents.
PARTS = {Unit.MINUTE: 60, Unit.CENT: 100}
OPENED_SALT = "organizations.submission.opened"
#: Seconds between opening the page of a submission and sending it.
SHORTEST_READING, LONGEST_READING = 3, 2 * 24 * 3600
UNIT_CHOICES = [
    ("", _("The usual for this kind")),
    (Unit.PERSON, _("people")),
    (Unit.MINUTE, _("hours")),
    (Unit.ITEM, _("items")),
    (Unit.LICENCE, _("licenses")),
    (Unit.CENT, _("dollars")),
]


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CatalogueForm(WagtailAdminModelForm):
    """A row of the public catalogue as the CMS edits it; a new one gets its slug."""

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  (Django names it)
        """Save as the CMS asks to."""
        if not self.instance.slug:
            self.instance.slug = slugs.free_slug(type(self.instance), str(self.instance))
        return super().save(commit=commit)


class NeedForm(forms.ModelForm[Need]):
    """One need, with its quantity in the unit that people use."""

    quantity = forms.DecimalField(
        label=_("How much"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(1_000_000_000),
        decimal_places=2,
        help_text=_("A number, such as 20. Leave it empty where a number makes no sense."),
    )
    unit = forms.ChoiceField(label=_("Of what"), required=False, choices=UNIT_CHOICES)

    class Meta:
        model = Need
        fields = (
            "kind",
            "title",
            "why",
            "quantity",
            "unit",
            "deadline_on",
            "urgency",
            "is_remote",
            "areas",
            "skills",
            "starts_on",
            "ends_on",
            "minimum_age",
            "requirements",
        )
        widgets: ClassVar[dict[str, forms.Widget | type[forms.Widget]]] = {
            "areas": forms.CheckboxSelectMultiple,
            "skills": forms.CheckboxSelectMultiple,
            "deadline_on": DateInput(),
            "starts_on": DateInput(),
            "ends_on": DateInput(),
            "why": forms.Textarea({"rows": 5}),
            "requirements": forms.Textarea({"rows": 3}),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "title": _("The ask in one line, such as “20 laptops for an after-school coding lab”."),
            "areas": _("Only where it differs from your organization's own areas."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = self.instance.quantity_wanted
        if wanted is not None:
            parts = PARTS.get(Unit(self.instance.unit), 1)
            self.initial["quantity"] = Decimal(wanted) / parts
        elif self.instance._state.adding:  # noqa: SLF001  (Django's own word for it)
            self.initial["unit"] = ""

    def clean(self) -> dict[str, Any]:
        """The quantity in the unit's smallest part, and dates in their order."""
        values = super().clean() or {}
        kind = values.get("kind")
        unit = values.get("unit") or (USUAL_UNIT[Kind(kind)] if kind else Unit.ITEM)
        values["unit"] = unit
        quantity = values.get("quantity")
        parts = PARTS.get(Unit(unit), 1)
        if quantity is not None and quantity * parts % 1:
            self.add_error("quantity", _("There are no parts of these: give a whole number."))
        self.instance.quantity_wanted = None if quantity is None else int(quantity * parts)
        starts, ends = values.get("starts_on"), values.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("This lies before the first day."))
        return values

    def filled(self) -> Need:
        """The need with what was typed, not saved: that is the domain's part."""
        need: Need = super().save(commit=False)
        self.save_m2m()
        return need


class ProfileForm(forms.ModelForm[Organization]):
    """What an organization's people may change about it by themselves."""

    class Meta:
        model = Organization
        fields = (
            "name",
            "mission",
            "website",
            "contact_email",
            "populations_served",
            "focus_areas",
            "areas",
            "address",
            "zip_code",
            "accepts_volunteers",
            "accepts_in_kind",
            "accepts_cash",
            "has_coordinator",
            "screening_required",
            "lead_time_days",
        )
        widgets: ClassVar[dict[str, forms.Widget | type[forms.Widget]]] = {
            "areas": forms.CheckboxSelectMultiple,
            "focus_areas": forms.CheckboxSelectMultiple,
            "mission": forms.Textarea({"rows": 5}),
        }

    def clean_zip_code(self) -> str:
        """Five digits, or nothing."""
        return clean_zip(self.cleaned_data["zip_code"])

    def filled(self) -> Organization:
        """The organization with what was typed, not saved: that is the domain's part."""
        organization: Organization = super().save(commit=False)
        self.save_m2m()
        return organization


class SubmissionForm(forms.ModelForm[Organization]):
    """A new organization on one page, from anybody: who, where, and a first need if they like.

    Against machines: a field that people do not see must stay empty, and a signed moment says
    that the page was open for a few seconds and not for days.
    """

    sender_name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    sender_email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Only our moderators see it. They may have a question."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    ein = forms.CharField(
        label=_("EIN"),
        required=False,
        max_length=20,
        help_text=_("Nine digits, such as 12-3456789. It lets people check you."),
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    need_title = forms.CharField(
        label=_("What would help most now?"),
        required=False,
        max_length=200,
        help_text=_("In one line, such as “20 laptops for an after-school coding lab”."),
    )
    need_kind = forms.ChoiceField(
        label=_("What kind of help is that?"), required=False, choices=[("", "–"), *Kind.choices]
    )
    need_quantity = forms.DecimalField(
        label=_("How much of it?"),
        required=False,
        min_value=1,
        max_value=1_000_000_000,
        decimal_places=0,
        help_text=_("People, things, hours or dollars, whichever it is."),
    )
    homepage = forms.CharField(required=False, label=_("Leave this empty"))
    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    is_another = forms.BooleanField(
        required=False, label=_("Mine is another organization: send it anyway")
    )

    class Meta:
        model = Organization
        fields = (
            "name",
            "kind",
            "mission",
            "website",
            "ein",
            "contact_email",
            "zip_code",
            "areas",
            "focus_areas",
        )
        widgets: ClassVar[dict[str, forms.Widget | type[forms.Widget]]] = {
            "areas": forms.CheckboxSelectMultiple,
            "focus_areas": forms.CheckboxSelectMultiple,
            "mission": forms.Textarea({"rows": 4}),
            "website": forms.URLInput({"placeholder": "https://"}),
            "zip_code": forms.TextInput({"inputmode": "numeric", "autocomplete": "postal-code"}),
        }

    #: Drawn in this order, each under its heading.
    ABOUT = ("name", "kind", "mission", "website", "ein", "contact_email", "zip_code")
    WHERE = ("areas", "focus_areas")
    NEED = ("need_title", "need_kind", "need_quantity")
    SENDER = ("sender_name", "sender_email")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.twins: list[Organization] = []
        self.initial["opened"] = signing.dumps(now.timestamp(), salt=OPENED_SALT)
        self.fields["mission"].required = True
        self.fields["areas"].required = True

    def about(self) -> list[forms.BoundField]:
        """The fields about the organization."""
        return [self[name] for name in self.ABOUT]

    def where(self) -> list[forms.BoundField]:
        """Its areas and topics."""
        return [self[name] for name in self.WHERE]

    def need_fields(self) -> list[forms.BoundField]:
        """The fields of its first need."""
        return [self[name] for name in self.NEED]

    def sender(self) -> list[forms.BoundField]:
        """The fields about who sends it."""
        return [self[name] for name in self.SENDER]

    def clean_ein(self) -> str:
        """Nine digits, written with the dash or without."""
        typed = self.cleaned_data["ein"].strip()
        digits: str = typed.replace("-", "").replace(" ", "")
        if typed and not (len(digits) == 9 and digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(_("An EIN has nine digits, such as 12-3456789."))
        return digits

    def clean_zip_code(self) -> str:
        """Five digits, or nothing."""
        return clean_zip(self.cleaned_data["zip_code"])

    def clean(self) -> dict[str, Any]:
        """Refuse machines, half a need, and a twin that nobody has looked at."""
        values = super().clean() or {}
        if values.get("homepage") or not self._was_read():
            raise forms.ValidationError(
                _("This came faster than people type, or after days. Please send it again.")
            )
        if values.get("need_title") and not values.get("need_kind"):
            self.add_error("need_kind", _("Say which kind of help it is."))
        if values.get("need_kind") and not values.get("need_title"):
            self.add_error("need_title", _("Say in one line what would help."))
        if not self.errors:
            self.twins = submissions.twins(ein=values["ein"], website=values["website"])
            if self.twins and not values.get("is_another"):
                self.add_error(
                    "is_another",
                    _("We may have your organization already. Please look at the note below."),
                )
        return values

    def filled(self) -> tuple[Organization, Need | None]:
        """The organization and its first need, if any, not saved: that is the domain's part."""
        organization: Organization = super().save(commit=False)
        self.save_m2m()
        return organization, self._need()

    def _need(self) -> Need | None:
        values = self.cleaned_data
        if not values["need_title"]:
            return None
        unit = USUAL_UNIT[Kind(values["need_kind"])]
        quantity = values["need_quantity"]
        return Need(
            title=values["need_title"],
            kind=values["need_kind"],
            unit=unit,
            quantity_wanted=None if quantity is None else int(quantity) * PARTS.get(unit, 1),
        )

    def _was_read(self) -> bool:
        try:
            opened = signing.loads(self.data.get("opened", ""), salt=OPENED_SALT)
        except signing.BadSignature:
            return False
        return bool(SHORTEST_READING <= self.now.timestamp() - opened <= LONGEST_READING)


class AnswerForm(forms.Form):
    """The answer to the moderators' question."""

    text = forms.CharField(
        label=_("Your answer"), max_length=4000, widget=forms.Textarea({"rows": 6})
    )


def clean_zip(text: str) -> str:
    """A ZIP code as five digits.

    Raises:
        forms.ValidationError: for anything else that is not empty.
    """
    digits = text.strip()[:5]
    if digits and not (len(digits) == 5 and digits.isascii() and digits.isdigit()):
        raise forms.ValidationError(_("A ZIP code has five digits, such as 90012."))
    return digits
