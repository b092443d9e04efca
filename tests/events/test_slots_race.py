"""Many who come in the same role at one moment, and without the lock."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from events.domain import admission, openings, seats, signups
from events.models import Occurrence
from tests.events.people import person, taken
from tests.events.roles import JUDGE, MENTOR, hackathon, offered
from tests.events.threads import at_once
from tests.factories.events import OccurrenceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def judges_at_once(date: Occurrence, now: datetime) -> list[str]:
    """What each of six is told who press the button for the judge's place at the same moment."""

    def press(number: int) -> str:
        user = users[number]
        asked: dict[str, Any] = {"name": user.name, "email": "", "by": user, "now": now}
        try:
            return str(signups.sign_up(occurrence=date, slot="judge", **asked).status)
        except admission.OccurrenceFull:
            return "full"

    users = [person() for _person in range(6)]
    ways: list[Callable[[], object]] = [partial(press, number) for number in range(6)]
    return sorted(map(str, at_once(ways)))


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_six_at_once_for_the_last_place_of_a_role_are_one(now: datetime) -> None:
    date = hackathon(series__slots=[{**MENTOR.kept(), "capacity": 9}, JUDGE.kept()], capacity=10)
    assert judges_at_once(date, now) == ["confirmed", *["full"] * 5]
    assert taken(date) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_first_roles_hold_for_who_waited_for_the_date_meanwhile(now: datetime) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    date, user, told = OccurrenceFactory(series__capacity=3, capacity=3), person(), []

    def press() -> None:
        with closing(connections[DEFAULT_DB_ALIAS]):
            try:
                signups.sign_up(occurrence=date, name=user.name, email="", by=user, now=now)
            except openings.NoSuchSlot as refusal:
                told.append(refusal.sentence)

    presses = threading.Thread(target=press)
    with transaction.atomic():
        offered(date.series, now, MENTOR, JUDGE)
        presses.start()
        with connection.cursor() as cursor:
            waiting_for_us = (0,)
            while presses.is_alive() and waiting_for_us == (0,):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                waiting_for_us = cursor.fetchone()
    presses.join()
    assert told == ["Choose the role in which you come."]


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_lock_the_same_six_are_too_many(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is left of a role must be counted once the date is held."""
    all_have_counted = threading.Barrier(6)
    taken_by_slot = seats.taken_by_slot

    def counted(row: Occurrence) -> Counter[str]:
        found = taken_by_slot(row)
        all_have_counted.wait(timeout=60)
        return found

    @contextmanager
    def unlocked(pk: int) -> Iterator[Occurrence]:
        yield Occurrence.objects.select_related("series").get(pk=pk)

    monkeypatch.setattr(seats, "held", unlocked)
    monkeypatch.setattr(seats, "taken_by_slot", counted)
    date = hackathon(series__slots=[{**MENTOR.kept(), "capacity": 9}, JUDGE.kept()], capacity=10)
    assert judges_at_once(date, now) == ["confirmed"] * 6
