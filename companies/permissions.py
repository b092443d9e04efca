"""Who may do what with a company: only through active memberships, or as staff."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import MembershipState, User
from companies.models import Company, CompanyMembership, CompanyQuerySet

Role = CompanyMembership.Role

#: Roles that work at the desk; an employee only looks and joins in.
WORKING_ROLES = frozenset({Role.CSR_LEAD, Role.CAPTAIN})


def visible_to(user: User | AnonymousUser) -> CompanyQuerySet:
    """The companies that this person may know of: the public ones, and those they belong to.

    Look objects up through this: what is not in it is answered with 404.
    """
    if not user.is_active:
        return Company.objects.public()
    if user.is_staff:
        return Company.objects.all()
    mine = Company.objects.with_desk_of(user).values("pk")
    public = Company.objects.public().values("pk")
    return Company.objects.filter(Q(pk__in=mine) | Q(pk__in=public))


def can_see_desk(user: User | AnonymousUser, company: Company) -> bool:
    """Whether they may look at the company's desk: every member, and staff."""
    return _holds(user, company, frozenset(Role))


def can_edit(user: User | AnonymousUser, company: Company) -> bool:
    """Whether they may change its profile, capabilities and events: CSR leads and captains."""
    return _holds(user, company, WORKING_ROLES)


def can_pledge(user: User | AnonymousUser, company: Company) -> bool:
    """Whether they may promise something in the company's name: CSR leads and captains."""
    return _holds(user, company, WORKING_ROLES)


def can_manage_people(user: User | AnonymousUser, company: Company) -> bool:
    """Whether they may invite people, change roles and end memberships: CSR leads."""
    return _holds(user, company, frozenset({Role.CSR_LEAD}))


def _holds(user: User | AnonymousUser, company: Company, roles: frozenset[Role]) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_staff:
        return True
    return CompanyMembership.objects.filter(
        user=user, company=company, state=MembershipState.ACTIVE, role__in=roles
    ).exists()
