"""Ten thousand series as three other programs read them: icalendar, vobject, ical.js."""

import json
import random
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import icalendar
import pytest
import vobject
from django.conf import settings

from core import times
from events import recurrence
from events.calendars import vevents
from events.models import Occurrence, Series
from tests.factories.events import ZONES

NODE = shutil.which("node")
HERE = Path(__file__).parent
ICAL_JS = HERE.parent / "node_modules" / "ical.js"

SERIES = 10_000
IN_ONE_CALENDAR = 500
#: As many as read_events.mjs prints.
FIRST_DATES = 8
NOW = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: What breaks naive writers: separators, folds inside characters, directions, every line end.
ODD = (
    "Robots; lasers, and more", "back\\slash \\n \\; \\,", "“Quotes” and 'ticks' \"too\"",
    "two\nlines", "dos\r\nlines", "old\rlines", "line\u2028and\u2029paragraph", "next\x85line",
    "tab\there", "form\x0cfeed and \x0b \x1c", "bell\x07 and \x00nothing", "del\x7fete",
    "colon: equals= percent%", "ünï — çødé ñ", "机器人俱乐部", "נוער ומדע", "👩🏽‍🔬🤖🏳️‍🌈",
    "e\u0301 zero\u200bwidth \u202eright to left\u202c", "BEGIN:VEVENT", "END:VCALENDAR",
    "\n\n\nmany\n\n", "DTSTART;TZID=x:20260101T000000", "&amp; <b>bold</b>", "^n ^' ^^",
)  # fmt: skip


@dataclass
class Meant:
    """One VEVENT as it was meant; what every reader must come to."""

    uid: str
    id: str | None
    start: str
    end: str
    zone: str
    rule: list[str]
    extra: list[str]
    excluded: list[str]
    status: str
    sequence: int
    stamp: str
    title: str
    about: str
    place: str


@dataclass
class Drawn:
    """A series with its exceptional dates, as the rows would hold them, and what it means."""

    series: Series
    special: list[Occurrence] = field(default_factory=list)
    events: list[Meant] = field(default_factory=list)
    first_dates: list[str] = field(default_factory=list)


def wall(moment: date) -> str:
    """A time on the wall to the minute; of whole days the day."""
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="minutes")
    return moment.isoformat()


def odd_text(chance: random.Random, most: int) -> str:
    pieces = chance.choices(ODD, k=chance.choice((1, 1, 1, 1, 2, 2, 3, 3, 4, 40)))
    return " ".join(pieces)[:most]


def as_read(text: str) -> str:
    """A text without what no calendar can carry: line ends are one sign, controls are none."""
    for end in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c != "\x7f"))


def rule_text(chance: random.Random, month: int) -> str:
    day, other = chance.sample(DAYS, 2)
    shape = chance.choice(
        [
            "FREQ=DAILY",
            "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
            f"FREQ=DAILY;BYMONTH={month}",
            "FREQ=WEEKLY",
            f"FREQ=WEEKLY;BYDAY={day}",
            f"FREQ=WEEKLY;BYDAY={day},{other};WKST={chance.choice(('MO', 'SU'))}",
            "FREQ=MONTHLY",
            f"FREQ=MONTHLY;BYDAY={chance.choice((1, 2, 3, 4, -1, -2))}{day}",
            f"FREQ=MONTHLY;BYDAY={day},{other};BYSETPOS={chance.choice((1, 2, -1))}",
            f"FREQ=MONTHLY;BYMONTHDAY={chance.choice((1, 15, 28, 31, -1))}",
            f"FREQ=YEARLY;BYMONTH={month};BYDAY=2{day}",
        ]
    )
    # Every other day of a few months may never fall: ours ends, theirs may search for ever.
    interval = chance.choice((1, 1, 1, 2, 3)) if "BYMONTH=" not in shape else 1
    end = chance.choice(("", "", ";COUNT=12", ";UNTIL=20271101T120000"))
    return shape + (f";INTERVAL={interval}" if interval > 1 else "") + end


