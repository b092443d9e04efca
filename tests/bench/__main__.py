"""`make bench`: builds the databases, serves them, measures in turns, prints the table.

Cost is the server's CPU time per request over that of a bare view asked for in the same
round; rounds go A B A B, and the median is quoted. 1.0 is "as cheap as Django can".
"""

import contextlib
import itertools
import json
import math
import re
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench.rows import Row, rows
from tests.bench.servers import ROOT, Server, database_of, environment, manage, serving

SMALL, LARGE = 1_000, 10_000
HELLO = "/bench/hello"
#: Requests of each kind in one round: as many dear ones as cheap ones, or the cheap ones alone
#: would find the processor's caches warm.
REQUESTS = 40
CHANGED_REQUESTS = 2
MOST_EXPONENT = 0.1

_numbers = itertools.count(1)


@dataclass
class Costs:
    """One row at one size."""

    fresh: float
    changed: float
    kept: float
    unchanged: float
    fresh_milliseconds: float
    size: int
    queries: int


def main() -> None:
    """Build, measure, print."""
    console = Console()
    for size in (SMALL, LARGE):
        _build(size, console)
    manage(LARGE, "collectstatic", "--noinput", "--verbosity", "0")
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(size)) for size in (SMALL, LARGE)]
        tables = [rows(_month_of(server), _occurrence_of(server)) for server in servers]
        console.print("Warming up …")
        for server, table in zip(servers, tables, strict=True):
            for row in table:
                _spend(server, 3, lambda row=row: row.fresh(next(_numbers)))  # type: ignore[misc]
        queries = [
            _queries(server.size, table) for server, table in zip(servers, tables, strict=True)
        ]
        results = [
            (
                pair[-1],
                [
                    _measure(server, row, counts[row.path])
                    for server, row, counts in zip(servers, pair, queries, strict=True)
                ],
            )
            for pair in track(list(zip(*tables, strict=True)), "Measuring", console=console)
        ]
    _print(console, results)
    _print_works(console)


def _build(size: int, console: Console) -> None:
    database = database_of(size)
    stamp = ROOT / "var" / "bench" / f"{size}.built"
    if stamp.exists():
        console.print(f"Using the database of {size:,} events (delete var/bench to rebuild).")
        return
    for leftover in database.parent.glob(f"{database.name}*"):
        leftover.unlink()
    console.print(f"Building a database of {size:,} events: {database}")
    manage(size, "migrate", "--verbosity", "0")
    manage(
        size, "scale", "--organizations", str(size), "--events", str(size), "--people", str(size)
    )
    stamp.touch()


def _spend(server: Server, requests: int, path: Callable[[], str], **headers: str) -> float:
    """CPU seconds a request, over so many requests."""
    before = server.cpu_seconds()
    for _ in range(requests):
        answer = server.get(path(), headers)
        if answer.status not in {200, 304}:
            message = f"{path()} answered {answer.status}"
            raise RuntimeError(message)
    return (server.cpu_seconds() - before) / requests


def _measure(server: Server, row: Row, queries: int) -> Costs:
    fresh, changed, kept, unchanged, milliseconds = [], [], [], [], []
    for _ in range(row.rounds):
        bare = _spend(server, REQUESTS, lambda: HELLO)
        cost = _spend(server, REQUESTS, lambda: row.fresh(next(_numbers)))
        fresh.append(cost / bare)
        milliseconds.append(cost * 1000)
        changed.append(
            _spend(server, CHANGED_REQUESTS, lambda: _after_a_change(server, row)) / bare
        )
        first = server.get(row.path)
        bare = _spend(server, REQUESTS, lambda: HELLO)
        kept.append(_spend(server, REQUESTS, lambda: row.path) / bare)
        conditional = {"If-None-Match": first.headers["ETag"] or ""}
        unchanged.append(_spend(server, REQUESTS, lambda: row.path, **conditional) / bare)
    return Costs(
        fresh=statistics.median(fresh),
        changed=statistics.median(changed),
        kept=statistics.median(kept),
        unchanged=statistics.median(unchanged),
        fresh_milliseconds=statistics.median(milliseconds),
        size=len(vars(first)["body"]),
        queries=queries,
    )


