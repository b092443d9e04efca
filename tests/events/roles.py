"""A date with places by role, and who comes in one."""

from datetime import datetime
from typing import Any

from events.domain import signups, slots
from events.models import Occurrence, Series, SignUp, Slot
from tests.events.people import person
from tests.factories.events import OccurrenceFactory

MENTOR = Slot(id="mentor", name="Mentor", capacity=2, qualification="has shipped software")
JUDGE = Slot(id="judge", name="Judge", capacity=1)
KEPT = [MENTOR.kept(), JUDGE.kept()]


def hackathon(**changes: Any) -> Occurrence:
    """A date with two places for mentors and one for a judge."""
    asked = {"series__slots": KEPT, "series__capacity": 3, **changes}
    made: Occurrence = OccurrenceFactory(**asked)
    return made


def comes(date: Occurrence, now: datetime, slot: str = "judge", **changes: Any) -> SignUp:
    """Somebody with an account comes as that."""
    user = person()
    asked = {"name": user.name, "email": "", "by": user, **changes}
    return signups.sign_up(occurrence=date, now=now, slot=slot, **asked)


def offered(series: Series, now: datetime, *named: Slot, **changes: Any) -> Series:
    asked = {"by": person(is_staff=True), **changes}
    return slots.offer(series=series, slots=named, now=now, **asked)
