"""Events as calendars read them (RFC 5545 and 7986): fragments that are written once and joined.

A series is one VEVENT with its rule in local time and TZID, and one more VEVENT for each date
that is unlike the rule (RECURRENCE-ID). Where it starts several times a day, each start is such an
event with a UID of its own: all programs read that alike, and one rule cannot always say it. The
text is kept with the series; a feed is a header, the zones, and the kept texts one after the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from core import times
from events import recurrence
from events.calendars.timezones import vtimezone
from events.models import Occurrence, Series

#: How long a cancellation stays in the feeds, so that every calendar hears of it.
CANCELLED_STAYS = timedelta(days=30)
#: How often calendars may ask again.
REFRESH = "PT1H"
_END = "END:VCALENDAR\r\n"
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Zulu", "Etc/GMT", "GMT"})
#: The line ends of other alphabets too: some readers would break the content line there.
_LINE_ENDS = dict.fromkeys("\n\x85\u2028\u2029", "\\n")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,"} | _LINE_ENDS)


def text_of(series: Series, occurrences: Iterable[Occurrence], *, now: datetime) -> str:
    """The series and what is special about its dates, as VEVENTs ended by CRLF.

    Args:
        series: with its host and area at hand.
        occurrences: all of its dates; only those show that are unlike the rule.
        now: cancelled dates older than `CANCELLED_STAYS` become plain exceptions.
    """
    rows = sorted(occurrences, key=lambda o: o.original_start)
    shared = _shared_lines(series)
    return "".join(
        _session(
            series,
            number,
            [o for o in rows if series.session_of(o.original_start) == number],
            shared,
            now=now,
        )
        for number in range(len(series.more_times) + 1)
    )


def _session(
    series: Series,
    number: int,
    rows: list[Occurrence],
    shared: list[str],
    *,
    now: datetime,
) -> str:
    """One of the day's starts, with its changed dates: an event of its own."""
    if not series.repeats:
        return _event([*_single(series, number, rows), *shared])
    excluded = _listed(series, number, series.excluded_dates)
    overrides = []
    called_off = []
    for occurrence in rows:
        if not _is_special(series, occurrence):
            continue
        if occurrence.cancelled_at is not None and occurrence.cancelled_at < now - CANCELLED_STAYS:
            excluded.append(occurrence.original_start)
            continue
        gone = occurrence.is_cancelled
        if gone:
            called_off.append(occurrence.original_start)
        overrides.append(
            _event(
                [
                    *_identity(series, occurrence, uid=series.uid_of(number)),
                    _moment("RECURRENCE-ID", series, occurrence.original_start),
                    *_span(series, *occurrence.shown),
                    _status(is_cancelled=gone),
                    *shared,
                ]
            )
        )
    extra = _listed(series, number, series.extra_dates)
    rule = _rule(series, number)
    took_place = [o.original_start for o in rows if not o.is_cancelled]
    is_off = series.status == Series.Status.CANCELLED
    if is_off and took_place:
        # What took place is not taken back: the rule ends with it, and each date that was called
        # off is named beside it.
        ruled = [start for start in took_place if start not in extra]
        last = max(ruled, default=_first_start(series, number))
        rule = replace(rule, count=None, until=last) if rule and ruled else None
        extra = sorted({*extra, *(start for start in called_off if start > last)})
    master = _master(
        series,
        number,
        rule=rule,
        extra=extra,
        excluded=sorted(set(excluded)),
        is_cancelled=is_off and not took_place,
    )
    return _event([*master, *shared]) + "".join(overrides)


def _is_special(series: Series, occurrence: Occurrence) -> bool:
    """Whether the rule alone would say something else of that date."""
    planned = occurrence.original_start, occurrence.original_start + series.duration
    return occurrence.is_cancelled or occurrence.shown != planned


