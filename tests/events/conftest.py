"""Who puts on events, what of theirs is at hand, and when: the tests' present."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from core import outbox
from events.domain import incoming
from events.domain.undo import MAILS_WAIT
from events.models import IncomingCalendar
from organizations.models import Organization
from tests.events.held_places import Stage, staged
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


@pytest.fixture
def present(time_machine: Any, now: datetime) -> datetime:
    """The tests' present is the doors' present."""
    time_machine.move_to(now, tick=False)
    return now


@pytest.fixture
def mailed(now: datetime) -> Callable[..., list[str]]:
    """Play the worker; the subjects of what it sent."""

    def played(at: datetime = now) -> list[str]:
        mail.outbox.clear()
        outbox.sweep(now=at)
        return [str(message.subject) for message in mail.outbox]

    return played


@pytest.fixture
def work_later(now: datetime) -> Callable[[], int]:
    """Play the worker a minute after the tests’ present, when edits are told too."""
    return lambda: outbox.sweep(now=now + MAILS_WAIT)


@pytest.fixture
def stage() -> Stage:
    """A date of an organization, and a company for which it may hold places."""
    return staged()
