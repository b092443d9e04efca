"""When something takes place, as people type it who write no rules."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from events import recurrence
from events.domain.plans import Times
from events.models import MINUTES_A_DAY, MOST_DAYS, Series


class Repeats(TextChoices):
    """How often, for people who do not write RRULE."""

    ONCE = "once", _("Once")
    WEEKLY = "weekly", _("Every week on this day")
    FORTNIGHTLY = "fortnightly", _("Every two weeks on this day")
    MONTHLY = "monthly", _("Every month on this weekday, such as the second Tuesday")
    CUSTOM = "custom", _("By a rule of my own")


#: The fields that say how it repeats, and those that what they say depends on.
_SAY_HOW = frozenset({"day", "is_all_day", "clock", "repeats", "until", "rrule"})


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
        """How it repeats, as RFC 5545 writes it; empty for once.

        What was shown and not changed stays to the letter: the choices above say less than a rule.
        """
        if not _SAY_HOW.intersection(self.changed_data) and "rule_shown" in self.initial:
            shown: str = self.initial["rule_shown"]
            return shown
        until = self.cleaned_data["until"]
        rule = _rule(self.cleaned_data["repeats"], self.start(), self.cleaned_data["rrule"])
        # A rule of one's own that says its end itself is refused with a second one.
        return f"{rule};UNTIL={until:%Y%m%d}" if rule and until else rule


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


def times_of(series: Series, start: datetime, rrule: str) -> dict[str, Any]:
    """The series' times as a form shows them.

    Args:
        series: which.
        start: from where on, on the clock on the wall.
        rrule: how it repeats from there on; empty for once.
    """
    rule = recurrence.parse(rrule) if rrule else None
    repeats = _repeats(rule, start)
    says_all = repeats == Repeats.CUSTOM
    return {
        "day": start.date(),
        "is_all_day": series.is_all_day,
        "clock": None if series.is_all_day else start.time(),
        "duration_minutes": None if series.is_all_day else series.duration_minutes,
        "more_times": ", ".join(series.more_times),
        "days": series.duration_minutes // MINUTES_A_DAY if series.is_all_day else None,
        "repeats": repeats,
        "until": None if rule is None or says_all else _last_day(rule, series.local_start.time()),
        "rrule": rrule if says_all else "",
        # No field: what `TimesForm.rule` keeps while nothing of it is changed.
        "rule_shown": rrule,
    }


def _repeats(rule: recurrence.Rule | None, start: datetime) -> Repeats:
    """How often that is, beside its end; by a rule of one's own where no choice says it all."""
    if rule is None:
        return Repeats.ONCE
    # None of the choices depends on the day on which weeks begin.
    plain = replace(rule, until=None, week_starts=0)
    if rule.frequency == "WEEKLY" and not rule.weekdays:  # what it means (RFC 5545)
        plain = replace(plain, weekdays=(recurrence.Weekday(start.weekday()),))
    choices = (Repeats.WEEKLY, Repeats.FORTNIGHTLY, Repeats.MONTHLY)
    same = (one for one in choices if recurrence.parse(_rule(one, start, "")) == plain)
    return next(same, Repeats.CUSTOM)


def _last_day(rule: recurrence.Rule, clock: time) -> date | None:
    """The last day on which the rule may fall; none if it goes on."""
    if rule.until is None:
        return None
    ends_before = rule.until.time() < clock
    return rule.until.date() - timedelta(days=int(ends_before))


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
