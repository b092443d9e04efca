"""The main job, played by the people it is for, in a real browser with real forms.

An organization joins and asks for laptops; a moderator lets it in; a company pledges and
delivers, and the bar moves; the organization puts on a weekly event; a volunteer signs up with a
name and an address; hours are logged and approved; Monday's digest tells its readers.
The pictures that the README shows are taken on the way.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import MembershipState
from companies.models import CompanyMembership
from newsletter.models import Cadence, Digest, Subscriber
from organizations.models import Need, Organization
from tests.e2e.stage import Stage, account, link_in, next_tuesday
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: A person takes longer than this to say what their organization does.
MISSION = (
    "We teach children in South Los Angeles to build robots from what others throw away, "
    "and to explain to their parents how they did it."
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def stage(browser: Browser, live_server: LiveServer) -> Stage:
    return Stage(browser, live_server.url)


def picture(page: Page, name: str, *, full: bool = False) -> None:
    """Take a picture for the README once everything on the page has loaded."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=full)


def test_the_story_from_a_submission_to_the_digest(stage: Stage, work: Callable[[], int]) -> None:
    ana = account("Ana Organizer")
    mo = account("Mo Moderator", is_staff=True)
    mo.groups.add(Group.objects.get(name="Moderators"))
    cy = account("Cy Lead")
    vi = account("Vi Volunteer")
    company = CompanyFactory(name="Paper Lantern Software (fictional)", live=True)
    CompanyMembershipFactory(
        user=cy,
        company=company,
        role=CompanyMembership.Role.CSR_LEAD,
        state=MembershipState.ACTIVE,
    )

    with stage.signed_in(ana) as page:
        an_organization_joins(page)
    organization = Organization.objects.get(name="Second Life Robots (fictional)")
    with stage.signed_in(mo) as page:
        a_moderator_lets_it_in(page, organization)
    need = Need.objects.get(organization=organization)

    with stage.signed_in(cy) as page:
        a_company_pledges(page, need)
    with stage.signed_in(ana) as page:
        the_organization_accepts(page, organization)
    with stage.signed_in(cy) as page:
        the_company_delivers(page, need)
    with stage.signed_in(ana) as page:
        the_organization_confirms(page, organization)
    need.refresh_from_db()
    assert (need.quantity_met, need.quantity_wanted, need.status) == (12, 20, "partly_met")

    with stage.signed_in(ana) as page:
        the_organization_puts_on_an_event(page, organization)
    work()
    mail.outbox.clear()
    with stage.window() as page:
        a_volunteer_signs_up(page, work)

    with stage.signed_in(vi) as page:
        a_volunteer_logs_hours(page, organization)
    with stage.signed_in(ana) as page:
        the_organization_approves_them(page, organization)

    with stage.window() as page:
        a_reader_subscribes(page, work)
    the_digest_goes_out()
    with stage.window() as page:
        everybody_reads_it(page, need)
    with stage.window(width=390, theme="dark") as page:
        page.goto(need.get_absolute_url())
        picture(page, "phone")


def an_organization_joins(page: Page) -> None:
    page.goto("/organizations/submit/")
    page.get_by_label("Name", exact=True).fill("Second Life Robots (fictional)")
    page.get_by_label("Mission").press_sequentially(MISSION, delay=40)
    page.get_by_label("South LA").check()
    page.get_by_label("Robotics").check()
    page.get_by_label("What would help most now?").fill("20 laptops for an after-school lab")
    page.get_by_label("What kind of help is that?").select_option(label="Hardware")
    page.get_by_label("How much of it?").fill("20")
    page.get_by_label("Your name").fill("Ana Organizer")
    page.get_by_label("Your e-mail address").fill("ana@example.org")
    page.get_by_role("button", name="Send to the moderators").click()
    expect(page.get_by_text("A moderator reads it")).to_be_visible()


def a_moderator_lets_it_in(page: Page, organization: Organization) -> None:
    page.goto(f"/cms/snippets/organizations/organization/edit/{organization.pk}/")
    page.get_by_role("button", name=re.compile("More actions|Actions")).first.click()
    page.get_by_role("button", name=re.compile("^Approve", re.IGNORECASE)).first.click()
    page.wait_for_url("**/snippets/organizations/organization/")
    organization.refresh_from_db()
    assert organization.status == Organization.Status.APPROVED


def a_company_pledges(page: Page, need: Need) -> None:
    page.goto(need.get_absolute_url())
    page.get_by_role("link", name=re.compile("^Pledge")).first.click()
    page.get_by_label(re.compile("^How many")).fill("12")
    page.get_by_label("Message to the organization").fill("Two years old, with chargers.")
    page.get_by_role("button", name="Review the pledge").click()
    page.get_by_role("button", name=re.compile("^Pledge 12 items")).click()
    expect(page.get_by_text("Announced").first).to_be_visible()


def the_organization_accepts(page: Page, organization: Organization) -> None:
    page.goto(f"/desk/organizations/{organization.slug}/pledges/")
    page.get_by_role("button", name=re.compile("^Accept 12 items")).click()
    expect(page.get_by_text("Accepted").first).to_be_visible()


