"""The pages at the door: the code on the poster, the private link, the desk."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from events import permissions
from events.models import Booking, DoorCode, Occurrence, SignUp
from events.views import qr
from tests.events.desks import roster_of
from tests.factories.accounts import UserFactory
from tests.factories.events import DoorCodeFactory, OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def host() -> User:
    return OrganizationMembershipFactory(organization=OrganizationFactory(slug="club")).user  # type: ignore[no-any-return]


@pytest.fixture
def door(host: User) -> DoorCode:
    organization = host.organizationmembership_set.get().organization
    return DoorCodeFactory(
        occurrence__series__organization=organization, occurrence__series__slug="robots"
    )


@pytest.fixture(autouse=True)
def present(time_machine: Any, door: DoorCode) -> datetime:
    """Ten minutes before the start."""
    moment = door.occurrence.starts_at - timedelta(minutes=10)
    time_machine.move_to(moment, tick=False)
    return moment


def words(content: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def test_a_guest_comes_and_leaves_by_the_address(
    client: Client, door: DoorCode, present: datetime
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence, email="ana@example.com")
    path = door.get_absolute_url()
    assert client.get(path).status_code == 200
    signup.refresh_from_db()
    assert signup.status == "confirmed"  # looking changes nothing
    answer = client.post(path, {"act": "here", "email": "Ana@example.com"})
    assert (answer.status_code, answer["Location"]) == (302, f"{path}?done=in")
    signup.refresh_from_db()
    assert (signup.status, signup.checked_in_at) == ("checked_in", present)
    shown = words(client.get(answer["Location"]).content)
    assert "You are checked in." in shown
    assert signup.name not in shown
    answer = client.post(path, {"act": "leave", "email": "ana@example.com"})
    assert answer["Location"] == f"{path}?done=out"
    signup.refresh_from_db()
    assert (signup.status, signup.checked_out_at) == ("attended", present)


def test_the_page_is_kept_by_nobody_and_found_by_nobody(client: Client, door: DoorCode) -> None:
    answer = client.get(door.get_absolute_url())
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"


def test_an_unknown_address_and_one_that_may_not_come_look_alike(
    client: Client, door: DoorCode
) -> None:
    SignUpFactory(occurrence=door.occurrence, email="asked@example.com", status="requested")
    pages = set()
    for email in ("nobody@example.com", "asked@example.com"):
        answer = client.post(door.get_absolute_url(), {"act": "here", "email": email})
        page = answer.content.decode().replace(email, "…")
        pages.add((answer.status_code, re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)))
    assert len(pages) == 1
    assert "We found no sign-up with this address" in pages.pop()[1]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"act": "here"},
        {"act": "here", "email": "x"},
        {"act": "here", "email": "a@example.com", "name": "x" * 200},
    ],
)
def test_what_cannot_be_read_is_422(client: Client, door: DoorCode, asked: dict[str, str]) -> None:
    assert client.post(door.get_absolute_url(), asked).status_code == 422


def test_an_unknown_button_is_404(client: Client, door: DoorCode) -> None:
    SignUpFactory(occurrence=door.occurrence, email="ana@example.com")
    asked = {"act": "dance", "email": "ana@example.com"}
    assert client.post(door.get_absolute_url(), asked).status_code == 404


def test_a_volunteer_with_an_account_has_one_button(client: Client, door: DoorCode) -> None:
    user = UserFactory()
    signup = SignUpFactory(occurrence=door.occurrence, user=user, name="Ana")
    client.force_login(user)
    path = door.get_absolute_url()
    page = client.get(path).content.decode()
    assert 'name="email"' not in page
    assert "You are signed up as Ana" in words(page.encode())
    for _again in range(2):
        assert client.post(path, {"act": "here"}).status_code == 302
    signup.refresh_from_db()
    assert signup.status == "checked_in"
    assert "I am leaving" in client.get(path).content.decode()
    client.post(path, {"act": "leave"})
    assert "Thank you for coming" in client.get(path).content.decode()


def test_an_account_that_waits_for_approval_is_told_so(client: Client, door: DoorCode) -> None:
    user = UserFactory()
    SignUpFactory(occurrence=door.occurrence, user=user, status="requested")
    client.force_login(user)
    answer = client.post(door.get_absolute_url(), {"act": "here"})
    assert (answer.status_code, SignUp.objects.get().status) == (409, "requested")
    assert "Your place is not confirmed" in words(answer.content)


def test_before_and_after_nobody_comes_in_and_the_page_says_when(
    client: Client, door: DoorCode, time_machine: Any
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence, email="ana@example.com")
    path, asked = door.get_absolute_url(), {"act": "here", "email": "ana@example.com"}
    for moment, said in (
        (door.occurrence.starts_at - timedelta(hours=3), "Check-in opens on Thu, Dec 17"),
        (door.occurrence.ends_at + timedelta(hours=1), "Check-in for this date is over"),
    ):
        time_machine.move_to(moment, tick=False)
        assert said in words(client.get(path).content)
        answer = client.post(path, asked)
        assert answer.status_code == 409
        assert said in words(answer.content)
        nobody = client.post(path, {**asked, "email": "nobody@example.com"})
        assert words(nobody.content).replace("nobody", "ana") == words(answer.content)
    signup.refresh_from_db()
    assert signup.status == "confirmed"


def test_a_date_that_is_off_lets_nobody_in(client: Client, door: DoorCode) -> None:
    SignUpFactory(occurrence=door.occurrence, email="ana@example.com")
    Occurrence.objects.update(status="cancelled", cancelled_at=door.made_at)
    answer = client.post(door.get_absolute_url(), {"act": "here", "email": "ana@example.com"})
    assert answer.status_code == 409
    assert "called off" in words(answer.content)


def test_the_private_link_says_i_am_here_on_the_day(
    client: Client, door: DoorCode, time_machine: Any
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence)
    path = f"/sign-ups/{permissions.manage_token(signup)}/"
    assert "I am here" in client.get(path).content.decode()
    assert client.post(path, {"act": "here"}).status_code == 302
    signup.refresh_from_db()
    assert signup.status == "checked_in"
    assert client.post(path, {"act": "leave"}).status_code == 302
    signup.refresh_from_db()
    assert signup.status == "attended"
    time_machine.move_to(door.occurrence.starts_at - timedelta(days=1), tick=False)
    assert "I am" not in client.get(path).content.decode()
    assert client.post(path, {"act": "here"}).status_code == 409


def test_who_signed_up_a_party_ticks_who_of_it_is_here(
    client: Client, door: DoorCode, present: datetime
) -> None:
    user = UserFactory()
    booking = Booking.objects.create(created_at=present, user=user)
    mine, ben, cem = (
        SignUpFactory(
            occurrence=door.occurrence, name=name, email=user.email, booking=booking, user=whose
        )
        for name, whose in (("Ana", user), ("Ben", None), ("Cem", None))
    )
    client.force_login(user)
    for path in (door.get_absolute_url(), f"/sign-ups/{permissions.manage_token(ben)}/"):
        assert str(cem.uuid) in client.get(path).content.decode()
        assert client.post(path, {"act": "here"}).status_code == 422
    client.post(path, {"act": "here", "who": [str(ben.uuid), "x"]})
    client.post(door.get_absolute_url(), {"act": "here", "who": [str(mine.uuid)]})
    statuses = list(SignUp.objects.order_by("name").values_list("status", flat=True))
    assert statuses == ["checked_in", "checked_in", "confirmed"]
    client.logout()
    for act, status in (("here", "checked_in"), ("leave", "attended")):
        asked = {"act": act, "email": user.email, "together": "on"}
        assert client.post(door.get_absolute_url(), asked).status_code == 302
        assert set(SignUp.objects.values_list("status", flat=True)) == {status}


# --- The desk -------------------------------------------------------------------------------------


def test_the_desk_makes_a_code_shows_it_and_renews_it(
    client: Client, host: User, door: DoorCode
) -> None:
    client.force_login(host)
    DoorCode.objects.all().delete()
    roster = roster_of(door.occurrence)
    assert "Make the QR code" in client.get(roster).content.decode()
    assert client.get(f"{roster}poster/").status_code == 404
    codes = []
    for _again in range(2):
        assert client.post(f"{roster}door/").status_code == 302
        codes.append(DoorCode.objects.get())
        for page in (roster, f"{roster}poster/"):
            shown = client.get(page).content.decode()
            assert codes[-1].in_groups in shown
            assert qr.of_door(codes[-1]).path in shown
    assert "Scan to check in" in shown
    assert client.get(codes[0].get_absolute_url()).status_code == 404
    assert client.get(codes[1].get_absolute_url()).status_code == 200


def test_the_door_is_another_organizations_404_and_not_for_viewers(
    client: Client, host: User, door: DoorCode
) -> None:
    roster = roster_of(door.occurrence)
    organization = host.organizationmembership_set.get().organization
    viewer = OrganizationMembershipFactory(organization=organization, role="viewer").user
    for user in (viewer, OrganizationMembershipFactory(role="admin").user):
        client.force_login(user)
        assert client.post(f"{roster}door/").status_code == 404
        assert client.get(f"{roster}poster/").status_code == 404
    assert DoorCode.objects.get() == door


def test_the_roster_shows_who_is_here_and_since_when(
    client: Client, host: User, door: DoorCode
) -> None:
    client.force_login(host)
    roster = roster_of(door.occurrence)
    signup = SignUpFactory(occurrence=door.occurrence)
    client.post(roster, {"signup": str(signup.uuid), "to": "checked_in"})
    shown = words(client.get(roster).content)
    assert [said in shown for said in ("since 4:20 PM", "1 here now")] == [True] * 2
    client.post(roster, {"signup": str(signup.uuid), "to": "attended"})
    signup.refresh_from_db()
    assert signup.left_at == "4:20 PM"
    lines = b"".join(client.get(f"{roster}roster.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert ",4:20 PM,4:20 PM,0" in lines.splitlines()[1]


def test_after_the_door_has_closed_attended_is_no_time_out(
    client: Client, host: User, door: DoorCode, time_machine: Any
) -> None:
    client.force_login(host)
    roster = roster_of(door.occurrence)
    signup = SignUpFactory(occurrence=door.occurrence)
    client.post(roster, {"signup": str(signup.uuid), "to": "checked_in"})
    time_machine.move_to(door.occurrence.ends_at + timedelta(days=1), tick=False)
    client.post(roster, {"signup": str(signup.uuid), "to": "attended"})
    signup.refresh_from_db()
    assert (signup.status, signup.checked_out_at, signup.minutes_present) == ("attended", None, 90)


def test_the_desk_says_how_many_did_not_come_before_it_marks_them(
    client: Client, host: User, door: DoorCode, time_machine: Any
) -> None:
    client.force_login(host)
    roster = roster_of(door.occurrence)
    for _number in range(2):
        SignUpFactory(occurrence=door.occurrence)
    assert f"{roster}rest/" not in client.get(roster).content.decode()
    too_early = client.get(f"{roster}rest/")
    assert (too_early.status_code, "It is not over" in too_early.content.decode()) == (409, True)
    assert client.post(f"{roster}rest/", {"confirmed": "2"}).status_code == 409
    time_machine.move_to(door.occurrence.ends_at, tick=False)
    assert f"{roster}rest/" in client.get(roster).content.decode()
    assert "2 people will be marked" in client.get(f"{roster}rest/").content.decode()
    for wrong in ("", "x", "9" * 5000):
        assert client.post(f"{roster}rest/", {"confirmed": wrong}).status_code == 409
    assert SignUp.objects.filter(status="confirmed").count() == 2
    assert client.post(f"{roster}rest/", {"confirmed": "2"}).status_code == 302
    assert SignUp.objects.filter(status="no_show").count() == 2
    organization = host.organizationmembership_set.get().organization
    viewer = OrganizationMembershipFactory(organization=organization, role="viewer").user
    for user in (viewer, OrganizationMembershipFactory(role="admin").user):
        client.force_login(user)
        assert client.post(f"{roster}rest/", {"confirmed": "0"}).status_code == 404


def test_a_code_is_drawn_as_the_standard_says() -> None:
    square = qr.of_url("https://example.org/check-in/k7qm-4x2p-wdhr/")
    assert square.typed == "example.org/check-in/k7qm-4x2p-wdhr"
    # Version 4 has 33 squares a side, with 4 empty ones around; the corner's eye begins there.
    assert square.size == 33 + 8
    assert square.path.startswith("M4 4h7v1h-7z")


def test_a_door_may_be_that_of_the_site_itself(client: Client) -> None:
    row = OccurrenceFactory()
    door = DoorCodeFactory(occurrence=row)
    assert client.get(door.get_absolute_url()).status_code == 200
