import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import MembershipState, User
from companies import permissions
from companies.models import Company, CompanyMembership
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory

Role = CompanyMembership.Role

pytestmark = pytest.mark.django_db


def answers(user: User | AnonymousUser, company: Company) -> tuple[bool, ...]:
    return (
        permissions.can_see_desk(user, company),
        permissions.can_edit(user, company),
        permissions.can_pledge(user, company),
        permissions.can_manage_people(user, company),
    )


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.EMPLOYEE, (True, False, False, False)),
        (Role.CAPTAIN, (True, True, True, False)),
        (Role.CSR_LEAD, (True, True, True, True)),
    ],
)
def test_each_role_may_what_the_table_says(role: str, expected: tuple[bool, ...]) -> None:
    member = CompanyMembershipFactory(role=role)

    assert answers(member.user, member.company) == expected
    assert answers(member.user, CompanyFactory()) == (False,) * 4


@pytest.mark.parametrize("state", [MembershipState.INVITED, MembershipState.ENDED])
def test_only_an_active_membership_counts(state: str) -> None:
    member = CompanyMembershipFactory(role=Role.CSR_LEAD, state=state)

    assert answers(member.user, member.company) == (False,) * 4
    assert list(Company.objects.with_desk_of(member.user)) == []


def test_staff_may_all_strangers_and_closed_accounts_nothing() -> None:
    company = CompanyFactory()
    closed = CompanyMembershipFactory(
        company=company, role=Role.CSR_LEAD, user__is_active=False
    ).user

    assert answers(UserFactory(is_staff=True), company) == (True,) * 4
    assert answers(UserFactory(), company) == (False,) * 4
    assert answers(AnonymousUser(), company) == (False,) * 4
    assert answers(closed, company) == (False,) * 4


def test_visible_to_is_the_public_ones_and_ones_own() -> None:
    public = CompanyFactory()
    draft = CompanyFactory(live=False)
    member = CompanyMembershipFactory(company=draft).user

    assert set(permissions.visible_to(AnonymousUser())) == {public}
    assert set(permissions.visible_to(UserFactory())) == {public}
    assert set(permissions.visible_to(member)) == {public, draft}
    assert set(permissions.visible_to(UserFactory(is_staff=True))) == {public, draft}
    assert list(Company.objects.with_desk_of(member)) == [draft]
    assert list(Company.objects.with_desk_of(AnonymousUser())) == []
