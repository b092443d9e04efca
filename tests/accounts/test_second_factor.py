import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.permissions import needs_second_factor
from companies.models import CompanyMembership
from organizations.models import OrganizationMembership
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyMembershipFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

SETUP = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.REQUIRE_MFA = True


def location(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    return str(client.get(path).headers.get("Location", ""))


def test_staff_without_a_second_factor_are_led_to_it_from_desk_and_cms() -> None:
    user = UserFactory(is_staff=True, is_superuser=True)

    assert [location(user, path) for path in ("/desk/staff/outbox/", "/cms/")] == [SETUP, SETUP]
    assert location(user, "/me/account/") == ""


def test_with_a_second_factor_the_doors_open() -> None:
    user = UserFactory(is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})

    assert [location(user, path) for path in ("/desk/staff/outbox/", "/cms/")] == ["", ""]


def test_recovery_codes_alone_are_no_second_factor() -> None:
    user = UserFactory(is_staff=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert needs_second_factor(user) is True


def test_who_manages_people_needs_one_and_who_does_not_may_go_on() -> None:
    organizer = OrganizationMembershipFactory()
    admin = OrganizationMembershipFactory(role=OrganizationMembership.Role.ADMIN)
    lead = CompanyMembershipFactory(role=CompanyMembership.Role.CSR_LEAD)
    ended = OrganizationMembershipFactory(role=OrganizationMembership.Role.ADMIN, state="ended")

    asked = [needs_second_factor(one.user) for one in (organizer, admin, lead, ended)]
    assert asked == [False, True, True, False]
    assert location(lead.user, f"/desk/companies/{lead.company.slug}/people/") == SETUP


def test_where_the_installation_does_not_ask_nobody_is_led_anywhere(
    settings: Settings,
) -> None:
    settings.REQUIRE_MFA = False

    assert location(UserFactory(is_staff=True), "/desk/staff/outbox/") == ""
