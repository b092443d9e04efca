"""Checks about the machine that runs this, shown by `manage.py check --deploy`."""

import sqlite3
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.db import connection

#: Before this release two connections could corrupt a WAL database while it was reset.
SAFE_SQLITE = (3, 51, 3)


@register(Tags.database, deploy=True)
def sqlite_is_safe_with_wal(**_kwargs: Any) -> list[CheckMessage]:
    """Warn where the embedded database is used in earnest with an old SQLite."""
    if connection.vendor != "sqlite":
        return []
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} can corrupt a WAL database that several processes "
            "use.",
            hint="Set DATABASE_URL to PostgreSQL, or run on SQLite 3.51.3 or newer.",
            id="core.W001",
        )
    ]
