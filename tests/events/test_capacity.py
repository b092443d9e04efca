"""How many places a series or one of its dates has: offered on, and nobody is dropped."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from wagtail.models import ModelLogEntry

from accounts.models import User
from events.domain import capacity, dates, series, signups, waiting
from events.domain.details import Details, details_of
from events.models import Occurrence, SeatBlock, Slot, WaitingEntry
from tests.events.people import full, guest, person, statuses, taken, wait
from tests.events.published_series import details, published
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SeatBlockFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status


@pytest.fixture
def date(present: datetime, organizer: User) -> Occurrence:
    """A date of theirs with two places, like its series; it is the doors' present as well."""
    host = organizer.organizationmembership_set.get().organization
    row: Occurrence = OccurrenceFactory(series__organization=host, series__capacity=2, capacity=2)
    return row


# --- Of one date ----------------------------------------------------------------------------------


def test_more_places_are_offered_to_who_waits_first(
    date: Occurrence, organizer: User, now: datetime
) -> None:
    for name in ("Ana", "Ben"):
        guest(date, now, name=name, email=f"{name}@example.org")
    first, second = (
        waiting.join(occurrence=date, name="C", email="", by=person(), now=now)
        for _turn in range(2)
    )
    assert first
    assert second
    for _turn in range(2):
        row = capacity.set_places(occurrence=date, places=3, by=organizer, now=now)
        assert (row.capacity, row.seats_taken) == (3, 3)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("offered", "waiting")
    (entry,) = ModelLogEntry.objects.filter(action="events.date_places_changed")
    assert (entry.data["before"], entry.data["places"]) == (2, 3)


def test_with_fewer_places_than_people_nobody_is_dropped(
    date: Occurrence, organizer: User, now: datetime
) -> None:
    for name in ("Ana", "Ben"):
        guest(date, now, name=name, email=f"{name}@example.org")
    row = capacity.set_places(occurrence=date, places=1, by=organizer, now=now)
    assert (row.seats_taken, row.places_left, row.signups.holding().count()) == (2, 0, 2)


def test_a_date_with_places_of_its_own_no_longer_follows_its_series(
    date: Occurrence, organizer: User, now: datetime
) -> None:
    capacity.set_places(occurrence=date, places=5, by=organizer, now=now)
    changed = replace(details_of(date.series), capacity=9)
    series.edit(series=date.series, details=changed, by=organizer, now=now)
    date.refresh_from_db()
    assert (date.capacity, date.series.capacity) == (5, 9)


def test_no_places_the_past_and_what_was_called_off_are_refused(
    date: Occurrence, organizer: User, now: datetime
) -> None:
    asked: dict[str, Any] = {"occurrence": date, "by": organizer}
    with pytest.raises(capacity.BadPlaces):
        capacity.set_places(**asked, places=0, now=now)
    with pytest.raises(dates.DateIsPast):
        capacity.set_places(**asked, places=3, now=date.starts_at)
    with pytest.raises(PermissionDenied):
        capacity.set_places(**{**asked, "by": UserFactory()}, places=3, now=now)
    dates.cancel_date(occurrence=date, reason="Rain", by=organizer, now=now)
    with pytest.raises(dates.DateIsCancelled):
        capacity.set_places(**asked, places=3, now=now)
    date.refresh_from_db()
    assert date.capacity == 2


def test_a_date_has_no_more_places_than_its_roles(
    date: Occurrence, organizer: User, now: datetime
) -> None:
    date.series.slots = [Slot(id="judge", name="Judge", capacity=2).kept()]
    date.series.save()
    asked: dict[str, Any] = {"occurrence": date, "by": organizer, "now": now}
    for places in (3, None):
        with pytest.raises(capacity.BadPlaces, match="have 2 places together"):
            capacity.set_places(**asked, places=places)
    assert capacity.set_places(**asked, places=1).capacity == 1


def test_what_is_held_for_a_company_stays_held(
    date: Occurrence, organizer: User, now: datetime
) -> None:
    block: SeatBlock = SeatBlockFactory(occurrence=date, places=2, unclaimed=2)
    Occurrence.objects.filter(pk=date.pk).update(seats_taken=2)
    row = capacity.set_places(occurrence=date, places=1, by=organizer, now=now)
    block.refresh_from_db()
    assert (row.seats_taken, block.unclaimed, block.is_held) == (2, 2, True)


# --- Of a series ----------------------------------------------------------------------------------


def test_fewer_places_drop_nobody(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    first = made.occurrences.all()[0]
    for name in ("A", "B", "C"):
        signups.sign_up(occurrence=first, name=name, email=f"{name}@x.org", by=None, now=now)
    series.edit(series=made, details=details(capacity=1), by=organizer, now=now)
    first.refresh_from_db()
    assert (first.seats_taken, first.capacity, first.places_left) == (3, 1, 0)


def test_more_places_are_offered_on(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    occurrence = full(series__organization=membership.organization, series__capacity=1)
    for number in (1, 2, 3):
        wait(occurrence, now, number)

    names = {each.name for each in fields(Details)} - {"focus_areas", "capacity"}
    values = {name: getattr(occurrence.series, name) for name in names}
    details = Details(**values, capacity=3)
    series.edit(series=occurrence.series, details=details, by=membership.user, now=now)

    assert statuses(occurrence) == [Status.OFFERED, Status.OFFERED, Status.WAITING]
    assert taken(occurrence) == 3


# --- Through the door -----------------------------------------------------------------------------


def test_the_desk_says_by_how_many_the_date_is_over(
    client: Client,
    date: Occurrence,
    organizer: User,
    now: datetime,
) -> None:
    for name in ("Ana", "Ben"):
        guest(date, now, name=name, email=f"{name}@example.org")
    host = organizer.organizationmembership_set.get().organization
    roster = f"/desk/organizations/{host.slug}/events/{date.series.slug}/{date.address_start}/"
    client.force_login(organizer)
    assert f"{roster}capacity/" in client.get(roster).text
    assert "2 places are taken." in client.get(f"{roster}capacity/").text
    for wrong in ("0", "x", "-1", "9" * 40):
        assert client.post(f"{roster}capacity/", {"places": wrong}).status_code == 422
    answer = client.post(f"{roster}capacity/", {"places": "1"}, follow=True)
    assert "It is over by 1 person; nobody was dropped." in answer.text
    answer = client.post(f"{roster}capacity/", {"places": ""}, follow=True)
    assert "Saved: Open to all." in answer.text
    client.force_login(OrganizationMembershipFactory(role="admin").user)
    assert client.post(f"{roster}capacity/", {"places": "7"}).status_code == 404
