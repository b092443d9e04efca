"""The links of the header and the footer."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

from pages.models import NavigationItem


@dataclass(frozen=True)
class Link:
    """One link, ready to be drawn."""

    label: str
    url: str

    def leads_to(self, path: str) -> bool:
        """Whether somebody on that path is within what the link leads to."""
        return self.url == path or (self.url != "/" and path.startswith(self.url))


@dataclass(frozen=True)
class Menu:
    """The links of one group, under the group's name."""

    slug: str
    title: str
    links: tuple[Link, ...]


def menus() -> dict[str, Menu]:
    """Every group with its links, in the reader's language; links to unpublished pages left out."""
    links: dict[str, list[Link]] = {group: [] for group in NavigationItem.Group}
    for item in NavigationItem.objects.select_related("page"):
        if item.page is not None and not item.page.live:
            continue
        url = item.page.url if item.page is not None else item.address
        if url:
            links[item.group].append(Link(gettext(item.label), url))
    return {group: Menu(group, _TITLES[group](), tuple(found)) for group, found in links.items()}


_TITLES: dict[str, Callable[[], str]] = {
    NavigationItem.Group.HEADER: lambda: gettext("Main"),
    NavigationItem.Group.FOOTER_HELP: lambda: gettext("Take part"),
    NavigationItem.Group.FOOTER_LEARN: lambda: gettext("Read on"),
    NavigationItem.Group.FOOTER_SITE: lambda: gettext("This site"),
}
