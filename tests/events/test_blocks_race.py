"""Claims, releases and cancels of held places at one moment, and without the lock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import User
from core.errors import DomainError
from events.domain import blocks, seats, signups
from events.models import Occurrence, SeatBlock, WaitingEntry
from tests.events.held_places import claim_as, staged
from tests.events.people import person, taken, wait
from tests.events.threads import at_once

pytestmark = pytest.mark.django_db

Status = SeatBlock.Status
HOUR = timedelta(hours=1)


def _or_refused(act: Callable[[], object]) -> Callable[[], str]:
    def tried() -> str:
        try:
            act()
        except DomainError as refusal:
            return type(refusal).__name__
        return "done"

    return tried


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_twenty_claims_at_once_of_four_places_are_four(now: datetime) -> None:
    stage = staged(capacity=6)
    block, people = stage.hold(4, now), [person() for _person in range(20)]
    told = at_once([_or_refused(lambda u=u: claim_as(block, u, now)) for u in people])  # type: ignore[misc]
    assert sorted(map(str, told)) == ["BlockFull"] * 16 + ["done"] * 4
    assert stage.numbers() == (4, 0, 4)


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_lock_the_same_claims_are_too_many(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a place must be seen unclaimed after the date is held, not before."""
    stage = staged(capacity=6)
    block, people = stage.hold(4, now), [person() for _person in range(20)]
    all_have_looked = threading.Barrier(20)

    @contextmanager
    def unlocked(pk: int) -> Iterator[Occurrence]:
        yield Occurrence.objects.select_related("series").get(pk=pk)

    def looked(block: SeatBlock, *, now: datetime) -> None:
        require_open(block, now=now)
        all_have_looked.wait(timeout=60)

    require_open = blocks.require_open
    monkeypatch.setattr(seats, "held", unlocked)
    monkeypatch.setattr(blocks, "require_open", looked)

    def tried(user: User) -> str:
        try:
            claim_as(block, user, now)
        except IntegrityError:
            return "stopped by the database"
        return "done"

    told = at_once([lambda u=u: tried(u) for u in people])  # type: ignore[misc]
    # Without the lock only the last wall stands: the database's own.
    assert "stopped by the database" in told


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_claims_releases_cancels_and_sign_ups_at_once_never_exceed_the_places(
    now: datetime,
) -> None:
    places = 12
    stage = staged(capacity=places)
    block = stage.hold(8, now)
    came = [person() for _person in range(4)]
    claimed = [claim_as(block, user, now) for user in came]
    early = [
        signups.sign_up(occurrence=stage.occurrence, name="x", email="", by=person(), now=now)
        for _person in range(4)
    ]
    for number in range(6):
        wait(stage.occurrence, now, number)
    late, outside = [person() for _person in range(6)], [person() for _person in range(4)]
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK
    acts: list[Callable[[], object]] = [
        *(lambda u=u: claim_as(block, u, at - HOUR) for u in late),
        *(lambda s=s: signups.cancel(signup=s, by=s.user, now=at) for s in claimed[:2]),
        *(lambda s=s: signups.cancel(signup=s, by=s.user, now=at) for s in early[:2]),
        *(lambda: blocks.release_due(now=at) for _timer in range(2)),
        lambda: blocks.keep(block=block, places=5, by=stage.lead, now=at - HOUR),
        *(
            lambda u=u: signups.sign_up(
                occurrence=stage.occurrence, name="x", email="", by=u, now=at
            )
            for u in outside
        ),
    ]
    at_once([_or_refused(act) for act in acts])
    assert stage.block().status == Status.RELEASED
    assert taken(stage.occurrence) <= places
    assert seats.sum_of(stage.occurrence) == taken(stage.occurrence)
    # Whatever came free went to who waits before anybody else could see it.
    waits = stage.occurrence.line.filter(status=WaitingEntry.Status.WAITING).count()
    assert waits == 0 or taken(stage.occurrence) == places


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_timer_that_runs_twice_at_once_releases_once(now: datetime) -> None:
    stage = staged()
    stage.hold(5, now)
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK
    released = at_once([lambda: blocks.release_due(now=at) for _timer in range(4)])
    assert sorted(map(str, released)) == ["0", "0", "0", "1"]
    assert taken(stage.occurrence) == 0
