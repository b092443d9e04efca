"""The sign-in library's pages in our look: ours in form and words, and nothing that axe finds."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from tests.e2e import axe
from tests.factories.accounts import UserFactory

ENTRANCES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/inactive/",
]
ROOMS = ["/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.browser
@pytest.mark.parametrize("path", ENTRANCES)
def test_axe_finds_nothing_at_the_entrances(visit: Callable[..., Page], path: str) -> None:
    page = visit("/healthz", viewport={"width": 320, "height": 800})
    heard = axe.complaints(page)
    page.goto(page.url.replace("/healthz", path))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe.violations(page) == []
    assert axe.sideways(page) == []
    assert axe.small_targets(page) == []
    assert heard == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*ENTRANCES, *ROOMS])
def test_each_page_stands_in_our_frame(client: Client, path: str) -> None:
    if path in ROOMS:
        client.force_login(UserFactory())
    response = client.get(path, follow=True)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<h1") == 1
    assert 'class="site-header"' in html
    assert " style=" not in html
    assert "uccessfully" not in html


@pytest.mark.django_db
def test_a_refused_sign_in_starts_with_what_is_wrong(client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "", "password": ""})
    html = response.content.decode()
    assert 'class="errors"' in html
    assert 'href="#id_login"' in html
