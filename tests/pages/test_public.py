import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from wagtail.images.models import Image
from wagtail.images.tests.utils import get_test_image_file
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from accounts.models import User
from organizations.domain import needs
from organizations.models import Organization
from pages.models import (
    HomePage,
    ResourceIndexPage,
    ResourcePage,
    StandardPage,
    StoryIndexPage,
    StoryPage,
)
from tests.factories import pages
from tests.factories.accounts import UserFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator() -> User:
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Moderators"))
    return user


@pytest.fixture
def cms(moderator: User) -> Client:
    client = Client()
    client.force_login(moderator)
    return client


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("model", "parent", "fields"),
    [
        (StandardPage, HomePage, {}),
        (StoryPage, StoryIndexPage, {"published_on": "2026-12-01"}),
        (
            ResourcePage,
            ResourceIndexPage,
            {"published_on": "2026-12-01", "audience": "companies"},
        ),
    ],
)
def test_page_is_written_and_published_through_the_cms(
    cms: Client, client: Client, model: Any, parent: Any, fields: dict[str, str]
) -> None:
    index = parent.objects.get()
    blocks = [
        ("text", rich_text("<p>Words of an editor.</p>")),
        ("quote", {"words": "We asked in March.", "speaker": ""}),
        ("action", {"label": "See needs", "page": "", "address": "/needs/"}),
        ("number", {"figure": "open_needs"}),
    ]
    data = nested_form_data(
        {
            "title": "A new page",
            "slug": "a-new-page",
            "summary": "What it is about.",
            "body": streamfield(blocks),
            "action-publish": "publish",
            **fields,
        }
    )
    address = f"/cms/pages/add/pages/{model._meta.model_name}/{index.pk}/"
    assert cms.get(address).status_code == 200
    assert cms.post(address, data).status_code == 302
    page = model.objects.get(slug="a-new-page")
    html = text(client, page.url)
    assert "Words of an editor." in html
    assert "We asked in March." in html
    assert '<a class="button" href="/needs/">See needs</a>' in html
    assert "Open needs" in html


def test_home_is_edited_through_the_cms(cms: Client, client: Client) -> None:
    home = pages.home()
    before = client.get("/")
    data = nested_form_data(
        {
            "title": home.title,
            "slug": home.slug,
            "sentence": "Laptops where they are learned with.",
            "summary": "",
            "body": streamfield([]),
            "action-publish": "publish",
        }
    )
    assert cms.get(f"/cms/pages/{home.pk}/edit/").status_code == 200
    assert cms.post(f"/cms/pages/{home.pk}/edit/", data).status_code == 302
    after = client.get("/", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "Laptops where they are learned with." in after.content.decode()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//elsewhere.example/", "http://plain.example/", "/a b/", ""]
)
def test_a_button_that_leads_nowhere_safe_is_refused(cms: Client, address: str) -> None:
    index = pages.home()
    data = nested_form_data(
        {
            "title": "A new page",
            "slug": "a-new-page",
            "summary": "",
            "body": streamfield([("action", {"label": "Go", "page": "", "address": address})]),
            "action-publish": "publish",
        }
    )
    assert cms.post(f"/cms/pages/add/pages/standardpage/{index.pk}/", data).status_code == 200
    assert not StandardPage.objects.filter(slug="a-new-page").exists()


@pytest.mark.parametrize(
    "block", ["text", "picture", "quote", "action", "needs", "events", "number"]
)
def test_every_block_previews_itself_in_the_cms(cms: Client, block: str) -> None:
    NeedFactory()
    definition = dict(StandardPage._meta.get_field("body").stream_block.child_blocks)[block]
    assert definition.is_previewable
    response = cms.get("/cms/block-preview/", {"id": definition.definition_prefix})
    assert response.status_code == 200


def test_a_draft_is_not_public(client: Client) -> None:
    page = pages.plain("Not yet", live=False)
    assert client.get(f"/{page.slug}/").status_code == 404
    pages.publish(page)
    assert client.get(f"/{page.slug}/").status_code == 200
    page.unpublish()
    assert client.get(f"/{page.slug}/").status_code == 404


