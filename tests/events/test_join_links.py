"""The way into an online event of a foreign calendar is told to who comes, and to nobody else."""

import time
from datetime import datetime

import pytest
from django.test import Client

from events.calendars import letters
from events.domain import join_links
from events.models import IncomingCalendar, Occurrence, Series
from tests.events.incoming_calendars import ONCE, take, text
from tests.factories.events import SignUpFactory

pytestmark = pytest.mark.django_db

ZOOM = "https://zoom.us/j/123?pwd=SECRET"


SAFE = (
    "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2F"
    "teams.microsoft.com%2Fl%2FSECRET"
)
ROOM = "https://rooms.example.org/SECRET"
MEET = "https://meet.google.com/SECRET"
BY_HAND = (
    f"DESCRIPTION:{ZOOM.partition('//')[2]}\\nMeeting ID: 123 456 7890\\nPasscode: SECRET\\n"
    "One tap mobile +16694449171\\,\\,1234567#\\nBring a laptop"
)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((f"LOCATION:Zoom {ZOOM}",), (ZOOM, "online", "")),
        ((f"LOCATION:{ZOOM}\\, room 2",), (ZOOM, "both", "room 2")),
        ((f"DESCRIPTION:Join with Google Meet: {MEET}\\n\\nLearn more",), (MEET, "online", "")),
        ((f"LOCATION:{ZOOM}", f"DESCRIPTION:Join Zoom\\n{ZOOM}"), (ZOOM, "online", "")),
        (
            (f"LOCATION:{ROOM}", f"DESCRIPTION:Come to http{ROOM[5:]}/ on time"),
            (ROOM, "online", ""),
        ),
        (("LOCATION:Library\\, 630 W 5th St", f"URL:{ZOOM}"), (ZOOM, "both", "Library")),
        (
            (f"CONFERENCE;VALUE=URI:{ROOM}", f'DESCRIPTION:<a href="{ROOM}">{ROOM[8:]}</a> {ROOM}'),
            (ROOM, "online", ""),
        ),
        ((f"X-GOOGLE-CONFERENCE:{MEET}",), (MEET, "online", "")),
        ((BY_HAND,), (ZOOM, "online", "")),
        ((f"DESCRIPTION:{SAFE}",), (SAFE, "online", "")),
        ((f"SUMMARY:Robots {ZOOM}",), (ZOOM, "online", "")),
    ],
)
def test_the_way_in_is_told_to_who_comes_and_stands_on_no_public_page(
    lines: tuple[str, ...],
    told: tuple[str, str, str],
    calendar: IncomingCalendar,
    client: Client,
    present: datetime,
) -> None:
    assert take(calendar, text((*lines, *ONCE)), present) == {"created": 1}
    date = Occurrence.objects.select_related("series").get()
    series = date.series
    assert (series.online_url, series.mode, series.place_name) == told
    for address in ("/events.ics", f"/events/{series.slug}.ics", date.get_absolute_url()):
        answer = client.get(address)
        assert answer.status_code == 200
        assert [word for word in ("SECRET", "1234567", "7890") if word in answer.text] == []
    assert told[0] in letters.invitation(SignUpFactory(occurrence=date))[1].replace("\r\n ", "")


def test_other_links_stay_for_everybody(
    calendar: IncomingCalendar, client: Client, present: datetime
) -> None:
    event = (
        *ONCE,
        "LOCATION:Central Library",
        "DESCRIPTION:Rules: https://example.org/rules?a=1. Password: robots. See zoom.us",
        "URL:https://example.org/robots",
    )
    take(calendar, text(event), present)
    series = Series.objects.get()
    assert (series.online_url, series.mode) == ("", "in_person")
    assert series.description == (
        "Rules: https://example.org/rules?a=1. Password: robots. See zoom.us\n\n"
        "https://example.org/robots"
    )
    page = client.get(Occurrence.objects.get().get_absolute_url()).content.decode()
    assert "https://example.org/rules?a=1" in page


@pytest.mark.parametrize(
    "text",
    [
        "a" * 40_000, "a." * 20_000, "a-" * 20_000, "a:// " * 8_000, "http://" * 6_000,
        "zoom.us/" * 5_000, "1 " * 20_000, "+1 2" * 10_000, "meeting id: " * 3_000,
        "online " * 5_000 + "x", "".join(f"zoom.us/{n} " for n in range(3_000)),
    ],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    began = time.monotonic()
    ways = join_links.ways_in(place=text, named=[], words=[text])
    join_links.is_somewhere(ways.left_out_of(text))
    assert time.monotonic() - began < 1
