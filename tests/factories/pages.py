"""Published pages for tests, under the pages that the first migration made."""

from datetime import date
from typing import Any

from pages.models import (
    HomePage,
    PublicPage,
    ResourceIndexPage,
    ResourcePage,
    StandardPage,
    StoryIndexPage,
    StoryPage,
)


def home() -> HomePage:
    """The home page."""
    page: HomePage = HomePage.objects.get()
    return page


def publish(page: PublicPage) -> None:
    """Publish the page as it stands, as an editor would."""
    page.save_revision().publish()
    page.refresh_from_db()


def story(title: str = "Ten laptops, thirty students", **values: Any) -> StoryPage:
    """A published story; `live=False` for a draft."""
    values = {"published_on": date(2026, 12, 1), "summary": "A club got its laptops.", **values}
    return _placed(StoryPage(title=title, **values), under=StoryIndexPage.objects.get())


def resource(title: str = "How to ask for laptops", **values: Any) -> ResourcePage:
    """A published resource for organizations; `live=False` for a draft."""
    values = {
        "published_on": date(2026, 12, 1),
        "audience": ResourcePage.Audience.ORGANIZATIONS,
        **values,
    }
    return _placed(ResourcePage(title=title, **values), under=ResourceIndexPage.objects.get())


def plain(title: str = "Code of conduct", **values: Any) -> StandardPage:
    """A published plain page; `live=False` for a draft."""
    return _placed(StandardPage(title=title, **values), under=home())


def _placed[P: PublicPage](page: P, *, under: PublicPage) -> P:
    is_public = page.live
    page.live = False
    under.add_child(instance=page)
    if is_public:
        publish(page)
    return page
