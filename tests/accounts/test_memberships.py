from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.signing import dumps
from django.test import Client
from django.utils import timezone

from accounts.domain import memberships
from accounts.mail import INVITATION_SALT
from accounts.models import Membership, MembershipState
from companies.models import CompanyMembership
from core.limits import TooOften
from organizations.models import OrganizationMembership
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Role = OrganizationMembership.Role
State = MembershipState


@pytest.fixture
def admin() -> OrganizationMembership:
    member: OrganizationMembership = OrganizationMembershipFactory(role=Role.ADMIN)
    return member


def invite(admin: OrganizationMembership, now: datetime, **facts: object) -> Membership:
    asked: dict[str, Any] = {
        "email": "New@example.org",
        "role": Role.VIEWER,
        "by": admin.user,
        **facts,
    }
    return memberships.invite(
        members=OrganizationMembership, whole=admin.organization, now=now, **asked
    )


def link_in(message: mail.EmailMessage) -> str:
    line = next(line for line in str(message.body).splitlines() if "/invitations/" in line)
    return line.removeprefix("http://localhost:8000")


def test_an_invitation_goes_by_mail_and_becomes_a_membership_by_a_button(
    admin: OrganizationMembership, work: Callable[[], int], client: Client
) -> None:
    row = invite(admin, timezone.now())
    assert work() == 1
    link = link_in(mail.outbox[0])
    assert mail.outbox[0].to == ["new@example.org"]
    invited = UserFactory()
    client.force_login(invited)

    assert client.get(link).status_code == 200
    row.refresh_from_db()
    assert row.state == State.INVITED  # opening a link changes nothing

    answer = client.post(link)
    assert (answer.status_code, answer["Location"]) == (302, row.desk_url)
    row.refresh_from_db()
    assert (row.state, row.user, row.role) == (State.ACTIVE, invited, Role.VIEWER)

    assert client.post(link).status_code == 302  # asking twice gives the same answer
    client.force_login(UserFactory())
    assert client.post(link).status_code == 410
    assert client.get(link).status_code == 410


def test_a_visitor_who_is_not_signed_in_is_led_there_and_back(
    admin: OrganizationMembership, work: Callable[[], int], client: Client
) -> None:
    row = invite(admin, timezone.now())
    work()
    link = link_in(mail.outbox[0])

    assert f"/accounts/login/?next={link}".replace(":", "%3A") in client.get(link).content.decode()
    client.post(link)
    row.refresh_from_db()
    assert row.state == State.INVITED


def test_forged_links_open_nothing(client: Client) -> None:
    made = ["organizations.organization", "x"]

    for token in ("nonsense", dumps(made), dumps(made, salt=INVITATION_SALT)):
        assert client.get(f"/invitations/{token}/").status_code == 410


def test_a_line_break_in_a_name_neither_stops_a_mail_nor_adds_to_its_head(
    admin: OrganizationMembership, work: Callable[[], int]
) -> None:
    type(admin.organization).objects.update(name="Robots\r\nBcc: evil@example.org")
    invite(admin, timezone.now())
    work()
    assert mail.outbox[0].subject == "Join Robots Bcc: evil@example.org on Tech LA Cares"
    assert mail.outbox[0].recipients() == ["new@example.org"]


def test_only_those_who_manage_people_invite(admin: OrganizationMembership, now: datetime) -> None:
    organizer = OrganizationMembershipFactory(organization=admin.organization)

    with pytest.raises(PermissionDenied):
        invite(admin, now, by=organizer.user)
    with pytest.raises(PermissionDenied):
        invite(admin, now, by=OrganizationMembershipFactory(role=Role.ADMIN).user)
    assert invite(admin, now, by=UserFactory(is_staff=True)).state == State.INVITED


def test_inviting_twice_is_one_invitation_with_the_later_role(
    admin: OrganizationMembership, now: datetime
) -> None:
    first = invite(admin, now)
    second = invite(admin, now, role=Role.ORGANIZER)

    assert (first.pk, second.role) == (second.pk, Role.ORGANIZER)
    with pytest.raises(memberships.NoSuchRole):
        invite(admin, now, role="captain")
    with pytest.raises(memberships.AlreadyMember):
        invite(admin, now, email=admin.user.email)


def test_invitations_do_not_bomb_a_mailbox(admin: OrganizationMembership, now: datetime) -> None:
    for _again in range(3):
        invite(admin, now)

    with pytest.raises(TooOften):
        invite(admin, now)
    assert invite(admin, now + timedelta(hours=2)).state == State.INVITED


def test_the_last_administrator_can_neither_leave_nor_step_down(
    admin: OrganizationMembership, now: datetime
) -> None:
    with pytest.raises(memberships.LastAdministrator):
        memberships.end(membership=admin, by=admin.user, now=now)
    with pytest.raises(memberships.LastAdministrator):
        memberships.change_role(membership=admin, role=Role.VIEWER, by=admin.user, now=now)

    second = OrganizationMembershipFactory(organization=admin.organization)
    memberships.change_role(membership=second, role=Role.ADMIN, by=admin.user, now=now)
    ended = memberships.end(membership=admin, by=admin.user, now=now)
    assert (ended.state, ended.ended_at) == (State.ENDED, now)


