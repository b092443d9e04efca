"""Every component on one page, with short, long and missing words; for whoever builds pages."""

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.listing import Chip, Choice, Facet
from core.vocabulary import Kind

ICONS = [
    "arrow",
    "back",
    "book",
    "building",
    "calendar",
    "check",
    "clock",
    "close",
    "code",
    "down",
    "download",
    "edit",
    "external",
    "filter",
    "globe",
    "heart",
    "info",
    "key",
    "laptop",
    "mail",
    "map",
    "megaphone",
    "menu",
    "money",
    "moon",
    "people",
    "pin",
    "plus",
    "rss",
    "search",
    "star",
    "sun",
    "warning",
    "wrench",
]
#: Ground, the words on it, and what they are for, as swatches.
SWATCHES = (
    "paper",
    "surface",
    "sunken",
    "pacific",
    "pacific-wash",
    "sunset",
    "amber",
    "sunset-wash",
    "jacaranda",
    "jacaranda-wash",
    "good",
    "warn",
    "bad",
    "night",
)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


class SampleForm(forms.Form):
    """One field of each sort that the site uses."""

    title = forms.CharField(
        label="What do you need?",
        help_text="A few words, such as “20 laptops for an after-school coding lab”.",
        max_length=80,
    )
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    kind = forms.ChoiceField(label="Kind of need", choices=Kind.choices)
    why = forms.CharField(label="Why it matters", widget=forms.Textarea, required=False)
    quantity = forms.IntegerField(
        label="How many", min_value=1, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    needed_by = forms.DateField(
        label="Needed by", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    areas = forms.MultipleChoiceField(
        label="Areas",
        choices=[("south-la", "South LA"), ("east-la", "East LA"), ("westside", "Westside")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    flow = forms.ChoiceField(
        label="How people sign up",
        choices=[("instant", "At once"), ("approval", "After you approve")],
        widget=forms.RadioSelect,
    )
    logo = forms.FileField(label="Logo", required=False)
    agrees = forms.BooleanField(
        label="I may speak for this organization", help_text="We may call to make sure."
    )


def _facet() -> Facet:
    choices = (
        Choice("south-la", "South LA", 128, is_chosen=True),
        Choice("east-la", "East LA", 64, is_chosen=False),
        Choice("long", f"An area with a long name and {LONG_WORD}", 3, is_chosen=False),
        Choice("antelope-valley", "Antelope Valley", 0, is_chosen=False),
    )
    return Facet("area", "Area", choices)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component. Answers 404 unless DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    refused = SampleForm({"title": "", "email": "not an address", "quantity": "0"})
    refused.is_valid()
    return render(
        request,
        "core/styleguide.html",
        {
            "bars": [
                ("Volunteers", 412),
                ("Hardware", 208),
                ("Funding", 96, "96 asks"),
                (LONG_WORD, 12),
                ("Space", 0),
            ],
            "chips": [
                Chip("South LA", "need=hardware"),
                Chip("Hardware", "area=south-la"),
                Chip(f"Text: {LONG_WORD}", ""),
            ],
            "counts": {
                "central-la": 41,
                "south-la": 58,
                "east-la": 33,
                "san-fernando-valley": 22,
                "san-gabriel-valley": 17,
                "south-bay": 9,
                "westside": 12,
            },
            "facet": _facet(),
            "form": SampleForm(auto_id="sample_%s"),
            "icons": ICONS,
            "long_word": LONG_WORD,
            "page": Paginator(range(100), 10).page(4),
            "refused": refused,
            "sparks": [3, 5, 4, 8, 9, 7, 12, 15],
            "swatches": SWATCHES,
        },
    )
