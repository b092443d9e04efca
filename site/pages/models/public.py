"""The kinds of page that the CMS keeps: home, plain pages, stories and resources."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from core import listing, times
from organizations.models import Organization
from pages import choosers
from pages.blocks import Body

ENTRIES_PER_PAGE = 12


class PublicPage(Page):
    """What every page has: words that are drafts until published, then public to all.

    There are no private pages: what is published is shared by every visitor's cache.
    """

    summary = models.TextField(
        _("summary"),
        max_length=600,
        blank=True,
        help_text=_("One or two sentences: the top of the page, its line in lists and in search."),
    )
    body = StreamField(Body(), verbose_name=_("body"), blank=True)

    private_page_options: ClassVar[list[str]] = []
    allowed_http_methods: ClassVar[list[str]] = ["GET", "HEAD"]
    content_panels: ClassVar[list[object]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    promote_panels: ClassVar[list[object]] = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")],
            heading=_("For search engines"),
        ),
    ]

    class Meta:
        abstract = True

    @property
    def description(self) -> str:
        """What search engines and link previews say about it."""
        return str(self.search_description or self.summary)

    @property
    def words(self) -> str:
        """Everything that a search should find the page by beside its title; plain text."""
        texts = self.body.stream_block.get_searchable_content(self.body)
        return " ".join([self.summary, *map(str, texts)])


class HomePage(PublicPage):
    """The front door. What is live on it is composed by its template, not typed."""

    sentence = models.CharField(
        _("sentence of purpose"),
        max_length=160,
        help_text=_("The one sentence over the skyline."),
    )
    spotlight = models.ForeignKey(
        "pages.StoryPage",
        verbose_name=_("story in the spotlight"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Leave empty for the newest story."),
    )

    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = [
        "pages.StandardPage",
        "pages.StoryIndexPage",
        "pages.ResourceIndexPage",
    ]
    content_panels: ClassVar[list[object]] = [
        *Page.content_panels,
        FieldPanel("sentence"),
        FieldPanel("summary"),
        FieldPanel("spotlight"),
        FieldPanel("body"),
    ]
    template = "pages/home.html"

    class Meta:
        verbose_name = _("home page")

    @property
    def story(self) -> "StoryPage | None":
        """The story in the spotlight: the chosen one while it is published, else the newest."""
        stories = StoryPage.objects.published().select_related("image", "organization")
        chosen = stories.filter(pk=self.spotlight_id) if self.spotlight_id else stories.none()
        story: StoryPage | None = chosen.first() or stories.first()
        return story


class StandardPage(PublicPage):
    """A plain page: about, privacy, accessibility."""

    parent_page_types: ClassVar[list[str]] = ["pages.HomePage", "pages.StandardPage"]
    subpage_types: ClassVar[list[str]] = ["pages.StandardPage"]
    template = "pages/standard.html"

    class Meta:
        verbose_name = _("plain page")


class StoryQuerySet(PageQuerySet):
    """Stories, in the domain's words."""

    def published(self) -> Self:
        """What any visitor may read, newest first."""
        rows: Self = self.live().order_by("-published_on", "-pk")
        return rows


class StoryPage(PublicPage):
    """What came of a need: who asked, who helped, what is there now."""

    published_on = models.DateField(_("date"))
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    image = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("picture"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    image_alt = models.CharField(
        _("what the picture shows"),
        max_length=200,
        blank=True,
        help_text=_("Read aloud to people who do not see the picture."),
    )
    #: Invented for demonstration, and marked so wherever it shows.
    is_demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)

    objects = PageManager.from_queryset(StoryQuerySet)()

    parent_page_types: ClassVar[list[str]] = ["pages.StoryIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels: ClassVar[list[object]] = [
        *Page.content_panels,
        FieldPanel("published_on"),
        FieldPanel("organization", widget=choosers.organizations.widget_class),
        FieldPanel("summary"),
        MultiFieldPanel([FieldPanel("image"), FieldPanel("image_alt")], heading=_("Picture")),
        FieldPanel("body"),
    ]
    template = "pages/story.html"

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        constraints = (
            models.CheckConstraint(
                condition=Q(image__isnull=True) | ~Q(image_alt=""),
                name="story_picture_says_what_it_shows",
                violation_error_message=_("Say what the picture shows."),
            ),
        )

    @property
    def published_words(self) -> str:
        """As in "Dec 8, 2026"."""
        return times.day_with_year(self.published_on)


class StoryIndexPage(PublicPage):
    """All stories, newest first."""

    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["pages.HomePage"]
    subpage_types: ClassVar[list[str]] = ["pages.StoryPage"]
    template = "pages/stories.html"

    class Meta:
        verbose_name = _("list of stories")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the page of stories that the address asks for.

        Raises:
            core.listing.BadQuery: for a page that does not exist.
        """
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        rows = StoryPage.objects.child_of(self).published().select_related("image", "organization")
        number = request.GET.get("page", "1")
        context["stories"] = listing.page_of(rows, number, per_page=ENTRIES_PER_PAGE)
        return context


class ResourceQuerySet(PageQuerySet):
    """Resources, in the domain's words."""

    def published(self) -> Self:
        """What any visitor may read, newest first."""
        rows: Self = self.live().order_by("-published_on", "-pk")
        return rows

    def useful_to(self, audience: str) -> Self:
        """Those written for that audience, or for both."""
        both = ResourcePage.Audience.BOTH
        rows: Self = self.filter(audience__in=(audience, both))
        return rows


class ResourcePage(PublicPage):
    """A white paper or guide for organizations or for companies, with its document."""

    class Audience(models.TextChoices):
        ORGANIZATIONS = "organizations", _("For organizations")
        COMPANIES = "companies", _("For companies")
        BOTH = "both", _("For both")

    published_on = models.DateField(_("date"))
    audience = models.CharField(_("written for"), max_length=13, choices=Audience)
    document = models.ForeignKey(
        "wagtaildocs.Document",
        verbose_name=_("document"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = PageManager.from_queryset(ResourceQuerySet)()

    parent_page_types: ClassVar[list[str]] = ["pages.ResourceIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels: ClassVar[list[object]] = [
        *Page.content_panels,
        FieldPanel("published_on"),
        FieldPanel("audience"),
        FieldPanel("summary"),
        FieldPanel("document"),
        FieldPanel("body"),
    ]
    template = "pages/resource.html"

    class Meta:
        verbose_name = _("resource")

    @property
    def published_words(self) -> str:
        """As in "Dec 8, 2026"."""
        return times.day_with_year(self.published_on)


class ResourceIndexPage(PublicPage):
    """All resources, by whom they are written for."""

    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["pages.HomePage"]
    subpage_types: ClassVar[list[str]] = ["pages.ResourcePage"]
    template = "pages/resources.html"

    class Meta:
        verbose_name = _("list of resources")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the page of resources that the address asks for.

        Raises:
            core.listing.BadQuery: for an audience or a page that does not exist.
        """
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        audience = request.GET.get("audience", "")
        rows = ResourcePage.objects.child_of(self).published().select_related("document")
        if audience:
            if audience not in ResourcePage.Audience.values:
                raise listing.BadQuery(
                    gettext("“audience” must be one of %(known)s.")
                    % {"known": ", ".join(ResourcePage.Audience.values)}
                )
            rows = rows.useful_to(audience)
        number = request.GET.get("page", "1")
        context["resources"] = listing.page_of(rows, number, per_page=ENTRIES_PER_PAGE)
        context["audience"] = audience
        context["audiences"] = [
            choice
            for choice in ResourcePage.Audience.choices
            if choice[0] != ResourcePage.Audience.BOTH
        ]
        return context
