import pytest
from django.test import Client

from organizations.models import OrganizationMembership
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db


def test_the_people_of_an_organization_are_managed_at_its_desk(client: Client) -> None:
    admin = OrganizationMembershipFactory(role=OrganizationMembership.Role.ADMIN)
    path = f"/desk/organizations/{admin.organization.slug}/people/"
    client.force_login(admin.user)

    assert "Invite somebody" in client.get(path).content.decode()
    form = {"invite": "1", "email": "new@example.org", "role": "viewer"}
    assert client.post(path, form).status_code == 302
    assert "new@example.org" in client.get(path).content.decode()


def test_another_organization_has_no_such_page(client: Client) -> None:
    client.force_login(OrganizationMembershipFactory().user)

    path = f"/desk/organizations/{OrganizationFactory().slug}/people/"
    assert client.get(path).status_code == 404
