"""Dates that move and a place that comes free: a volunteer on a phone, an organizer at a desk."""

import re
from collections.abc import Callable
from datetime import time, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from events.domain import signups
from events.models import Occurrence, SignUp
from organizations.models import Organization, OrganizationMembership
from tests.e2e import axe
from tests.e2e.stage import Stage, account, link_in, next_tuesday
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

TELEPHONE = 390

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def stage(browser: Browser, live_server: LiveServer) -> Stage:
    return Stage(browser, live_server.url)


def test_a_place_comes_free_and_the_dates_move(stage: Stage, work: Callable[[], int]) -> None:
    ana, vi, other = account("Ana Organizer"), account("Vi Volunteer"), account("Other Person")
    organization = OrganizationFactory(name="Second Life Robots (fictional)", status="approved")
    OrganizationMembershipFactory(
        user=ana, organization=organization, role=OrganizationMembership.Role.ADMIN
    )
    with stage.signed_in(ana) as page:
        the_organizer_puts_on_an_evening_for_one(page, organization)
    first, second, third = Occurrence.objects.order_by("starts_at")[:3]
    taken = signups.sign_up(
        occurrence=first, name="Other Person", email="", by=other, now=timezone.now()
    )

    with stage.signed_in(vi, width=TELEPHONE) as page:
        the_volunteer_finds_it_by_zip_and_stands_in_line(page)
        mail.outbox.clear()
        signups.cancel(signup=taken, by=other, now=timezone.now())
        work()
        the_volunteer_takes_the_place_that_came_free(page)
        the_volunteer_subscribes_to_the_own_calendar(page, first)

    with stage.signed_in(ana) as page:
        the_organizer_moves_one_tuesday(page, second)
        the_organizer_changes_it_and_all_that_follow(page, third)
        door = the_organizer_makes_the_code_of_the_door(page, first)
    assert times_of_day() == [time(16, 30), time(18, 0), time(17, 15), time(17, 15)]

    with (
        time_machine.travel(first.starts_at - timedelta(minutes=10), tick=True),
        stage.signed_in(vi, width=TELEPHONE) as page,
    ):
        the_volunteer_checks_in(page, door)
    signup = SignUp.objects.get(user=vi)
    assert (signup.occurrence_id, signup.status) == (first.pk, SignUp.Status.CHECKED_IN)


def times_of_day() -> list[time]:
    """When the first four evenings begin, by the clock where they are."""
    rows = Occurrence.objects.filter(series__status="published").order_by("starts_at")
    return [row.local_start.time() for row in rows[:4]]


def fits(page: Page) -> None:
    """Nothing on the page is cut off, or too small for a finger."""
    assert axe.sideways(page) == []
    assert axe.small_targets(page) == []


def the_organizer_puts_on_an_evening_for_one(page: Page, organization: Organization) -> None:
    page.goto(f"/desk/organizations/{organization.slug}/events/")
    page.get_by_role("link", name="Write a new event").click()
    page.get_by_label("Title", exact=True).fill("Robot night")
    page.get_by_label("First day").fill(next_tuesday().isoformat())
    page.get_by_label("Starts at").fill("16:30")
    page.get_by_label("Repeats").select_option(label="Every week on this day")
    page.get_by_label(re.compile(r"^Place\b")).fill("The lab")
    page.get_by_label("ZIP code").fill("90044")
    page.get_by_label(re.compile("^Area")).select_option(label="South LA")
    page.get_by_label(re.compile("^Places")).fill("1")
    page.get_by_role("button", name="Save the event").click()
    page.get_by_role("button", name="Publish the event").click()
    expect(page.get_by_role("button", name="Publish the event")).to_have_count(0)


def the_volunteer_finds_it_by_zip_and_stands_in_line(page: Page) -> None:
    page.goto("/events/")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Near ZIP code").fill("93534")  # Lancaster: an hour's drive away
    page.get_by_role("button", name="Show results").click()
    expect(page.get_by_role("link", name="Robot night")).to_have_count(0)
    page.goto("/events/")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Near ZIP code").fill("90003")  # the next ZIP code
    page.get_by_role("button", name="Show results").click()
    expect(page.get_by_role("link", name="Robot night").first).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Robot night").first.click()
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("You are on the waiting list").first).to_be_visible()
    fits(page)


def the_volunteer_takes_the_place_that_came_free(page: Page) -> None:
    (message,) = (sent for sent in mail.outbox if sent.to == ["vi@example.org"])
    page.goto(link_in(message, "/waiting/"))
    fits(page)
    page.get_by_role("button", name="Take the place").click()
    expect(page.get_by_text("Confirmed").first).to_be_visible()


def the_volunteer_subscribes_to_the_own_calendar(page: Page, first: Occurrence) -> None:
    page.goto("/me/calendar/")
    page.get_by_role("button", name="Make my private link").click()
    fits(page)
    address = page.get_by_role("link", name=re.compile("Apple|Outlook|webcal", re.IGNORECASE)).first
    link = str(address.get_attribute("href"))
    assert link.startswith("webcal://")
    answer = page.request.get(re.sub("^webcal://[^/]+", "", link))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert f"DTSTART;TZID=America/Los_Angeles:{first.local_start:%Y%m%dT%H%M%S}" in answer.text()
    assert "SUMMARY:Robot night" in answer.text()


def roster_of(page: Page, occurrence: Occurrence) -> None:
    slug, start = occurrence.series.slug, occurrence.address_start
    organization = occurrence.series.organization
    assert organization is not None
    page.goto(f"/desk/organizations/{organization.slug}/events/{slug}/{start}/")


def the_organizer_moves_one_tuesday(page: Page, second: Occurrence) -> None:
    roster_of(page, second)
    page.get_by_role("link", name="Move this date").click()
    page.get_by_label("Starts at").fill("18:00")
    page.get_by_role("button", name="Show what this does").click()
    expect(page.get_by_text(re.compile("From .*4:30.* to .*6:00"))).to_be_visible()
    assert times_of_day()[1] == time(16, 30)  # shown, and nothing done yet
    page.get_by_role("button", name="Move this date").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def the_organizer_changes_it_and_all_that_follow(page: Page, third: Occurrence) -> None:
    roster_of(page, third)
    page.get_by_role("link", name="Change this and following").click()
    page.get_by_label("Starts at").fill("17:15")
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_text(re.compile(r"\d+ dates move"))).to_be_visible()
    assert times_of_day()[2] == time(16, 30)
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("button", name="Do it")).to_have_count(0)


def the_organizer_makes_the_code_of_the_door(page: Page, first: Occurrence) -> str:
    roster_of(page, first)
    page.get_by_role("button", name="Make the QR code").click()
    link = page.locator("a.typed")
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def the_volunteer_checks_in(page: Page, door: str) -> None:
    page.goto(re.sub("^https?://[^/]+", "", door))
    fits(page)
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_text(re.compile("Vi Volunteer is checked in since 4:2"))).to_be_visible()
    fits(page)
