"""What a calendar says, and how it is held or refused: nothing is written."""

import time
from datetime import timedelta

import pytest

from events.domain import ics, incoming_reading
from tests.events.incoming_calendars import ONCE, WEEKLY, change, text
from tests.events.published_series import TUESDAY


def read_one(*lines: str, head: tuple[str, ...] = ()) -> incoming_reading.Read:
    event = ("UID:a", "SUMMARY:A", *lines)
    reading = incoming_reading.read(
        text(event, head=head), zone_name="America/Los_Angeles", kind="workshop"
    )
    assert reading.refusals == []
    return reading.events[0]


def refused_one(*lines: str) -> str:
    reading = incoming_reading.read(text(lines), zone_name="America/Los_Angeles", kind="workshop")
    assert reading.events == []
    return reading.refusals[0].reason


OUTLOOK = (
    "BEGIN:VTIMEZONE", "TZID:Customized Time Zone",
    "BEGIN:STANDARD", "DTSTART:16011104T020000", "RRULE:FREQ=SECONDLY", "TZOFFSETFROM:-0600",
    "TZOFFSETTO:-0700", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010311T020000", "TZOFFSETFROM:-0700", "TZOFFSETTO:-0600",
    "END:DAYLIGHT", "END:VTIMEZONE",
)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "head", "local", "zone"),
    [
        (":20261208T163000", (), "16:30", "America/Los_Angeles"),
        (":20261209T003000Z", (), "16:30", "America/Los_Angeles"),
        (";TZID=America/New_York:20261208T193000", (), "19:30", "America/New_York"),
        (";TZID=Pacific Standard Time:20261208T163000", (), "16:30", "America/Los_Angeles"),
        (";TZID=(UTC-08:00) Pacific Time (US):20261208T163000", (), "16:30", "America/Los_Angeles"),
        (";TZID=/mozilla.org/2007_1/America/Denver:20261208T163000", (), "16:30", "America/Denver"),
        (";TZID=europe/LONDON:20261208T163000", (), "16:30", "Europe/London"),
        (";TZID=tzone://Microsoft/Utc:20261209T003000", (), "16:30", "America/Los_Angeles"),
        (":20261208T163000", ("X-WR-TIMEZONE:America/Chicago",), "16:30", "America/Chicago"),
        (";TZID=Customized Time Zone:20261208T163000", OUTLOOK, "16:30", "America/Denver"),
    ],
)
def test_times_are_put_on_a_clock_that_we_know(
    start: str, head: tuple[str, ...], local: str, zone: str
) -> None:
    details = read_one(f"DTSTART{start}", head=head).details
    assert (f"{details.local_start:%Y-%m-%d %H:%M}", details.time_zone) == (
        f"2026-12-08 {local}",
        zone,
    )
    assert details.duration_minutes == 60


def test_a_repeating_event_in_utc_stays_there() -> None:
    details = read_one("DTSTART:20261209T003000Z", "RRULE:FREQ=WEEKLY").details
    assert (details.time_zone, details.local_start.hour) == ("UTC", 0)


@pytest.mark.parametrize(
    ("lines", "minutes"),
    [
        (("DTSTART;VALUE=DATE:20261208",), 1440),
        (("DTSTART;VALUE=DATE:20261208", "DTEND;VALUE=DATE:20261208"), 1440),
        (("DTSTART;VALUE=DATE:20261208", "DTEND;VALUE=DATE:20261211"), 3 * 1440),
        (("DTSTART;VALUE=DATE:20261208", "DURATION:P2D"), 2 * 1440),
        (("DTSTART:20261208T163000", "DTEND:20261208T163000"), 60),
        (("DTSTART:20261208T163000", "DURATION:PT45M"), 45),
        (("DTSTART:20261208T163000", "DURATION:PT30S"), 1),
        (("DTSTART:20261208T163000", "DURATION:PT90S"), 1),
        (("DTSTART;TZID=America/Los_Angeles:20261208T163000", "DTEND:20261209T020000Z"), 90),
    ],
)
def test_lengths(lines: tuple[str, ...], minutes: int) -> None:
    assert read_one(*lines).details.duration_minutes == minutes


