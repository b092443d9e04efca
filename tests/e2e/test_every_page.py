"""Every page of the demonstration, seen by axe: both themes, a telephone and a desk's screen.

Each person's way is one test, so that the demonstration is loaded once for all its pages; what is
wrong with any of them is said at the end, a line each.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from companies.models import Company, CompanyMembership
from core import times
from events import permissions as sign_ups
from events.domain import bookings
from events.models import Occurrence, SeatBlock, Series, SignUp, WaitingEntry
from newsletter import permissions as letters
from newsletter.models import Digest, OptIn
from organizations.models import Need, OrganizationMembership
from pledges.models import Pledge
from tests.e2e import axe
from tests.factories.events import DoorCodeFactory, SeatBlockFactory
from tests.factories.newsletter import SubscriberFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.looks,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

#: Of each kind of page that the sitemap names, as many as are looked at.
OF_EACH_KIND = 1
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
TELEPHONE: ViewportSize = {"width": 390, "height": 844}
#: What the browser itself says about an answer that was meant to be an error.
MEANT = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

DOORS = [
    "/organizations/",
    "/needs/",
    "/companies/",
    "/events/",
    "/organizations/?q=robot&area=south-la",
    "/organizations/?q=nothing-is-called-this",
    "/needs/?q=nothing-is-called-this",
    "/companies/?q=nothing-is-called-this",
    "/events/?q=nothing-is-called-this",
    "/search/",
    "/search/?q=robot",
    "/search/?q=nothing-is-called-this",
    "/organizations/submit/",
    "/companies/join/",
    "/newsletter/",
    "/newsletter/sign-up/",
    "/newsletter/sign-up/sent/",
    "/styleguide/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
    "/there-is-nothing-here/",
    "/organizations/?page=none",
    "/organizations/submissions/nothing/",
    "/sign-ups/nothing/",
    "/newsletter/confirm/nothing/",
    "/invitations/nothing/",
    "/events/calendar/2026/13/",
    "/events/calendar/2026/w54/",
]
OWN_ROOMS = [
    "/me/",
    "/me/hours/",
    "/me/hours/log/",
    "/me/calendar/",
    "/me/account/",
    "/me/account/close/",
    "/desk/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
]


class Walk:
    """One person's way through the site, and what is wrong along it."""

    def __init__(self, page: Page, found: list[str]) -> None:
        self.page = page
        self.found = found
        self.heard: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))

    def see(self, path: str) -> None:
        """Open a page and note all that is wrong with it."""
        page, wrong = self.page, self.heard
        wrong.clear()
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        response = page.goto(path)
        # No fragment is on its way any more. Half a second of a silent network would say so, too,
        # on each of two hundred pages.
        expect(page.locator(".htmx-request")).to_have_count(0)
        if response is None or response.status >= 500:
            wrong.append("the server broke")
        if (titles := page.locator("h1").count()) != 1:
            wrong.append(f"{titles} first headings")
        wrong += axe.violations(page)
        page.set_viewport_size(TELEPHONE)
        page.emulate_media(color_scheme="dark")
        page.evaluate(axe.REPAINTED)
        wrong += axe.violations(page)
        wrong += (f"too wide: {line}" for line in axe.sideways(page))
        wrong += (f"too small: {line}" for line in axe.small_targets(page))
        self.found += (f"{path} -- {line}" for line in dict.fromkeys(wrong))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not MEANT.match(message.text):
            self.heard.append(f"{message.type}: {message.text}")


