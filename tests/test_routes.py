"""Who is answered what at every door of ours; and the doors that change something."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from companies.models import CompanyMembership
from organizations.models import OrganizationMembership
from pledges.models import HoursEntry
from tests.factories.accounts import UserFactory
from tests.factories.companies import CapabilityFactory, CompanyFactory, CompanyMembershipFactory
from tests.factories.events import DoorCodeFactory, OccurrenceFactory, SeriesFactory
from tests.factories.newsletter import DigestFactory, DigestItemFactory
from tests.factories.organizations import (
    NeedFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
)
from tests.factories.pledges import (
    DeliveryFactory,
    HoursEntryFactory,
    PledgeFactory,
    PledgeLineFactory,
)
from tests.public_routes import address, routes
from tests.routes import AT_OTHER_HOSTS, CSRF_EXEMPT, EXPECTED, POST_ONLY, ROLES

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(time_machine: Any, now: datetime) -> dict[str, Any]:
    """One organization and one company with something of everything that they keep private."""
    time_machine.move_to(now, tick=False)
    organization = OrganizationFactory(slug="real")
    company = CompanyFactory(slug="real")
    NeedFactory(slug="real", organization=organization)
    line = PledgeLineFactory(pledge=PledgeFactory(company=company, organization=organization))
    occurrence = OccurrenceFactory(series=SeriesFactory(slug="real", organization=organization))
    DoorCodeFactory(occurrence=occurrence)
    item = DigestItemFactory(digest=DigestFactory())
    return {
        "organization": organization,
        "company": company,
        "hours": HoursEntryFactory(organization=organization, company=company),
        "start": occurrence.address_start,
        "gaps": {
            "desk/companies/": str(CapabilityFactory(company=company).uuid),
            "pledges/lines/": str(line.uuid),
            "pledges/": str(line.pledge.uuid),
            "deliveries/": str(DeliveryFactory(line=line).uuid),
        },
        "item": str(item.pk),
    }


@pytest.fixture
def people(world: dict[str, Any]) -> dict[str, User | None]:
    """Somebody in each role."""
    elsewhere = OrganizationMembershipFactory(role="admin").user
    CompanyMembershipFactory(user=elsewhere, role="csr_lead")
    found: dict[str, User | None] = {"anonymous": None, "elsewhere": elsewhere}
    for role in OrganizationMembership.Role.values:
        membership = OrganizationMembershipFactory(organization=world["organization"], role=role)
        found[role] = membership.user
    for role in CompanyMembership.Role.values:
        found[role] = CompanyMembershipFactory(company=world["company"], role=role).user
    found["staff"] = UserFactory(is_staff=True)
    found["superuser"] = UserFactory(is_staff=True, is_superuser=True)
    return {role: found[role] for role in ROLES}


def client_of(user: User | None, *, enforce_csrf_checks: bool = False) -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=enforce_csrf_checks)
    if user is not None:
        client.force_login(user)
    return client


def asked(client: Client, path: str) -> int:
    """The status of the answer, read to its end."""
    answer = client.get(path)
    answer.getvalue()
    return answer.status_code


def place(route: str, world: dict[str, Any]) -> str:
    path = route.replace("<str:start>", world["start"]).replace("<int:item>", world["item"])
    path = path.replace("<slug:edition>", "weekly").replace("<slug:kind>", "html")
    for start, uuid in world["gaps"].items():
        if path.startswith(start):
            path = path.replace("<uuid:uuid>", uuid)
            break
    return address(path)


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(EXPECTED) == sorted(routes())


def test_everybody_is_answered_at_every_door_as_the_table_says(
    world: dict[str, Any], people: dict[str, User | None]
) -> None:
    answers: dict[str, list[int]] = {route: [] for route in (*routes(), *AT_OTHER_HOSTS)}
    for user in people.values():
        client = client_of(user)
        for route, row in answers.items():
            row.append(asked(client, place(route, world)))

    assert {route: tuple(row) for route, row in answers.items()} == EXPECTED | AT_OTHER_HOSTS


def test_what_changes_something_is_not_done_by_a_get(world: dict[str, Any]) -> None:
    client = client_of(UserFactory(is_staff=True, is_superuser=True))
    refused = {route for route in routes() if asked(client, place(route, world)) == 405}
    assert refused == POST_ONLY


def test_no_door_takes_a_post_without_its_token_except_those_that_prove_themselves(
    world: dict[str, Any],
) -> None:
    client = client_of(UserFactory(is_staff=True), enforce_csrf_checks=True)
    taken = {route for route in routes() if client.post(place(route, world)).status_code != 403}
    assert taken == CSRF_EXEMPT


@pytest.mark.parametrize("role", ["anonymous", "elsewhere", "viewer", "employee"])
def test_nobody_changes_at_a_desk_what_they_may_only_see_or_not_even_that(
    world: dict[str, Any], people: dict[str, User | None], role: str
) -> None:
    member = OrganizationMembershipFactory(organization=world["organization"], role="viewer")
    desk = ("desk/", "pledges/", "deliveries/")
    client = client_of(people[role])
    forms: list[dict[str, str]] = [
        {"act": act, "reason": "x", "name": "Taken", "title": "Taken", "received": "1", "why": "x"}
        for act in ("announce", "withdraw", "cancel", "deliver", "confirm", "settle")
    ]
    forms += [
        {"invite": "1", "email": "evil@example.org", "role": "admin"},
        {"member": str(member.uuid), "role": "admin"},
        {"member": str(member.uuid), "end": "1"},
        {"entry": str(world["hours"].uuid)},
        {"entry": str(world["hours"].uuid), "decline": "1", "reason": "x"},
    ]

    answers = {
        (route, number): client.post(place(route, world), form).status_code
        for route in routes()
        if route.startswith(desk)
        for number, form in enumerate(forms)
    }

    # 302 is the way to sign in; 409 and 422 say why a form was not taken.
    signing_in = {302} if role == "anonymous" else set()
    fit = {403, 404, 405, 409, 422} | signing_in
    assert {key: code for key, code in answers.items() if code not in fit} == {}
    for row in (world["organization"], world["company"], world["hours"], member):
        row.refresh_from_db()
    assert world["hours"].status == HoursEntry.Status.SUBMITTED
    assert (member.role, member.state) == ("viewer", "active")
    assert (world["organization"].name, world["company"].name) != ("Taken", "Taken")
    assert not OrganizationMembership.objects.filter(invited_email="evil@example.org").exists()
    assert not CompanyMembership.objects.filter(invited_email="evil@example.org").exists()
