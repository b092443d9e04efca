"""Every page of the CMS that a link leads to, as superusers and moderators see it."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db

#: Links of each kind that are followed: pages of the same kind differ in what they hold.
OF_EACH_KIND = 2
LINK = re.compile(r'href="(/cms/[^"#]*)"')
#: The first signs out, and the second is completed by a script with the rows that were ticked.
NOT_FOLLOWED = ("/cms/logout/", "/cms/bulk/")


def _links(page: str) -> Iterator[str]:
    return (unescape(link) for link in LINK.findall(page))


def _kind(path: str) -> str:
    """The path without what tells one row, one page of a list, or one choice from the other."""
    return re.sub(r"\d+|=[^&]*", "0", path)


def _broken(client: Client) -> tuple[dict[str, int], int]:
    """What answers with neither a page nor a way to one, by path; and how many were asked."""
    open_, seen, kinds = ["/cms/"], {"/cms/"}, dict[str, int]()
    broken = {}
    client.raise_request_exception = False
    while open_:
        path = open_.pop()
        answer = client.get(path)
        if answer.status_code not in {200, 302}:
            broken[path] = answer.status_code
        if answer.streaming or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for link in _links(answer.content.decode()):
            kind = _kind(link)
            if link in seen or link.startswith(NOT_FOLLOWED) or kinds.get(kind, 0) >= OF_EACH_KIND:
                continue
            seen.add(link)
            kinds[kind] = kinds.get(kind, 0) + 1
            open_.append(link)
    return broken, len(seen)


def test_every_link_of_the_cms_leads_to_a_page(admin_client: Client) -> None:
    call_command("demo", verbosity=0)

    broken, asked = _broken(admin_client)

    assert broken == {}
    assert asked > 50
