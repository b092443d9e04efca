"""Who comes to a date and who waits for it, and what the date counts of them."""

from datetime import datetime
from itertools import count

from accounts.models import User
from events.domain import signups, waiting
from events.models import Occurrence, SignUp, WaitingEntry
from tests.factories.events import OccurrenceFactory, SignUpFactory

NAMES = count()


def person(*, is_staff: bool = False) -> User:
    """An account without a password: hashing hundreds of them is no part of these tests."""
    name = f"somebody-{next(NAMES)}"
    return User.objects.create(
        username=name, email=f"{name}@example.org", name=name, is_staff=is_staff
    )


def guest(occurrence: Occurrence, now: datetime, **changes: object) -> SignUp:
    details: dict[str, object] = {"name": "Ana Ruiz", "email": "ana@example.com", **changes}
    return signups.sign_up(occurrence=occurrence, by=None, now=now, **details)  # type: ignore[arg-type]


def wait(occurrence: Occurrence, now: datetime, number: int = 1, **changes: object) -> WaitingEntry:
    details: dict[str, object] = {
        "name": f"Waiting {number}",
        "email": f"w{number}@example.com",
        **changes,
    }
    entry = waiting.join(occurrence=occurrence, by=None, now=now, **details)  # type: ignore[arg-type]
    assert entry is not None
    return entry


def full(places: int = 1, **changes: object) -> Occurrence:
    """A date whose places are all taken by accounts."""
    occurrence: Occurrence = OccurrenceFactory(capacity=places, seats_taken=places, **changes)
    for _place in range(places):
        user = person()
        SignUpFactory(occurrence=occurrence, user=user, email=user.email)
    return occurrence


def give_back(occurrence: Occurrence, now: datetime) -> None:
    """One of those who come cancels."""
    signup = occurrence.signups.holding().order_by("pk")[0]
    signups.cancel(signup=signup, by=signup.user, now=now)


def statuses(occurrence: Occurrence) -> list[str]:
    return list(occurrence.line.order_by("pk").values_list("status", flat=True))


def taken(occurrence: Occurrence) -> int:
    """What the date counts, checked against what it should count."""
    occurrence.refresh_from_db()
    held = occurrence.signups.holding().count()
    offered = occurrence.line.filter(status=WaitingEntry.Status.OFFERED)
    offers = sum(entry.party_size for entry in offered)
    unclaimed = sum(block.unclaimed for block in occurrence.blocks.held())
    assert occurrence.seats_taken == held + offers + unclaimed
    return occurrence.seats_taken
