import json
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from core import times
from events import recurrence

LOS_ANGELES = "America/Los_Angeles"
DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def expanded(text: str, start: str, days: int = 730) -> list[datetime]:
    begin = local(start)
    return recurrence.expand(
        recurrence.parse(text), start=begin, first=begin, last=begin + timedelta(days=days)
    )


def all_until(rule: recurrence.Rule, start: datetime, end: datetime) -> list[datetime]:
    """In windows of the size that the door allows."""
    marks = [start]
    while marks[-1] < end:
        marks.append(min(marks[-1] + timedelta(days=recurrence.MOST_DAYS), end))
    return [
        moment
        for first, last in pairwise(marks)
        for moment in recurrence.expand(rule, start=start, first=first, last=last)
    ]


def upto(rule: recurrence.Rule, vector: dict[str, Any], expected: list[datetime]) -> list[datetime]:
    """As far as the vector says what has to come."""
    start, window_end = local(vector["dtstart"]), vector.get("window_end")
    after = timedelta(days=800 if vector["complete"] else 1)
    furthest = datetime(9999, 1, 1) - timedelta(days=1)  # noqa: DTZ001
    end = local(window_end) if window_end else min(max([start, *expected]) + after, furthest)
    found = all_until(rule, start, end)
    return found if vector["complete"] or window_end else found[: len(expected)]


#: What the door refuses of the vectors: how the part looks in a rule, the sentence, how many.
REFUSED = (
    (r"FREQ=SECONDLY", "FREQ=SECONDLY is too often: daily is the most.", 30),
    (r"FREQ=MINUTELY", "FREQ=MINUTELY is too often: daily is the most.", 30),
    (r"FREQ=HOURLY", "FREQ=HOURLY is too often: daily is the most.", 30),
    (r"BYSECOND=", "We do not repeat by BYSECOND.", 16),
    (r"BYMINUTE=\d+,", "BYMINUTE lists several minutes: daily is the most.", 9),
    (r"BYWEEKNO=", "BYWEEKNO needs FREQ=YEARLY.", 15),
    (r"BYWEEKDAY=", "We do not repeat by BYWEEKDAY.", 1),
)


@pytest.mark.data
def test_every_uncontested_vector_is_expanded_as_agreed_or_refused_on_purpose(
    shared_data: Path,
) -> None:
    vectors: list[dict[str, Any]] = json.loads((shared_data / "ical/rrule_dev.json").read_text())
    agreed = [vector for vector in vectors if vector["dateutil_agrees"] is True]
    differing: list[str] = []
    refused: Counter[str] = Counter()
    surprising: list[str] = []
    patterns = {sentence: pattern for pattern, sentence, _number in REFUSED}
    for vector in agreed:
        try:
            rule = recurrence.parse(vector["rrule"])
        except recurrence.RuleRefused as refusal:
            refused[refusal.sentence] += 1
            if not re.search(patterns[refusal.sentence], vector["rrule"]):
                surprising.append(vector["id"])
            continue
        expected = [local(moment) for moment in vector["expected"]]
        if upto(rule, vector, expected) != expected:
            differing.append(vector["id"])
    assert (differing, surprising) == ([], [])
    assert dict(refused) == {sentence: number for _pattern, sentence, number in REFUSED}
    assert len(agreed) - refused.total() == 217


def contested() -> list[tuple[str, str, str, list[datetime]]]:
    """The table of the decision record: vector, rule, start, our first dates."""
    (record,) = DECISIONS.glob("*-contested-repeat-rules.md")
    rows = re.findall(
        r"^\| ([a-z]+-\d+) \| `([^`]+)` \| (\S+) \| ([^|]+) \|", record.read_text(), re.MULTILINE
    )
    return [
        (name, rule, start, [local(day) for day in days.split() if day != "none"])
        for name, rule, start, days in rows
    ]


@pytest.mark.parametrize(("name", "text", "start", "ours"), contested())
def test_contested_rules_are_answered_as_the_record_says(
    name: str, text: str, start: str, ours: list[datetime]
) -> None:
    rule = recurrence.parse(text)
    if not ours:
        with pytest.raises(ValueError, match=r"day|isoformat"):
            local(start)
        return
    assert all_until(rule, local(start), local("2018-01-01"))[: len(ours)] == ours, name