def text_of_date(
    occurrence: Occurrence,
    *,
    status: str,
    changed_at: datetime,
    sequence: int,
    lines: Sequence[str] = (),
    note: str = "",
) -> str:
    """One date alone, as a VEVENT that every calendar knows to be of its series.

    It has the UID of the series and its RECURRENCE-ID, so that it is the same event as in the
    feeds; where the series happens once, it is the event itself. Once other times have given
    it another original start, or a series that goes on, it keeps the name that mails gave it
    before: a calendar that has it would otherwise have it twice.

    Args:
        occurrence: with its series at hand.
        status: `CONFIRMED`, `TENTATIVE` or `CANCELLED` for whom this is written.
        changed_at: when that status came to be; of two texts with one SEQUENCE the later counts.
        sequence: how often they were told of it without the date being changed.
        lines: more content lines: ORGANIZER, ATTENDEE.
        note: what the description starts with; for those alone who may read it.
    """
    series = occurrence.series
    gone = occurrence.is_cancelled or status == "CANCELLED"
    uid, start = occurrence.identity
    return _event(
        [
            *_identity(series, occurrence, uid=uid, at_least=changed_at, more=sequence),
            _moment("RECURRENCE-ID", series, start) if start else "",
            *_span(series, *occurrence.shown),
            "STATUS:CANCELLED" if gone else f"STATUS:{status}",
            *_shared_lines(series, note=note, access="PRIVATE"),
            *lines,
        ]
    )


def letter_text(*, method: str, zones: Iterable[str], text: str) -> str:
    """A calendar for a mail: one date, or several, and what is to be done with it (RFC 5546).

    Args:
        method: `REQUEST`, `CANCEL` or `PUBLISH`.
        zones: the zones that the text names.
        text: what `text_of_date` wrote.
    """
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{escaped(settings.SITE_NAME)}//Events//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
    ]
    return "".join([*(folded(line) for line in head), *_components(zones), text, _END])


def zones_of(series: Series) -> tuple[str, ...]:
    """The zones that the texts of a series name: a day is the same day everywhere."""
    return () if series.is_all_day else (series.time_zone,)


def calendar_text(
    *, name: str, about: str, url: str, zones: Iterable[str], texts: Sequence[str]
) -> str:
    """A whole calendar from kept texts.

    Args:
        name: what the subscriber's calendar is called.
        about: one sentence on what is in it.
        url: the page that shows the same.
        zones: every zone that the texts name.
        texts: what `text_of` wrote.
    """
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{escaped(settings.SITE_NAME)}//Events//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"DESCRIPTION:{escaped(about)}",
        f"X-WR-CALDESC:{escaped(about)}",
        f"URL:{url}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        "COLOR:teal",
    ]
    return "".join([*(folded(line) for line in head), *_components(zones), *texts, _END])


def _components(zones: Iterable[str]) -> list[str]:
    return [vtimezone(zone) for zone in sorted(set(zones)) if zone not in _UTC_NAMES]


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11), without the control characters that no value may hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines.isprintable():
        lines = "".join(c for c in lines if c in "\n\t" or (c >= " " and c != "\x7f"))
    return lines.translate(_ESCAPED)


def folded(line: str) -> str:
    """A content line with its CRLF, folded at 75 octets and never inside a character."""
    if len(line) <= 75 and line.isascii():
        return line + "\r\n"
    pieces, piece, room = [], "", 75
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", 74  # the space that marks a continued line counts
        piece += character
        room -= size
    pieces.append(piece)
    return "\r\n ".join(pieces) + "\r\n"


def _event(lines: Iterable[str]) -> str:
    return "".join(
        ["BEGIN:VEVENT\r\n", *(folded(line) for line in lines if line), "END:VEVENT\r\n"]
    )


def _first_start(series: Series, number: int) -> datetime:
    return datetime.combine(series.local_start.date(), series.start_times[number])


def _listed(series: Series, number: int, texts: Iterable[str]) -> list[datetime]:
    moments = map(datetime.fromisoformat, texts)
    return sorted(moment for moment in moments if series.session_of(moment) == number)


def _rule(series: Series, number: int) -> recurrence.Rule | None:
    if not series.rrule:
        return None
    rule = recurrence.parse(series.rrule)
    if number and rule.until is not None:  # the last day counts as a whole
        return replace(rule, until=rule.until.replace(hour=23, minute=59))
    return rule


