"""What people type about events, as clean values."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from companies.models import Company
from core import places
from core.errors import DomainError
from core.models import Area
from events import recurrence
from events.domain import parties
from events.domain.plans import Times
from events.domain.series import SCHEDULE, Details, check_schedule, free_series_slug
from events.forms.questions import AsksForm
from events.models import MINUTES_A_DAY, MOST_DAYS, Occurrence, Series
from organizations.models import Need, Organization


class SignUpForm(AsksForm):
    """The shortest form that does the job: a name and an address."""

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
    despite_overlap = forms.BooleanField(label=_("Sign me up anyway"), required=False)

    def __init__(
        self,
        *args: Any,
        companies: Iterable[Company] = (),
        has_account: bool = False,
        asks_about_overlap: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _only_own(self, companies, has_account=has_account)
        if not asks_about_overlap and "despite_overlap" not in self.data:
            del self.fields["despite_overlap"]

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


class SeveralDatesForm(AsksForm):
    """One person for several dates of a series, all ticked."""

    name = SignUpForm.declared_fields["name"]
    email = SignUpForm.declared_fields["email"]
    dates = forms.TypedMultipleChoiceField(
        label=_("Dates"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    waits = forms.BooleanField(
        label=_("Put me on the waiting list where it is full"), required=False, initial=True
    )
    company = SignUpForm.declared_fields["company"]

    def __init__(
        self,
        *args: Any,
        dates: Iterable[Occurrence],
        keeps_list: bool,
        companies: Iterable[Company] = (),
        has_account: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _only_own(self, companies, has_account=has_account)
        if not keeps_list:
            del self.fields["waits"]
        known = {date.address_start: date for date in dates}
        choices = cast("forms.TypedMultipleChoiceField", self.fields["dates"])
        choices.choices = [(start, _date_label(date)) for start, date in known.items()]
        choices.coerce = lambda start: known[start].pk
        choices.initial = list(known)


def _date_label(date: Occurrence) -> str:
    return f"{date.when} · {date.places}"


def _only_own(form: forms.Form, companies: Iterable[Company], *, has_account: bool) -> None:
    """Ask for a company only who belongs to one, and no account for its address."""
    known = {company.slug: company for company in companies}
    if known:
        field = cast("forms.TypedChoiceField", form.fields["company"])
        names = [(slug, company.name) for slug, company in known.items()]
        field.choices = [("", _("Nobody but myself")), *names]
        field.coerce = known.__getitem__
    else:
        del form.fields["company"]
    if has_account:
        # The account's own address counts, whatever was typed.
        form.fields["email"].disabled = True
        form.fields["email"].help_text = ""


class Repeats(TextChoices):
    """How often, for people who do not write RRULE."""

    ONCE = "once", _("Once")
    WEEKLY = "weekly", _("Every week on this day")
    FORTNIGHTLY = "fortnightly", _("Every two weeks on this day")
    MONTHLY = "monthly", _("Every month on this weekday, such as the second Tuesday")
    CUSTOM = "custom", _("By a rule of my own")


class TimesForm(forms.Form):
    """When something takes place, for people who do not write rules."""

    day = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    is_all_day = forms.BooleanField(
        label=_("All day"), required=False, help_text=_("Whole days, without times.")
    )
    clock = forms.TimeField(
        label=_("Starts at"),
        required=False,
        help_text=_("Needed unless it lasts all day."),
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    duration_minutes = forms.IntegerField(
        label=_("Length in minutes"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS * MINUTES_A_DAY,
        initial=90,
    )
    days = forms.IntegerField(
        label=_("How many days"), required=False, min_value=1, max_value=MOST_DAYS, initial=1
    )
    more_times = forms.CharField(
        label=_("More start times on the same day"),
        required=False,
        max_length=60,
        help_text=_("Such as 14:00, 16:30. Each is a date of its own, with its own places."),
    )
    repeats = forms.ChoiceField(label=_("Repeats"), choices=Repeats.choices)
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The last day. Leave it empty to go on."),
    )
    rrule = forms.CharField(
        label=_("Rule of my own"),
        required=False,
        max_length=300,
        help_text=_("RFC 5545, such as FREQ=WEEKLY;BYDAY=TU,TH"),
    )

    def clean(self) -> dict[str, Any]:
        """A rule of one's own is written, and times are given where there are any."""
        clean = super().clean() or {}
        needed = ("days",) if clean.get("is_all_day") else ("clock", "duration_minutes")
        for name in needed:
            if clean.get(name) is None and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        if clean.get("repeats") == Repeats.CUSTOM and not clean.get("rrule"):
            self.add_error("rrule", _("Write the rule, or choose how often above."))
        return clean

    def clean_more_times(self) -> list[str]:
        """Times as `14:00`; none is fine."""
        try:
            return [
                f"{datetime.strptime(piece.strip(), '%H:%M'):%H:%M}"  # noqa: DTZ007
                for piece in self.cleaned_data["more_times"].split(",")
                if piece.strip()
            ]
        except ValueError as error:
            raise forms.ValidationError(_("Write times like 14:00, 16:30.")) from error

    def start(self) -> datetime:
        """The first start of the valid form, on the clock on the wall."""
        clock = time.min if self.cleaned_data["is_all_day"] else self.cleaned_data["clock"]
        return datetime.combine(self.cleaned_data["day"], clock)

    def minutes(self) -> int:
        """How long a date of the valid form lasts."""
        clean = self.cleaned_data
        days: int = clean["days"] * MINUTES_A_DAY if clean["is_all_day"] else 0
        return days or int(clean["duration_minutes"])

    def rule(self) -> str:
        """How it repeats, as RFC 5545 writes it; empty for once."""
        until, repeats = self.cleaned_data["until"], self.cleaned_data["repeats"]
        rule = _rule(repeats, self.start(), self.cleaned_data["rrule"])
        if rule and until and repeats != Repeats.CUSTOM:
            rule += f";UNTIL={until:%Y%m%d}"
        return rule