@pytest.mark.data
def test_the_record_lists_every_contested_vector_and_every_reason(shared_data: Path) -> None:
    vectors: list[dict[str, Any]] = json.loads((shared_data / "ical/rrule_dev.json").read_text())
    assert {(name, rule, start) for name, rule, start, _ours in contested()} == {
        (vector["id"], vector["rrule"], vector["dtstart"][:10])
        for vector in vectors
        if vector["dateutil_agrees"] is not True
    }
    (record,) = DECISIONS.glob("*-contested-repeat-rules.md")
    numbers = re.findall(r"^\| `[A-Z=]+`[^|]*\| (\d+) \|", record.read_text(), re.MULTILINE)
    assert [int(number) for number in numbers] == [number for *_rest, number in REFUSED]


RULES = st.builds(
    lambda frequency, interval, parts, end: ";".join(
        [f"FREQ={frequency}", f"INTERVAL={interval}", *filter(None, [*parts, end])]
    ),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.tuples(
        st.sampled_from(["", "BYMONTH=1", "BYMONTH=3,7,11"]),
        st.sampled_from(["", "BYDAY=TU", "BYDAY=MO,WE,FR", "BYDAY=SU"]),
        st.sampled_from(["", "BYMONTHDAY=13", "BYMONTHDAY=1,-1"]),
    ),
    st.sampled_from(["", "COUNT=7", "UNTIL=20271224T000000"]),
)


@settings(max_examples=300, deadline=None)
@given(RULES, st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001
def test_expand_agrees_with_dateutil(text: str, moment: datetime) -> None:
    start = moment.replace(second=0, microsecond=0)
    end = start + timedelta(days=700)
    expected = rrulestr(text, dtstart=start).xafter(start, inc=True)
    until_end = []
    for found in expected:
        if found >= end:
            break
        until_end.append(found)
    rule = recurrence.parse(text)
    assert recurrence.expand(rule, start=start, first=start, last=end) == until_end


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("FREQ=SECONDLY", "FREQ=SECONDLY"),
        ("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MINUTELY"),
        ("FREQ=HOURLY", "FREQ=HOURLY"),
        ("FREQ=SOMETIMES", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=MONTHLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1001", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=٣", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=1001", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270230", "UNTIL"),
        ("FREQ=DAILY;BYSECOND=1,2", "BYSECOND"),
        ("FREQ=DAILY;BYMINUTE=1,2", "BYMINUTE"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("FREQ=DAILY;RSCALE=HEBREW", "RSCALE"),
        ("FREQ=DAILY;EXRULE=1", "EXRULE"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO"),
        ("FREQ=WEEKLY;BYDAY=2TU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=54TU", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0TU", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;WKST=XX", "WKST"),
        ("FREQ=WEEKLY;UNTIL=00010101T000000Z", "UNTIL"),
        ("FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 66))), "BY parts"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ"),
        ("FREQ=DAILY\r\nEXRULE:FREQ=DAILY", "FREQ"),
        ("", "rule"),
        (";", "rule"),
        ("FREQ", "rule"),
        ("FREQ=DAILY;" * 40, "letters"),
        ("\x00", "rule"),
    ],
)
def test_parse_names_the_part_that_it_refuses(text: str, part: str) -> None:
    with pytest.raises(recurrence.RuleRefused) as caught:
        recurrence.parse(text)
    assert part in caught.value.sentence


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=1000;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_expand_ends_for_a_rule_that_never_falls(text: str) -> None:
    assert expanded(text, "2026-12-08T16:30") == []


@pytest.mark.parametrize("until", ["99991231", "99991231T235959", "99991231T235959Z", "21010101"])
@pytest.mark.parametrize("zone", [LOS_ANGELES, "Asia/Tokyo"])
def test_an_end_after_the_years_that_we_hold_is_none(until: str, zone: str) -> None:
    rule = recurrence.parse(f"FREQ=WEEKLY;UNTIL={until}", zone_name=zone)
    assert rule.text(zone_name=zone) == "FREQ=WEEKLY"
    kept = recurrence.parse("FREQ=WEEKLY;UNTIL=21001231T235959Z", zone_name=zone)
    assert kept.text(zone_name=zone) == "FREQ=WEEKLY;UNTIL=21001231T235959Z"


def test_a_rule_that_fits_fits_with_an_end_as_well() -> None:
    days = [str(-number) for number in range(366, 310, -1)]
    with pytest.raises(recurrence.RuleRefused) as caught:
        recurrence.parse("FREQ=YEARLY;UNTIL=20370302;BYYEARDAY=" + ",".join(days[:52]))
    assert caught.value.sentence == "The rule has more than 300 letters, its end included."
    with pytest.raises(recurrence.RuleRefused):
        recurrence.parse("FREQ=YEARLY;BYYEARDAY=" + ",".join(days[:52]))
    rule = recurrence.parse("FREQ=YEARLY;BYYEARDAY=" + ",".join(days[:51]))
    end = datetime(2037, 3, 2, 23, 59)  # noqa: DTZ001
    assert len(replace(rule, until=end).text()) == 298


def test_expand_refuses_more_than_a_thousand_dates() -> None:
    with pytest.raises(recurrence.RuleRefused) as caught:
        expanded("FREQ=DAILY;BYHOUR=8,16", "2026-12-08T08:00")
    assert caught.value.sentence == "The rule makes more than 1000 dates in 24 months."


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("FREQ=WEEKLY", 0),
        ("FREQ=WEEKLY;COUNT=10", 70),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1TU;COUNT=3", 186),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", 93),
        ("FREQ=DAILY;COUNT=10", 10),
        ("FREQ=YEARLY;COUNT=100", 3652),
        ("FREQ=MONTHLY;BYDAY=5TU;COUNT=1", 3652),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=1", 3652),
        ("FREQ=DAILY;COUNT=1;BYYEARDAY=366", 3652),
    ],
)
def test_how_far_a_count_is_walked(text: str, days: int) -> None:
    start = local("2016-12-08T16:30")
    until = local("2026-12-08T16:30")
    assert recurrence.days_counted(recurrence.parse(text), start=start, until=until) == days


