"""What a foreign calendar says, as series with their dates; what cannot be held is refused by name.

Held otherwise than written, because a series has one clock and minutes:

- a time without zone means the organization's; a single event in UTC is put on its clock as well;
- a changed date of an all-day event keeps its days and no times; one of another event that
  became all-day lasts from 12:00 AM to 11:59 PM of its last day;
- an event without an end, or that ends as it begins, is given an hour;
- a first date off its own rule is kept as an extra date beside the rule;
- a date that was changed keeps its own time, not words or a place of its own;
- the way into an online meeting is told to who comes, whichever words held it.
"""

import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import nh3
from django.utils.translation import gettext as _
from icalendar.prop import vDuration

from core import times
from core.errors import DomainError
from events import recurrence
from events.domain import ics, join_links, zone_names
from events.domain.details import Details, check_details
from events.domain.ics import Component, Property
from events.domain.join_links import WaysIn
from events.models import Series

#: Extra, excluded and changed dates of one event.
MOST_DATES = 1000
MOST_MINUTES = 14 * 24 * 60
#: Raised when the same text is to be read differently, so that kept events are brought in step.
EDITION = 3
_MINUTE = timedelta(minutes=1)
_MOMENT = re.compile(r"(\d{8})(?:T(\d{4})\d{2}(Z)?)?")
_ZIP = re.compile(r"\bCA,? (\d{5})\b")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_SIGNS = re.compile(r"[^\S\n]+")


class EventRefused(DomainError):
    """One event cannot be held; says why."""

    status = 422


