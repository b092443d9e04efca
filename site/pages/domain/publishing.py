"""What follows from publishing: the page is found by search, and every kept copy is let go."""

from django.db import transaction
from wagtail.models import Page

from core import search, versions
from pages.models import HomePage, PublicPage

#: The kind under which `core.search` keeps pages.
SEARCH_KIND = "page"


def published(*, page: Page) -> None:
    """A page, or a new edition of it, is public from now on."""
    with transaction.atomic():
        _make_findable(page.specific)
        # A title or an address may stand in the navigation of every page.
        versions.bump("pages", "site")


def unpublished(*, page: Page) -> None:
    """A page is no longer public, or no longer there."""
    with transaction.atomic():
        search.remove(SEARCH_KIND, str(page.pk))
        versions.bump("pages", "site")


def readdressed(*, page: Page) -> None:
    """A page has a new address, and so have those under it."""
    with transaction.atomic():
        for one in page.get_descendants(inclusive=True).live().specific():
            _make_findable(one)
        versions.bump("pages", "site")


def links_changed() -> None:
    """The navigation, which is on every page, has other links."""
    versions.bump("pages", "site")


def files_changed() -> None:
    """A picture or a document that pages may show is another, or gone."""
    versions.bump("pages")


def _make_findable(page: Page) -> None:
    # The home page is where everybody starts: nobody needs to find it.
    if isinstance(page, PublicPage) and not isinstance(page, HomePage):
        slug = str(page.pk)
        search.index(SEARCH_KIND, slug, title=page.title, body=page.words, url=page.url or "/")
