"""Who may do what with an organization: only through active memberships, or as staff."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import MembershipState, User
from organizations.models import Organization, OrganizationMembership, OrganizationQuerySet

Role = OrganizationMembership.Role

#: Roles that work at the desk; a viewer only looks.
WORKING_ROLES = frozenset({Role.ADMIN, Role.ORGANIZER})


def visible_to(user: User | AnonymousUser) -> OrganizationQuerySet:
    """The organizations that this person may know of: the public ones, and those they belong to.

    Look objects up through this: what is not in it is answered with 404.
    """
    if not user.is_active:
        return Organization.objects.public()
    if user.is_staff:
        return Organization.objects.all()
    mine = Organization.objects.with_desk_of(user).values("pk")
    public = Organization.objects.public().values("pk")
    return Organization.objects.filter(Q(pk__in=mine) | Q(pk__in=public))


def can_see_desk(user: User | AnonymousUser, organization: Organization) -> bool:
    """Whether they may look at the organization's desk: every member, and staff."""
    return _holds(user, organization, frozenset(Role))


def can_edit(user: User | AnonymousUser, organization: Organization) -> bool:
    """Whether they may change its profile, needs and events: administrators and organizers."""
    return _holds(user, organization, WORKING_ROLES)


def can_approve_hours(user: User | AnonymousUser, organization: Organization) -> bool:
    """Whether they may approve hours given to it; never their own, which the ledger sees to."""
    return _holds(user, organization, WORKING_ROLES)


def can_manage_people(user: User | AnonymousUser, organization: Organization) -> bool:
    """Whether they may invite people, change roles and end memberships: administrators."""
    return _holds(user, organization, frozenset({Role.ADMIN}))


def can_moderate(user: User | AnonymousUser) -> bool:
    """Whether they may approve, hand back, suspend and archive organizations and needs."""
    return isinstance(user, User) and user.has_perm("organizations.publish_organization")


def _holds(user: User | AnonymousUser, organization: Organization, roles: frozenset[Role]) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_staff:
        return True
    return OrganizationMembership.objects.filter(
        user=user, organization=organization, state=MembershipState.ACTIVE, role__in=roles
    ).exists()
