import json
from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.test import Client
from wagtail.models import ModelLogEntry

from accounts.domain import memberships, people
from accounts.models import MembershipState, User
from organizations.models import OrganizationMembership
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db


def test_the_corner_says_sign_in_or_who_is_signed_in(client: Client) -> None:
    assert "/accounts/login/" in client.get("/me/corner/").content.decode()

    member = OrganizationMembershipFactory(user__name="Ana Ruiz")
    client.force_login(member.user)
    corner = client.get("/me/corner/").content.decode()

    assert ("Ana" in corner, "Ruiz" in corner) == (True, False)
    assert f"/desk/organizations/{member.organization.slug}/" in corner
    assert "/desk/staff/outbox/" not in corner


def test_the_corner_shows_staff_their_doors(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    corner = client.get("/me/corner/").content.decode()

    assert ("/desk/staff/outbox/" in corner, "/cms/" in corner) == (True, True)


def test_the_profile_is_changed_by_its_form(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    form = {"name": "Ana", "locale": "es", "time_zone": "Europe/Madrid", "is_staff": "on"}

    assert client.post("/me/account/", form).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.locale, user.time_zone) == ("Ana", "es", "Europe/Madrid")
    assert user.is_staff is False  # nothing outside the form's list changes

    assert client.post("/me/account/", {**form, "time_zone": "Mars"}).status_code == 422
    assert client.post("/me/account/", {**form, "name": "a\x00b"}).status_code == 422


def test_the_domain_refuses_what_the_form_would(now: datetime) -> None:
    user = UserFactory()

    for choice in ({"locale": "xx", "time_zone": "UTC"}, {"locale": "en", "time_zone": "Mars"}):
        with pytest.raises(people.UnknownChoice):
            people.change_profile(user=user, name="A", by=user, now=now, **choice)
    with pytest.raises(PermissionDenied):
        people.change_profile(
            user=user, name="A", locale="en", time_zone="UTC", by=UserFactory(), now=now
        )


def test_everything_about_the_account_asks_for_a_sign_in(client: Client) -> None:
    for path in ("/me/account/", "/me/account/data.json", "/me/account/close/"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


def test_the_data_is_ones_own_and_no_one_elses(client: Client) -> None:
    user = people.open_account(name="Ana", email="ana@example.org")
    people.open_account(name="Ben", email="ben@example.org")
    member = OrganizationMembershipFactory(user=user)
    client.force_login(user)

    answer = client.get("/me/account/data.json")

    held = json.loads(answer.content)
    assert held["account"]["name"] == "Ana"
    assert [row["email"] for row in held["addresses"]] == ["ana@example.org"]
    assert [row["of"] for row in held["memberships"]] == [member.organization.name]
    assert "ben@example.org" not in answer.content.decode()


def test_closing_an_account_leaves_no_trace_of_the_person(client: Client) -> None:
    user = people.open_account(name="Ana Ruiz", email="ana@example.org")
    member = OrganizationMembershipFactory(user=user, invited_email="ana@example.org")
    client.force_login(user)

    assert client.get("/me/account/close/").status_code == 200
    assert User.objects.get(pk=user.pk).is_active is True
    assert client.post("/me/account/close/").status_code == 302

    row = User.objects.get(pk=user.pk)
    member.refresh_from_db()
    assert (row.name, row.email, row.is_active) == ("", "", False)
    assert (member.state, member.invited_email) == (MembershipState.ENDED, "")
    assert EmailAddress.objects.count() == 0
    assert "_auth_user_id" not in client.session
    log = " ".join(str(entry.data) for entry in ModelLogEntry.objects.all())
    assert "ana@example.org" not in log


def test_a_last_administrator_hands_over_before_closing(client: Client, now: datetime) -> None:
    user = people.open_account(name="Ana", email="ana@example.org")
    OrganizationMembershipFactory(user=user, role=OrganizationMembership.Role.ADMIN)
    client.force_login(user)

    answer = client.post("/me/account/close/")

    assert (answer.status_code, b"Somebody must be left" in answer.content) == (409, True)
    assert User.objects.get(pk=user.pk).is_active is True
    with pytest.raises(memberships.LastAdministrator):
        people.close_account(user=user, by=user, now=now)
    with pytest.raises(PermissionDenied):
        people.close_account(user=user, by=UserFactory(), now=now)


def test_open_account_twice_is_one_account() -> None:
    first = people.open_account(name="Ana", email="Ana@example.org", password="tall green trees")
    again = people.open_account(name="Ana", email="ana@example.org")

    assert (first.pk, again.has_usable_password()) == (again.pk, True)
    with pytest.raises(people.AddressInUse):
        people.open_account(name="Ben", email="ana@example.org")
