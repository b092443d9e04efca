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
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench.rows import FRESH, WEEKLY, Row, rows, weekly_rows
from tests.bench.servers import ROOT, Server, database_of, environment, manage, serving

SMALL, LARGE = 1_000, 10_000
HELLO = "/bench/hello"
FEED = "/events.ics"
FEED_ROUNDS = 5
#: CPU milliseconds of a whole feed: never asked for before, and after an edit, each at one size.
MOST_COLD, MOST_WARM = {SMALL: 60.0}, {LARGE: 50.0}
#: Bare views that a feed's 304 may cost, at any size.
MOST_UNCHANGED_FEED = 2.0
#: Requests of each kind in one round: as many dear ones as cheap ones, or the cheap ones alone
#: would find the processor's caches warm.
REQUESTS = 40
CHANGED_REQUESTS = 2
MOST_EXPONENT = 0.1

_numbers = itertools.count(1)


@dataclass
class FeedCosts:
    """The feed at one size, in CPU milliseconds."""

    events: int
    bare: float
    cold: float
    warm: float
    unchanged: float
    anew: float
    icalendar: float


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
        _build(size, console, "--organizations", size, "--events", size, "--people", size)
    _build(WEEKLY, console, "--organizations", WEEKLY, "--weekly", WEEKLY)
    manage(LARGE, "collectstatic", "--noinput", "--verbosity", "0")
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(size)) for size in (SMALL, LARGE)]
        weekly = stack.enter_context(serving(WEEKLY))
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
        months = weekly_rows(_later_month())
        counts = _queries(WEEKLY, months)
        # They stand at one size alone: in the table as both.
        results += [(row, [_measure(weekly, row, counts[row.path])] * 2) for row in months]
        feeds = [_feed(server) for server in servers]
    _print(console, results)
    _print_feeds(console, feeds)
    _print_works(console)


def _build(size: int, console: Console, *crowd: object) -> None:
    database = database_of(size)
    stamp = ROOT / "var" / "bench" / f"{size}.built"
    if stamp.exists():
        console.print(f"Using the database of {size:,} events (delete var/bench to rebuild).")
        return
    for leftover in database.parent.glob(f"{database.name}*"):
        leftover.unlink()
    console.print(f"Building a database of {size:,} events: {database}")
    manage(size, "migrate", "--verbosity", "0")
    manage(size, "scale", *map(str, crowd))
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
            _spend(server, CHANGED_REQUESTS, lambda: _after_a_change(server, row.path)) / bare
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


def _after_a_change(server: Server, path: str) -> str:
    """The path, once everything that may be kept has just become worthless."""
    with (
        contextlib.closing(sqlite3.connect(database_of(server.size), timeout=30)) as database,
        database,
    ):
        database.execute("UPDATE core_listversion SET number = number + 1")
    return path


def _feed(server: Server) -> FeedCosts:
    """The whole feed from the server; written anew, and by others, in a process of its own."""
    server.get(FEED)
    bare, cold, warm, unchanged = [], [], [], []
    for _ in range(FEED_ROUNDS):
        bare.append(_spend(server, REQUESTS, lambda: HELLO))
        fresh = f"{FEED}?{FRESH.format(n=next(_numbers))}"
        cold.append(_spend(server, 1, lambda: _after_a_change(server, fresh)))  # noqa: B023
        warm.append(_spend(server, 1, lambda: _after_a_change(server, FEED)))
        conditional = {"If-None-Match": server.get(FEED).headers["ETag"] or ""}
        unchanged.append(_spend(server, REQUESTS, lambda: FEED, **conditional))
    written = _printed("tests.bench.feeds", size=server.size)
    milliseconds = [statistics.median(cost) * 1000 for cost in (bare, cold, warm, unchanged)]
    return FeedCosts(server.size, *milliseconds, **written)


def _queries(size: int, table: list[Row]) -> dict[str, int]:
    """How many statements each page takes, asked in a process of its own."""
    counts: dict[str, int] = _printed(
        "tests.bench.queries", *(row.path for row in table), size=size
    )
    return counts


