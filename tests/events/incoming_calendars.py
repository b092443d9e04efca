"""Calendars as others write them, and what comes of taking one in."""

from datetime import datetime
from typing import Any

from events.domain import incoming, incoming_plans
from events.models import IncomingCalendar

ONCE = ("UID:once@x", "SUMMARY:Open house", "DTSTART:20261217T163000", "DTEND:20261217T180000")
WEEKLY = (
    "UID:weekly@x",
    "SUMMARY:Robot club",
    "DTSTART;TZID=America/Los_Angeles:20261208T163000",
    "DTEND;TZID=America/Los_Angeles:20261208T180000",
    "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5",
)


def text(*events: tuple[str, ...], head: tuple[str, ...] = ()) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Club", *head]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()


def change(of: tuple[str, ...], start: str, *lines: str) -> tuple[str, ...]:
    return (of[0], of[1], f"RECURRENCE-ID;TZID=America/Los_Angeles:{start}", *lines)


def counts(outcome: incoming_plans.Outcome | None) -> dict[str, int]:
    assert outcome is not None
    found = {name: getattr(outcome, name) for name in outcome.COUNTED}
    found["refused"] = len(outcome.refusals)
    return {name: number for name, number in found.items() if number}


def take(
    calendar: IncomingCalendar, content: bytes, now: datetime, **options: Any
) -> dict[str, int]:
    return counts(
        incoming.import_text(calendar=calendar, content=content, by=None, now=now, **options)
    )