def test_extra_and_excluded_dates_and_a_start_off_its_rule() -> None:
    details = read_one(
        "DTSTART;TZID=America/Los_Angeles:20261207T163000",
        "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20270105T080000Z;",
        "RDATE;TZID=America/Los_Angeles:20261210T163000,20261211T163000",
        "RDATE;VALUE=PERIOD:20261213T003000Z/PT1H",
        "EXDATE;VALUE=DATE:20261215",
        "EXDATE:20261223T003000Z",
    ).details
    assert (details.local_start, details.rrule) == (
        TUESDAY, "FREQ=WEEKLY;UNTIL=20270105T000000;BYDAY=TU",
    )  # fmt: skip
    assert details.extra_dates == [
        "2026-12-07T16:30", "2026-12-10T16:30", "2026-12-11T16:30", "2026-12-12T16:30",
    ]  # fmt: skip
    assert details.excluded_dates == ["2026-12-15T16:30", "2026-12-22T16:30"]


def test_words_are_plain() -> None:
    event = read_one(
        "DTSTART:20261208T163000",
        "DESCRIPTION:<p>Bring <b>a robot</b>.<br>Eat\\, drink &amp\\; code</p>"
        "<script>alert(1)</script>\\n\\u0007end",
        "LOCATION:  Central\\nLibrary ",
        "URL:https://example.org/robots",
    )
    assert event.details.description == (
        "Bring a robot.\nEat, drink & code\n\nu0007end\n\nhttps://example.org/robots"
    )
    assert (event.details.place_name, event.details.mode) == ("Central Library", "in_person")
    linked = read_one(
        "DTSTART:20261208T163000", "LOCATION:https://meet.example.org/x", "URL:javascript:alert(1)"
    ).details
    assert (linked.mode, linked.online_url) == ("online", "https://meet.example.org/x")
    assert (linked.place_name, linked.description) == ("", "")
    long = read_one("DTSTART:20261208T163000", *[f"DESCRIPTION:{'x' * 8000}", " yy"]).details
    assert (len(long.description), long.description[-1]) == (8000, "…")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (ONCE[:2], "no line DTSTART"),
        ((ONCE[0], *ONCE[2:]), "no title"),
        ((*ONCE[:2], "DTSTART:20261308T163000"), "is not a date"),
        ((*ONCE[:2], "DTSTART:00010101T000000"), "is not a date"),
        ((*ONCE[:2], "DTSTART:99991231T000000"), "is not a date"),
        ((*ONCE[:2], "DTSTART:19991231T000000"), "between 2000 and 2100"),
        ((*ONCE[:2], "DTSTART;TZID=Mars/Olympus:20261208T163000"), "“Mars/Olympus”"),
        ((*ONCE[:3], "DTEND:20261217T150000"), "ends before it begins"),
        ((*ONCE[:3], "DTEND:20270117T150000"), "longer than 14 days"),
        ((*ONCE[:3], "DURATION:-PT30S"), "ends before it begins"),
        ((*ONCE[:3], "DURATION:soon"), "DURATION"),
        ((*ONCE[:3], "DURATION:P99999999999D"), "DURATION"),
        ((*ONCE, "CLASS:PRIVATE"), "private"),
        ((*ONCE, "RRULE:FREQ=DAILY", "EXRULE:FREQ=DAILY"), "EXRULE"),
        ((*ONCE, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "several rules"),
        ((*ONCE, "RRULE:FREQ=SECONDLY"), "FREQ=SECONDLY"),
        ((*ONCE, "RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30"), "FREQ=MINUTELY"),
        ((*ONCE, "RRULE:FREQ=MONTHLY;INTERVAL=0"), "INTERVAL"),
        ((*ONCE, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "does not fall"),
        ((*ONCE, "RRULE:FREQ=DAILY;COUNT=100000"), "COUNT"),
        ((*ONCE, "RRULE:FREQ=DAILY;UNTIL=00010101T000000Z"), "UNTIL"),
        ((*ONCE, "RRULE:FREQ=DAILY;UNTIL=10000101T000000Z"), "does not fall"),
        ((*ONCE, "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))), "1000 dates"),
        ((*ONCE, "RRULE:" + "FREQ=DAILY;" * 60), "300 letters"),
        ((*ONCE, "RDATE:" + "\r\n ".join(["20261208T163000,"] * 1001)), "1000 extra"),
        ((*ONCE[:2], "DTSTART;TZID=x"), "DTSTART cannot be read"),
        ((*ONCE[:2], "DTSTART;VALUE=DATE:20261217", "RRULE:FREQ=DAILY;BYHOUR=9"), "BYHOUR"),
    ],
)
def test_an_event_that_cannot_be_held_is_refused_by_name(
    lines: tuple[str, ...], reason: str
) -> None:
    assert reason in refused_one(*lines)


def test_two_events_of_one_uid_and_a_change_of_all_that_follows() -> None:
    later = ("UID:once@x", "SUMMARY:Later", "DTSTART:20261218T163000", "SEQUENCE:2")
    following = (
        "UID:weekly@x", "SUMMARY:Robots", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261215T163000",
        "DTSTART:20261215T173000",
    )  # fmt: skip
    reading = incoming_reading.read(
        text(later, ONCE, WEEKLY, following), zone_name="America/Los_Angeles", kind="workshop"
    )
    assert [event.details.title for event in reading.events] == ["Later", "Robot club"]
    assert [refusal.title for refusal in reading.refusals] == ["Open house", "Robots"]


def test_of_two_versions_of_a_changed_date_the_latest_counts() -> None:
    start = "20261215T163000"
    fifth = (*change(WEEKLY, start, "DTSTART:20261216T173000", "DURATION:PT30S"), "SEQUENCE:5")
    second = (*change(WEEKLY, start, "DTSTART:20261217T173000"), "SEQUENCE:2")
    for versions in ((fifth, second), (second, fifth)):
        (event,) = incoming_reading.read(
            text(WEEKLY, *versions), zone_name="America/Los_Angeles", kind="workshop"
        ).events
        (span,) = [span for span in event.changes.values() if span is not None]
        assert (span.start.day, span.end - span.start) == (16, timedelta(minutes=1))
        (alone,) = incoming_reading.read(
            text(*versions), zone_name="America/Los_Angeles", kind="workshop"
        ).events
        assert (alone.recurrence_id, alone.details.local_start.day) == ("2026-12-15T16:30", 16)


# --- Files that are none, or too much -----------------------------------------------------------

GOOD = text(ONCE).decode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a calendar"),
        (b"   \r\n\r\n", "not a calendar"),
        (b"<!doctype html><title>Sign in</title>", "not a calendar"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (b"BEGIN:VCALENDAR\x00", "some other kind"),
        (GOOD.encode("utf-16"), "UTF-8"),
        ("BEGIN:VCALENDAR\r\nX:é\r\nEND:VCALENDAR".encode("latin-1"), "UTF-8"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not a calendar"),
        (GOOD[:100].encode(), "in the middle of"),
        (GOOD.replace("END:VEVENT", "END:VTODO").encode(), "ends what was not begun"),
        (b"BEGIN:VCALENDAR\n" + b"x" * 9000 + b"\nEND:VCALENDAR", "longer than 8192"),
        (b"x" * 100_000_000, "5 MB"),
        (b"BEGIN:VCALENDAR\n" * 9 + b"END:VCALENDAR\n" * 9, "too deep"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 5001, "5000 events"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VALARM\nEND:VALARM\n" * 20_001, "20000 parts"),
    ],
)
def test_what_is_no_calendar_or_too_much_of_one_is_refused(content: bytes, reason: str) -> None:
    began = time.monotonic()
    with pytest.raises((ics.NotACalendar, ics.CalendarTooLarge), match=reason):
        incoming_reading.read(content, zone_name="UTC", kind="workshop")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\r\n", "\n"),
        GOOD.replace("\r\n", "\r"),
        "\ufeff" + GOOD,
        GOOD.replace("Open house", "Open\r\n  house"),
        GOOD.replace("Open house", "Open house\r\nDESCRIPTION:a line that was\r\nbroken anywhere"),
        GOOD.replace("END:VEVENT", "BEGIN:VALARM\r\nEND:VALARM\r\n" * 1000 + "END:VEVENT", 1),
        GOOD.replace("VERSION:2.0", 'VERSION:2.0\r\nX-ODD;A="b:VALUE'),
        GOOD.replace("SUMMARY:", "X-LONG:" + ";a=" * 2000 + "\r\nSUMMARY:"),
        GOOD + "-- \r\nsent by a list\r\n",
        GOOD.lower().replace("t1", "T1").replace("open", "Open"),
    ],
)
def test_small_faults_do_no_harm(content: str) -> None:
    reading = incoming_reading.read(content.encode(), zone_name="UTC", kind="workshop")
    assert [event.details.title for event in reading.events] == ["Open house"]
