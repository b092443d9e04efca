from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from core import search
from tests.factories import pages

pytestmark = pytest.mark.django_db


def fill(number: int) -> None:
    for n in range(number):
        search.index("need", f"n{n}", title=f"Laptops {n}", body="For a club.", url=f"/needs/n{n}/")


def test_search_finds_published_pages_by_title_and_body(client: Client) -> None:
    page = pages.plain("Code of conduct", summary="Kindness before cleverness.")
    for words in ("conduct", "cleverness"):
        html = client.get("/search/", {"q": words}).content.decode()
        assert f'href="{page.url}"' in html


def test_search_forgets_pages_that_are_unpublished_or_deleted(client: Client) -> None:
    page = pages.plain(summary="Kindness before cleverness.")
    page.unpublish()
    assert search.counts("cleverness") == {}
    pages.publish(page)
    assert search.counts("cleverness") == {"page": 1}
    page.delete()
    assert search.counts("cleverness") == {}


def test_search_never_finds_a_draft_or_unpublished_changes() -> None:
    pages.plain(summary="Kindness before cleverness.", live=False)
    assert search.counts("cleverness") == {}
    page = pages.story()
    page.summary = "Nobody has seen this sentence."
    page.save_revision()
    assert search.counts("sentence") == {}


def test_search_follows_a_page_to_its_new_address(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    page = pages.plain(summary="Kindness before cleverness.")
    child = page.add_child(instance=type(page)(title="Reports", summary="How to write to us."))
    pages.publish(child)
    page.slug = "conduct-of-all"
    with django_capture_on_commit_callbacks(execute=True):
        pages.publish(page)
    urls = {row.title: row.url for row in search.results("kindness")} | {
        row.title: row.url for row in search.results("write")
    }
    assert urls["Code of conduct"] == "/conduct-of-all/"
    assert urls["Reports"] == "/conduct-of-all/reports/"


@pytest.mark.parametrize(
    "text",
    ["", " ", '"', "(", "AND", "NEAR(", "a*", "\x00", "'; DROP TABLE", "%", "\\", "é" * 5000],
)
def test_search_takes_any_text(client: Client, text: str) -> None:
    assert client.get("/search/", {"q": text}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=nonsense", 400),
        ("page=0", 400),
        ("page=x", 400),
        ("page=%C2%B2", 400),
        ("q=laptops&page=2", 404),
    ],
)
def test_search_refuses_a_kind_or_page_that_does_not_exist(
    client: Client, query: str, status: int
) -> None:
    assert client.get(f"/search/?{query}").status_code == status


def test_search_marks_words_and_escapes_the_rest(client: Client) -> None:
    search.index(
        "need",
        "x",
        title="<script>alert(1)</script> laptops",
        body="Ten <b>laptops</b> & a cart",
        url="/needs/x/",
    )
    html = client.get("/search/", {"q": "laptop <script>"}).content.decode()
    assert "<script>alert" not in html
    assert "<mark>laptops</mark>" in html
    assert "&lt;b&gt;<mark>laptops</mark>&lt;/b&gt; &amp; a cart" in html


def test_search_counts_each_kind_in_tabs(client: Client) -> None:
    fill(2)
    pages.plain("Laptops for zeppelins")
    html = unescape(client.get("/search/", {"q": "laptops zeppelins"}).content.decode())
    assert 'Needs <span class="muted">' not in html
    assert 'Pages <span class="muted">1</span>' in html
    html = unescape(client.get("/search/", {"q": "laptops"}).content.decode())
    assert 'Needs <span class="muted">2</span>' in html
    only = client.get("/search/", {"q": "laptops", "kind": "page"}).content.decode()
    assert "/needs/n0/" not in only


def test_search_pages_through_many(client: Client) -> None:
    fill(45)
    first = client.get("/search/", {"q": "laptops"}).content.decode()
    third = client.get("/search/", {"q": "laptops", "page": "3"}).content.decode()
    assert first.count("/needs/n") == 20
    assert third.count("/needs/n") == 5


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_search_asks_the_database_the_same_number_of_times(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    fill(rows)
    client.get("/search/", {"q": "warm the navigation"})
    with django_assert_num_queries(3):
        client.get("/search/", {"q": "laptops"})


def test_search_answers_htmx_with_the_results_only(client: Client) -> None:
    fill(1)
    response = client.get(
        "/search/", {"q": "laptops"}, headers={"HX-Request": "true", "HX-Target": "results"}
    )
    html = response.content.decode()
    assert "<html" not in html
    assert "/needs/n0/" in html
    assert "HX-Target" in response.headers["Vary"]