def the_company_delivers(page: Page, need: Need) -> None:
    page.goto("/desk/companies/paper-lantern-software-fictional/pledges/")
    page.get_by_role("link", name=re.compile("^Paper Lantern .* for Second Life")).first.click()
    page.get_by_label(re.compile("^How many")).fill("12")
    page.get_by_label("On", exact=True).fill(timezone.localdate().isoformat())
    page.get_by_role("button", name="Schedule this delivery").click()
    page.get_by_role("button", name="Mark delivered").click()
    expect(page.get_by_text("Delivered").first).to_be_visible()


def the_organization_confirms(page: Page, organization: Organization) -> None:
    page.goto(f"/desk/organizations/{organization.slug}/pledges/")
    page.get_by_role("button", name=re.compile("^Confirm 12 items")).click()
    page.wait_for_load_state("networkidle")


def the_organization_puts_on_an_event(page: Page, organization: Organization) -> None:
    page.goto(f"/desk/organizations/{organization.slug}/events/")
    page.get_by_role("link", name="Write a new event").click()
    page.get_by_label("Title", exact=True).fill("Robot night")
    page.get_by_label("In one sentence").fill("Bring a screwdriver; we have the robots.")
    page.get_by_label("First day").fill(next_tuesday().isoformat())
    page.get_by_label("Starts at").fill("16:30")
    page.get_by_label("Repeats").select_option(label="Every week on this day")
    page.get_by_label(re.compile(r"^Place\b")).fill("The lab")
    page.get_by_label("ZIP code").fill("90044")
    page.get_by_label(re.compile("^Area")).select_option(label="South LA")
    page.get_by_label(re.compile("^Places")).fill("8")
    page.get_by_role("button", name="Save the event").click()
    page.get_by_role("button", name="Publish the event").click()
    expect(page.get_by_role("button", name="Publish the event")).to_have_count(0)


def a_volunteer_signs_up(page: Page, work: Callable[[], int]) -> None:
    page.goto("/events/")
    page.get_by_role("link", name=re.compile("Robot night")).first.click()
    page.get_by_label("Your name").fill("Sam Guest")
    page.get_by_label("E-mail address").fill("sam@example.org")
    picture(page, "event")
    page.get_by_role("button", name="Take a place").click()
    expect(page.get_by_text("Check your mail")).to_be_visible()
    work()
    (message,) = (sent for sent in mail.outbox if sent.to == ["sam@example.org"])
    page.goto(link_in(message, "/sign-ups/"))
    page.get_by_role("button", name="Confirm my place").click()
    expect(page.get_by_text(re.compile("confirmed", re.IGNORECASE)).first).to_be_visible()


def a_volunteer_logs_hours(page: Page, organization: Organization) -> None:
    page.goto("/me/hours/log/")
    page.get_by_label("Organization").select_option(label=organization.name)
    page.get_by_label("Date").fill((timezone.localdate() - timedelta(days=1)).isoformat())
    page.get_by_label(re.compile("^Hours")).fill("2.5")
    page.get_by_label("What you did").fill("Soldered twelve robots")
    page.get_by_role("button", name="Log these hours").click()
    expect(page.get_by_text("The organization is asked to confirm")).to_be_visible()


def the_organization_approves_them(page: Page, organization: Organization) -> None:
    page.goto(f"/desk/organizations/{organization.slug}/hours/")
    picture(page, "hours")
    page.get_by_role("button", name="Approve the chosen").click()
    expect(page.get_by_text("Approved").first).to_be_visible()


def a_reader_subscribes(page: Page, work: Callable[[], int]) -> None:
    mail.outbox.clear()
    page.goto("/newsletter/")
    page.get_by_label("E-mail address").press_sequentially("reader@example.org", delay=200)
    page.get_by_role("button", name="Get the digest").click()
    expect(page.get_by_text("Look into your mailbox")).to_be_visible()
    work()
    (message,) = (sent for sent in mail.outbox if sent.to == ["reader@example.org"])
    page.goto(link_in(message, "/newsletter/"))
    page.get_by_role("button", name="Yes, send me the digest").click()
    page.wait_for_load_state("networkidle")
    assert Subscriber.objects.get().status == Subscriber.Status.SUBSCRIBED


def the_digest_goes_out() -> None:
    mail.outbox.clear()
    today = timezone.localdate()
    monday = today + timedelta(days=7 - today.weekday())
    for moment in (f"{monday}T07:00-08:00", f"{monday}T12:00-08:00"):
        call_command("send_digests", now=moment)
    assert weekly().status == Digest.Status.SENT
    assert [sent.to for sent in mail.outbox] == [["reader@example.org"]]


def weekly() -> Digest:
    """The week's issue; on a month's first Monday there is a monthly one beside it."""
    return Digest.objects.get(edition=Cadence.WEEKLY)


def everybody_reads_it(page: Page, need: Need) -> None:
    digest = weekly()
    page.goto(digest.get_absolute_url())
    expect(page.get_by_text(need.title).first).to_be_visible()
    expect(page.get_by_text("Robot night").first).to_be_visible()
    picture(page, "digest")
    page.goto(need.get_absolute_url())
    expect(page.get_by_text("12 of 20 items confirmed").first).to_be_visible()
    picture(page, "need")
    page.goto("/organizations/")
    picture(page, "organizations")
    page.goto("/")
    picture(page, "home")
