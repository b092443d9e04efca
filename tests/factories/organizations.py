"""Organizations, their needs and their people."""

from collections.abc import Iterable

import factory
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from accounts.models import MembershipState
from core.models import Area, FocusArea
from core.vocabulary import Kind, Unit
from organizations.models import Need, Organization, OrganizationMembership
from tests.factories.accounts import UserFactory


class OrganizationFactory(DjangoModelFactory):
    """A public organization (approved and live); `areas=["south-la"]` and `focus_areas` by slug."""

    class Meta:
        model = Organization
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Robotics Club {number}")
    slug = factory.LazyAttribute(lambda organization: slugify(organization.name))
    mission = "We build robots with middle schoolers after class."
    status = Organization.Status.APPROVED
    live = True

    @factory.post_generation
    def areas(self: Organization, create: bool, slugs: Iterable[str] | None) -> None:
        """Add the areas with these slugs."""
        if create and slugs:
            self.areas.set(Area.objects.filter(slug__in=list(slugs)))
            self.save()

    @factory.post_generation
    def focus_areas(self: Organization, create: bool, slugs: Iterable[str] | None) -> None:
        """Add the focus areas with these slugs."""
        if create and slugs:
            self.focus_areas.set(FocusArea.objects.filter(slug__in=list(slugs)))
            self.save()


class OrganizationMembershipFactory(DjangoModelFactory):
    """An active membership; an organizer unless `role` says otherwise."""

    class Meta:
        model = OrganizationMembership

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = OrganizationMembership.Role.ORGANIZER
    state = MembershipState.ACTIVE


class NeedFactory(DjangoModelFactory):
    """A public, open need for twenty laptops; `areas=["south-la"]` by slug."""

    class Meta:
        model = Need
        skip_postgeneration_save = True

    organization = factory.SubFactory(OrganizationFactory)
    title = factory.Sequence(lambda number: f"Twenty laptops {number}")
    slug = factory.LazyAttribute(lambda need: slugify(need.title))
    kind = Kind.HARDWARE
    unit = Unit.ITEM
    quantity_wanted = 20
    status = Need.Status.OPEN
    live = True

    @factory.post_generation
    def areas(self: Need, create: bool, slugs: Iterable[str] | None) -> None:
        """Add the areas with these slugs."""
        if create and slugs:
            self.areas.set(Area.objects.filter(slug__in=list(slugs)))
            self.save()
