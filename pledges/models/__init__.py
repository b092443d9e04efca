"""What a company promises, what came of it, and the hours that people gave."""

from pledges.models.hours import HoursEntry, HoursEntryQuerySet
from pledges.models.ledger import Account, LedgerTransaction, Posting
from pledges.models.pledges import (
    Commitment,
    Delivery,
    Pledge,
    PledgeLine,
    PledgeQuerySet,
)

__all__ = [
    "Account",
    "Commitment",
    "Delivery",
    "HoursEntry",
    "HoursEntryQuerySet",
    "LedgerTransaction",
    "Pledge",
    "PledgeLine",
    "PledgeQuerySet",
    "Posting",
]
