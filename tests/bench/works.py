"""What is no page: sign-ups and the window of dates; in one process, on a copy of the database.

python -m tests.bench.works -> JSON, a line of the second table each
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlencode

import django

#: Of each work, so many times; the median of the rounds is quoted.
ROUNDS = 5
SIGN_UPS = 60
BARE = 300
SERIES = 10_000
_numbers = count(1)


@dataclass(frozen=True)
class Work:
    """One line: what it costs here, and what it is held against."""

    name: str
    milliseconds: float
    most: float | None
    beside: str
    beside_milliseconds: float
    #: How many of them one process writes in a second on the clock, where that is asked.
    a_second: float | None = None


def main() -> None:
    """Measure each work in turn with what it is held against, and print."""
    django.setup()
    works = [asdict(work) for work in (_sign_up(), _expansion())]
    sys.stdout.write(json.dumps(works))


def _cpu(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one of so many."""
    began = time.process_time()
    for _time in range(times):
        work()
    return (time.process_time() - began) / times * 1000


def in_turns(
    ours: Callable[[], object], our_times: int, theirs: Callable[[], object], their_times: int
) -> tuple[float, float]:
    """Medians of both, measured A B A B."""
    rounds = [(_cpu(ours, our_times), _cpu(theirs, their_times)) for _round in range(ROUNDS)]
    mine, other = zip(*rounds, strict=True)
    return statistics.median(mine), statistics.median(other)


def _sign_up() -> Work:
    from django.test import Client  # noqa: PLC0415  (needs the apps)
    from django.utils import timezone  # noqa: PLC0415

    from events.models import Occurrence  # noqa: PLC0415

    client = Client(SERVER_NAME="127.0.0.1")
    rows = Occurrence.objects.upcoming(now=timezone.now()).select_related("series")
    row = rows.filter(starts_at__gt=timezone.now() + timedelta(days=2))[0]
    path = f"{row.get_absolute_url()}sign-up/"

    def come() -> None:
        number = next(_numbers)
        typed = urlencode({"name": f"Person {number}", "email": f"person{number}@example.org"})
        answer = client.post(path, typed, content_type="application/x-www-form-urlencoded")
        if answer.status_code != 302:
            message = f"a sign-up answered {answer.status_code}"
            raise RuntimeError(message)

    Occurrence.objects.filter(pk=row.pk).update(capacity=None)
    come()
    began = time.perf_counter()
    for _time in range(SIGN_UPS):
        come()
    a_second = SIGN_UPS / (time.perf_counter() - began)
    mine, bare = in_turns(come, SIGN_UPS, lambda: client.get("/bench/hello"), BARE)
    return Work(
        "sign-up of a guest, from the form to the promised mail", mine, 8,
        "bare view", bare, a_second,
    )  # fmt: skip


def _expansion() -> Work:
    from dateutil.rrule import rrulestr  # noqa: PLC0415

    from events import recurrence  # noqa: PLC0415

    start = datetime(2026, 12, 8, 16, 30)  # noqa: DTZ001  (a time on the wall)
    last = start + timedelta(days=548)
    text = "FREQ=WEEKLY;BYDAY=TU"
    rule = recurrence.parse(text)

    def ours() -> None:
        recurrence.expand(rule, start=start, first=start, last=last)

    def theirs() -> None:
        rrulestr(text, dtstart=start).between(start, last, inc=True)

    mine, other = in_turns(ours, SERIES // 50, theirs, SERIES // 50)
    return Work(
        f"the window of {SERIES:,} weekly series, without the rows", mine * SERIES, None,
        "dateutil", other * SERIES,
    )  # fmt: skip


if __name__ == "__main__":
    main()