class EventPrivate(EventRefused):
    """It is not for the public; what is shown of it here is to go."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not taken, by its title and line, and why."""

    title: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """When a changed date now is, on the clock on the wall."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """One event of a foreign calendar, with all that it says of its dates."""

    uid: str
    #: For a changed date whose event is not in the file: which one, on the calendar's own clock,
    #: so that one written in another zone is the same. Empty otherwise.
    recurrence_id: str
    line: int
    details: Details
    #: Changed dates by their original start; none where they were called off.
    changes: dict[datetime, Span | None]
    is_cancelled: bool

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by from one reading to the next."""
        return self.uid, self.recurrence_id

    @property
    def fingerprint(self) -> str:
        """Differs as soon as anything differs that is written here."""
        details = replace(self.details, kind="")  # which is ours to say
        said = repr((EDITION, details, sorted(self.changes.items()), self.is_cancelled))
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class Reading:
    """A calendar read to its end."""

    name: str = ""
    events: list[Read] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    #: UIDs of refused events: they are in the calendar, so they have not vanished from it. Those
    #: that became private are not among them: for the public they have.
    refused_uids: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A value of DATE or DATE-TIME: on which clock, or on whichever hangs there."""

    local: datetime
    zone: str
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class _Clocks:
    """The zones of one calendar."""

    own: str
    described: dict[str, str | None]


def read(content: bytes, *, zone_name: str, kind: str) -> Reading:
    """Read a calendar; an event that cannot be held is refused, the others are kept.

    Args:
        content: the file.
        zone_name: the organization's zone, for times that name none.
        kind: what sort of event a series of this calendar is.

    Raises:
        ics.NotACalendar, ics.CalendarTooLarge: if nothing of it can be taken.
    """
    reading = Reading()
    groups: dict[str, list[tuple[Component, _Clocks]]] = {}
    for calendar in ics.read(content):
        clocks = _clocks(calendar, zone_name)
        reading.name = reading.name or calendar.text("NAME") or calendar.text("X-WR-CALNAME")
        for part in calendar.parts:
            if part.name == "VEVENT":
                groups.setdefault(_uid(part), []).append((part, clocks))
    for uid, parts in groups.items():
        _read_group(uid, parts, kind, reading)
    return reading


def _read_group(
    uid: str, parts: list[tuple[Component, _Clocks]], kind: str, reading: Reading
) -> None:
    """One UID: its event, its changed dates; or changed dates alone."""

    def refuse(part: Component, reason: str) -> None:
        reading.refused_uids.add(uid)
        title = _title(part) or _("Event without a title")
        reading.refusals.append(Refusal(title[:200], part.line, reason))

    masters = [each for each in parts if each[0].first("RECURRENCE-ID") is None]
    changed = [each for each in parts if each[0].first("RECURRENCE-ID") is not None]
    for versions in (masters, changed):  # of one date too the latest counts: it is read last
        versions.sort(key=lambda each: _sequence(each[0]))
    for part, _zones in masters[:-1]:
        refuse(part, _("Another event of the file has the same UID; the latest one counts."))
    try:
        event = _event(*masters[-1], kind, uid, "") if masters else None
        if len(changed) > MOST_DATES:
            raise _too_many_dates()
    except DomainError as refusal:
        refuse((masters or changed)[-1][0], refusal.sentence)
        if isinstance(refusal, EventPrivate):
            reading.refused_uids.discard(uid)
        return
    alone: dict[str, Read] = {}
    for part, clocks in changed:
        try:
            if event is not None:
                original, span = _change(part, clocks, event.details)
                event.changes[original] = span
            else:
                named = _between(_moment_of(part, "RECURRENCE-ID", clocks), clocks.own)
                which = named.isoformat(timespec="minutes")
                alone[which] = _event(part, clocks, kind, uid, which)
        except DomainError as refusal:
            refuse(part, refusal.sentence)
    reading.events += [event] if event is not None else alone.values()


def _uid(part: Component) -> str:
    uid = part.text("UID")
    if not uid:
        start = part.first("DTSTART")
        said = f"{start.value if start else ''}\n{part.text('SUMMARY')}"
        return "no-uid:" + hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
    if len(uid) > 200:
        return "long-uid:" + hashlib.blake2b(uid.encode(), digest_size=16).hexdigest()
    return uid


def _sequence(part: Component) -> int:
    found = part.first("SEQUENCE")
    value = found.value.strip() if found else ""
    return int(value) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else 0


def _event(part: Component, clocks: _Clocks, kind: str, uid: str, recurrence_id: str) -> Read:
    if part.broken:
        raise EventRefused(_("Its line %(name)s cannot be read.") % {"name": part.broken})
    if part.text("CLASS").upper() in {"PRIVATE", "CONFIDENTIAL"}:
        raise EventPrivate(_("It is marked as private."))
    ways = _ways_in(part)
    title = ways.left_out_of(_title(part))
    if not title:
        raise EventRefused(_("It has no title (SUMMARY)."))
    start = _moment_of(part, "DTSTART", clocks)
    repeats = _repeats(part) and not recurrence_id
    if start.zone == "UTC" and not repeats:
        start = _Moment(_between(start, clocks.own), clocks.own)
    end = _end(part, start, clocks)
    minutes = (end - start.local) // _MINUTE
    if minutes > MOST_MINUTES:
        raise EventRefused(_("It lasts longer than 14 days."))
    place = ways.left_out_of(_line(part.text("LOCATION")))
    mode = Series.Mode.BOTH if ways.best else Series.Mode.IN_PERSON
    if ways.best and not join_links.is_somewhere(place):
        mode, place = Series.Mode.ONLINE, ""
    name, _comma, address = place.partition(",")
    found_zip = _ZIP.search(place)
    details = Details(
        title=title,
        description=_description(part, ways),
        kind=kind,
        mode=mode,
        place_name=name.strip()[:200],
        address=address.strip()[:300],
        zip_code=found_zip[1] if found_zip else "",
        online_url=ways.best if len(ways.best) <= 500 else "",
        time_zone=start.zone,
        duration_minutes=minutes,
        is_all_day=start.is_day,
        **(_schedule(part, start, clocks) if repeats else {"local_start": start.local}),
    )
    check_details(details)
    is_cancelled = part.text("STATUS").upper() == "CANCELLED"
    return Read(uid, recurrence_id, part.line, details, {}, is_cancelled)


def _repeats(part: Component) -> bool:
    return any(part.first(name) for name in ("RRULE", "RDATE", "EXRULE"))


def _schedule(part: Component, start: _Moment, clocks: _Clocks) -> dict[str, object]:
    """Start, rule, extra and excluded dates as a series holds them."""
    if part.first("EXRULE"):
        raise EventRefused(_("EXRULE, a rule of exceptions, is not read. List the dates instead."))
    rules = part.properties.get("RRULE", [])
    if len(rules) > 1:
        raise EventRefused(_("It repeats by several rules at once. Make an event of each."))
    extra = set(_dates(part, "RDATE", clocks, start))
    local, text = start.local, ""
    if rules:
        rule = recurrence.parse(rules[0].value.strip().rstrip(";"), zone_name=start.zone)
        text = rule.text()
        if not recurrence.follows(rule, local):
            first = recurrence.expand(
                rule, start=local, first=local, last=local + timedelta(days=recurrence.MOST_DAYS)
            )[:1]
            if not first:
                raise EventRefused(_("Its rule does not fall on any date within 24 months."))
            extra.add(local)
            local = first[0]
    excluded = set(_dates(part, "EXDATE", clocks, start))
    if len(extra) > MOST_DATES:
        raise _too_many_dates()
    return {
        "local_start": local,
        "rrule": text,
        "extra_dates": [each.isoformat(timespec="minutes") for each in sorted(extra)],
        "excluded_dates": [each.isoformat(timespec="minutes") for each in sorted(excluded)],
    }


def _too_many_dates() -> EventRefused:
    return EventRefused(
        _("It lists more than %(most)d extra or changed dates.") % {"most": MOST_DATES}
    )


def _change(part: Component, clocks: _Clocks, event: Details) -> tuple[datetime, Span | None]:
    """A changed date: which one, and when it now is; no span if it was called off."""
    zone = event.time_zone
    if part.broken:
        raise EventRefused(_("Its line %(name)s cannot be read.") % {"name": part.broken})
    named = part.first("RECURRENCE-ID")
    if named is not None and named.parameters.get("RANGE"):
        raise EventRefused(_("It changes all later dates at once. Make an event of each half."))
    original = _between(_moment_of(part, "RECURRENCE-ID", clocks), zone)
    if event.is_all_day:
        original = _midnight(original)
    if part.text("STATUS").upper() == "CANCELLED":
        return original, None
    start = _moment_of(part, "DTSTART", clocks)
    local = _between(start, zone)
    length = _end(part, start, clocks) - start.local
    if event.is_all_day and not start.is_day:
        end, local = local + length, _midnight(local)
        length = _midnight(end - _MINUTE) + timedelta(days=1) - local
    elif start.is_day and not event.is_all_day:
        length -= _MINUTE
    if length > timedelta(minutes=MOST_MINUTES):
        raise EventRefused(_("It lasts longer than 14 days."))
    return original, Span(local, local + length)


def _end(part: Component, start: _Moment, clocks: _Clocks) -> datetime:
    """When it ends, on the clock of its start; whole days at midnight after the last."""
    if (written := part.first("DTEND")) is not None:
        end = _between(_moment(written, clocks), start.zone)
        if end < start.local:
            raise EventRefused(_("It ends before it begins."))
    elif (length := part.first("DURATION")) is not None:
        try:
            lasts = _length(length.value.strip())
            if timedelta() < lasts < _MINUTE:
                lasts = _MINUTE
            end = start.local + (lasts - lasts % _MINUTE)
        except (ValueError, OverflowError) as error:
            raise EventRefused(_("Its length (DURATION) cannot be read.")) from error
        if end < start.local:
            raise EventRefused(_("It ends before it begins."))
    else:
        end = start.local
    if start.is_day:
        return max(_midnight(end), start.local + timedelta(days=1))
    return end if end > start.local else start.local + timedelta(hours=1)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), datetime.min.time())


def _length(text: str) -> timedelta:
    found: timedelta = vDuration.from_ical(text)  # type: ignore[no-untyped-call]
    return found


def _moment_of(part: Component, name: str, clocks: _Clocks) -> _Moment:
    found = part.first(name)
    if found is None:
        raise EventRefused(_("It has no line %(name)s.") % {"name": name})
    return _moment(found, clocks)


def _dates(part: Component, name: str, clocks: _Clocks, start: _Moment) -> Iterable[datetime]:
    """Listed dates on the clock of the start; of whole days their midnights."""
    for moment in _moments(part, name, clocks, start):
        local = _between(moment, start.zone)
        yield _midnight(local) if start.is_day else local


def _moments(part: Component, name: str, clocks: _Clocks, start: _Moment) -> Iterable[_Moment]:
    lines = part.properties.get(name, [])
    if sum(line.value.count(",") + 1 for line in lines) > MOST_DATES:
        raise _too_many_dates()
    for line in lines:
        for value in line.value.split(","):
            if not value.strip():
                continue
            period = value.partition("/")[0]
            moment = _moment(Property(period, line.parameters), clocks)
            if moment.is_day and not start.is_day:  # a day named alone means the date on that day
                local = datetime.combine(moment.local.date(), start.local.time())
                moment = _Moment(local, start.zone)
            yield moment


def _moment(line: Property, clocks: _Clocks) -> _Moment:
    """A DATE or DATE-TIME, to the minute.

    Raises:
        EventRefused: if it is none, or by a clock that nobody knows.
    """
    match = _MOMENT.fullmatch(line.value.strip())
    try:
        if match is None:
            raise ValueError  # noqa: TRY301  (the same sentence as for a day that does not exist)
        text = match[1] + (match[2] or "0000")
        local = datetime.strptime(text, "%Y%m%d%H%M")  # noqa: DTZ007  (a time on the wall)
        local - timedelta(days=800), local + timedelta(days=800)
    except (ValueError, OverflowError) as error:
        raise EventRefused(
            _("“%(value)s” is not a date like 20261208T163000.") % {"value": line.value[:40]}
        ) from error
    if match[2] is None:
        return _Moment(local, clocks.own, is_day=True)
    if match[3]:
        return _Moment(local, "UTC")
    name = line.parameters.get("TZID", "")
    if not name:
        return _Moment(local, clocks.own)
    zone = zone_names.by_name(name) or clocks.described.get(name)
    if zone is None:
        raise EventRefused(
            _("We do not know the time zone “%(zone)s”. Use one like America/Los_Angeles.")
            % {"zone": name[:60]}
        )
    return _Moment(local, zone)


def _between(moment: _Moment, zone: str) -> datetime:
    """The same moment on another zone's clock; a day is the same day everywhere."""
    if moment.is_day or moment.zone == zone:
        return moment.local
    return times.local_of(times.utc_of(moment.local, moment.zone), zone)


