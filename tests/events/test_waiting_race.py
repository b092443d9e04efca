"""Joining, answers and cancels at one moment: one line, and never more than the places."""

from datetime import datetime

import pytest

from events.domain import signups, waiting
from events.models import WaitingEntry
from tests.events.people import full, give_back, taken, wait
from tests.events.threads import at_once

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_cancels_answers_and_lapses_at_once_never_exceed_the_places(now: datetime) -> None:
    places = 12
    occurrence = full(places=places)
    line = [wait(occurrence, now, number) for number in range(20)]
    for _offer in range(4):
        give_back(occurrence, now)
    coming = list(occurrence.signups.holding().order_by("pk"))
    at_once(
        [
            *(lambda s=s: signups.cancel(signup=s, by=s.user, now=now) for s in coming[:6]),
            *(lambda e=e: waiting.accept(entry=e, by=None, now=now) for e in line[:2]),
            *(lambda e=e: waiting.leave(entry=e, by=None, now=now) for e in line[2:4]),
            *(lambda e=e: waiting.leave(entry=e, by=None, now=now) for e in line[10:13]),
        ]
    )
    assert taken(occurrence) == places
    offered = occurrence.line.filter(status=Status.OFFERED).count()
    assert offered == 8  # six cancels and two refusals, each offered on once
    ahead = [entry.status for entry in occurrence.line.order_by("pk")[4:10]]
    assert ahead == [Status.OFFERED] * 6  # first in, first offered


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_who_join_at_once_stand_in_one_line(now: datetime) -> None:
    occurrence = full()
    entries = at_once([lambda n=n: wait(occurrence, now, n) for n in range(30)])  # type: ignore[misc]
    positions = [entry.position for entry in entries if isinstance(entry, WaitingEntry)]
    assert sorted(positions) == list(range(1, 31))
