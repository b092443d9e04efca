"""Django's SQLite backend, in which whoever has waited longest for the database asks most often.

SQLite has one writer at a time and no queue for it. Its own way to wait asks again after 1 ms at
first and ever more seldom, up to every 100 ms: whoever has just come is let in before those who
have waited, and under a crowd some wait for many seconds (docs/decisions/0013).
"""

import sqlite3
import time
from collections.abc import Iterable
from typing import Any, override

from django.db.backends.sqlite3 import base

#: How seldom (seconds) somebody asks who has just come, and who has waited for `LONG` seconds.
SELDOM, OFTEN, LONG = 0.02, 0.001, 0.5


def pause_after(waited: float) -> float:
    """How long to sleep before asking again, after `waited` seconds in all (both in seconds)."""
    return SELDOM - min(waited / LONG, 1) * (SELDOM - OFTEN)


class PatientCursor(base.SQLiteCursorWrapper):
    """A cursor that asks again while somebody else writes."""

    #: Seconds until it gives up.
    patience: float

    @override
    def execute(  # type: ignore[override]  # as Django's own, it takes Django's placeholders
        self, query: str, params: Iterable[Any] | None = None
    ) -> "PatientCursor":
        """Execute one statement, waiting for the database if need be.

        A statement that finds the database busy has done nothing and can be asked again.

        Raises:
            sqlite3.OperationalError: "database is locked", after `patience` seconds, or at once
                for who would write after reading what somebody else has changed since.
        """
        asked = time.monotonic()
        while True:
            try:
                super().execute(query, params)
            except sqlite3.OperationalError as error:
                waited = time.monotonic() - asked
                if not _lets_in_later(error) or waited >= self.patience:
                    raise
                time.sleep(pause_after(waited))
            else:
                return self


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite with patient cursors; `OPTIONS["timeout"]` says how patient, in seconds."""

    @override
    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Connect, and from then on leave all waiting to the cursors.

        Where the file system cannot keep a write-ahead log, commits wait as well, and those pass no
        cursor: there SQLite goes on waiting in its own way.
        """
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            connection.execute("PRAGMA busy_timeout = 0")
        return connection

    @override
    def create_cursor(self, name: str | None = None) -> PatientCursor:
        """Give a cursor that waits."""
        cursor: PatientCursor = self.connection.cursor(factory=PatientCursor)
        cursor.patience = self.settings_dict["OPTIONS"]["timeout"]
        return cursor


def _lets_in_later(error: sqlite3.OperationalError) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    # The lower byte is the kind; the upper ones say of what.
    is_busy = code & 0xFF == sqlite3.SQLITE_BUSY
    return is_busy and code != sqlite3.SQLITE_BUSY_SNAPSHOT
