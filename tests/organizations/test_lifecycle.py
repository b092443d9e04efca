from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied

from core import search
from organizations.domain import lifecycle
from organizations.models import Organization
from tests.factories.accounts import UserFactory
from tests.factories.organizations import (
    NeedFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
)

pytestmark = pytest.mark.django_db

Status = Organization.Status


@pytest.mark.parametrize("was", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_every_move_is_in_the_table_or_refused(was: str, to: str, now: datetime) -> None:
    organization = OrganizationFactory(status=was)
    move = lifecycle._move

    if to == was or to in Organization.MOVES[was]:
        assert move(organization, to, by=None, now=now).status == to
    else:
        with pytest.raises(lifecycle.NoSuchMove):
            move(organization, to, by=None, now=now)
        assert Organization.objects.get().status == was


def test_suspend_hides_an_organization_with_its_needs_and_approve_brings_both_back(
    now: datetime,
) -> None:
    moderator = UserFactory(is_superuser=True)
    organization = OrganizationFactory(slug="robots", name="Robots")
    NeedFactory(organization=organization, slug="laptops", title="Laptops")

    lifecycle.suspend(organization=organization, reason="Complaint", by=moderator, now=now)
    row = Organization.objects.get()
    assert (row.status, row.live) == (Status.SUSPENDED, False)
    assert list(search.slugs("need", "laptops")) == []
    assert list(search.slugs("organization", "robots")) == []

    lifecycle.approve(organization=row, by=moderator, now=now)
    row = Organization.objects.get()
    assert (row.status, row.live, row.is_public) == (Status.APPROVED, True, True)
    assert list(search.slugs("need", "laptops")) == ["laptops"]
    assert lifecycle.approve(organization=row, by=moderator, now=now).status == Status.APPROVED


def test_archive_is_the_end(now: datetime) -> None:
    moderator = UserFactory(is_superuser=True)
    organization = OrganizationFactory()

    lifecycle.archive(organization=organization, reason="Closed", by=moderator, now=now)
    assert not Organization.objects.public().exists()
    with pytest.raises(lifecycle.NoSuchMove):
        lifecycle.approve(organization=organization, by=moderator, now=now)


def test_only_moderators_decide(now: datetime) -> None:
    organization = OrganizationFactory(status=Status.SUBMITTED, live=False)
    admin = OrganizationMembershipFactory(organization=organization, role="admin").user

    with pytest.raises(PermissionDenied):
        lifecycle.approve(organization=organization, by=admin, now=now)
    for rule in (lifecycle.suspend, lifecycle.archive):
        with pytest.raises(PermissionDenied):
            rule(organization=organization, reason="No", by=admin, now=now)
    with pytest.raises(PermissionDenied):
        lifecycle.ask_for_info(organization=organization, question="?", by=admin, now=now)
    with pytest.raises(PermissionDenied):
        lifecycle.submit(organization=organization, by=UserFactory(), now=now)
    assert Organization.objects.get().status == Status.SUBMITTED


def test_deleting_an_organization_takes_it_and_its_needs_out_of_the_search(now: datetime) -> None:
    organization = OrganizationFactory(slug="robots", name="Robots")
    NeedFactory(organization=organization, slug="laptops", title="Laptops")
    lifecycle.published(organization=organization, by=None, now=now)
    assert list(search.slugs("need", "laptops")) == ["laptops"]

    organization.delete()
    assert list(search.slugs("need", "laptops")) == []
    assert list(search.slugs("organization", "robots")) == []