def _clocks(calendar: Component, zone_name: str) -> _Clocks:
    described = {}
    for part in calendar.parts:
        name = part.first("TZID") if part.name == "VTIMEZONE" else None
        if name is not None:
            described[name.value.strip('"')] = zone_names.by_description(part)
    own = calendar.text("X-WR-TIMEZONE") or calendar.text("TIMEZONE-ID")
    known = zone_names.by_name(own) if own else None
    return _Clocks(known if known and known != "UTC" else zone_name, described)


def _title(part: Component) -> str:
    title = _line(part.text("SUMMARY"))
    return title if len(title) <= 200 else title[:199] + "…"


def _line(text: str) -> str:
    """Plain words on one line."""
    return " ".join(_plain(text).split())


def _ways_in(part: Component) -> WaysIn:
    """How to get into its meeting, sought in its words as written and as they are shown."""
    named = [each.value for name in ics.WAYS_IN for each in part.properties.get(name, [])]
    written = [part.text(name) for name in ("URL", "DESCRIPTION", "SUMMARY")]
    shown = [_plain(text) for text in written]
    place = _line(part.text("LOCATION"))
    return join_links.ways_in(place=place, named=named, words=dict.fromkeys([*shown, *written]))


def _description(part: Component, ways: WaysIn) -> str:
    text = ways.left_out_of(_plain(part.text("DESCRIPTION")))
    url = ways.left_out_of(part.text("URL"))
    if join_links.is_link(url) and url not in text:
        text = f"{text}\n\n{url}".strip()
    return text if len(text) <= 8000 else text[:7999] + "…"


def _plain(text: str) -> str:
    """Words without markup and without signs that cannot be seen."""
    text = text[:40_000]
    if _TAG.search(text):
        text = html.unescape(nh3.clean(_BREAK.sub("\n", text), tags=set()))
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = "".join(sign for sign in text if sign == "\n" or sign.isprintable() or sign == "\t")
    return _SIGNS.sub(" ", text).strip()
