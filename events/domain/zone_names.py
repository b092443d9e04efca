"""Time zones by the names that calendars give them: IANA's, Windows', Outlook's, Mozilla's."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from core import times
from events.domain.ics import Component

#: Words by which Outlook and others describe a zone: "(UTC-08:00) Pacific Time (US & Canada)".
_DESCRIBED = (
    ("pacific time", "America/Los_Angeles"),
    ("mountain time", "America/Denver"),
    ("central time", "America/Chicago"),
    ("eastern time", "America/New_York"),
    ("arizona", "America/Phoenix"),
    ("alaska", "America/Anchorage"),
    ("hawaii", "Pacific/Honolulu"),
    ("coordinated universal time", "UTC"),
)
_SHORT = {"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "Z": "UTC", "GMT": "UTC"}
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
#: Where a zone is only described by its offsets, the likeliest that has them.
_LIKELY = (
    "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York",
    "America/Phoenix", "America/Anchorage", "Pacific/Honolulu", "America/Halifax", "UTC",
    "Europe/London", "Europe/Berlin", "Europe/Athens", "Asia/Kolkata", "Asia/Tokyo",
    "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
#: The year by whose winter and summer zones are compared.
_YEAR = 2025


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {name.lower(): name for name in times.zone_names()}


def by_name(name: str) -> str | None:
    """The IANA name of a zone by the name that a calendar gives it; none if it says nothing."""
    plain = name.strip().strip('"').removeprefix("tzone://Microsoft/")
    if plain in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[plain]
    if plain.upper() in _SHORT:
        return _SHORT[plain.upper()]
    # Mozilla and others put their own path before it: /mozilla.org/20070129_1/America/New_York.
    parts = plain.lower().replace(" ", "_").strip("/").split("/")
    for first in range(len(parts)):
        found = _known().get("/".join(parts[first:]))
        if found is not None and found not in {"Factory", "localtime"}:
            return found
    lower = plain.lower()
    return next((zone for words, zone in _DESCRIBED if words in lower), None)


def by_description(zone: Component) -> str | None:
    """The IANA name of a VTIMEZONE: by its place, or by the offsets of its last winter and summer.

    Its own rules are not followed; they are somebody else's recurrence.
    """
    place = zone.first("X-LIC-LOCATION")
    if place is not None and (found := by_name(place.value)):
        return found
    winter, summer = _last_offset(zone, "STANDARD"), _last_offset(zone, "DAYLIGHT")
    if winter is None:
        return None
    wanted = {winter, summer if summer is not None else winter}
    return next((name for name in _LIKELY if _offsets(name) == wanted), None)


def _last_offset(zone: Component, name: str) -> timedelta | None:
    found: tuple[str, timedelta] | None = None
    for part in zone.parts:
        start, offset = part.first("DTSTART"), part.first("TZOFFSETTO")
        match = _OFFSET.fullmatch(offset.value.strip()) if offset else None
        if part.name != name or match is None:
            continue
        length = timedelta(hours=int(match[2]), minutes=int(match[3]))
        since = start.value if start else ""
        if found is None or since >= found[0]:
            found = (since, length if match[1] == "+" else -length)
    return found[1] if found else None


@lru_cache(maxsize=32)
def _offsets(name: str) -> set[timedelta | None]:
    zone = times.zone(name)
    return {datetime(_YEAR, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)}