def test_members_may_leave_but_not_remove_others(
    admin: OrganizationMembership, now: datetime
) -> None:
    one = OrganizationMembershipFactory(organization=admin.organization)
    other = OrganizationMembershipFactory(organization=admin.organization)

    with pytest.raises(PermissionDenied):
        memberships.end(membership=other, by=one.user, now=now)
    with pytest.raises(PermissionDenied):
        memberships.change_role(membership=one, role=Role.ADMIN, by=one.user, now=now)
    assert memberships.end(membership=one, by=one.user, now=now).state == State.ENDED
    assert memberships.end(membership=other, by=admin.user, now=now).state == State.ENDED
    assert memberships.end(membership=other, by=admin.user, now=now).state == State.ENDED
    with pytest.raises(memberships.Ended):
        memberships.change_role(membership=other, role=Role.ADMIN, by=admin.user, now=now)


def test_nobody_belongs_twice(admin: OrganizationMembership, now: datetime) -> None:
    row = invite(admin, now)

    with pytest.raises(memberships.AlreadyMember):
        memberships.accept(membership=row, by=admin.user, now=now)


@pytest.mark.parametrize("was", State.values)
@pytest.mark.parametrize("to", State.values)
def test_every_move_is_in_the_table_or_refused(was: str, to: str, now: datetime) -> None:
    keeper = OrganizationMembershipFactory(role=Role.ADMIN)
    row: Membership = OrganizationMembershipFactory(organization=keeper.organization, state=was)
    person = row.user if was != State.INVITED else UserFactory()
    allowed = to in Membership.MOVES[was]

    if to == State.ACTIVE and not (allowed or was == to):
        with pytest.raises(memberships.InvitationClosed):
            memberships.accept(membership=row, by=person, now=now)
        return
    if to == State.ACTIVE:
        row = memberships.accept(membership=row, by=person, now=now)
    elif to == State.ENDED:
        row = memberships.end(membership=row, by=keeper.user, now=now)
    assert row.state == (to if allowed or was == to else was)


def test_desks_of_lists_organizations_and_companies_by_name() -> None:
    user = UserFactory()
    OrganizationMembershipFactory(user=user, organization=OrganizationFactory(name="Zebra"))
    CompanyMembershipFactory(user=user, company=CompanyFactory(name="apple"))
    OrganizationMembershipFactory(user=user, state=State.ENDED)

    desks = memberships.desks_of(user)

    assert [(desk.name, desk.role) for desk in desks] == [
        ("apple", "Captain"),
        ("Zebra", "Organizer"),
    ]


@pytest.fixture
def lead() -> CompanyMembership:
    member: CompanyMembership = CompanyMembershipFactory(role=CompanyMembership.Role.CSR_LEAD)
    return member


def test_the_people_page_shows_members_and_does_what_its_buttons_say(
    client: Client, lead: CompanyMembership
) -> None:
    path = f"/desk/companies/{lead.company.slug}/people/"
    member = CompanyMembershipFactory(company=lead.company)
    client.force_login(lead.user)
    assert member.user.name in client.get(path).content.decode()

    form = {"invite": "1", "email": "not an address", "role": "employee"}
    assert client.post(path, form).status_code == 422
    assert client.post(path, {**form, "email": "new@example.org"}).status_code == 302
    assert CompanyMembership.objects.filter(state=State.INVITED).count() == 1

    assert client.post(path, {"member": member.uuid, "role": "csr_lead"}).status_code == 302
    member.refresh_from_db()
    assert member.role == "csr_lead"
    assert client.post(path, {"member": member.uuid, "end": "1"}).status_code == 302
    member.refresh_from_db()
    assert member.state == State.ENDED

    answer = client.post(path, {"member": lead.uuid, "end": "1"})
    assert (answer.status_code, b"Somebody must be left" in answer.content) == (409, True)


def test_the_people_page_is_for_the_desk_only(client: Client, lead: CompanyMembership) -> None:
    path = f"/desk/companies/{lead.company.slug}/people/"
    employee = CompanyMembershipFactory(company=lead.company, role=CompanyMembership.Role.EMPLOYEE)
    assert client.get(path).status_code == 302

    client.force_login(CompanyMembershipFactory().user)
    assert client.get(path).status_code == 404

    client.force_login(employee.user)
    page = client.get(path).content.decode()
    assert ("Invite somebody" in page, lead.user.email in page, "Leave" in page) == (
        False,
        False,
        True,
    )
    assert client.post(path, {"member": lead.uuid, "end": "1"}).status_code == 403


def test_members_of_another_company_are_not_found(client: Client, lead: CompanyMembership) -> None:
    stranger = CompanyMembershipFactory()
    client.force_login(lead.user)

    answer = client.post(
        f"/desk/companies/{lead.company.slug}/people/", {"member": stranger.uuid, "end": "1"}
    )

    stranger.refresh_from_db()
    assert (answer.status_code, stranger.state) == (404, State.ACTIVE)
