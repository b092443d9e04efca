"""Cancels, answers to offers and edits of the places at one moment, and without the lock."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime

import pytest
from django.db import transaction
from django.db.models import Count

from accounts.models import User
from events.domain import seats, series, signups, waiting
from events.domain.details import Details
from events.models import Occurrence, Offer, WaitingEntry
from tests.events.people import full, person, taken, wait
from tests.events.threads import at_once
from tests.factories.organizations import OrganizationMembershipFactory

PLACES, LINE, ANSWERS = 50, 70, 5
EDITS = (PLACES, PLACES + 5, PLACES, PLACES + 5, PLACES)
#: As often as it is played; `PROMOTION_RUNS=50` for the full proof.
RUNS = int(os.environ.get("PROMOTION_RUNS", "1"))

Status = WaitingEntry.Status

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def edit_places(occurrence: Occurrence, places: int, *, by: User, now: datetime) -> None:
    names = {each.name for each in fields(Details)} - {"focus_areas", "capacity"}
    values = {name: getattr(occurrence.series, name) for name in names}
    details = Details(**values, capacity=places)
    series.edit(series=occurrence.series, details=details, by=by, now=now)


@pytest.mark.parametrize("run", range(RUNS))
def test_fifty_cancels_five_answers_and_five_edits_at_once(now: datetime, run: int) -> None:
    host = OrganizationMembershipFactory(user=person())
    occurrence = full(PLACES, series__organization=host.organization, series__capacity=PLACES)
    line = [wait(occurrence, now, number) for number in range(LINE)]
    coming = list(occurrence.signups.holding().order_by("pk"))
    for signup in coming[:ANSWERS]:  # so that there is something to answer
        signups.cancel(signup=signup, by=signup.user, now=now)

    at_once(
        [
            *(lambda s=s: signups.cancel(signup=s, by=s.user, now=now) for s in coming),
            *(lambda e=e: waiting.accept(entry=e, by=None, now=now) for e in line[:ANSWERS]),
            *(lambda n=n: edit_places(occurrence, n, by=host.user, now=now) for n in EDITS),
        ]
    )

    # All who came first are gone; as many as there ever were places for have moved up.
    occurrence.refresh_from_db()
    assert occurrence.capacity in set(EDITS)
    assert PLACES <= taken(occurrence) <= max(EDITS)
    assert occurrence.signups.holding().count() == ANSWERS
    moved_up = [entry.status for entry in occurrence.line.order_by("pk")]
    ahead = moved_up.index(Status.WAITING)
    assert moved_up[:ahead] == [Status.ACCEPTED] * ANSWERS + [Status.OFFERED] * (ahead - ANSWERS)
    assert set(moved_up[ahead:]) == {Status.WAITING}
    assert (
        not Offer.objects.values("entry").annotate(times=Count("pk")).filter(times__gt=1).exists()
    )


def two_come_free_at_once(now: datetime) -> str:
    """Two places of a date come free, and two people wait who come together or not at all."""
    occurrence = full(2)
    pair = wait(occurrence, now, others=["Second"])
    coming = list(occurrence.signups.holding().order_by("pk"))
    at_once([lambda s=s: signups.cancel(signup=s, by=s.user, now=now) for s in coming])  # type: ignore[misc]
    pair.refresh_from_db()
    return str(pair.status)


def test_two_who_wait_together_get_the_two_places_that_come_free(now: datetime) -> None:
    assert two_come_free_at_once(now) == Status.OFFERED


def test_without_the_lock_each_of_the_two_places_seems_the_only_one(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is free must be read once the date is held, not before."""
    both_have_looked = threading.Barrier(2)

    @contextmanager
    def unlocked(pk: int) -> Iterator[Occurrence]:
        row = Occurrence.objects.select_related("series").get(pk=pk)
        if threading.current_thread() is not threading.main_thread():
            both_have_looked.wait(timeout=60)
        with transaction.atomic():
            yield row

    monkeypatch.setattr(seats, "held", unlocked)
    assert two_come_free_at_once(now) == Status.WAITING
