"""What hosts and staff decide about a series."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from core import places
from core.errors import DomainError
from core.models import Area
from events.domain.capacity import give_places
from events.domain.details import SCHEDULE, Details, check_schedule, check_sessions, details_of
from events.domain.series import free_series_slug
from events.forms.times import TimesForm, times_of
from events.models import Host, Series
from organizations.models import Need, Organization


class SeriesForm(TimesForm):
    """What a host decides about a series."""

    field_order = (
        *("title", "summary", "kind", "day", "is_all_day", "clock", "duration_minutes"),
        *("days", "more_times", "time_zone"),
    )

    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(label=_("In one sentence"), max_length=300, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Series.SeriesKind.choices)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        initial="America/Los_Angeles",
        help_text=_("An IANA name such as America/Los_Angeles."),
    )
    mode = forms.ChoiceField(label=_("Where"), choices=Series.Mode.choices)
    place_name = forms.CharField(label=_("Place"), max_length=200, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    zip_code = forms.RegexField(
        r"^\d{5}$",
        label=_("ZIP code"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    area = forms.ModelChoiceField(Area.objects.all(), label=_("Area"), required=False)
    online_url = forms.URLField(
        label=_("Link to join"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Only those who signed up see it."),
    )
    capacity = forms.IntegerField(
        label=_("Places"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=_("Leave it empty for no limit."),
    )
    waiting_list = forms.BooleanField(
        label=_("Keep a waiting list when it is full"),
        required=False,
        initial=True,
        help_text=_("A place that comes free is offered to whoever waits first."),
    )
    flow = forms.ChoiceField(label=_("Sign-up"), choices=Series.Flow.choices)
    minimum_age = forms.IntegerField(
        label=_("Minimum age"), required=False, min_value=0, max_value=120
    )
    requirements = forms.CharField(
        label=_("Please note"), required=False, max_length=2000, widget=forms.Textarea
    )
    description = forms.CharField(
        label=_("What happens"), required=False, max_length=8000, widget=forms.Textarea
    )
    need = forms.ModelChoiceField(
        Need.objects.none(), label=_("Need that it helps with"), required=False
    )

    def __init__(self, *args: Any, host: Host, has_slots: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_slots:
            _keep_places(self.fields["capacity"])
        if not isinstance(host, Organization):
            # A need is an organization's; which one others help with, staff say in the CMS.
            del self.fields["need"]
            return
        needs = cast("forms.ModelChoiceField[Need]", self.fields["need"])
        needs.queryset = Need.objects.open().filter(organization=host)

    def details(self, series: Series | None = None) -> Details:
        """The valid form as the domain wants it.

        Args:
            series: what is edited, and keeps what the form does not ask; none for a new one.
        """
        clean = dict(self.cleaned_data)
        for name in ("day", "clock", "days", "until", "repeats"):
            del clean[name]
        clean |= {
            "local_start": self.start(),
            "duration_minutes": self.minutes(),
            "rrule": self.rule(),
        }
        return Details(**clean) if series is None else replace(details_of(series), **clean)


def initial_of(series: Series) -> dict[str, Any]:
    """What the form shows of a series that is there."""
    names = (
        *("title", "summary", "kind", "time_zone", "rrule", "mode"),
        *("place_name", "address", "zip_code", "area", "online_url", "capacity", "flow"),
        *("waiting_list", "minimum_age", "requirements", "description", "need"),
    )
    return {
        **{name: getattr(series, name) for name in names},
        **times_of(series, series.local_start, series.rrule),
    }


def _keep_places(field: forms.Field) -> None:
    """Show how many places all roles have together, and leave the number to them."""
    field.disabled = True
    field.help_text = _("Those of all roles together. Change them under “Places by role”.")


class CancelForm(forms.Form):
    """Why something does not take place."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Those who signed up read it in their mail."),
    )


class PlacesForm(forms.Form):
    """How many may come to one date."""

    places = SeriesForm.declared_fields["capacity"]


class SeriesCmsForm(WagtailAdminModelForm):
    """A series in the CMS: the same rules as at the desk, and times that stand once published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.status in Series.PUBLIC_STATUSES:
            for name in SCHEDULE:
                if name in self.fields:
                    self.fields[name].disabled = True
        if self.instance.slots and "capacity" in self.fields:
            _keep_places(self.fields["capacity"])

    def save(self, commit: bool = True) -> Series:  # noqa: FBT001, FBT002  (Wagtail's signature)
        """The series; what the CMS writes at once, without a version to publish, has its rules too.

        That is what staff have hidden: its dates and their people are still there.
        """
        with transaction.atomic():
            rows = Series.objects.select_for_update(no_key=True).filter(pk=self.instance.pk)
            row = rows.first() if commit else None
            saved: Series = super().save(commit=commit)
            if row is not None:
                give_places(series=saved, before=row.capacity, by=self.for_user, now=timezone.now())
        return saved

    def clean(self) -> dict[str, Any]:
        """Times checked as the domain checks them; a slug, once."""
        clean: dict[str, Any] = super().clean()
        if self.errors or self.instance.status in Series.PUBLIC_STATUSES:
            return clean
        try:
            start = Series._meta.get_field("local_start").to_python(clean["local_start"])
            if clean["is_all_day"]:
                start = clean["local_start"] = datetime.combine(start.date(), time.min)
            clean["rrule"] = check_schedule(
                start=start,
                duration_minutes=clean["duration_minutes"],
                rrule=clean.get("rrule", ""),
                time_zone=clean["time_zone"],
                is_all_day=clean["is_all_day"],
            )
            self.instance.more_times = check_sessions(
                start=start,
                duration_minutes=clean["duration_minutes"],
                rrule=clean["rrule"],
                more_times=self.instance.more_times,
            )
        except DomainError as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        if not self.instance.slug:
            self.instance.slug = free_series_slug(clean["title"])
        place = places.centroid(clean.get("zip_code") or "")
        self.instance.latitude = place.latitude if place else None
        self.instance.longitude = place.longitude if place else None
        return clean
