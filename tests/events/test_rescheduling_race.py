"""Somebody signs up while other times are being given: their place goes along, or they are told."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from accounts.models import User
from events.domain import plans, rescheduling, seats, signups
from events.domain.plans import Plan, Times
from events.models import Occurrence, Series, SignUp
from tests.events.published_series import TUESDAY, published
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationMembershipFactory

#: How long the other one is given; who waits for the lock takes all of it.
PATIENCE = 3


def race(now: datetime, monkeypatch: pytest.MonkeyPatch) -> tuple[object, Series]:
    """A date that nobody comes to goes away; when that is planned, somebody signs up for it."""
    by: User = OrganizationMembershipFactory().user
    made = published(by, now, rrule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4")
    first, thursday = made.occurrences.select_related("series")[:2]
    person: User = UserFactory()
    to = Times(
        local_start=TUESDAY + timedelta(hours=1),
        duration_minutes=90,
        rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=2",
    )
    seen = plans.plan(first=first, to=to, now=now)
    assert thursday.pk in seen.removed
    planned, done = threading.Event(), threading.Event()
    plan = plans.plan

    def come() -> object:
        try:
            planned.wait(timeout=60)
            return signups.sign_up(occurrence=thursday, name="Ana", email="", by=person, now=now)
        except seats.DateGone as gone:
            return gone
        finally:
            done.set()
            connections.close_all()

    def plan_then_wait(*, first: Occurrence, to: Times, now: datetime) -> Plan:
        made = plan(first=first, to=to, now=now)
        planned.set()
        done.wait(timeout=PATIENCE)
        return made

    monkeypatch.setattr(plans, "plan", plan_then_wait)
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(come)
        goes_on = rescheduling.reschedule(first=first, to=to, by=by, now=now, shown=seen.digest)
        return coming.result(timeout=60), goes_on


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_signs_up_meanwhile_is_not_dropped_with_an_empty_date(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, goes_on = race(now, monkeypatch)
    assert isinstance(came, seats.DateGone)
    assert "has other times now" in came.sentence
    assert SignUp.objects.count() == 0
    assert goes_on.occurrences.count() == 2


@pytest.mark.race
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_holding_the_dates_a_confirmed_place_vanishes(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the plan is made of dates that nobody holds."""
    monkeypatch.setattr(rescheduling, "held", lambda rows: rows.in_bulk())
    came, _goes_on = race(now, monkeypatch)
    assert isinstance(came, SignUp)
    assert not SignUp.objects.filter(pk=came.pk).exists()
