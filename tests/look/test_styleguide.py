"""Every component in a real browser: both themes, narrow and wide, nothing that axe finds."""

import functools
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings

from core.styleguide import ICONS, SWATCHES
from tests.e2e import axe

# The browser's requests come from a thread of their own, which sees only what is committed.
served = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.django_db
def test_it_shows_every_component_while_developing(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    response = client.get("/styleguide/")
    assert response.status_code == 200
    html = response.content.decode()
    assert [name for name in ICONS if f"icon-{name}" not in html] == []
    assert [name for name in SWATCHES if f"swatch-{name}" not in html] == []


@pytest.mark.django_db
def test_it_does_not_exist_for_visitors(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client: Client, settings: Settings, method: str) -> None:
    settings.DEBUG = True
    assert getattr(client, method)("/styleguide/").status_code == 405


@pytest.fixture
def styleguide(visit: Callable[..., Page], settings: Settings) -> Callable[..., Page]:
    """Open the styleguide, as while developing."""
    settings.DEBUG = True
    return functools.partial(visit, "/styleguide/")


WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 800}


@served
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(styleguide: Callable[..., Page], scheme: str, width: int) -> None:
    page = styleguide(color_scheme=scheme, viewport={"width": width, "height": 800})
    heard = axe.complaints(page)
    page.reload()
    assert axe.violations(page) == []
    assert axe.sideways(page) == []
    assert axe.small_targets(page) == []
    assert heard == []


@served
@pytest.mark.browser
def test_the_theme_is_the_readers_choice_and_remembered(styleguide: Callable[..., Page]) -> None:
    page = styleguide(color_scheme="light", viewport=WIDE)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Change to the dark theme").click()
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate(ground) != light
    assert axe.violations(page) == []
    page.get_by_role("button", name="Change to the light theme").click()
    assert page.evaluate(ground) == light


@served
@pytest.mark.browser
def test_a_menu_closes_on_escape_and_gives_the_focus_back(styleguide: Callable[..., Page]) -> None:
    page = styleguide(viewport=WIDE)
    page.locator("details.menu > summary").click()
    page.get_by_role("link", name="Outlook").focus()
    page.keyboard.press("Escape")
    assert page.locator("details.menu").get_attribute("open") is None
    assert page.evaluate("document.activeElement.matches('details.menu > summary')") is True


@served
@pytest.mark.browser
def test_navigation_and_filters_open_without_script(styleguide: Callable[..., Page]) -> None:
    page = styleguide(java_script_enabled=False, viewport=PHONE)
    directory = page.locator("#site-nav").get_by_role("link", name="Organizations", exact=True)
    assert not directory.is_visible()
    page.get_by_role("button", name="Menu", exact=True).click()
    directory.wait_for(state="visible")
    page.get_by_role("button", name="Close the menu").click()
    directory.wait_for(state="hidden")
    page.get_by_role("button", name="Filters", exact=True).click()
    assert page.locator("#sample-rail").get_by_label("East LA").is_visible()


@served
@pytest.mark.browser
def test_the_first_stop_of_the_keyboard_skips_to_the_content(visit: Callable[..., Page]) -> None:
    page = visit("/accounts/login/", viewport=WIDE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@served
@pytest.mark.browser
def test_a_refused_form_takes_the_focus_to_its_errors(styleguide: Callable[..., Page]) -> None:
    page = styleguide(viewport=WIDE)
    page.wait_for_function("document.activeElement.className === 'errors'")
    page.get_by_role("link", name="E-mail: Enter a valid email address.").click()
    assert page.evaluate("document.activeElement.id") == "id_email"


@served
@pytest.mark.browser
def test_on_paper_the_frame_is_gone(styleguide: Callable[..., Page]) -> None:
    page = styleguide(viewport=WIDE)
    page.emulate_media(media="print")
    assert not page.locator(".site-header").is_visible()
    assert not page.locator(".site-footer").is_visible()
    assert page.get_by_role("table", name="Hours that wait for you").is_visible()