@contextmanager
def walk(
    browser: Browser, address: str, found: list[str], user: User | None = None
) -> Iterator[Walk]:
    """A window, signed in as `user` if one is named, closed once the server has answered all."""
    context = browser.new_context(base_url=address)
    if user is not None:
        client = Client()
        client.force_login(user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session.save()
        name = settings.SESSION_COOKIE_NAME
        cookie = client.cookies[name].value
        context.add_cookies([{"name": name, "value": cookie, "url": address}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield Walk(page, found)
    page.wait_for_load_state("networkidle")
    context.close()


def public_pages(client: Client) -> list[str]:
    """Some of each kind of page that the sitemap names."""
    pages: list[str] = []
    for section in _places(client, "/sitemap.xml"):
        kinds: dict[str, int] = {}
        for path in _places(client, section):
            kind = path if section.startswith("/sitemaps/pages") else _kind(path)
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= OF_EACH_KIND:
                pages.append(path)
    return pages


def _places(client: Client, path: str) -> list[str]:
    written = client.get(path).content.decode()
    return [urlsplit(place).path for place in re.findall("<loc>([^<]+)</loc>", written)]


def _kind(path: str) -> str:
    """Which template shows it: the first word of the path, and how deep it lies."""
    return f"{path.split('/')[1]} {path.count('/')}"


def live_pages() -> list[str]:
    """Pages of what the demonstration is in the middle of, private links too."""
    now = timezone.now()
    need = Need.objects.filter(pledge_lines__isnull=False, status=Need.Status.PARTLY_MET)[0]
    company = Company.objects.filter(is_demonstration=True)[0]
    coming = Occurrence.objects.filter(starts_at__gt=now, status="scheduled")
    event = coming.order_by("starts_at", "pk")[0].get_absolute_url()
    signup = SignUp.objects.filter(occurrence__in=coming)[0]
    in_line = WaitingEntry.objects.create(
        occurrence=coming[0], name="Wanda", email="w@example.org", created_at=now, changed_at=now
    )
    start = times.local_of(now, "America/Los_Angeles").replace(second=0, microsecond=0)
    door = DoorCodeFactory(occurrence__series__local_start=start)
    several = Series.objects.filter(status="published").exclude(rrule="")[0]
    dates = several.occurrences.filter(starts_at__gt=now).values_list("pk", flat=True)[:2]
    booking, _outcomes = bookings.book(
        series=several, dates=list(dates), name="Wanda", email="w@example.org", by=None, now=now
    )
    assert booking is not None
    kept, taken = (
        SeatBlockFactory(occurrence=coming.order_by("-starts_at")[0], unclaimed=unclaimed)
        for unclaimed in (3, 0)
    )
    reader = SubscriberFactory()
    preferences = letters.token(letters.PREFERENCES, reader.uuid)
    opt_in = OptIn.objects.create(subscriber=reader, asked_at=now)
    return [
        need.get_absolute_url(),
        f"/needs/{need.slug}/pledge/",
        f"/needs/{need.slug}/pledges/",
        need.organization.get_absolute_url(),
        company.get_absolute_url(),
        event,
        f"{event}sign-up/",
        f"/sign-ups/{sign_ups.manage_token(signup)}/",
        f"/sign-ups/{sign_ups.manage_token(signup)}/reminders/",
        door.get_absolute_url(),
        f"{door.get_absolute_url()}?done=in",
        f"{door.get_absolute_url()}walk-in/",
        DoorCodeFactory(occurrence=coming[0]).get_absolute_url(),
        f"/waiting/{sign_ups.waiting_token(in_line)}/",
        f"/bookings/{sign_ups.booking_token(booking)}/",
        f"{several.get_absolute_url()}sign-up/",
        f"/seats/{sign_ups.seats_token(kept)}/",
        f"/seats/{sign_ups.seats_token(taken)}/",
        f"/seats/{sign_ups.seats_token(SeatBlockFactory.build())}/",
        f"{need.organization.get_absolute_url()}events/embed/",
        "/events/calendar/",
        Digest.objects.all()[0].get_absolute_url(),
        letters.confirm_path(opt_in.uuid),
        f"/newsletter/preferences/{preferences}/",
        f"/newsletter/preferences/{preferences}/delete/",
        f"/newsletter/unsubscribe/{letters.token(letters.UNSUBSCRIBE, reader.uuid)}/",
    ]


def organization_rooms(user: User) -> list[str]:
    """Every room of a desk, and one of each thing in it."""
    organization = OrganizationMembership.objects.filter(user=user).order_by("pk")[0].organization
    desk = f"/desk/organizations/{organization.slug}/"
    series = Series.objects.filter(organization=organization, status="published")[0]
    dates = series.occurrences.filter(starts_at__gt=timezone.now(), status="scheduled")
    DoorCodeFactory(occurrence=dates[0])
    for status in SeatBlock.Status:
        SeatBlockFactory(occurrence=dates[0], status=status)
    event = f"{desk}events/{series.slug}/"
    roster = f"{event}{dates[0].address_start}/"
    over = series.occurrences.past(now=timezone.now())[0]
    pledge = Pledge.objects.filter(lines__need__organization=organization)[0]
    return [
        desk,
        f"{desk}profile/",
        f"{desk}people/",
        f"{desk}needs/new/",
        f"{desk}needs/{organization.needs.all()[0].slug}/",
        f"{desk}pledges/",
        f"{desk}hours/",
        f"{desk}events/",
        f"{desk}events/new/",
        f"{desk}events/calendars/",
        event,
        f"{event}questions/",
        f"{event}call-off/",
        roster,
        f"{roster}places/",
        f"{roster}poster/",
        f"{roster}walk-in/",
        f"{event}{over.address_start}/rest/",
        f"{event}{over.address_start}/recap/",
        f"{roster}messages/",
        f"{roster}kiosk/",
        f"{roster}move/",
        f"{roster}following/",
        f"{roster}cancel/",
        f"/pledges/{pledge.uuid}/",
    ]


def company_rooms(user: User) -> list[str]:
    """Every room of a company's desk, and the giver's view of its pledges."""
    company = CompanyMembership.objects.filter(user=user).order_by("pk")[0].company
    desk = f"/desk/companies/{company.slug}/"
    far = timezone.now().replace(microsecond=0) + timedelta(days=9)
    SeatBlockFactory(occurrence__series__local_start=far.replace(tzinfo=None), company=company)
    offers = company.capabilities.all()[:1]
    pledges = company.pledges.all()[:1]
    wanted = Need.objects.filter(is_demonstration=True, status=Need.Status.OPEN)[0]
    return [
        desk,
        f"{desk}profile/",
        f"{desk}events/",
        f"{desk}sign-ups/",
        f"{desk}offers/",
        *(f"{desk}offers/{offer.uuid}/" for offer in offers),
        f"{desk}people/",
        f"{desk}pledges/",
        f"{desk}hours/",
        *(f"/pledges/{pledge.uuid}/" for pledge in pledges),
        f"/needs/{wanted.slug}/pledge/",
    ]


def staff_rooms() -> list[str]:
    """What staff see beside the CMS."""
    digest = Digest.objects.all()[0]
    issue = f"/desk/staff/digests/{digest.year}/{digest.week}/{digest.edition}/"
    rooms = ("", "events/", "digests/", "outbox/")
    return [*(f"/desk/staff/{room}" for room in rooms), issue]


def shared_pages(_nobody: None) -> list[str]:
    """What everybody sees."""
    return list(dict.fromkeys([*public_pages(Client()), *live_pages(), *DOORS]))


JOURNEYS: dict[str, Callable[[Any], list[str]]] = {
    "": shared_pages,
    "admin": organization_rooms,
    "csr": company_rooms,
    "volunteer": lambda _user: OWN_ROOMS,
    "staff": lambda _user: staff_rooms(),
}


@pytest.mark.parametrize("who", JOURNEYS)
def test_nothing_is_wrong_with_any_page(
    browser: Browser, live_server: LiveServer, who: str
) -> None:
    call_command("demo", verbosity=0)
    # Outside of a developer's machine nobody can sign in to the demonstration.
    User.objects.update(is_active=True)
    user = User.objects.get(email=f"{who}@demo.example.org") if who else None
    found: list[str] = []
    with walk(browser, live_server.url, found, user) as person:
        for path in JOURNEYS[who](user):
            person.see(path)
    assert found == []
