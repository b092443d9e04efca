"""The links in the header and the footer, as the CMS orders them."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.models import Orderable

from pages.blocks import is_safe_address


@register_setting(icon="list-ul", order=100)
class Navigation(ClusterableModel, BaseGenericSetting):
    """The one navigation of the site: what an editor opens to change its links."""

    panels: ClassVar[list[object]] = [
        InlinePanel(
            "items",
            heading=_("Links"),
            label=_("Link"),
            help_text=_("In the order in which they show, each in its group."),
        ),
    ]

    class Meta:
        verbose_name = _("navigation")

    def __str__(self) -> str:
        return str(_("Navigation"))


class NavigationItem(Orderable):
    """One link: to a page, which it follows when that page moves, or to an address."""

    class Group(models.TextChoices):
        HEADER = "header", _("Header")
        FOOTER_HELP = "footer_help", _("Footer: take part")
        FOOTER_LEARN = "footer_learn", _("Footer: read on")
        FOOTER_SITE = "footer_site", _("Footer: this site")

    navigation = ParentalKey(Navigation, on_delete=models.CASCADE, related_name="items")
    group = models.CharField(_("group"), max_length=12, choices=Group, default=Group.HEADER)
    #: Shown through the translations: the labels that come with the site follow the reader.
    label = models.CharField(_("label"), max_length=40)
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    address = models.CharField(
        _("or address"),
        max_length=300,
        blank=True,
        help_text=_("A path here such as /needs/, or a full https:// address."),
    )

    panels: ClassVar[list[object]] = [
        FieldPanel("group"),
        FieldPanel("label"),
        PageChooserPanel("page"),
        FieldPanel("address"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("link")
        constraints = (
            models.CheckConstraint(
                condition=Q(page__isnull=False, address="")
                | (Q(page__isnull=True) & ~Q(address="")),
                name="navigation_page_or_address",
                violation_error_message=_("Choose a page or give an address, not both."),
            ),
        )

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Refuse addresses that a browser would run or resolve elsewhere."""
        super().clean()
        if self.address and not is_safe_address(self.address):
            raise ValidationError(
                {"address": _("Start with / for this site, or with https://.")}, code="address"
            )