def _master(
    series: Series,
    number: int,
    *,
    rule: recurrence.Rule | None,
    extra: list[datetime],
    excluded: list[datetime],
    is_cancelled: bool,
) -> list[str]:
    said = rule and rule.text(zone_name=series.time_zone, is_all_day=series.is_all_day)
    start = _first_start(series, number)
    return [
        *_identity(series, None, uid=series.uid_of(number)),
        *_span(series, start, start + series.duration),
        f"RRULE:{said}" if said else "",
        _moment("RDATE", series, *extra) if extra else "",
        _moment("EXDATE", series, *excluded) if excluded else "",
        _status(is_cancelled=is_cancelled),
    ]


def _single(series: Series, number: int, rows: list[Occurrence]) -> list[str]:
    """The lines of something that happens once: wherever its one date went, it is the event.

    A series that had more dates leaves rows behind that are called off or over.
    """
    first = _first_start(series, number)

    def rank(occurrence: Occurrence) -> tuple[bool, bool, bool, datetime]:
        goes_ahead = not occurrence.is_cancelled
        return (
            goes_ahead and occurrence.status != Occurrence.Status.HAPPENED,
            first in {occurrence.original_start, occurrence.local_start},
            goes_ahead,
            occurrence.local_start,
        )

    occurrence = max(rows, key=rank, default=None)
    if occurrence is None:
        start, end = times.shown(first, first + series.duration, series.time_zone)
        is_cancelled = series.status == Series.Status.CANCELLED
    else:
        start, end = occurrence.shown
        is_cancelled = occurrence.is_cancelled
    return [
        *_identity(series, occurrence, uid=series.uid_of(number)),
        *_span(series, start, end),
        _status(is_cancelled=is_cancelled),
    ]


def _span(series: Series, start: datetime, end: datetime) -> list[str]:
    return [_moment("DTSTART", series, start), _moment("DTEND", series, end)]


def _identity(
    series: Series,
    occurrence: Occurrence | None,
    *,
    uid: UUID,
    at_least: datetime | None = None,
    more: int = 0,
) -> list[str]:
    changed = series.changed_at or series.created_at
    if at_least is not None:
        changed = max(changed, at_least)
    sequence = series.sequence
    if occurrence is not None:
        changed = max(changed, occurrence.changed_at)
        sequence = max(sequence, occurrence.sequence)
    stamp = f"{changed.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return [
        f"UID:{uid}",
        f"DTSTAMP:{stamp}",
        f"LAST-MODIFIED:{stamp}",
        f"CREATED:{series.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{sequence + more}",
    ]


def _status(*, is_cancelled: bool) -> str:
    return "STATUS:CANCELLED" if is_cancelled else "STATUS:CONFIRMED"


def _shared_lines(series: Series, *, note: str = "", access: str = "PUBLIC") -> list[str]:
    url = settings.BASE_URL + series.get_absolute_url()
    place = ", ".join(part for part in (series.place_name, series.address, series.zip_code) if part)
    # The link to join stays with those who signed up.
    where = place if series.mode != Series.Mode.ONLINE else "Online"
    title = series.title
    if series.is_demonstration:  # a calendar shows no banner: the name alone can say it
        title = _("Demonstration: %(title)s") % {"title": title}
    about = "\n\n".join(part for part in (note, series.summary, series.description, url) if part)
    return [
        f"SUMMARY:{escaped(title)}",
        f"DESCRIPTION:{escaped(about)}",
        f"LOCATION:{escaped(where)}" if where else "",
        f"CATEGORIES:{escaped(str(series.get_kind_display()))}",
        f"URL:{url}",
        f"CLASS:{access}",
    ]


def _moment(name: str, series: Series, *moments: datetime) -> str:
    if series.is_all_day:
        return f"{name};VALUE=DATE:{','.join(f'{moment:%Y%m%d}' for moment in moments)}"
    if series.time_zone in _UTC_NAMES:
        return f"{name}:{','.join(f'{moment:%Y%m%dT%H%M%SZ}' for moment in moments)}"
    values = ",".join(f"{moment:%Y%m%dT%H%M%S}" for moment in moments)
    return f"{name};TZID={series.time_zone}:{values}"
