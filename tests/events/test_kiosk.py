"""The tablet on the table: opened by a host, for one door, listing nobody."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from accounts.models import MembershipState, User
from events import permissions
from events.domain import kiosk
from events.models import Booking, DoorCode, SignUp
from tests.factories.accounts import UserFactory
from tests.factories.events import DoorCodeFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> User:
    return OrganizationMembershipFactory(organization=OrganizationFactory(slug="club")).user  # type: ignore[no-any-return]


@pytest.fixture
def door(host: User) -> DoorCode:
    organization = host.organizationmembership_set.get().organization
    return DoorCodeFactory(occurrence__series__organization=organization)


@pytest.fixture(autouse=True)
def present(time_machine: Any, door: DoorCode) -> datetime:
    """Ten minutes before the start."""
    moment = door.occurrence.starts_at - timedelta(minutes=10)
    time_machine.move_to(moment, tick=False)
    return moment


@pytest.fixture
def tablet(host: User, door: DoorCode) -> Client:
    """A tablet that a host has made the kiosk."""
    client = Client()
    client.force_login(host)
    way = f"{door.get_absolute_url()}kiosk/start/{permissions.kiosk_start_token(door, host)}/"
    assert client.get(way).status_code == 200
    assert client.post(way).status_code == 302
    return client


def first_page(door: DoorCode) -> str:
    return f"{door.get_absolute_url()}kiosk/"


def names_on(client: Client, door: DoorCode, letters: str) -> list[str]:
    page = client.get(first_page(door), {"q": letters}).content.decode()
    return [
        " ".join(re.sub("<[^>]+>", " ", name).split())
        for name in re.findall(r"<li>(.*?)</li>", page, re.DOTALL)
    ]


def test_a_host_opens_it_and_leaves_no_session_behind(
    host: User, door: DoorCode, tablet: Client
) -> None:
    assert "_auth_user_id" not in tablet.session
    assert tablet.get("/me/").status_code == 302
    cookie = tablet.cookies["kiosk"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        first_page(door),
        True,
        "Strict",
    )
    assert tablet.get(first_page(door)).status_code == 200
    assert ModelLogEntry.objects.get(action="events.kiosk_started").user == host


def test_nobody_else_learns_that_there_is_one(
    client: Client, host: User, door: DoorCode, tablet: Client
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence)
    other = DoorCodeFactory(
        occurrence__series__organization=host.organizationmembership_set.get().organization
    )
    for path in (first_page(door), f"{first_page(door)}{signup.uuid}/"):
        assert client.get(path).status_code == 404
        client.force_login(host)
        assert client.get(path).status_code == 404  # the host's own session is no kiosk
    tablet.cookies["kiosk"]["path"] = "/"
    assert tablet.get(first_page(other)).status_code == 404
    elsewhere = SignUpFactory()
    assert tablet.get(f"{first_page(door)}{elsewhere.uuid}/").status_code == 404
    client.cookies["kiosk"] = "forged"
    assert client.get(first_page(door)).status_code == 404


def test_the_right_ends_with_the_date_with_the_code_and_with_the_host(
    host: User, door: DoorCode, tablet: Client, time_machine: Any
) -> None:
    path = first_page(door)
    membership = host.organizationmembership_set.get()
    membership.state = MembershipState.ENDED
    membership.save()
    assert tablet.get(path).status_code == 404
    membership.state = MembershipState.ACTIVE
    membership.save()
    assert tablet.get(path).status_code == 200
    code, door.code = door.code, "another2code"
    door.save()
    assert tablet.get(first_page(door)).status_code == 404
    door.code = code
    door.save()
    time_machine.move_to(door.occurrence.ends_at + timedelta(minutes=59), tick=False)
    assert tablet.get(path).status_code == 200
    time_machine.move_to(door.occurrence.ends_at + timedelta(minutes=60), tick=False)
    assert tablet.get(path).status_code == 404


def test_the_way_to_a_tablet_is_short_lived_and_for_hosts(
    client: Client, host: User, door: DoorCode, time_machine: Any, present: datetime
) -> None:
    way = f"{first_page(door)}start/"
    token = permissions.kiosk_start_token(door, host)
    stranger = permissions.kiosk_start_token(door, OrganizationMembershipFactory().user)
    kept = permissions.kiosk_token(door, host)
    for wrong in ("nothing", stranger, kept, f"{token}x"):
        assert client.post(f"{way}{wrong}/").status_code == 404
    time_machine.move_to(present + timedelta(minutes=16), tick=False)
    assert client.post(f"{way}{token}/").status_code == 404
    assert "kiosk" not in client.cookies


def test_the_desk_shows_the_way_to_those_who_may(
    client: Client, host: User, door: DoorCode
) -> None:
    row = door.occurrence
    path = f"/desk/organizations/club/events/{row.series.slug}/{row.address_start}/kiosk/"
    client.force_login(host)
    page = client.get(path).content.decode()
    assert f"{first_page(door)}start/" in page
    organization = host.organizationmembership_set.get().organization
    viewer = OrganizationMembershipFactory(organization=organization, role="viewer").user
    for user in (viewer, UserFactory()):
        client.force_login(user)
        assert client.get(path).status_code == 404


def test_names_show_only_to_letters_and_never_whole(door: DoorCode, tablet: Client) -> None:
    for name in ("Ana Ruiz", "José Álvarez", "Cher", "Anatol Li"):
        SignUpFactory(occurrence=door.occurrence, name=name)
    SignUpFactory(occurrence=door.occurrence, name="Anton Off", status="cancelled")
    SignUpFactory(name="Anabel Elsewhere")
    assert names_on(tablet, door, "") == []
    assert names_on(tablet, door, "a") == []
    assert names_on(tablet, door, "an") == ["Ana R.", "Anatol L."]
    assert names_on(tablet, door, "JOSE a") == ["José Á."]
    assert names_on(tablet, door, "alv") == ["José Á."]
    assert names_on(tablet, door, "che") == ["Cher"]
    assert names_on(tablet, door, "%%") == []


def test_too_many_names_are_none(door: DoorCode, tablet: Client) -> None:
    for number in range(kiosk.MOST_NAMES + 1):
        SignUpFactory(occurrence=door.occurrence, name=f"Maria {number}x")
    assert names_on(tablet, door, "ma") == []
    page = tablet.get(first_page(door), {"q": "ma"}).content.decode()
    assert "Type another letter" in page


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Ana Ruiz", "Ana Ramos"], ["Ana Ru.", "Ana Ra."]),
        (["Ana Ruiz", "Ben Ruiz"], ["Ana R.", "Ben R."]),
        (["Ana Ruiz", "ana ruiz"], ["Ana R.", "ana r."]),
        (["Ana de la Cruz"], ["Ana C."]),
        (["Ana Rodriguez", "Ana Rodrigo"], ["Ana Rodr.", "Ana Rodr."]),
        ([""], [""]),
    ],
)
def test_names_are_told_apart_by_as_little_as_does(names: list[str], shown: list[str]) -> None:
    assert kiosk.short_names(names) == shown


def test_a_tap_checks_in_and_out_and_the_tablet_goes_back_by_itself(
    door: DoorCode, tablet: Client, present: datetime
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence, name="Ana Ruiz")
    page = f"{first_page(door)}{signup.uuid}/"
    shown = tablet.get(page)
    assert shown["Refresh"] == f"60;url={first_page(door)}"
    assert b"Ana R." in shown.content
    assert b"Ruiz" not in shown.content
    done = tablet.post(page, {"act": "here"})
    assert done["Location"] == f"{first_page(door)}?done=in"
    signup.refresh_from_db()
    assert (signup.status, signup.checked_in_at) == ("checked_in", present)
    assert tablet.get(done["Location"])["Refresh"] == f"6;url={first_page(door)}"
    for _again in range(2):
        assert tablet.post(page, {"act": "leave"}).status_code == 302
    signup.refresh_from_db()
    assert (signup.status, signup.checked_out_at) == ("attended", present)
    assert tablet.post(page, {"act": "dance"}).status_code == 404


def test_a_party_ticks_who_of_it_is_here_and_is_named_no_more_than_others(
    door: DoorCode, tablet: Client, present: datetime
) -> None:
    booking = Booking.objects.create(created_at=present)
    ana, ben = (
        SignUpFactory(occurrence=door.occurrence, name=name, booking=booking)
        for name in ("Ana Ruiz", "Ben Ruiz")
    )
    page = f"{first_page(door)}{ana.uuid}/"
    shown = tablet.get(page).content.decode()
    assert ("Ben R." in shown, "Ruiz" in shown) == (True, False)
    assert tablet.post(page, {"act": "here"}).status_code == 422
    assert tablet.post(page, {"act": "here", "who": str(ben.uuid)}).status_code == 302
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert (ana.status, ben.status) == ("confirmed", "checked_in")


def test_before_the_door_opens_the_tablet_says_when(
    door: DoorCode, tablet: Client, time_machine: Any
) -> None:
    time_machine.move_to(door.occurrence.starts_at - timedelta(hours=3), tick=False)
    signup = SignUpFactory(occurrence=door.occurrence)
    assert "Check-in opens on" in tablet.get(first_page(door)).content.decode()
    answer = tablet.post(f"{first_page(door)}{signup.uuid}/", {"act": "here"})
    assert answer.status_code == 409
    assert SignUp.objects.get().status == "confirmed"


def test_a_list_of_names_asks_as_much_for_one_as_for_eight(door: DoorCode, tablet: Client) -> None:

    asked = []
    for size in (1, 8):
        while door.occurrence.signups.count() < size:
            SignUpFactory(occurrence=door.occurrence, name=f"Maria {size}")
        with CaptureQueriesContext(connection) as queries:
            assert len(names_on(tablet, door, "ma")) == size
        asked.append(len(queries))
    assert asked[0] == asked[1]
