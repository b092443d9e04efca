"""Who may do what with pledges, deliveries and hours."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import MembershipState, User
from companies import permissions as companies
from companies.models import Company, CompanyMembership
from organizations import permissions as organizations
from organizations.models import Organization
from pledges.models import Delivery, HoursEntry, Pledge, PledgeQuerySet


def visible_to(user: User | AnonymousUser) -> PledgeQuerySet:
    """The pledges that this person may know of: public ones, and those of their two desks.

    A draft is the company's own until it is announced.
    """
    public = Q(status__in=Pledge.PUBLIC_STATUSES, company__live=True)
    if not isinstance(user, User) or not user.is_active:
        return Pledge.objects.filter(public)
    if user.is_staff:
        return Pledge.objects.all()
    mine = Q(company__in=Company.objects.with_desk_of(user))
    to_me = Q(organization__in=Organization.objects.with_desk_of(user)) & ~Q(
        status=Pledge.Status.DRAFT
    )
    return Pledge.objects.filter(public | mine | to_me)


def companies_to_pledge_for(user: User) -> "list[Company]":
    """The companies in whose name this person may promise something, by name."""
    return list(
        Company.objects.filter(
            memberships__user=user,
            memberships__state=MembershipState.ACTIVE,
            memberships__role__in=companies.WORKING_ROLES,
            live=True,
        ).order_by("name")
    )


def companies_of(user: User) -> "list[Company]":
    """The companies where this person works, by name."""
    return list(
        Company.objects.filter(
            memberships__user=user, memberships__state=MembershipState.ACTIVE
        ).order_by("name")
    )


def works_at(user: User, company: Company) -> bool:
    """Whether they are an active member of the company."""
    return CompanyMembership.objects.filter(
        user=user, company=company, state=MembershipState.ACTIVE
    ).exists()


def can_act_for_giver(user: User | AnonymousUser, pledge: Pledge) -> bool:
    """Whether they may announce, withdraw and deliver it."""
    return companies.can_pledge(user, pledge.company)


def can_act_for_receiver(user: User | AnonymousUser, pledge: Pledge) -> bool:
    """Whether they may accept, decline and confirm it; staff where it names no organization."""
    if pledge.organization is None:
        return isinstance(user, User) and user.is_active and user.is_staff
    return organizations.can_edit(user, pledge.organization)


def can_approve_hours(user: User | AnonymousUser, entry: HoursEntry) -> bool:
    """Whether they may decide on the entry; nobody decides on their own."""
    return entry.user != user and organizations.can_approve_hours(user, entry.organization)


def can_settle(user: User | AnonymousUser, delivery: Delivery) -> bool:
    """Whether they may agree to what the organization says arrived."""
    return companies.can_pledge(user, delivery.line.pledge.company)


def can_pledge(user: User | AnonymousUser, company: Company) -> bool:
    """Whether they may promise something in the company's name."""
    return companies.can_pledge(user, company)
