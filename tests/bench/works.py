"""What is no page: sign-ups, the window of dates, the writing of calendars; in one process.

python -m tests.bench.works -> JSON, a line of the second table each
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlencode

import django

#: Of each work, so many times; the median of the rounds is quoted.
ROUNDS = 5
SIGN_UPS = 60
BARE = 300
SERIES = 10_000
EVENTS = 1_000
_numbers = count(1)


@dataclass(frozen=True)
class Work:
    """One line: what it costs here, and what it is held against."""

    name: str
    milliseconds: float
    limit: str
    beside: str
    beside_milliseconds: float


def main() -> None:
    """Measure each work in turn with what it is held against, and print."""
    django.setup()
    works = [asdict(work) for work in (_sign_up(), _expansion(), _writing())]
    sys.stdout.write(json.dumps(works))


def _cpu(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one of so many."""
    began = time.process_time()
    for _time in range(times):
        work()
    return (time.process_time() - began) / times * 1000


def _in_turns(
    ours: Callable[[], object], our_times: int, theirs: Callable[[], object], their_times: int
) -> tuple[float, float]:
    """Medians of both, measured A B A B."""
    rounds = [(_cpu(ours, our_times), _cpu(theirs, their_times)) for _round in range(ROUNDS)]
    mine, other = zip(*rounds, strict=True)
    return statistics.median(mine), statistics.median(other)


@contextmanager
def _undone() -> Iterator[None]:
    """Writes that nobody keeps."""
    from django.db import transaction  # noqa: PLC0415  (needs the apps)

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


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

    with _undone():
        Occurrence.objects.filter(pk=row.pk).update(capacity=None)
        come()
        mine, bare = _in_turns(come, SIGN_UPS, lambda: client.get("/bench/hello"), BARE)
    return Work(
        "sign-up of a guest, from the form to the promised mail", mine, "8 ms", "bare view", bare
    )


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

    mine, other = _in_turns(ours, SERIES // 50, theirs, SERIES // 50)
    return Work(
        f"the window of {SERIES:,} weekly series, without the rows", mine * SERIES, "—",
        "dateutil", other * SERIES,
    )  # fmt: skip


def _writing() -> Work:
    import icalendar  # noqa: PLC0415

    from events.calendars import vevents  # noqa: PLC0415
    from events.models import Series  # noqa: PLC0415

    rows = list(Series.objects.exclude(vevents="")[:EVENTS])
    start = datetime(2026, 12, 8, 16, 30, tzinfo=UTC)

    def ours() -> None:
        vevents.calendar_text(
            name="x", about="x", url="/", zones={row.time_zone for row in rows},
            texts=[row.vevents for row in rows],
        ).encode()  # fmt: skip

    def theirs() -> None:
        calendar = icalendar.Calendar()
        for row in rows:
            event = icalendar.Event()
            event.add("uid", str(row.uuid))
            event.add("dtstamp", start)
            event.add("dtstart", start)
            event.add("dtend", start + row.duration)
            event.add("summary", row.title)
            event.add("description", row.description)
            event.add("location", row.place_name)
            calendar.add_component(event)
        calendar.to_ical()

    mine, other = _in_turns(ours, 10, theirs, 2)
    return Work(f"a feed of {len(rows):,} events", mine, "60 ms", "icalendar", other)


if __name__ == "__main__":
    main()