def starts_of(text: str, after: datetime) -> list[datetime]:
    """The dates of the rule as a series has them that starts with its first one."""
    # As far as some dates need.
    until = after + timedelta(days={"D": 20, "W": 80, "M": 250, "Y": 700}[text[5]])
    rule = recurrence.parse(text)
    # With the end left out, to find the first date; a rule that counts does so from there.
    endless = recurrence.parse(text.partition(";COUNT")[0].partition(";UNTIL")[0])
    soon = min(until, after + timedelta(days=100))
    first = next(iter(recurrence.expand(endless, start=after, first=after, last=soon)), None)
    if first is None:
        return []
    return recurrence.expand(rule, start=first, first=first, last=until)


def drawn(number: int) -> Drawn:
    """The series of that number, always the same one."""
    chance = random.Random(number)  # noqa: S311  (a test's dice)
    zone = ZONES[number % len(ZONES)]
    month = chance.randint(1, 12)
    after = datetime(2026, month, chance.randint(1, 28)) + timedelta(  # noqa: DTZ001
        minutes=chance.choice((0, 90, 150, 990, 990, 990, 1439))
    )
    is_all_day = number % 7 == 3
    if is_all_day:
        after = datetime.combine(after.date(), datetime.min.time())
    text = rule_text(chance, month) if chance.random() < 0.9 else ""
    starts = starts_of(text, after) if text else []
    if not starts:
        text, starts = "", [after]
    series = Series(
        uuid=UUID(int=chance.getrandbits(128), version=4),
        slug=f"series-{number}",
        title=odd_text(chance, 200),
        summary=odd_text(chance, 300) if chance.random() < 0.5 else "",
        description=odd_text(chance, 4000) if chance.random() < 0.3 else "",
        place_name=odd_text(chance, 200) if chance.random() < 0.5 else "",
        mode=chance.choice(Series.Mode.values),
        online_url="https://meet.example/secret",
        time_zone=zone,
        local_start=starts[0],
        duration_minutes=chance.choice(
            (24 * 60, 3 * 24 * 60) if is_all_day else (30, 60, 90, 24 * 60)
        ),
        is_all_day=is_all_day,
        rrule=recurrence.parse(text).text() if text else "",
        sequence=chance.randint(0, 5),
        status=Series.Status.PUBLISHED,
        changed_at=NOW - timedelta(seconds=chance.randint(0, 10**6)),
        created_at=NOW - timedelta(days=100),
    )
    made = Drawn(series)
    if text:
        _with_exceptions(made, starts, chance)
    else:
        made.events = [_meant(made, None, starts[0])]
        made.first_dates = [said(made, starts[0])]
    return made


def said(made: Drawn, moment: datetime) -> str:
    """A moment of the series as its calendar says it."""
    return wall(moment.date() if made.series.is_all_day else moment)


def _with_exceptions(made: Drawn, starts: list[datetime], chance: random.Random) -> None:
    series = made.series
    most = chance.choice((0, 0, 1, 2, 3))
    picked = chance.sample(starts[1:], k=min(len(starts) - 1, most))
    chance.shuffle(kinds := ["moved", "cancelled", "excluded"])
    which = dict(zip(picked, kinds, strict=False))
    moved, cancelled, excluded = (
        {start for start, kind in which.items() if kind == wanted}
        for wanted in ("moved", "cancelled", "excluded")
    )
    # Far from the rule's own times of day, so that no two dates are one.
    extra = [starts[0] + timedelta(days=3, minutes=17)] if chance.random() < 0.1 else []
    if series.is_all_day:
        extra = [starts[-1] + timedelta(days=1)] if extra and "COUNT" in series.rrule else []
    series.extra_dates = [wall(moment) for moment in extra]
    series.excluded_dates = [wall(moment) for moment in sorted(excluded)]
    goes_to = {}
    for start in sorted(moved | cancelled):
        by = timedelta(days=1) if series.is_all_day else timedelta(hours=1, minutes=5)
        to = start + by if start in moved else start
        goes_to[start], _end = times.shown(to, to + series.duration, series.time_zone)
        gone = start in cancelled
        made.special.append(
            Occurrence(
                series=series,
                original_start=start,
                local_start=to,
                local_end=to + series.duration,
                status=Occurrence.Status.CANCELLED if gone else Occurrence.Status.MOVED,
                cancelled_at=NOW - timedelta(days=2) if gone else None,
                sequence=chance.randint(1, 9),
                changed_at=NOW - timedelta(days=chance.randint(0, 9)),
            )
        )
    made.events = [_meant(made, None, series.local_start)]
    made.events += [_meant(made, each, each.local_start) for each in made.special]
    dates = sorted({*starts, *extra} - excluded)
    made.first_dates = [said(made, goes_to.get(start, start)) for start in dates[:FIRST_DATES]]


