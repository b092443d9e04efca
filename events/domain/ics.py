"""An .ics text (RFC 5545, 3.1) as components with the few properties that we read, within bounds.

Nothing here is expanded or computed: time zones and rules inside the text are only carried along,
so that a hostile one costs no more than its letters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.errors import DomainError

MOST_BYTES = 5_000_000
MOST_LINE = 8_192
MOST_EVENTS = 5_000
MOST_COMPONENTS = 20_000
MOST_DEPTH = 8

_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"[A-Za-z0-9-]+")
#: name, parameters, value. Possessive: a line is walked once, whatever is in it.
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*+"|[^":;])*+)*+):(.*+)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*+"|[^":;])*+)')
#: Outlook writes names of zones that hold a colon, and forgets the quotes.
_LOOSE_TIME = re.compile(r'([A-Za-z-]+);TZID=([^;"]*):([0-9TZ,]+)', re.IGNORECASE)
#: Where a calendar names the way into its meeting.
WAYS_IN = (
    "CONFERENCE", "X-GOOGLE-CONFERENCE", "X-GOOGLE-HANGOUT", "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK", "X-MICROSOFT-SKYPETEAMSMEETINGURL",
)  # fmt: skip
#: What is read of each component; the rest is passed over.
_READ = {
    "VCALENDAR": frozenset({"METHOD", "NAME", "TIMEZONE-ID", "X-WR-CALNAME", "X-WR-TIMEZONE"}),
    "VTIMEZONE": frozenset({"TZID", "X-LIC-LOCATION"}),
    "STANDARD": frozenset({"DTSTART", "TZOFFSETTO"}),
    "DAYLIGHT": frozenset({"DTSTART", "TZOFFSETTO"}),
    "VEVENT": frozenset(
        {
            "CLASS", "DESCRIPTION", "DTEND", "DTSTART", "DURATION", "EXDATE", "EXRULE",
            "LOCATION", "RDATE", "RECURRENCE-ID", "RRULE", "SEQUENCE", "STATUS", "SUMMARY",
            "UID", "URL", *WAYS_IN,
        }
    ),
}  # fmt: skip


class NotACalendar(DomainError):
    """The text is no calendar, or not a whole one; says where."""

    status = 422


class CalendarTooLarge(DomainError):
    """More than is read of one calendar; says what there is too much of."""

    status = 413


@dataclass(frozen=True, slots=True)
class Property:
    """One line: its parameters by name, and its value as written."""

    value: str
    parameters: dict[str, str]


@dataclass(slots=True)
class Component:
    """What stands between a BEGIN and its END."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)
    #: A line that cannot be read although it matters: its name.
    broken: str = ""

    def first(self, name: str) -> Property | None:
        """The first property of that name."""
        found = self.properties.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The first TEXT value of that name, unescaped; empty where there is none."""
        found = self.first(name)
        return unescaped(found.value).strip() if found else ""


def read(content: bytes) -> list[Component]:
    """The calendars of a file, with their events and zones.

    Raises:
        NotACalendar: if it is none, or ends in the middle.
        CalendarTooLarge: if it is more than is read of one.
    """
    reader = _Reader()
    for number, line in _lines(_decoded(content)):
        if line.strip():
            reader.take(number, line)
    return reader.end()


class _Reader:
    """Puts lines into the components that are open."""

    def __init__(self) -> None:
        self.calendars: list[Component] = []
        self.open: list[Component] = []
        self.events = self.components = 0

    def take(self, number: int, line: str) -> None:
        """One unfolded line."""
        keyword, _colon, name = line.partition(":")
        match keyword.upper():
            case "BEGIN":
                self._begin(Component(name.strip().upper(), number))
            case "END":
                if not self.open or self.open.pop().name != name.strip().upper():
                    raise NotACalendar(
                        _("Line %(line)d: “%(text)s” ends what was not begun.")
                        % {"line": number, "text": line[:40]}
                    )
            case _ if self.open:
                _take(self.open[-1], line)
            case _ if not self.calendars:
                raise _none()
            case _:
                return  # after the end: a mailing list's footer does no harm

    def end(self) -> list[Component]:
        """The calendars, all of them closed."""
        if self.open:
            raise NotACalendar(
                _("The file ends in the middle of a %(name)s. Was it copied whole?")
                % {"name": self.open[-1].name[:20]}
            )
        if not self.calendars:
            raise _none()
        return self.calendars

    def _begin(self, part: Component) -> None:
        self._count(part)
        if self.open:
            self.open[-1].parts.append(part)
        elif part.name == "VCALENDAR":
            self.calendars.append(part)
        else:
            raise _none()
        self.open.append(part)

    def _count(self, part: Component) -> None:
        self.components += 1
        self.events += part.name == "VEVENT"
        if self.events > MOST_EVENTS:
            raise CalendarTooLarge(
                _("The calendar has more than %(most)d events.") % {"most": MOST_EVENTS}
            )
        if self.components > MOST_COMPONENTS:
            raise CalendarTooLarge(
                _("The calendar has more than %(most)d parts.") % {"most": MOST_COMPONENTS}
            )
        if len(self.open) >= MOST_DEPTH:
            raise NotACalendar(
                _("Line %(line)d: parts inside of parts, too deep for a calendar.")
                % {"line": part.line}
            )


def unescaped(value: str) -> str:
    """A TEXT value as it is meant (RFC 5545, 3.3.11)."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value, flags=re.DOTALL)


def _none() -> NotACalendar:
    return NotACalendar(_("This is not a calendar: it does not begin with BEGIN:VCALENDAR."))


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise CalendarTooLarge(
            _("The calendar is larger than %(most)d MB.") % {"most": MOST_BYTES // 1_000_000}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotACalendar(_("The calendar is not written in UTF-8. Export it anew.")) from error
    if "\x00" in text:
        raise NotACalendar(_("This is not a calendar but some other kind of file."))
    return text


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Unfolded lines, each with the number of its first."""
    pieces: list[str] = []
    began = 1
    for number, line in enumerate(_LINE_ENDS.split(text), start=1):
        if len(line) > MOST_LINE:
            raise CalendarTooLarge(
                _("Line %(line)d is longer than %(most)d letters.")
                % {"line": number, "most": MOST_LINE}
            )
        if line[:1] in {" ", "\t"} and pieces:
            pieces.append(line[1:])
            continue
        if pieces:
            yield began, "".join(pieces)
        pieces, began = [line], number
    yield began, "".join(pieces)


def _take(part: Component, line: str) -> None:
    wanted = _READ.get(part.name)
    found = _NAME.match(line)
    name = found[0].upper() if found else ""
    if wanted is None or name not in wanted:
        return
    loose = _LOOSE_TIME.fullmatch(line)
    if loose is not None:
        property_ = Property(loose[3], {"TZID": loose[2]})
        part.properties.setdefault(name, []).append(property_)
        return
    whole = _LINE.fullmatch(line)
    if whole is None:
        part.broken = part.broken or name
        return
    parameters = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(whole[2])}
    part.properties.setdefault(name, []).append(Property(whole[3], parameters))
