"""Who puts on events, and a calendar of theirs to read."""

from datetime import datetime

import pytest

from accounts.models import User
from events.domain import incoming
from events.models import IncomingCalendar
from organizations.models import Organization
from tests.factories.organizations import OrganizationMembershipFactory


@pytest.fixture
def organizer() -> User:
    user: User = OrganizationMembershipFactory().user
    return user


@pytest.fixture
def calendar(organizer: User, now: datetime) -> IncomingCalendar:
    return incoming.hand_in(
        organization=Organization.objects.get(memberships__user=organizer),
        file_name="club.ics",
        kind="workshop",
        publishes=True,
        by=organizer,
        now=now,
    )
