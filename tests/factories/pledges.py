"""Pledges, deliveries and hours, and the people who act on them."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from companies.models import Company, CompanyMembership
from core.vocabulary import Unit
from organizations.models import Organization, OrganizationMembership
from pledges.models import Delivery, HoursEntry, Pledge, PledgeLine
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory


class PledgeFactory(DjangoModelFactory):
    """A draft without lines; move it through `pledges.domain.lifecycle`, never by its status."""

    class Meta:
        model = Pledge

    company = factory.SubFactory(CompanyFactory)
    organization = factory.SubFactory(OrganizationFactory)
    ends_on = date(2027, 3, 31)
    created_by = factory.SubFactory(UserFactory)


class PledgeLineFactory(DjangoModelFactory):
    """Five items."""

    class Meta:
        model = PledgeLine

    pledge = factory.SubFactory(PledgeFactory)
    kind = PledgeLine.LineKind.HARDWARE
    quantity = 5
    unit = Unit.ITEM


class DeliveryFactory(DjangoModelFactory):
    """Five items, scheduled."""

    class Meta:
        model = Delivery

    line = factory.SubFactory(PledgeLineFactory)
    quantity = 5
    due_on = date(2026, 12, 20)


class HoursEntryFactory(DjangoModelFactory):
    """Two hours, waiting for the organization's word."""

    class Meta:
        model = HoursEntry

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    served_on = date(2026, 12, 5)
    minutes = 120
    status = HoursEntry.Status.SUBMITTED


def csr_lead_of(company: Company) -> User:
    """Somebody who may pledge for the company."""
    role = CompanyMembership.Role.CSR_LEAD
    user: User = CompanyMembershipFactory(company=company, role=role).user
    return user


def employee_of(company: Company) -> User:
    """Somebody who works there and may not pledge for it."""
    role = CompanyMembership.Role.EMPLOYEE
    user: User = CompanyMembershipFactory(company=company, role=role).user
    return user


def admin_of(organization: Organization) -> User:
    """Somebody who speaks for the organization."""
    role = OrganizationMembership.Role.ADMIN
    user: User = OrganizationMembershipFactory(organization=organization, role=role).user
    return user
