"""What readers and editors type, made into clean values."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Area, FocusArea
from newsletter.domain.subscribers import Wishes
from newsletter.models import Cadence, Digest, Subscriber
from organizations.models import Organization

#: Nobody fills in the form faster than this; nobody leaves it open longer.
FASTEST = timedelta(seconds=2)
SLOWEST = timedelta(days=1)
_STAMP = "newsletter.form"


def stamp(now: datetime) -> str:
    """When a form was handed out, signed so that a script cannot make one up."""
    return signing.dumps(int(now.timestamp()), salt=_STAMP)


class WishesForm(forms.Form):
    """Areas, topics and cadence."""

    areas = forms.ModelMultipleChoiceField(
        label=_("Areas"),
        help_text=_("Choose none to hear from all of them."),
        queryset=Area.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        help_text=_("Choose none to hear about all of them."),
        queryset=FocusArea.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    cadence = forms.ChoiceField(
        label=_("How often"),
        choices=Cadence,
        initial=Cadence.WEEKLY,
        required=False,
        widget=forms.RadioSelect,
    )
    role = forms.ChoiceField(
        label=_("I am"),
        choices=Subscriber.Role,
        initial=Subscriber.Role.READER,
        required=False,
    )

    def wishes(self) -> Wishes:
        """What was chosen."""
        clean = self.cleaned_data
        return Wishes(
            areas=[area.slug for area in clean.get("areas") or ()],
            topics=[topic.slug for topic in clean.get("topics") or ()],
            organizations=[row.slug for row in clean.get("organizations") or ()],
            cadence=clean.get("cadence") or Cadence.WEEKLY,
            role=clean.get("role") or Subscriber.Role.READER,
            name=clean.get("name") or "",
        )


class SignUpForm(WishesForm):
    """The address, and what to hear about."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    #: A field that people do not see and scripts fill in.
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    started = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ("email", "areas", "topics", "cadence", "role", "website", "started")

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now or timezone.now()
        self.fields["started"].initial = stamp(self.now)

    @property
    def is_by_a_script(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.cleaned_data.get("website"))

    def clean(self) -> dict[str, Any]:
        """Refuse what came faster than a person can type, or with no stamp of ours."""
        clean = super().clean() or self.cleaned_data
        try:
            started = int(signing.loads(clean.get("started", ""), salt=_STAMP))
        except (signing.BadSignature, ValueError, TypeError):
            started = 0
        age = self.now.timestamp() - started
        if not FASTEST.total_seconds() <= age <= SLOWEST.total_seconds():
            # The form is shown again with a new stamp, and what was typed is still there.
            typed = QueryDict(mutable=True)
            typed.update(self.data)
            typed["started"] = stamp(self.now)
            self.data = typed
            self.add_error(None, _("Please wait a moment and press the button again."))
        return clean


class PreferencesForm(WishesForm):
    """Everything that a reader may change behind their private link."""

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    organizations = forms.ModelMultipleChoiceField(
        label=_("Organizations you follow"),
        help_text=_("You hear of everything they ask for, whatever area and topic it has."),
        queryset=Organization.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    paused_until = forms.DateField(
        label=_("Pause until"),
        help_text=_("No mail before that day."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    field_order = ("areas", "topics", "organizations", "cadence", "paused_until", "role", "name")

    def __init__(self, data: QueryDict | None, *, reader: Subscriber) -> None:
        initial = {
            "areas": reader.areas.all(),
            "topics": reader.topics.all(),
            "organizations": reader.organizations.all(),
            "cadence": reader.cadence,
            "paused_until": reader.paused_until,
            "role": reader.role,
            "name": reader.name,
        }
        super().__init__(data, initial=initial)
        followed = Organization.objects.public().filter(subscriber=reader)
        self.fields["organizations"].queryset = followed  # type: ignore[attr-defined]
        if not followed:
            del self.fields["organizations"]


class WordsForm(forms.ModelForm[Digest]):
    """What an editor writes above the lines."""

    class Meta:
        model = Digest
        fields = ("subject", "intro")
        widgets = {"intro": forms.Textarea(attrs={"rows": 4})}
