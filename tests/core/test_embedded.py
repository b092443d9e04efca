"""The embedded database: who waits for it gets it, asks ever more often, and gives up in time."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from core.embedded import base

PATIENCE = 2


class Clock:
    """A time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)
        self.meanwhile()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(base, "time", clock)
    return clock


@pytest.fixture
def database(
    tmp_path: Path, clock: Clock, django_db_blocker: DjangoDbBlocker
) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, through the site's engine, with a table `said`."""
    opened = ConnectionHandler(
        {
            "default": {
                "ENGINE": "core.embedded",
                "NAME": tmp_path / "own.sqlite3",
                "OPTIONS": {
                    "timeout": PATIENCE,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL",
                },
            }
        }
    )["default"]
    with django_db_blocker.unblock():
        say(opened, "CREATE TABLE said (word TEXT)")
        yield opened
        opened.close()


@pytest.fixture
def somebody_else(database: BaseDatabaseWrapper) -> Iterator[sqlite3.Connection]:
    """Another connection to the same file, in the middle of writing "theirs"."""
    other = sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO said VALUES ('theirs')")
    yield other
    other.close()


def say(database: BaseDatabaseWrapper, statement: str) -> list[tuple[str]]:
    with database.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def begin_and_write(database: BaseDatabaseWrapper) -> None:
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    say(database, "INSERT INTO said VALUES ('ours')")
    database.commit()
    database.set_autocommit(True)


def write(database: BaseDatabaseWrapper) -> None:
    say(database, "INSERT INTO said VALUES ('ours')")


@pytest.mark.parametrize("act", [begin_and_write, write])
def test_who_waits_asks_ever_more_often_and_is_let_in(
    database: BaseDatabaseWrapper,
    somebody_else: sqlite3.Connection,
    clock: Clock,
    act: Callable[[BaseDatabaseWrapper], None],
) -> None:
    def they_are_done_after_a_second() -> None:
        if clock.now >= 1 and somebody_else.in_transaction:
            somebody_else.commit()

    clock.meanwhile = they_are_done_after_a_second

    act(database)

    assert say(database, "SELECT word FROM said") == [("theirs",), ("ours",)]
    assert clock.pauses[0] == pytest.approx(base.SELDOM)
    assert clock.pauses == sorted(clock.pauses, reverse=True)
    assert clock.pauses[-1] == pytest.approx(base.OFTEN)


@pytest.mark.parametrize("act", [begin_and_write, write])
def test_who_waited_long_enough_is_told_and_nothing_is_written(
    database: BaseDatabaseWrapper,
    somebody_else: sqlite3.Connection,
    clock: Clock,
    act: Callable[[BaseDatabaseWrapper], None],
) -> None:
    with pytest.raises(OperationalError, match="locked"):
        act(database)

    assert PATIENCE <= clock.now < PATIENCE + base.SELDOM
    somebody_else.commit()
    assert say(database, "SELECT word FROM said") == [("theirs",)]


def test_readers_do_not_wait_for_a_writer(
    database: BaseDatabaseWrapper, somebody_else: sqlite3.Connection, clock: Clock
) -> None:
    assert somebody_else.in_transaction
    assert say(database, "SELECT word FROM said") == []
    assert clock.pauses == []


def test_any_other_failure_is_told_at_once(database: BaseDatabaseWrapper, clock: Clock) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        say(database, "INSERT INTO nowhere VALUES ('ours')")
    assert clock.pauses == []


def test_who_writes_after_reading_what_changed_since_does_not_wait_in_vain(
    database: BaseDatabaseWrapper, somebody_else: sqlite3.Connection, clock: Clock
) -> None:
    say(database, "BEGIN DEFERRED")
    say(database, "SELECT word FROM said")
    somebody_else.commit()
    with pytest.raises(OperationalError, match="locked"):
        write(database)
    assert clock.pauses == []


def test_without_a_write_ahead_log_sqlite_waits_in_its_own_way(
    database: BaseDatabaseWrapper,
) -> None:
    assert waits_by_itself(database) == 0
    say(database, "PRAGMA journal_mode=DELETE")
    database.settings_dict["OPTIONS"]["init_command"] = "PRAGMA journal_mode=DELETE"
    database.close()
    assert waits_by_itself(database) == PATIENCE * 1000


def waits_by_itself(database: BaseDatabaseWrapper) -> int:
    """SQLite's own patience in milliseconds."""
    return int(say(database, "PRAGMA busy_timeout")[0][0])