def _printed(module: str, *arguments: str, size: int | str) -> Any:
    """What a module prints as JSON, run on the database of that size, or name."""
    command = [sys.executable, "-m", module, *arguments]
    answer = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment(size), check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(answer.stdout)


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


def _later_month() -> str:
    """A month by which all weekly series have begun."""
    later = datetime.now(tz=UTC) + timedelta(days=150)
    return f"/events/calendar/{later:%Y}/{later:%m}/"


def _print(console: Console, results: list[tuple[Row, list[Costs]]]) -> None:
    table = Table(title="Cost as a ratio to a bare Django view (CPU per request, medians)")
    for heading in ("page", "fresh 1,000", "fresh 10,000", "limit", "growth", "ms CPU"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    for heading in ("kept", "304", "limit", "queries", "limit", "kB", "after a change"):
        table.add_column(heading, justify="right")
    for row, (small, large) in results:
        growth = math.log10(large.fresh / small.fresh)
        table.add_row(
            row.name,
            f"{small.fresh:.1f}" if large is not small else "",
            _judged(large.fresh, row.most_fresh),
            f"{row.most_fresh:g}",
            _judged(growth, MOST_EXPONENT, "{:.2f}") if large is not small else "",
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


def _print_feeds(console: Console, feeds: list[FeedCosts]) -> None:
    table = Table(title="The feed of all events (CPU, medians; in brackets: bare views)")
    for heading in ("events", "cold", "limit", "warm", "limit", "304", "limit"):
        table.add_column(heading, justify="right")
    for heading in ("written anew", "icalendar", "ratio"):
        table.add_column(heading, justify="right")
    for feed in feeds:

        def cost(milliseconds: float, bare: float = feed.bare) -> str:
            return f"{milliseconds:,.1f} ms ({milliseconds / bare:,.1f})"

        table.add_row(
            f"{feed.events:,}",
            *_held_against(cost(feed.cold), feed.cold, MOST_COLD.get(feed.events)),
            *_held_against(cost(feed.warm), feed.warm, MOST_WARM.get(feed.events)),
            _judged(feed.unchanged / feed.bare, MOST_UNCHANGED_FEED, cost(feed.unchanged)),
            f"{MOST_UNCHANGED_FEED:g} bare",
            cost(feed.anew),
            cost(feed.icalendar),
            f"{feed.anew / feed.icalendar:.2f}",
        )
    console.print(table)
    console.print(
        "Cold: an address that nobody asked for, from the stored parts. Warm: the feed's own "
        "address, right after an edit. Written anew: read, and every part of it written again. "
        "icalendar: to_ical of the same events, which it has read already."
    )


def _print_works(console: Console) -> None:
    table = Table(title="Work that is no page (CPU, medians, in turns with what it is beside)")
    for heading in ("work", "ms CPU", "limit", "a second", "beside", "ms CPU", "ratio"):
        table.add_column(heading, justify="left" if heading in {"work", "beside"} else "right")
    for work in _printed("tests.bench.works", size=_copy_of(LARGE)):
        mine, other, most = work["milliseconds"], work["beside_milliseconds"], work["most"]
        table.add_row(
            work["name"],
            *_held_against(f"{mine:,.1f}", mine, most),
            work["a_second"] and f"{work['a_second']:,.0f}",
            work["beside"],
            f"{other:,.2f}",
            f"{mine / other:.2f}",
        )
    console.print(table)


def _copy_of(size: int) -> str:
    """The name of a copy, for what really commits: the next run finds the original as it was."""
    name = f"{size}-copy"
    with (
        contextlib.closing(sqlite3.connect(database_of(size))) as kept,
        contextlib.closing(sqlite3.connect(database_of(name))) as copy,
    ):
        kept.backup(copy)
    return name


def _held_against(said: str, value: float, most: float | None) -> tuple[str, str]:
    """A cell, coloured, and the one with its limit; where there is none, as it is."""
    return (said, "") if most is None else (_judged(value, most, said), f"{most:g} ms")


def _judged(value: float, most: float, form: str = "{:.1f}") -> str:
    said = form.format(value)
    return f"[green]{said}[/green]" if value <= most else f"[red]{said} short[/red]"


if __name__ == "__main__":
    main()
