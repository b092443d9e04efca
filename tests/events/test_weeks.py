import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from core import times
from core.models import Area
from events.domain import catalogue
from events.models import MINUTES_A_DAY
from tests.factories.events import OccurrenceFactory, SeriesFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

#: Thursday of the 51st week of 2026, which begins on December 14.
THURSDAY = datetime(2026, 12, 17, 16, 30)  # noqa: DTZ001  (a time on the wall)
WEEK = "/events/calendar/2026/w51/"


def shown(content: str) -> dict[str, list[tuple[str, str]]]:
    """The dates of each day that has any."""
    found = {}
    week = content.partition('class="week"')[2]
    for day, rest in re.findall(r'datetime="([\d-]+)"(.*?)(?=<h2>|</ol>)', week, re.DOTALL):
        entries = re.findall(r"<b>(.*?)</b>\s*<span\s*>(.*?)</span>", rest)
        if entries:
            found[day] = entries
    return found


def test_a_week_shows_its_seven_days_from_monday(client: Client) -> None:
    OccurrenceFactory(series__title="Robots")
    OccurrenceFactory(
        series=SeriesFactory(
            title="Camp",
            local_start=datetime(2026, 12, 12),  # noqa: DTZ001
            is_all_day=True,
            duration_minutes=3 * MINUTES_A_DAY,
        )
    )
    OccurrenceFactory(series=SeriesFactory(title="Later", local_start=THURSDAY + timedelta(days=4)))
    content = client.get(WEEK).content.decode()
    assert "Events, Dec 14 – 20, 2026" in re.sub(r"\s+", " ", content)
    days = re.findall(r'datetime="([\d-]+)"', content.partition('class="week"')[2])
    assert (days[0], days[-1], len(days)) == ("2026-12-14", "2026-12-20", 7)
    assert shown(content) == {
        "2026-12-14": [("All day", "Camp")],
        "2026-12-17": [("4:30 PM", "Robots")],
    }
    assert content.count("Nothing planned.") == 5
    assert "<strong>2</strong> dates" in content
    for link in ("/events/calendar/2026/w50/", "/events/calendar/2026/w52/"):
        assert f'href="{link}"' in content
    # Today is December 7, in the 50th week.
    assert 'href="/events/calendar/2026/w50/">This week</a>' in content


def test_the_filters_count_and_leave_what_they_say(client: Client, now: datetime) -> None:
    south = Area.objects.get(slug="south-la")
    for title, kind in (("Robots", "workshop"), ("Mentors", "mentoring")):
        made = SeriesFactory(title=title, kind=kind, area=south)
        OccurrenceFactory(series=made)
        catalogue.refresh(made, now=now)
    content = client.get(f"{WEEK}?kind=workshop").content.decode()
    assert shown(content) == {"2026-12-17": [("4:30 PM", "Robots")]}
    counts = re.findall(
        r'value="(workshop|mentoring)"[^>]*>\s*<span>[^<]*</span>\s*<span class="count">(\d)',
        content,
    )
    assert sorted(counts) == [("mentoring", "1"), ("workshop", "1")]
    assert 'href="/events/calendar/2026/w52/?kind=workshop"' in content
    assert 'href="/events/?kind=workshop"' in content
    part = client.get(f"{WEEK}?kind=workshop", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'hx-swap-oob="true"' in part


def test_a_full_day_leads_to_the_rest(client: Client) -> None:
    made = SeriesFactory()
    for number in range(22):
        OccurrenceFactory(series=made, original_start=THURSDAY + timedelta(minutes=number))
    content = client.get(WEEK).content.decode()
    assert "+2 more" in content
    assert 'href="/events/?from=2026-12-17&amp;to=2026-12-17"' in content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/events/calendar/2026/w53/", 200),
        ("/events/calendar/2025/w53/", 404),
        ("/events/calendar/2026/w00/", 404),
        ("/events/calendar/2026/w54/", 404),
        ("/events/calendar/1999/w10/", 404),
        ("/events/calendar/2101/w10/", 404),
        ("/events/calendar/0000/w01/", 404),
        ("/events/calendar/2026/w5/", 404),
        (f"{WEEK}?kind=party", 400),
        (f"{WEEK}?color=red", 400),
    ],
)
def test_weeks_that_are_and_weeks_that_are_not(client: Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "<main" in answer.content.decode()


def test_the_next_week_of_a_year_is_in_the_next_one(client: Client) -> None:
    content = client.get("/events/calendar/2026/w53/").content.decode()
    assert 'href="/events/calendar/2027/w01/"' in content
    assert "Dec 28, 2026 – Jan 3, 2027" in content


def test_an_unchanged_week_is_a_304_and_a_new_date_shows(client: Client, now: datetime) -> None:
    first = client.get(WEEK)
    tag = first.headers["ETag"]
    assert client.get(WEEK, headers={"If-None-Match": tag}).status_code == 304
    made = SeriesFactory(title="Robots")
    catalogue.materialize(made, now=now, until=THURSDAY.date())
    catalogue.refresh(made, now=now)
    again = client.get(WEEK, headers={"If-None-Match": tag})
    assert (again.status_code, "Robots" in again.content.decode()) == (200, True)


def test_list_week_and_month_lead_to_each_other(client: Client) -> None:
    assert 'href="/events/calendar/2026/w50/"' in client.get("/events/").content.decode()
    month = client.get("/events/calendar/2026/12/?kind=workshop").content.decode()
    assert 'href="/events/calendar/2026/w49/?kind=workshop"' in month
    assert 'href="/events/calendar/2026/12/"' in client.get(WEEK).content.decode()


def test_months_are_named_in_the_readers_language() -> None:
    cache.clear()
    assert times.month(THURSDAY) == "December 2026"
    with translation.override("es"):
        assert times.month(THURSDAY) == "diciembre de 2026"
    assert times.month(THURSDAY) == "December 2026"
