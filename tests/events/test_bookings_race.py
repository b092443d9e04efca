"""Several who want the same dates at one moment, and without the order in which they are held."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from events.domain import bookings, seats, signups, waiting
from events.models import Occurrence, SignUp
from tests.events.people import give_back, person, statuses, taken
from tests.events.several_dates import weekly
from tests.events.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def race(now: datetime) -> list[Occurrence]:
    """Two book all dates, in opposite orders, while others cancel there."""
    dates = weekly(6, capacity=2)
    users = [person() for _person in range(4)]
    for date in dates:
        signups.sign_up(occurrence=date, name="X", email="", by=users[2], now=now)
        signups.sign_up(occurrence=date, name="Y", email="", by=users[3], now=now)
    rows = list(SignUp.objects.all())
    keys = [date.pk for date in dates]

    def all_of(user: Any, order: list[int]) -> object:
        series = dates[0].series
        return bookings.book(series=series, dates=order, name="Z", email="", by=user, now=now)

    at_once(
        [
            lambda: all_of(users[0], keys),
            lambda: all_of(users[1], keys[::-1]),
            *(lambda row=row: signups.cancel(signup=row, by=row.user, now=now) for row in rows),
        ]
    )
    return dates


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_book_all_dates_while_others_cancel_never_wait_for_each_other(
    now: datetime,
) -> None:
    dates = race(now)
    for date in dates:
        assert taken(date) <= 2
        want = [
            *date.signups.holding().filter(name="Z"),
            *date.line.in_line(),
        ]
        assert len(want) == 2  # each of the two is signed up, was offered a place, or waits


@pytest.mark.race
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_order_the_same_two_wait_for_each_other_forever(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: neither the series held nor an order among its dates."""
    both_hold_one = threading.Barrier(2)
    first = threading.local()
    row_locked = seats.held

    @contextmanager
    def slowly(pk: int) -> Iterator[Occurrence]:
        with row_locked(pk) as row:
            if not hasattr(first, "was"):
                first.was = True
                both_hold_one.wait(timeout=60)
            yield row

    @contextmanager
    def nothing_held(_pk: int) -> Iterator[None]:
        with transaction.atomic():
            yield

    dates = weekly(2)
    keys = [date.pk for date in dates]
    users = [person(), person()]
    monkeypatch.setattr(seats, "held", slowly)
    monkeypatch.setattr(bookings, "held", nothing_held)
    monkeypatch.setattr(bookings, "in_order", lambda order: order)

    def all_of(number: int) -> object:
        order = keys if number == 0 else keys[::-1]
        asked: dict[str, Any] = {"series": dates[0].series, "name": "Z", "email": "", "now": now}
        return bookings.book(dates=order, by=users[number], **asked)

    with pytest.raises(OperationalError, match="deadlock detected"):
        at_once([lambda: all_of(0), lambda: all_of(1)])


@pytest.mark.race
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_books_all_dates_with_an_offer_at_one_waits_for_nobody_forever(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = weekly(2, capacity=3)
    ana, ben, *others = (person() for _person in range(5))
    for user in others:
        signups.sign_up(occurrence=dates[0], name=user.name, email="", by=user, now=now)
    waiting.join(occurrence=dates[0], name=ana.name, email="", by=ana, now=now)
    give_back(dates[0], now)
    Occurrence.objects.filter(pk=dates[0].pk).update(capacity=4)
    assert statuses(dates[0]) == ["offered"]
    row_locked = seats.held
    ana_at_second, ben_holds_it = threading.Event(), threading.Event()
    me = threading.local()

    @contextmanager
    def slowly(pk: int) -> Iterator[Occurrence]:
        if me.name == "ana" and pk == dates[1].pk:
            ana_at_second.set()
            ben_holds_it.wait(timeout=60)
        with row_locked(pk) as row:
            if me.name == "ben":
                ben_holds_it.set()
                ana_at_second.wait(timeout=60)
            yield row

    monkeypatch.setattr(seats, "held", slowly)

    def book() -> object:
        me.name = "ana"
        asked: dict[str, Any] = {"series": dates[0].series, "name": ana.name, "email": ""}
        return bookings.book(dates=[date.pk for date in dates], by=ana, now=now, **asked)

    def sign_up() -> object:
        me.name = "ben"
        return signups.sign_up(occurrence=dates[1], name=ben.name, email="", by=ben, now=now)

    at_once([book, sign_up])
    assert (ana.signups.count(), ben.signups.count()) == (2, 1)
    assert [taken(date) for date in dates] == [3, 2]