def test_home_answers_unchanged_until_a_need_changes(
    client: Client, moderator: User, now: datetime
) -> None:
    need = NeedFactory(title="Twenty laptops for a club")
    with time_machine.travel(now, tick=False):
        first = client.get("/")
        assert "Twenty laptops for a club" in first.content.decode()
        etag = first.headers["ETag"]
        assert client.get("/", headers={"If-None-Match": etag}).status_code == 304
        needs.pause(need=need, by=moderator, now=now)
        changed = client.get("/", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert "Twenty laptops for a club" not in changed.content.decode()


def test_home_costs_one_query_unchanged_and_none_more_with_many_needs(
    client: Client,
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    NeedFactory(areas=["south-la"])
    with time_machine.travel(now, tick=False):
        etag = client.get("/").headers["ETag"]
        with django_assert_num_queries(1):
            client.get("/", headers={"If-None-Match": etag})
        with django_assert_num_queries(1):
            client.get("/")
        with django_assert_max_num_queries(20) as few:
            client.get("/?fresh=1")
        for _ in range(8):
            NeedFactory(areas=["south-la"])
        with django_assert_num_queries(len(few)):
            client.get("/?fresh=2")


def test_home_shows_live_numbers_with_the_years_part(client: Client, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        OrganizationFactory(first_published_at=now)
        OrganizationFactory(first_published_at=datetime(2025, 6, 1, tzinfo=UTC))
        OrganizationFactory(status=Organization.Status.SUBMITTED)
        html = re.sub(r"\s+", " ", text(client, "/"))
    assert "<span>Organizations</span> <strong>2</strong> <small>+1 this year</small>" in html


def test_home_leaves_no_trace_on_a_visitor(client: Client) -> None:
    response = client.get("/")
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "HX-Request" in response.headers["Vary"]


def test_home_is_the_same_for_everybody(client: Client, cms: Client, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        assert client.get("/").content == cms.get("/").content


def test_home_says_who_it_is_to_search_engines(client: Client) -> None:
    html = text(client, "/")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    kinds = [one["@type"] for one in json.loads(found[1])["@graph"]]
    assert kinds == ["Organization", "WebSite"]


def test_pages_take_no_post(client: Client) -> None:
    assert client.post("/").status_code == 405


@pytest.mark.parametrize("path", ["/about/", "/privacy/", "/accessibility/"])
def test_plain_pages_are_there_from_the_first_day(client: Client, path: str) -> None:
    assert "<h1>" in text(client, path)


def test_need_block_follows_the_marketplace(client: Client) -> None:
    chosen = NeedFactory(title="Chosen need")
    other = NeedFactory(title="Other need", kind="funding", areas=["south-la"])
    values = {"heading": "Now", "chosen": [], "area": "", "kind": "", "most": 3}
    cases = [
        ({**values, "chosen": [chosen.pk]}, {"Chosen need"}),
        ({**values, "kind": "funding"}, {"Other need"}),
        ({**values, "area": "south-la"}, {"Other need"}),
        (values, {"Chosen need", "Other need"}),
        ({**values, "area": "westside"}, set()),
    ]
    page = pages.plain()
    for value, expected in cases:
        page.body = json.dumps([{"type": "needs", "value": value, "id": "x"}])
        pages.publish(page)
        html = text(client, page.url)
        assert {title for title in ("Chosen need", "Other need") if title in html} == expected
    assert other.title not in text(client, page.url)


def test_spotlight_is_the_chosen_story_while_it_is_published() -> None:
    assert pages.home().story is None
    home = pages.home()
    older = pages.story("Older", published_on=date(2026, 1, 1))
    newer = pages.story("Newer", published_on=date(2026, 2, 1))
    assert home.story == newer
    home.spotlight = older
    assert home.story == older
    older.unpublish()
    assert home.story == newer


@pytest.mark.parametrize("stories", [1, 3, 13])
def test_a_page_of_stories_has_twelve(client: Client, stories: int) -> None:
    for number in range(stories):
        pages.story(f"Story {number}")
    html = text(client, "/stories/")
    assert html.count('class="card-title"') == min(stories, 12)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stories/?page=2", 404),
        ("/stories/?page=zero", 400),
        ("/resources/?audience=everyone", 400),
        ("/resources/?page=9", 404),
        ("/resources/?audience=companies", 200),
    ],
)
def test_lists_refuse_what_does_not_exist(client: Client, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_resources_are_listed_by_whom_they_are_for(client: Client) -> None:
    pages.resource("For clubs")
    pages.resource("For firms", audience="companies")
    pages.resource("For all", audience="both")
    html = text(client, "/resources/?audience=companies")
    assert [title in html for title in ("For clubs", "For firms", "For all")] == [
        False,
        True,
        True,
    ]


# Wagtail's imaging leaves a temporary file to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_story_says_what_its_picture_shows(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    image = Image.objects.create(title="Room", file=get_test_image_file())
    story = pages.story(image=image, image_alt="Students around a table")
    assert 'alt="Students around a table"' in text(client, story.url)


def test_a_demonstration_story_says_so(client: Client) -> None:
    story = pages.story(is_demonstration=True)
    assert "Demonstration" in text(client, story.url)
