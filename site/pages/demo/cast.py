"""The people of the demonstration: one for each way to sign in, and volunteers."""

from dataclasses import dataclass

from django.conf import settings

from accounts.domain import people
from accounts.models import MembershipState, User
from companies.models import Company, CompanyMembership
from organizations.models import Organization, OrganizationMembership

#: Printed and public: accounts get it on a developer's machine only.
PASSWORD = "three-kites-over-la"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast."""

    key: str
    name: str
    #: What they can show, for the list of sign-ins; empty for those who only fill the stage.
    shows: str = ""

    @property
    def email(self) -> str:
        """An address that can belong to nobody (RFC 2606)."""
        return f"{self.key}@demo.example.org"


STAFF = Person("staff", "Demo Staff", "the CMS, moderation and every desk")
ADMIN = Person("admin", "Demo Administrator", "an organization's desk, as administrator")
ORGANIZER = Person("organizer", "Demo Organizer", "an organization's desk, as organizer")
CSR_LEAD = Person("csr", "Demo CSR Lead", "a company's desk")
VOLUNTEER = Person("volunteer", "Demo Volunteer", "a volunteer's own pages")
SIGN_INS = (STAFF, ADMIN, ORGANIZER, CSR_LEAD, VOLUNTEER)
COLLEAGUES = tuple(
    Person(f"volunteer-{number}", f"Demo Volunteer {word}")
    for number, word in enumerate(("Two", "Three", "Four", "Five", "Six", "Seven"), 2)
)


def enter() -> dict[str, User]:
    """An account for each of the cast, by key; without DEBUG nobody can sign in to them."""
    return {person.key: _account(person) for person in (*SIGN_INS, *COLLEAGUES)}


def leave(accounts: dict[str, User]) -> None:
    """Close the accounts behind the story, except on a developer's machine."""
    if not settings.DEBUG:
        User.objects.filter(pk__in=[user.pk for user in accounts.values()]).update(is_active=False)


def can_sign_in() -> bool:
    """Whether the accounts are there with the printed password."""
    staff = User.objects.filter(email=STAFF.email, is_staff=True, is_active=True)
    return settings.DEBUG and staff.exists()


def join_organization(organization: Organization, user: User, role: str) -> None:
    """Make somebody a member; nothing happens if they are."""
    OrganizationMembership.objects.get_or_create(
        organization=organization,
        user=user,
        state=MembershipState.ACTIVE,
        defaults={"role": role},
    )


def join_company(company: Company, user: User, role: str) -> None:
    """Make somebody a member; nothing happens if they are."""
    CompanyMembership.objects.get_or_create(
        company=company, user=user, state=MembershipState.ACTIVE, defaults={"role": role}
    )


def _account(person: Person) -> User:
    is_staff = person is STAFF
    # No password is an unusable one; who only fills the stage needs none.
    return people.open_account(
        name=person.name,
        email=person.email,
        password=PASSWORD if settings.DEBUG and person.shows else None,
        is_staff=is_staff,
        is_superuser=is_staff,
    )