class RescheduleForm(TimesForm):
    """Other times from one date on."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Those who signed up read it in their mail."),
    )

    def __init__(self, *args: Any, series: Series, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _keep_times_of(series, self.fields)
        del self.fields["more_times"]

    def times(self) -> Times:
        """The valid form as the domain wants it."""
        return Times(
            local_start=self.start(),
            duration_minutes=self.minutes(),
            rrule=self.rule(),
        )


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

    def __init__(self, *args: Any, host: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs = cast("forms.ModelChoiceField[Need]", self.fields["need"])
        needs.queryset = Need.objects.open().filter(organization=host)

    def details(self) -> Details:
        """The valid form as the domain wants it."""
        clean = dict(self.cleaned_data)
        for name in ("day", "clock", "days", "until", "repeats"):
            del clean[name]
        times = {
            "local_start": self.start(),
            "duration_minutes": self.minutes(),
            "rrule": self.rule(),
        }
        return Details(**{**clean, **times})


def initial_of(series: Series) -> dict[str, Any]:
    """What the form shows of a series that is there."""
    names = (
        *("title", "summary", "kind", "time_zone", "rrule", "mode"),
        *("place_name", "address", "zip_code", "area", "online_url", "capacity", "flow"),
        *("waiting_list", "minimum_age", "requirements", "description", "need"),
    )
    return {
        **{name: getattr(series, name) for name in names},
        **times_of(series, series.local_start),
    }


def times_of(series: Series, start: datetime) -> dict[str, Any]:
    """The series' times as a form shows them, from that start on."""
    known = (choice for choice in Repeats if choice != Repeats.CUSTOM)
    rule, _semicolon, until = series.rrule.partition(";UNTIL=")
    if "WEEKLY" in rule and "BYDAY" not in rule:
        rule += f";BYDAY={recurrence.WEEKDAYS[start.weekday()]}"  # what it means (RFC 5545)
    repeats = next((one for one in known if _rule(one, start, "") == rule), Repeats.CUSTOM)
    return {
        "day": start.date(),
        "is_all_day": series.is_all_day,
        "clock": None if series.is_all_day else start.time(),
        "duration_minutes": None if series.is_all_day else series.duration_minutes,
        "more_times": ", ".join(series.more_times),
        "days": series.duration_minutes // MINUTES_A_DAY if series.is_all_day else None,
        "repeats": repeats,
        "until": datetime.strptime(until[:8], "%Y%m%d").date() if until else None,  # noqa: DTZ007
        "rrule": series.rrule if repeats == Repeats.CUSTOM else "",
    }


