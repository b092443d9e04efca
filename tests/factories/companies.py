"""Companies, what they offer and their people."""

from collections.abc import Iterable

import factory
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from accounts.models import MembershipState
from companies.models import Capability, Company, CompanyMembership
from core.models import Area
from core.vocabulary import Kind, Unit
from tests.factories.accounts import UserFactory


class CompanyFactory(DjangoModelFactory):
    """A public company; `areas=["south-la"]` by slug."""

    class Meta:
        model = Company
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Example Software {number}")
    slug = factory.LazyAttribute(lambda company: slugify(company.name))
    live = True

    @factory.post_generation
    def areas(self: Company, create: bool, slugs: Iterable[str] | None) -> None:
        """Add the areas with these slugs."""
        if create and slugs:
            self.areas.set(Area.objects.filter(slug__in=list(slugs)))
            self.save()


class CompanyMembershipFactory(DjangoModelFactory):
    """An active membership; a captain unless `role` says otherwise."""

    class Meta:
        model = CompanyMembership

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    role = CompanyMembership.Role.CAPTAIN
    state = MembershipState.ACTIVE


class CapabilityFactory(DjangoModelFactory):
    """Thirty volunteers on offer."""

    class Meta:
        model = Capability

    company = factory.SubFactory(CompanyFactory)
    kind = Kind.VOLUNTEERS
    title = "Thirty engineers for a Saturday"
    unit = Unit.PERSON
    quantity = 30
    status = Capability.Status.ACTIVE
