"""What hosts type about how a date was."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RecapForm(forms.Form):
    """How a date was."""

    text = forms.CharField(
        label=_("How it was"),
        required=False,
        max_length=4000,
        widget=forms.Textarea,
        help_text=_("Everybody can read it on the page of the date. Empty takes it away."),
    )
