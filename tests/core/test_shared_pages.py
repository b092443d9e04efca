import itertools

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core import versions
from core.shared_pages import shared_page

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
