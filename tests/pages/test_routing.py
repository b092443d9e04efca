"""Which page lies at an address is kept, and never longer than it lies there."""

import pytest
from django.test import Client
from wagtail.models import Page, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def about(client: Client) -> Page:
    """A page whose way is known to every cache."""
    assert client.get("/about/").status_code == 200
    return Page.objects.get(slug="about").specific


def test_a_page_that_moved_is_found_at_its_new_address_only(client: Client, about: Page) -> None:
    about.slug = "who-we-are"
    about.save_revision().publish()

    assert client.get("/about/").status_code in {301, 404}
    assert client.get("/who-we-are/").status_code == 200


def test_a_page_that_is_taken_back_is_gone_at_once(client: Client, about: Page) -> None:
    about.unpublish()

    assert client.get("/about/").status_code == 404


def test_a_page_that_is_deleted_is_gone_at_once(client: Client, about: Page) -> None:
    about.delete()

    assert client.get("/about/").status_code == 404


def test_another_root_for_the_site_is_another_home_page(client: Client, about: Page) -> None:
    first = client.get("/").content

    site = Site.objects.get(is_default_site=True)
    site.root_page = about
    site.save()

    assert client.get("/").content != first