def _after_a_change(server: Server, row: Row) -> str:
    """The row's path, once everything that may be kept has just become worthless."""
    with (
        contextlib.closing(sqlite3.connect(database_of(server.size), timeout=30)) as database,
        database,
    ):
        database.execute("UPDATE core_listversion SET number = number + 1")
    return row.path


def _queries(size: int, table: list[Row]) -> dict[str, int]:
    """How many statements each page takes, asked in a process of its own."""
    paths = [row.path for row in table]
    command = [sys.executable, "-m", "tests.bench.queries", *paths]
    answer = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment(size), check=True, capture_output=True, text=True
    )
    counts: dict[str, int] = json.loads(answer.stdout)
    return counts


def _occurrence_of(server: Server) -> str:
    page = vars(server.get("/events/", {"Accept-Encoding": "identity"}))["body"].decode()
    found = re.search(r'href="(/events/[^"/]+/\d{4}-\d\d-\d\dT\d\d:?\d\d/)"', page)
    if found is None:
        message = "the list of events shows no occurrence"
        raise RuntimeError(message)
    return found.group(1)


def _month_of(server: Server) -> str:
    year, month = _occurrence_of(server).split("/")[3].split("-")[:2]
    return f"/events/calendar/{year}/{month}/"


def _print(console: Console, results: list[tuple[Row, list[Costs]]]) -> None:
    table = Table(title="Cost as a ratio to a bare Django view (CPU per request, medians)")
    for heading in ("page", "fresh 1,000", "fresh 10,000", "limit", "growth", "ms CPU"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    for heading in ("kept", "304", "limit", "queries", "limit", "kB", "after a change"):
        table.add_column(heading, justify="right")
    for row, (small, large) in results:
        growth = math.log10(large.fresh / small.fresh)
        bounded = math.isfinite(row.most_fresh)
        table.add_row(
            row.name,
            f"{small.fresh:.1f}",
            _judged(large.fresh, row.most_fresh),
            f"{row.most_fresh:g}" if bounded else "linear",
            _judged(growth, MOST_EXPONENT if bounded else 1.1, "{:.2f}"),
            f"{large.fresh_milliseconds:.1f}",
            _judged(large.kept, row.most_kept),
            _judged(large.unchanged, row.most_unchanged),
            f"{row.most_unchanged:g}",
            str(large.queries) if row.most_queries is None
            else _judged(large.queries, row.most_queries, "{:.0f}"),
            "" if row.most_queries is None else str(row.most_queries),
            f"{large.size / 1000:.1f}",
            f"{large.changed:.0f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        "Fresh: an address that nobody asked for, made of parts that stand since the last change "
        "of what they show. After a change: the same with no part left, counts and all."
    )
    console.print("Growth is the exponent from 1,000 to 10,000: 0 is flat, 1 is linear.")


def _print_works(console: Console) -> None:
    command = [sys.executable, "-m", "tests.bench.works"]
    answer = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment(LARGE), check=True, capture_output=True, text=True
    )
    table = Table(title="Work that is no page (CPU, medians, in turns with what it is beside)")
    for heading in ("work", "ms CPU", "limit", "beside", "ms CPU", "ratio"):
        table.add_column(heading, justify="left" if heading in {"work", "beside"} else "right")
    for work in json.loads(answer.stdout):
        mine, other = work["milliseconds"], work["beside_milliseconds"]
        table.add_row(
            work["name"], f"{mine:,.1f}", work["limit"], work["beside"], f"{other:,.2f}",
            f"{mine / other:.2f}",
        )  # fmt: skip
    console.print(table)


def _judged(value: float, most: float, form: str = "{:.1f}") -> str:
    colour = "green" if value <= most else "red"
    return f"[{colour}]{form.format(value)}[/{colour}]"


if __name__ == "__main__":
    main()
