import gzip
import itertools

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from core import versions
from core.shared_pages import SharedPagesFirst, shared_page
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory

pytestmark = pytest.mark.django_db

COUNT = itertools.count(1)


@shared_page("needs")
def page(request: HttpRequest) -> HttpResponse:
    """Say how often it was rendered."""
    status = int(request.GET.get("status", "200"))
    return HttpResponse(f"rendered {next(COUNT)}", status=status)


def get(path: str = "/", method: str = "GET", **headers: str) -> HttpResponse:
    return page(RequestFactory().generic(method, path, headers=headers))


def test_a_page_is_rendered_once_until_its_version_rises() -> None:
    first, second = get(), get()
    versions.bump("events")
    third = get()
    versions.bump("needs")
    fourth = get()

    assert first.content == second.content == third.content != fourth.content
    assert first["ETag"] == third["ETag"] != fourth["ETag"]
    assert first["Cache-Control"] == "public, no-cache"


def test_who_has_the_current_version_gets_304_and_no_body() -> None:
    etag = get()["ETag"]

    same = get(**{"If-None-Match": etag})
    versions.bump("needs")
    changed = get(**{"If-None-Match": etag})

    assert (same.status_code, same.content) == (304, b"")
    assert same["ETag"] == etag
    assert changed.status_code == 200


def test_each_address_and_each_fragment_is_kept_apart() -> None:
    etags = {get()["ETag"], get("/?page=2")["ETag"], get(**{"HX-Request": "true"})["ETag"]}

    assert len(etags) == 3


@pytest.mark.parametrize("status", [404, 400, 302, 500])
def test_only_good_answers_are_kept(status: int) -> None:
    first, second = get(f"/?status={status}"), get(f"/?status={status}")

    assert first.status_code == status
    assert (first.content != second.content, "ETag" in first.headers) == (True, False)


def test_head_is_answered_like_get_and_post_is_passed_on() -> None:
    etag = get()["ETag"]

    assert get(method="HEAD")["ETag"] == etag
    first, second = get(method="POST"), get(method="POST")
    assert first.content != second.content


@pytest.mark.parametrize("words", ["private", "no-store", "public, max-age=60"])
def test_an_answer_with_words_of_its_own_on_keeping_is_not_kept(words: str) -> None:
    @shared_page("needs")
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"rendered {next(COUNT)}", headers={"Cache-Control": words})

    first, second = (view(RequestFactory().get("/own-words")) for _ in range(2))

    assert first.content != second.content
    assert (second["Cache-Control"], "ETag" in second.headers) == (words, False)


@pytest.mark.parametrize(
    ("accepts", "packs"),
    [("gzip, br", True), ("br", False), ("", False), ("gzip;q=0", False), ("gzip; q=0.5", False)],
)
def test_a_kept_page_is_packed_for_who_can_unpack_it(accepts: str, packs: bool) -> None:
    path = f"/packed?{accepts}"
    plain, *kept = (get(path, **{"Accept-Encoding": accepts}) for _ in range(3))

    assert "Content-Encoding" not in plain.headers
    for again in kept:
        assert again.headers.get("Content-Encoding") == ("gzip" if packs else None)
        assert (gzip.decompress(again.content) if packs else again.content) == plain.content
        assert (again["ETag"], again["Content-Type"]) == (plain["ETag"], plain["Content-Type"])
        assert again["Vary"] == "HX-Request, Accept-Encoding"


def test_who_packs_for_itself_still_finds_its_version() -> None:
    strong = get()["ETag"].removeprefix("W/")

    assert get(**{"If-None-Match": f'"other", {strong}'}).status_code == 304


def test_a_page_known_by_now_is_answered_before_the_visitor_is_looked_up(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(UserFactory())
    first = client.get("/organizations/")
    with django_assert_num_queries(1):  # the versions: no session, no account
        again = client.get("/organizations/")
    with django_assert_num_queries(1):
        unchanged = client.get("/organizations/", headers={"If-None-Match": first["ETag"]})

    assert (again.content, unchanged.status_code) == (first.content, 304)
    # What guards every answer guards these.
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"):
        assert again.headers[name] == first.headers[name]
    assert client.get("/organizations/", headers={"host": "elsewhere.example"}).status_code == 400
    assert client.post("/organizations/").status_code == 405


def test_a_page_known_by_now_shows_a_change_at_once(client: Client) -> None:
    organization = OrganizationFactory()
    path = organization.get_absolute_url()
    shown = [client.get(path).status_code for _ in range(2)]
    organization.delete()
    versions.bump("organizations")

    assert (shown, client.get(path).status_code) == ([200, 200], 404)


def test_a_page_with_a_policy_of_its_own_keeps_it_however_often_it_is_asked(client: Client) -> None:
    path = f"{OrganizationFactory().get_absolute_url()}events/embed/"
    answers = [client.get(path) for _ in range(3)]

    assert {"frame-ancestors *" in answer["Content-Security-Policy"] for answer in answers} == {
        True
    }
    assert {"X-Frame-Options" in answer.headers for answer in answers} == {False}


def test_no_more_addresses_are_known_than_memory_is_set_aside_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SharedPagesFirst, "MOST", 3)
    first = SharedPagesFirst(page)
    for number in range(10):
        first(RequestFactory().get(f"/{number}"))

    assert len(first._known) == 1