def test_expand_refuses_a_window_of_more_than_24_months() -> None:
    with pytest.raises(recurrence.RuleRefused):
        expanded("FREQ=DAILY", "2026-12-08T08:00", days=733)
    assert len(expanded("FREQ=DAILY", "2026-12-08T08:00", days=732)) == 732


def test_expand_counts_from_the_start_of_the_series() -> None:
    start = local("2026-12-01T16:30")
    rule = recurrence.parse("FREQ=WEEKLY;COUNT=4")
    found = recurrence.expand(
        rule, start=start, first=local("2026-12-16T00:00"), last=local("2027-06-01T00:00")
    )
    assert found == [local("2026-12-22T16:30")]


def test_until_of_a_day_takes_in_the_whole_day() -> None:
    assert expanded("FREQ=DAILY;UNTIL=20261209", "2026-12-08T16:30") == [
        local("2026-12-08T16:30"),
        local("2026-12-09T16:30"),
    ]


def test_until_in_utc_is_put_on_the_wall_and_back() -> None:
    rule = recurrence.parse("FREQ=WEEKLY;UNTIL=20270303T003000Z", zone_name=LOS_ANGELES)
    assert rule.until == local("2027-03-02T16:30")
    assert rule.text(zone_name=LOS_ANGELES) == "FREQ=WEEKLY;UNTIL=20270303T003000Z"
    assert recurrence.parse(rule.text()) == rule


@pytest.mark.parametrize(
    "zone_name",
    [
        "America/Los_Angeles",
        "America/New_York",
        "America/St_Johns",
        "Europe/London",
        "Europe/Berlin",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "America/Santiago",
        "Africa/Casablanca",
        "Asia/Tokyo",
        "America/Phoenix",
    ],
)
def test_weekly_keeps_the_clock_on_the_wall_over_both_changes(zone_name: str) -> None:
    for start in expanded("FREQ=WEEKLY;BYDAY=TU", "2026-09-01T16:30", days=400):
        assert times.local_of(times.utc_of(start, zone_name), zone_name) == start
        assert (start.hour, start.minute) == (16, 30)


def test_a_time_in_the_spring_gap_means_an_hour_later_on_the_wall() -> None:
    instant = times.utc_of(local("2027-03-14T02:30"), LOS_ANGELES)
    assert times.local_of(instant, LOS_ANGELES) == local("2027-03-14T03:30")


def test_a_time_that_comes_twice_in_autumn_means_the_first() -> None:
    instant = times.utc_of(local("2026-11-01T01:30"), LOS_ANGELES)
    assert instant.isoformat() == "2026-11-01T08:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FREQ=DAILY", "Every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "Every 3 days, 1 time"),
        ("FREQ=WEEKLY", "Every week"),
        ("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270302", "Every Tuesday until Mar 2, 2027"),
        ("FREQ=WEEKLY;BYDAY=TH,TU", "Every Tuesday and Thursday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;COUNT=10", "Every 2 weeks on Saturday, 10 times"),
        ("FREQ=MONTHLY", "Every month"),
        ("FREQ=MONTHLY;BYDAY=2TU", "The second Tuesday of every month"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "The last Friday of every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "Day 1 and 15 of every month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1", "The last day of every 2 months"),
        ("FREQ=YEARLY", "Every year"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=8", "Every year on December 8"),
        ("FREQ=YEARLY;BYWEEKNO=20", "On chosen days"),
    ],
)
def test_words_say_the_rule(text: str, words: str) -> None:
    assert recurrence.words(recurrence.parse(text)) == words
