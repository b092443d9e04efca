"""Every page that lists something asks as much of the database for one row as for three hundred."""

from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from newsletter.models import Digest
from organizations.models import Need, OrganizationMembership
from pledges.domain import hours, lifecycle
from pledges.domain.lifecycle import Line, Terms
from tests.factories import pages
from tests.factories.accounts import UserFactory
from tests.factories.companies import CapabilityFactory, CompanyFactory
from tests.factories.events import (
    OccurrenceFactory,
    SeatBlockFactory,
    SeriesFactory,
    SignUpFactory,
)
from tests.factories.newsletter import DigestFactory
from tests.factories.organizations import (
    NeedFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
)
from tests.factories.pledges import HoursEntryFactory, admin_of, csr_lead_of

pytestmark = pytest.mark.django_db

SIZES = (1, 3, 300)
START = datetime(2026, 12, 8, 16, 30)  # noqa: DTZ001  (a time on the wall)


class World:
    """One organization and one company at work, in a marketplace with others."""

    def __init__(self) -> None:
        self.club = OrganizationFactory(slug="club", areas=["south-la"])
        self.firm = CompanyFactory(slug="firm")
        self.need = NeedFactory(organization=self.club, slug="laptops", quantity_wanted=None)
        self.series = SeriesFactory(slug="fair", organization=self.club, local_start=START)
        self.people: dict[str, User] = {
            "admin": admin_of(self.club),
            "lead": csr_lead_of(self.firm),
            "volunteer": UserFactory(),
            "staff": UserFactory(is_staff=True, is_superuser=True),
        }
        self.size = 0

    def grow(self, size: int) -> None:
        """Make more of everything, until there is that much of it."""
        while self.size < size:
            self._one_more()
            self.size += 1

    def _one_more(self) -> None:
        number, now = self.size, timezone.now()
        volunteer, admin, lead = (self.people[who] for who in ("volunteer", "admin", "lead"))
        other = OrganizationFactory(areas=["westside"], focus_areas=["robotics"])
        NeedFactory(organization=other, areas=["south-la"])
        CapabilityFactory(company=CompanyFactory(areas=["south-la"]))
        OccurrenceFactory(
            series=SeriesFactory(organization=other, area_id="south-la", local_start=START)
        )
        first = OccurrenceFactory(
            series=self.series, original_start=START + timedelta(hours=2 * number)
        )
        OccurrenceFactory(series=SeriesFactory(company=self.firm, local_start=START))
        SignUpFactory(occurrence=self.series.occurrences.order_by("pk")[0])
        SignUpFactory(occurrence=first, user=volunteer, company=self.firm)
        SeatBlockFactory(occurrence=first, company=self.firm)
        SeatBlockFactory(occurrence=self.series.occurrences.order_by("pk")[0])
        OrganizationMembershipFactory(
            organization=self.club, role=OrganizationMembership.Role.VIEWER
        )
        terms = Terms(self.firm, self.club, ends_on=date(2099, 1, 1), title=str(number))
        pledge = lifecycle.draft(terms=terms, lines=[Line.toward(self.need, 1)], by=lead, now=now)
        lifecycle.announce(pledge=pledge, by=lead, now=now)
        served_on = date(2026, 12, 5) - timedelta(days=number)
        entry = HoursEntryFactory(user=volunteer, organization=self.club, served_on=served_on)
        hours.approve(entry=entry, by=admin, now=now)
        HoursEntryFactory(organization=self.club)
        pages.story(f"Story {number}")
        pages.resource(f"Resource {number}")
        DigestFactory(
            year=2020 + number // 50, week=1 + number % 50, status=Digest.Status.SENT, sent_at=now
        )


LISTS = [
    ("", "/"),
    ("", "/organizations/"),
    ("", "/organizations/?area=westside"),
    ("", "/organizations/club/"),
    ("", "/organizations/club/next-events/"),
    ("", "/needs/"),
    ("", "/needs/laptops/pledges/"),
    ("", "/companies/"),
    ("", "/companies/firm/"),
    ("", "/companies/firm/next-events/"),
    ("", "/events/"),
    ("", "/events/calendar/2026/12/"),
    ("", "/events/calendar/2026/w50/"),
    ("", "/events/fair/"),
    ("", "/stories/"),
    ("", "/resources/"),
    ("", "/newsletter/"),
    ("", "/search/?q=laptops"),
    ("admin", "/desk/organizations/club/"),
    ("admin", "/desk/organizations/club/people/"),
    ("admin", "/desk/organizations/club/pledges/"),
    ("admin", "/desk/organizations/club/hours/"),
    ("admin", "/desk/organizations/club/events/"),
    ("admin", "/desk/organizations/club/events/fair/"),
    ("admin", "/desk/organizations/club/events/fair/2026-12-08T1630/"),
    ("admin", "/desk/organizations/club/events/fair/2026-12-08T1630/messages/"),
    ("admin", "/desk/organizations/club/events/fair/2026-12-08T1630/places/"),
    ("lead", "/desk/companies/firm/"),
    ("lead", "/desk/companies/firm/events/"),
    ("lead", "/desk/companies/firm/sign-ups/"),
    ("lead", "/desk/companies/firm/pledges/"),
    ("lead", "/desk/companies/firm/hours/"),
    ("volunteer", "/me/"),
    ("volunteer", "/me/hours/"),
    ("staff", "/desk/staff/"),
    ("staff", "/desk/staff/digests/"),
]


def test_lists_ask_as_much_for_one_row_as_for_three_hundred() -> None:
    world = World()
    asked: dict[str, list[int]] = {path: [] for _who, path in LISTS}
    Client().get("/")  # what a process reads once, such as the CMS's root, is no list's
    for size in SIZES:
        world.grow(size)
        for who, path in LISTS:
            asked[path].append(_queries(world.people.get(who), path))
    assert {path: counts for path, counts in asked.items() if len(set(counts)) > 1} == {}


def test_a_list_that_asks_for_each_row_would_be_seen() -> None:
    world = World()
    counts = []
    for size in (1, 3):
        world.grow(size)
        with CaptureQueriesContext(connection) as queries:
            _names = [need.organization.name for need in Need.objects.all()]
        counts.append(len(queries))
    assert counts[0] < counts[1]


def _queries(user: User | None, path: str) -> int:
    client = Client()
    if user is not None:
        client.force_login(user)
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
