"""The door in a real browser: forms are taken though no other site hears of the page."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core import times
from events import permissions
from events.models import DoorCode
from tests.e2e import axe
from tests.factories.events import DoorCodeFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def door() -> DoorCode:
    """That of a date that goes on right now."""
    start = times.local_of(timezone.now() - timedelta(minutes=30), "America/Los_Angeles")
    made: DoorCode = DoorCodeFactory(
        occurrence__series__organization=OrganizationMembershipFactory().organization,
        occurrence__series__local_start=start.replace(second=0, microsecond=0),
    )
    SignUpFactory(occurrence=made.occurrence, name="Ana Ruiz", email="ana@example.com")
    return made


def wrong_with(page: Page) -> list[str]:
    found: list[str] = []
    page.emulate_media(color_scheme="light")
    found += axe.violations(page)
    page.emulate_media(color_scheme="dark")
    found += axe.violations(page)
    return found + axe.sideways(page) + axe.small_targets(page)


def test_a_guest_checks_in_by_the_address(page: Page, door: DoorCode) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{door.get_absolute_url()}")
    assert wrong_with(page) == []
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_role("alert")).to_contain_text("We found no sign-up")
    page.get_by_label("E-mail address").fill("ana@example.com")
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_role("status").first).to_contain_text("You are checked in")


def test_a_tablet_becomes_the_kiosk_and_finds_names_as_they_are_typed(
    page: Page, door: DoorCode
) -> None:
    heard = axe.complaints(page)
    organization = door.occurrence.series.organization
    assert organization is not None
    token = permissions.kiosk_start_token(door, organization.memberships.get().user)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{door.get_absolute_url()}kiosk/start/{token}/")
    assert wrong_with(page) == []
    page.get_by_role("button", name="Start the kiosk").click()
    page.get_by_role("searchbox").press_sequentially("rui")
    expect(page.get_by_role("link", name="Ana R.")).to_be_visible()
    assert wrong_with(page) == []
    page.get_by_role("link", name="Ana R.").click()
    assert wrong_with(page) == []
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_role("status").first).to_contain_text("You are checked in")
    assert wrong_with(page) == []
    # And back to the start by itself, with nobody's name on it.
    expect(page.get_by_role("searchbox")).to_be_empty(timeout=15_000)
    assert page.get_by_role("link", name="Ana R.").count() == 0
    assert heard == []