def _meant(made: Drawn, occurrence: Occurrence | None, start: datetime) -> Meant:
    series = made.series
    rule = recurrence.parse(series.rrule) if series.rrule and not occurrence else None
    changed, sequence = series.changed_at or NOW, series.sequence
    if occurrence:
        changed, sequence = (
            max(changed, occurrence.changed_at),
            max(sequence, occurrence.sequence),
        )
    gone = occurrence is not None and occurrence.cancelled_at is not None
    url = f"{settings.BASE_URL}/events/{series.slug}/"
    about = "\n\n".join(part for part in (series.summary, series.description, url) if part)
    end = start + series.duration
    if rule is None:
        start, end = times.shown(start, end, series.time_zone)  # a single date, when it is on
    return Meant(
        uid=str(series.uuid),
        id=said(made, occurrence.original_start) if occurrence else None,
        start=said(made, start),
        end=said(made, end),
        zone="" if series.is_all_day else series.time_zone,
        rule=_rule_of(series, rule) if rule else [],
        extra=[] if occurrence else _said_dates(made, series.extra_dates),
        excluded=[] if occurrence else _said_dates(made, series.excluded_dates),
        status="CANCELLED" if gone else "CONFIRMED",
        sequence=sequence,
        stamp=f"{changed:%Y-%m-%dT%H:%M:%SZ}",
        title=as_read(series.title),
        about=as_read(about),
        place="Online" if series.mode == Series.Mode.ONLINE else as_read(series.place_name),
    )


def _rule_of(series: Series, rule: recurrence.Rule) -> list[str]:
    text = rule.text(zone_name=series.time_zone, is_all_day=series.is_all_day)
    return sorted(text.split(";"))


def _said_dates(made: Drawn, texts: list[str]) -> list[str]:
    return [said(made, datetime.fromisoformat(text)) for text in texts]


@cache
def everything() -> list[Drawn]:
    """All series, drawn once for the three readers."""
    return [drawn(number) for number in range(SERIES)]


@cache
def calendars() -> list[str]:
    """The feeds that our writer makes of them."""
    return [
        vevents.calendar_text(
            name="All of it",
            about="Odd, long; and moved",
            url="https://example.com/",
            zones={each.series.time_zone for each in some},
            texts=[vevents.text_of(each.series, each.special, now=NOW) for each in some],
        )
        for some in (
            everything()[first : first + IN_ONE_CALENDAR]
            for first in range(0, SERIES, IN_ONE_CALENDAR)
        )
    ]


def events_meant() -> list[Meant]:
    return [event for each in everything() for event in each.events]


def assert_read_as_meant(found: Iterable[Meant]) -> None:
    """Event by event, so that a failure shows the one event and not ten thousand."""
    meant = events_meant()
    by_key = {(event.uid, event.id): event for event in found}
    assert len(by_key) == len(meant)
    for event in meant:
        assert by_key[event.uid, event.id] == event


def test_the_writer_keeps_to_the_standard_line_by_line() -> None:
    for text in calendars():
        lines = text.encode().split(b"\r\n")
        assert lines.pop() == b""
        assert max(map(len, lines)) <= 75
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert "meet.example" not in text


