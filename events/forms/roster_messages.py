"""What a host writes to the people of a date."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.models import LONGEST_SUBJECT, LONGEST_TEXT, RosterMessage


class RosterMessageForm(forms.Form):
    """To whom, and what; the number makes the same form sent twice one message."""

    audience = forms.ChoiceField(label=_("To whom"), choices=RosterMessage.Audience)
    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT)
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Plain text. Links work as they are."),
    )
    uuid = forms.UUIDField(widget=forms.HiddenInput)
