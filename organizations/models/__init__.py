"""Organizations, what they need, and who speaks for them."""

from organizations.models import cards, shown
from organizations.models.need import Need, NeedQuerySet
from organizations.models.organization import (
    Badge,
    Organization,
    OrganizationMembership,
    OrganizationQuerySet,
)
from organizations.models.submission import Submission

__all__ = [
    "Badge",
    "Need",
    "NeedQuerySet",
    "Organization",
    "OrganizationMembership",
    "OrganizationQuerySet",
    "Submission",
    "cards",
    "shown",
]
