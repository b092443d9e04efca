from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import pages
from tests.factories.companies import CompanyFactory
from tests.factories.events import SeriesFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    root = ET.fromstring(response.content)  # noqa: S314  (our own words)
    return [str(node.text) for node in root.iter(f"{MAP}loc")]


def test_stories_feed_is_atom_with_absolute_addresses(client: Client) -> None:
    story = pages.story("Laptops & more <here>")
    pages.story("A draft", live=False)
    response = client.get("/stories/feed.xml")
    feed = ET.fromstring(response.content)  # noqa: S314
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Laptops & more <here>"]
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"{settings.BASE_URL}{story.url}"
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"


def test_stories_feed_answers_unchanged_until_a_story_is_published(client: Client) -> None:
    pages.story()
    first = client.get("/stories/feed.xml")
    assert "Last-Modified" in first.headers
    since = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/stories/feed.xml", headers=since).status_code == 304
    pages.story("Another")
    assert client.get("/stories/feed.xml", headers=since).status_code == 200


def test_sitemap_lists_everything_public_and_nothing_else(client: Client) -> None:
    organization = OrganizationFactory()
    need = NeedFactory(organization=organization)
    hidden = OrganizationFactory(status="submitted", live=False)
    company = CompanyFactory()
    series = SeriesFactory()
    made_up = SeriesFactory(is_demonstration=True)
    found: list[str] = []
    for part in addresses(client, "/sitemap.xml"):
        assert part.startswith(settings.BASE_URL)
        found += addresses(client, part.removeprefix(settings.BASE_URL))
    public = (organization, need, company, series)
    assert {f"{settings.BASE_URL}{one.get_absolute_url()}" for one in public} < set(found)
    assert f"{settings.BASE_URL}/about/" in found
    assert f"{settings.BASE_URL}/" in found
    for one in (hidden, made_up):
        assert f"{settings.BASE_URL}{one.get_absolute_url()}" not in found


@pytest.mark.parametrize(
    "path", ["/sitemaps/nothing-1.xml", "/sitemaps/needs-9.xml", "/sitemaps/pages-2.xml"]
)
def test_sitemap_has_no_other_parts(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_robots_learn_where_not_to_go(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Disallow: /desk/" in lines
    assert f"Sitemap: {settings.BASE_URL}/sitemap.xml" in lines