def read_by_icalendar(text: str) -> Iterator[Meant]:
    def dates(event: Any, name: str) -> list[str]:
        value = event.get(name)
        return [_iso(each.dt) for each in value.dts] if value else []

    events: list[Any] = icalendar.Calendar.from_ical(text).events
    for event in events:
        id_, rule = event.get("RECURRENCE-ID"), event.get("RRULE")
        yield Meant(
            uid=str(event["UID"]),
            id=_iso(id_.dt) if id_ else None,
            start=_iso(event["DTSTART"].dt),
            end=_iso(event["DTEND"].dt),
            zone=event["DTSTART"].params.get("TZID", _no_zone(event["DTSTART"].dt)),
            rule=sorted(rule.to_ical().decode().split(";")) if rule else [],
            extra=dates(event, "RDATE"),
            excluded=dates(event, "EXDATE"),
            status=str(event["STATUS"]),
            sequence=event["SEQUENCE"],
            stamp=f"{event['DTSTAMP'].dt:%Y-%m-%dT%H:%M:%SZ}",
            title=str(event["SUMMARY"]),
            about=str(event["DESCRIPTION"]),
            place=str(event.get("LOCATION", "")),
        )


def test_icalendar_reads_back_what_was_meant() -> None:
    assert_read_as_meant(event for text in calendars() for event in read_by_icalendar(text))


def read_by_vobject(text: str) -> Iterator[Meant]:
    def dates(event: Any, name: str) -> list[str]:
        found = getattr(event, f"{name}_list", [])
        return [_iso(value) for each in found for value in each.value]

    for event in vobject.readOne(text).vevent_list:
        values = {name: rows[0].value for name, rows in event.contents.items()}
        yield Meant(
            uid=values["uid"],
            id=_iso(values["recurrence-id"]) if "recurrence-id" in values else None,
            start=_iso(values["dtstart"]),
            end=_iso(values["dtend"]),
            zone=event.dtstart.params.get("X-VOBJ-ORIGINAL-TZID", [_no_zone(values["dtstart"])])[0],
            rule=sorted(values["rrule"].split(";")) if "rrule" in values else [],
            extra=dates(event, "rdate"),
            excluded=dates(event, "exdate"),
            status=values["status"],
            sequence=int(values["sequence"]),
            stamp=f"{values['dtstamp']:%Y-%m-%dT%H:%M:%SZ}",
            title=values["summary"],
            about=values["description"],
            place=values.get("location", ""),
        )


def _iso(value: date) -> str:
    return wall(value.replace(tzinfo=None) if isinstance(value, datetime) else value)


def _no_zone(value: date) -> str:
    """What a start without a zone means: UTC, or a day that has none."""
    return "UTC" if isinstance(value, datetime) else ""


def test_vobject_reads_back_what_was_meant() -> None:
    assert_read_as_meant(event for text in calendars() for event in read_by_vobject(text))


@pytest.mark.skipif(
    NODE is None or not ICAL_JS.is_dir(), reason="no node with ical.js: run `npm ci` in tests/"
)
def test_ical_js_reads_back_what_was_meant_and_finds_the_same_dates() -> None:
    answer = subprocess.run(  # noqa: S603
        [str(NODE), str(HERE / "read_events.mjs")],
        input="\0".join(calendars()).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    found = json.loads(answer.stdout)
    assert_read_as_meant(Meant(**event) for event in found["events"])
    for each in everything():
        dates = found["dates"][str(each.series.uuid)][: len(each.first_dates)]
        assert (each.series.rrule, dates) == (each.series.rrule, each.first_dates)


def test_every_zone_and_every_frequency_was_drawn() -> None:
    assert {each.series.time_zone for each in everything()} == set(ZONES)
    rules = [each.series.rrule for each in everything()]
    for word in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "COUNT", "UNTIL", "BYSETPOS", "WKST"):
        assert sum(word in rule for rule in rules) > 100, word
    statuses = [event.status for each in everything() for event in each.events]
    assert statuses.count("CANCELLED") > 1000
    assert sum(each.series.is_all_day for each in everything()) > 1000
    assert sum(bool(event.extra) and not event.zone for event in events_meant()) > 10
    assert times.zone(ZONES[0]).key == "America/Los_Angeles"
