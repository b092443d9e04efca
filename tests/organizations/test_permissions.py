import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import MembershipState, User
from organizations import permissions
from organizations.models import Organization, OrganizationMembership
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

Role = OrganizationMembership.Role

pytestmark = pytest.mark.django_db


def answers(user: User | AnonymousUser, organization: Organization) -> tuple[bool, ...]:
    return (
        permissions.can_see_desk(user, organization),
        permissions.can_edit(user, organization),
        permissions.can_approve_hours(user, organization),
        permissions.can_manage_people(user, organization),
    )


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.VIEWER, (True, False, False, False)),
        (Role.ORGANIZER, (True, True, True, False)),
        (Role.ADMIN, (True, True, True, True)),
    ],
)
def test_each_role_may_what_the_table_says(role: str, expected: tuple[bool, ...]) -> None:
    member = OrganizationMembershipFactory(role=role)

    assert answers(member.user, member.organization) == expected
    assert answers(member.user, OrganizationFactory()) == (False,) * 4


@pytest.mark.parametrize("state", [MembershipState.INVITED, MembershipState.ENDED])
def test_only_an_active_membership_counts(state: str) -> None:
    member = OrganizationMembershipFactory(role=Role.ADMIN, state=state)

    assert answers(member.user, member.organization) == (False,) * 4
    assert list(Organization.objects.with_desk_of(member.user)) == []


def test_staff_may_all_strangers_and_closed_accounts_nothing() -> None:
    organization = OrganizationFactory()
    closed = OrganizationMembershipFactory(
        organization=organization, role=Role.ADMIN, user__is_active=False
    ).user

    assert answers(UserFactory(is_staff=True), organization) == (True,) * 4
    assert answers(UserFactory(), organization) == (False,) * 4
    assert answers(AnonymousUser(), organization) == (False,) * 4
    assert answers(closed, organization) == (False,) * 4


def test_visible_to_is_the_public_ones_and_ones_own() -> None:
    public = OrganizationFactory()
    draft = OrganizationFactory(status=Organization.Status.DRAFT, live=False)
    member = OrganizationMembershipFactory(organization=draft).user

    assert set(permissions.visible_to(AnonymousUser())) == {public}
    assert set(permissions.visible_to(UserFactory())) == {public}
    assert set(permissions.visible_to(member)) == {public, draft}
    assert set(permissions.visible_to(UserFactory(is_staff=True))) == {public, draft}
    assert list(Organization.objects.with_desk_of(member)) == [draft]
    assert list(Organization.objects.with_desk_of(AnonymousUser())) == []
