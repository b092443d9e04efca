"""What every test stands on: no network, a fixed present, a worker to play, a browser if any."""

import gc
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.files import locks
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import SimpleTestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from core import outbox
from core.models import Area

#: Where the real archive lies beside a checkout that has it; never part of the project.
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
# How many examples a property test plays; `--hypothesis-profile=thorough` for a proof of hours.
# How fast examples are made says something about the machine alone: a busy one failed by it.
_PLAYED = hypothesis.settings(
    max_examples=100, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("default", _PLAYED)
# For the second database of a run, where the first has played them all.
hypothesis.settings.register_profile("again", _PLAYED, max_examples=40)
hypothesis.settings.register_profile("thorough", _PLAYED, max_examples=20_000)
#: What the settings name, before any test database takes its place.
OWN_DATABASE = settings.DATABASES["default"]["NAME"]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# What stands beside the tests of events asserts too: a failure there shows its values as well.
pytest.register_assert_rewrite("tests.events")

# The browser's own loop runs beside the test, which still speaks to the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def _in_use() -> Path:
    """A mark that a run is under way; one that was interrupted leaves it behind."""
    kind = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    return Path(settings.VAR) / f"tests-in-progress-{kind}-{worker}"


def pytest_configure(config: pytest.Config) -> None:
    """Hash passwords fast; build the database anew where an interrupted run half-emptied it."""
    # The real hasher takes most of a second on purpose, and the tests make people by the hundred.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if _in_use().exists():
        config.option.create_db = True


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what stays for the whole run: a tenth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def first_rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Leave the database as migrations made it, for the next run to use again.

    Tests with committed transactions end by emptying every table, areas and all.
    """
    if connection.settings_dict["NAME"] == OWN_DATABASE:
        yield  # no test here asks for a database, so none was made: this is the developer's own
        return
    with django_db_blocker.unblock():
        rows = _content_types_first(connection.creation.serialize_db_to_string())
    # On the class: once a browser's loop runs beside the tests, they are given other connections,
    # and one that does not carry these rows would be emptied and never filled again.
    setattr(type(connections[DEFAULT_DB_ALIAS]), "_test_serialized_contents", rows)  # noqa: B010
    _in_use().touch()
    yield
    with django_db_blocker.unblock():
        if not Area.objects.exists():
            # A served site may have written content types into the emptied tables.
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            connection.creation.deserialize_db_from_string(rows)
            # The rows came with their keys; the next one's must not be among them.
            with connection.cursor() as cursor:
                for line in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
                    cursor.execute(line)
    _in_use().unlink()


def _content_types_first(rows: str) -> str:
    """The same rows in an order in which nothing that is loaded must make up its content type."""
    kind = "contenttypes.contenttype"
    return json.dumps(sorted(json.loads(rows), key=lambda row: row["model"] != kind))


def _commits(item: pytest.Item) -> bool:
    """Whether a test really commits, and so ends by emptying every table."""
    marker = item.get_closest_marker("django_db")
    served = {"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(served or (marker is not None and marker.kwargs.get("transaction", False)))


def _restores(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("serialized_rollback", False))


def _speaks_to_the_database(item: pytest.Item) -> bool:
    """Whether a test is given a database, by its mark, by its class, or by what it asks for."""
    kind = getattr(item, "cls", None)
    return bool(
        item.get_closest_marker("django_db")
        or {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        or (kind is not None and issubclass(kind, SimpleTestCase))
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Play one race at a time: the crowds of two workers are more than PostgreSQL lets in."""
    if item.get_closest_marker("race") is None:
        return (yield)
    with (Path(settings.VAR) / "tests-race.lock").open("w") as turn:
        locks.lock(turn, locks.LOCK_EX)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what speaks to the database; skip, saying why, what this machine cannot play."""
    for item in items:
        if _speaks_to_the_database(item):
            item.add_marker("database")
    yield
    for item in items:
        if _commits(item) and not _restores(item):
            message = f"{item.nodeid}: say @django_db(transaction=True, serialized_rollback=True)"
            raise pytest.UsageError(message)
        if item.get_closest_marker("browser") and CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium found: browser tests not played"))
        if item.get_closest_marker("data") and not SHARED_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason="the archive's data is not on this machine"))
    # Last of all: what shares a browser was gathered meanwhile, in the middle of the others.
    # Of those that commit, the browser's walks are the longest: whoever comes last is soon done.
    items.sort(key=lambda item: (_commits(item), item.get_closest_marker("browser") is None))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            message = f"a test tried to reach {address[0]}"
            raise AssertionError(message)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def ledger_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the embedded database forget append-only rows after a test that really committed.

    Such a test ends by emptying every table, which SQLite does row by row, past the triggers.
    """
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames) or (
        marker is not None and marker.kwargs.get("transaction")
    )
    if commits:
        request.getfixturevalue("transactional_db")  # so that this ends before the emptying
    yield
    if commits and connection.vendor == "sqlite":
        _forget_append_only_rows()


def _forget_append_only_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [row for row in cursor.fetchall() if row[1].startswith("pledges_")]
        for name, _table, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        with connection.constraint_checks_disabled():
            for table in {table for _name, table, _sql in triggers}:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (names from the schema)
        for _name, _table, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """No page kept by one test is served to another."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Los Angeles, between two daylight-saving changes."""
    return datetime(2026, 12, 7, 17, 0, tzinfo=UTC)


@pytest.fixture
def work() -> Callable[[], int]:
    """Play the worker: do every promised effect that is due now; says how many were done."""

    def play() -> int:
        return outbox.sweep(now=timezone.now())

    return play


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data, for tests marked `data`."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium, as root, with no calls home."""
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }
