"""Places that an organization holds for a company, and who claims them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from companies.models import Company, CompanyMembership
from events.domain import blocks
from events.models import Occurrence, SeatBlock, SignUp
from tests.events.people import person, taken
from tests.factories.companies import CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory
from tests.factories.organizations import OrganizationMembershipFactory


@dataclass
class Stage:
    """One date of an organization, and one company."""

    occurrence: Occurrence
    host: User
    company: Company
    lead: User

    def hold(self, places: int, now: datetime, **changes: Any) -> SeatBlock:
        asked = {"occurrence": self.occurrence, "company": self.company, "by": self.host, **changes}
        return blocks.hold(**asked, places=places, now=now)

    def block(self) -> SeatBlock:
        """The company's only block, as it stands now."""
        return SeatBlock.objects.for_page().get(company=self.company)

    def numbers(self) -> tuple[int, int, int]:
        """Places and unclaimed ones of the block, and what the date counts."""
        block = self.block()
        return block.places, block.unclaimed, taken(self.occurrence)


def staged(capacity: int | None = 10, **changes: Any) -> Stage:
    host = OrganizationMembershipFactory(user=person())
    lead = CompanyMembershipFactory(user=person(), role=CompanyMembership.Role.CSR_LEAD)
    organization = host.organization
    changes = {"series__organization": organization, "series__title": "Robots", **changes}
    occurrence = OccurrenceFactory(capacity=capacity, **changes)
    return Stage(occurrence, host.user, lead.company, lead.user)


def claim(block: SeatBlock, now: datetime, number: int = 1, **changes: Any) -> SignUp:
    details = {"name": f"Colleague {number}", "email": f"c{number}@example.com", "by": None}
    return blocks.claim(block=block, now=now, **{**details, **changes})


def claim_as(block: SeatBlock, user: User, now: datetime, **changes: Any) -> SignUp:
    return blocks.claim(block=block, name=user.name, email="", by=user, now=now, **changes)