def _keep_times_of(series: Series, names: dict[str, forms.Field]) -> None:
    """Let a form ask only for what the series has: days, or times."""
    if series.is_all_day:
        del names["clock"]
        names.pop("duration_minutes", None)
    else:
        names["clock"].help_text = ""
        names.pop("days", None)
    if "is_all_day" in names:
        names["is_all_day"].disabled = True
        names["is_all_day"].widget = forms.HiddenInput()


def _rule(repeats: str, start: datetime, own: str) -> str:
    day = recurrence.WEEKDAYS[start.weekday()]
    nth = (start.day - 1) // 7 + 1
    match repeats:
        case Repeats.WEEKLY:
            return f"FREQ=WEEKLY;BYDAY={day}"
        case Repeats.FORTNIGHTLY:
            return f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}"
        case Repeats.MONTHLY:
            return f"FREQ=MONTHLY;BYDAY={nth if nth < 5 else -1}{day}"
        case Repeats.CUSTOM:
            return own
    return ""


class IncomingCalendarForm(forms.Form):
    """A calendar that is kept elsewhere: its address, or a file of it."""

    url = forms.CharField(
        label=_("Address of the calendar"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text=_("It begins with https:// or webcal:// and is open to all. We read it hourly."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
        help_text=_("An .ics file. The same name again brings its events up to date."),
    )
    kind = forms.ChoiceField(label=_("Kind of its events"), choices=Series.SeriesKind.choices)
    publishes = forms.BooleanField(
        label=_("Publish its events at once"),
        required=False,
        initial=True,
        help_text=_("Otherwise they are drafts that you publish one by one."),
    )
    confirmed = forms.BooleanField(
        label=_("Call off what is no longer in the file"), required=False
    )

    def __init__(self, *args: Any, asks_about_vanished: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_about_vanished:
            self.fields["confirmed"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        clean = super().clean() or {}
        if bool(clean.get("url")) == bool(clean.get("file")):
            self.add_error("url", _("Give an address or choose a file: one of the two."))
        return clean


class CancelForm(forms.Form):
    """Why something does not take place."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Those who signed up read it in their mail."),
    )


class RecapForm(forms.Form):
    """How a date was."""

    text = forms.CharField(
        label=_("How it was"),
        required=False,
        max_length=4000,
        widget=forms.Textarea,
        help_text=_("Everybody can read it on the page of the date. Empty takes it away."),
    )


class MoveForm(forms.Form):
    """Where a date goes."""

    day = forms.DateField(label=_("New day"), widget=forms.DateInput(attrs={"type": "date"}))
    clock = forms.TimeField(label=_("Starts at"), widget=forms.TimeInput(attrs={"type": "time"}))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, series: Series, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _keep_times_of(series, self.fields)

    def local_start(self) -> datetime:
        """The new start on the clock on the wall; midnight of all-day dates."""
        return datetime.combine(
            self.cleaned_data["day"], self.cleaned_data.get("clock") or time.min
        )


class SeriesCmsForm(WagtailAdminModelForm):
    """A series in the CMS: the same rules as at the desk, and times that stand once published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.status in Series.PUBLIC_STATUSES:
            for name in SCHEDULE:
                if name in self.fields:
                    self.fields[name].disabled = True

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
        except DomainError as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        if not self.instance.slug:
            self.instance.slug = free_series_slug(clean["title"])
        place = places.centroid(clean.get("zip_code") or "")
        self.instance.latitude = place.latitude if place else None
        self.instance.longitude = place.longitude if place else None
        return clean
