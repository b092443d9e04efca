"""What people type about calendars that are kept elsewhere."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.models import Series


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

    #: Of what they were shown to be gone, when they were asked.
    vanished = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_about_vanished: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_about_vanished:
            self.fields["confirmed"].widget = forms.HiddenInput()

    def asking(self, vanished: str) -> "IncomingCalendarForm":
        """The same form, with the question whether these are to be called off."""
        data = {name: self.data[name] for name in self.data if name != "confirmed"}
        data["vanished"] = vanished
        return IncomingCalendarForm(data, self.files, asks_about_vanished=True)

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        clean = super().clean() or {}
        if bool(clean.get("url")) == bool(clean.get("file")):
            self.add_error("url", _("Give an address or choose a file: one of the two."))
        return clean
