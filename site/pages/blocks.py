"""What an editor may put on a page: words, pictures, and windows on the live marketplace.

A block is only a shape. What it shows live is fetched by its template's tag
(`pages.templatetags.live`), so that shapes stay below tables and rules.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from core.models import Area
from core.vocabulary import Kind
from events.models import Series
from pages import choosers

WORDS = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link", "hr"]
MOST_CARDS = 12

OrganizationChooserBlock = choosers.organizations.get_block_class(
    name="OrganizationChooserBlock", module_path="pages.blocks"
)
NeedChooserBlock = choosers.needs.get_block_class(
    name="NeedChooserBlock", module_path="pages.blocks"
)


class Figure(models.TextChoices):
    """The live numbers that a page may show; `pages.domain.numbers` defines each."""

    OPEN_NEEDS = "open_needs", _("Open needs")
    ORGANIZATIONS = "organizations", _("Organizations")
    COMPANIES = "companies", _("Companies")
    HOURS_SERVED = "hours_served", _("Hours served")
    DEVICES_CONFIRMED = "devices_confirmed", _("Devices confirmed")
    UPCOMING_DATES = "upcoming_dates", _("Dates ahead")


def area_choices() -> list[tuple[str, str]]:
    """The installation's areas, read when a form is drawn."""
    return list(Area.objects.values_list("slug", "name"))


def need_kinds() -> list[tuple[str, str]]:
    """The kinds of need; named here so that a new kind needs no migration of pages."""
    return [(kind.value, str(kind.label)) for kind in Kind]


def event_kinds() -> list[tuple[str, str]]:
    """The kinds of event, for the same reason."""
    return [(kind.value, str(kind.label)) for kind in Series.SeriesKind]


class TextBlock(blocks.RichTextBlock):
    """Paragraphs, headings and lists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"features": WORDS, **kwargs})

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        template = "pages/blocks/text.html"
        preview_value = (
            "<h2>A robotics room on Saturdays</h2>"
            "<p>Ten laptops turned a storage room into a place where thirty students "
            "build, break and mend.</p>"
        )
        description = _("Paragraphs with headings, lists and links.")


class PictureBlock(blocks.StructBlock):
    """A picture that always says what it shows."""

    image = ImageChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(
        label=_("What it shows"),
        max_length=200,
        help_text=_("Read aloud to people who do not see the picture."),
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "pages/blocks/picture.html"
        preview_template = "pages/blocks/picture_preview.html"
        description = _("A picture with a description and a caption.")


class QuoteBlock(blocks.StructBlock):
    """Somebody's words, with who said them in what part."""

    words = blocks.TextBlock(label=_("Words"), max_length=600)
    speaker = blocks.CharBlock(
        label=_("Who said it"),
        required=False,
        max_length=120,
        help_text=_("A role, such as “Program director”. Never a student's name."),
    )

    class Meta:
        icon = "openquote"
        label = _("Quote")
        template = "pages/blocks/quote.html"
        preview_value = {
            "words": "We asked for ten laptops in March. In May the room was full.",
            "speaker": "Program director of a demonstration organization",
        }
        description = _("A short quotation.")


class ActionBlock(blocks.StructBlock):
    """A button that leads on: to a page of the site, or to an address."""

    label = blocks.CharBlock(
        label=_("What the button says"),
        max_length=60,
        help_text=_("The act: “Pledge laptops”, not “Click here”."),
    )
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    address = blocks.CharBlock(
        label=_("or address"),
        required=False,
        max_length=300,
        help_text=_("A path here such as /needs/, or a full https:// address."),
    )

    def clean(self, value: Any) -> Any:
        """Refuse a button that leads nowhere, to two places, or into a script."""
        cleaned = super().clean(value)
        if bool(cleaned["page"]) == bool(cleaned["address"]):
            raise blocks.StructBlockValidationError(
                block_errors={"page": ValidationError(_("Choose a page or give an address."))}
            )
        if cleaned["address"] and not is_safe_address(cleaned["address"]):
            raise blocks.StructBlockValidationError(
                block_errors={
                    "address": ValidationError(_("Start with / for this site, or with https://."))
                }
            )
        return cleaned

    class Meta:
        icon = "link"
        label = _("Button")
        template = "pages/blocks/action.html"
        preview_value = {"label": "See what is needed now", "address": "/needs/"}
        description = _("A button that leads to the next step.")


class NeedCardsBlock(blocks.StructBlock):
    """Open needs: the chosen ones, or the newest of an area and a kind."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=100)
    chosen = blocks.ListBlock(
        NeedChooserBlock(label=_("Need")),
        label=_("Chosen needs"),
        default=[],
        max_num=MOST_CARDS,
        help_text=_("Shown while they are public. Leave empty for the newest."),
    )
    area = blocks.ChoiceBlock(label=_("In the area"), choices=area_choices, required=False)
    kind = blocks.ChoiceBlock(label=_("Of the kind"), choices=need_kinds, required=False)
    most = blocks.IntegerBlock(label=_("How many"), default=3, min_value=1, max_value=MOST_CARDS)

    class Meta:
        icon = "list-ul"
        label = _("Needs, live")
        template = "pages/blocks/need_cards.html"
        preview_value = {"heading": "Needed now", "chosen": [], "most": 3}
        description = _("Cards of open needs with their progress as it is now.")


class EventsBlock(blocks.StructBlock):
    """The next dates, of an area, a kind and an organization."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=100)
    area = blocks.ChoiceBlock(label=_("In the area"), choices=area_choices, required=False)
    kind = blocks.ChoiceBlock(label=_("Of the kind"), choices=event_kinds, required=False)
    organization = OrganizationChooserBlock(label=_("Of the organization"), required=False)
    most = blocks.IntegerBlock(label=_("How many"), default=3, min_value=1, max_value=MOST_CARDS)

    class Meta:
        icon = "date"
        label = _("Next dates, live")
        template = "pages/blocks/events.html"
        preview_value = {"heading": "Coming up", "most": 3}
        description = _("Cards of the next dates with the places left as they are now.")


class NumberBlock(blocks.StructBlock):
    """One live number with its name and the year's change."""

    figure = blocks.ChoiceBlock(label=_("Number"), choices=Figure.choices)

    class Meta:
        icon = "order"
        label = _("Number, live")
        template = "pages/blocks/number.html"
        preview_value = {"figure": Figure.OPEN_NEEDS}
        description = _("One figure as it is now, with this year's change.")


class Body(blocks.StreamBlock):
    """The body of every page."""

    text = TextBlock()
    picture = PictureBlock()
    quote = QuoteBlock()
    action = ActionBlock()
    needs = NeedCardsBlock()
    events = EventsBlock()
    number = NumberBlock()

    class Meta:
        required = False


def is_safe_address(address: str) -> bool:
    """Whether a link may lead there: a path of this site, or a secure address outside it."""
    return (
        address.startswith("https://")
        or (address.startswith("/") and address[1:2] not in {"/", "\\"})
    ) and not any(letter.isspace() for letter in address)
