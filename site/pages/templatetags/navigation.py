"""The links that every page's frame shows."""

from typing import Any

from django import template
from django.db import DatabaseError

from core.shared_pages import kept
from pages.domain.menus import Link, Menu, menus
from pages.models import NavigationItem

register = template.Library()

Group = NavigationItem.Group


def _menus(context: dict[str, Any]) -> dict[str, Menu]:
    request = context.get("request")
    try:
        return kept(request, "menus", menus, "site") if request else {}
    except DatabaseError:
        # The page that says that something broke has this frame too.
        return {}


@register.simple_tag(takes_context=True)
def main_navigation(context: dict[str, Any]) -> tuple[tuple[Link, bool], ...]:
    """The header's links, each with whether the reader is within it."""
    menu = _menus(context).get(Group.HEADER)
    path = getattr(context.get("request"), "path", "")
    return tuple((link, link.leads_to(path)) for link in menu.links) if menu else ()


@register.simple_tag(takes_context=True)
def footer_navigation(context: dict[str, Any]) -> tuple[Menu, ...]:
    """The footer's groups that have links."""
    found = _menus(context)
    groups = (Group.FOOTER_HELP, Group.FOOTER_LEARN, Group.FOOTER_SITE)
    return tuple(found[group] for group in groups if group in found and found[group].links)
