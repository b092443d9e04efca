"""Crowds for load tests: the numbers asked for, the same for a seed, and shown by the pages."""

from datetime import datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from core import search
from events.models import Occurrence, Series
from organizations.models import Need, Organization
from pages.demo import crowds

pytestmark = pytest.mark.django_db

SIZE = crowds.Size(organizations=5, events=40, people=3)


def gather(now: datetime, *, seed: int = 1) -> None:
    crowds.gather(SIZE, seed=seed, now=now, progress=lambda _step, _done, _total: None)


def drawn() -> list[tuple[object, ...]]:
    return [
        *Organization.objects.order_by("slug").values_list("slug", "uuid", "name", "zip_code"),
        *Need.objects.order_by("slug").values_list("slug", "uuid", "kind", "quantity_wanted"),
        *Series.objects.order_by("slug").values_list("slug", "uuid", "local_start", "rrule"),
    ]


def test_gather_writes_as_many_as_asked_for(now: datetime) -> None:
    gather(now)

    assert Organization.objects.public().count() == 5
    assert Need.objects.open().count() == 5
    assert Series.objects.count() == 40
    weekly = Series.objects.exclude(rrule="").count()
    assert Occurrence.objects.count() == 40 + 11 * weekly
    assert User.objects.count() == 3
    assert search.counts("evening") == {"event": 40}


def test_weekly_events_without_an_end_come_on_top_and_fill_the_window(now: datetime) -> None:
    size = crowds.Size(organizations=1, events=1, people=0, weekly=2)
    crowds.gather(size, seed=1, now=now, progress=lambda _step, _done, _total: None)

    endless = Series.objects.filter(rrule="FREQ=WEEKLY")
    assert (Series.objects.count(), endless.count()) == (3, 2)
    for series in endless:
        assert "RRULE:FREQ=WEEKLY\r\n" in series.vevents
        last = series.occurrences.latest("starts_at").local_start.date()
        assert 0 <= (series.materialized_until - last).days < 7


def test_gather_draws_the_same_for_a_seed(now: datetime) -> None:
    gather(now)
    first = drawn()
    User.objects.all().delete()
    Organization.objects.all().delete()

    gather(now)
    assert drawn() == first

    User.objects.all().delete()
    Organization.objects.all().delete()
    gather(now, seed=2)
    assert drawn() != first


def test_gather_twice_is_refused(now: datetime) -> None:
    gather(now)

    with pytest.raises(crowds.NotEmpty):
        gather(now)


def test_pages_and_feed_show_a_crowd(now: datetime, client: Client) -> None:
    gather(now)

    with time_machine.travel(now, tick=False):
        assert "Crowd 0 for" in client.get("/organizations/").content.decode()
        assert "An evening of" in client.get("/events/").content.decode()
        feed = client.get("/events.ics").content.decode()
    assert feed.count("BEGIN:VEVENT") == 40
