"""What is over stays to be read about: who came, what was given, and how it was."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import User
from events.domain import recaps
from events.models import Occurrence, Series
from pledges.domain import hours
from tests.events.published_series import host_of
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory
from tests.factories.pledges import HoursEntryFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

#: The tests' present is December 7.
LAST_WEEK = datetime(2026, 12, 1, 16, 30)  # noqa: DTZ001  (a time on the wall)
ADDRESS = "/events/club/2026-12-01T1630/"


@pytest.fixture
def over(organizer: User) -> Occurrence:
    """A date of last week to which two of three came."""
    series = SeriesFactory(
        slug="club",
        title="Club",
        organization=host_of(organizer),
        local_start=LAST_WEEK,
        status=Series.Status.ENDED,
    )
    row: Occurrence = OccurrenceFactory(series=series, status="happened")
    for status in ("attended", "checked_in", "no_show"):
        SignUpFactory(occurrence=row, status=status)
    return row


def test_a_date_that_is_over_says_who_came_and_how_it_was(
    client: Client, over: Occurrence, organizer: User, now: datetime
) -> None:
    before = client.get(ADDRESS)
    assert "Nobody has written about it yet." in before.content.decode()
    assert "2 people came" in before.content.decode()
    recaps.write(occurrence=over, text=" Six robots <b>drove</b>. ", by=organizer, now=now)
    tag = before.headers["ETag"]
    page = client.get(ADDRESS, headers={"If-None-Match": tag}).content.decode()
    assert "Six robots &lt;b&gt;drove&lt;/b&gt;." in page
    assert f'hx-get="{ADDRESS}hours/"' in page
    recaps.write(occurrence=over, text="", by=organizer, now=now)
    assert "Six robots" not in client.get(ADDRESS).content.decode()


def test_a_date_to_come_has_no_recap(client: Client, organizer: User, now: datetime) -> None:
    row = OccurrenceFactory(series__slug="club", series__organization=host_of(organizer))
    with pytest.raises(recaps.NotOver):
        recaps.write(occurrence=row, text="Fine", by=organizer, now=now)
    with pytest.raises(recaps.NotOver):
        recaps.write(occurrence=row, text="Fine", by=organizer, now=row.starts_at)
    assert "How it was" not in client.get(row.get_absolute_url()).content.decode()
    row.status, row.cancelled_at = "cancelled", now
    row.save()
    with pytest.raises(recaps.NotOver):
        recaps.write(occurrence=row, text="Fine", by=organizer, now=row.ends_at)


def test_strangers_write_no_recap(over: Occurrence, now: datetime) -> None:
    with pytest.raises(PermissionDenied):
        recaps.write(occurrence=over, text="Fine", by=UserFactory(), now=now)


def test_confirmed_hours_are_counted_once_and_reversals_taken_off(
    client: Client, over: Occurrence, organizer: User, now: datetime
) -> None:
    path = f"{ADDRESS}hours/"
    part = {"HX-Request": "true"}
    assert "hours given" not in client.get(path, headers=part).content.decode()
    people = list(over.signups.all())
    entries = [
        HoursEntryFactory(
            organization=host_of(organizer),
            signup_uuid=person.uuid,
            minutes=90,
            served_on=LAST_WEEK.date(),
        )
        for person in people[:2]
    ]
    for entry in entries:
        hours.approve(entry=entry, by=organizer, now=now)
    HoursEntryFactory(organization=host_of(organizer), signup_uuid=people[2].uuid)
    shown = client.get(path, headers=part).content.decode()
    assert "3 hours given and confirmed" in " ".join(shown.split())
    assert "<html" not in shown
    assert "Back to the event" in client.get(path).content.decode()
    entries[0].refresh_from_db()
    hours.reverse(entry=entries[0], reason="Wrong day", by=organizer, now=now)
    assert "1.5 hours given" in " ".join(client.get(path, headers=part).content.decode().split())
    assert client.get("/events/club/2026-12-02T1630/hours/").status_code == 404


def test_the_page_of_a_series_lists_its_past_latest_first(
    client: Client, over: Occurrence, organizer: User, now: datetime
) -> None:
    for week in range(1, 14):
        OccurrenceFactory(
            series=over.series,
            original_start=LAST_WEEK - timedelta(weeks=week),
            status="happened",
        )
    OccurrenceFactory(
        series=over.series,
        original_start=LAST_WEEK - timedelta(days=1),
        status="cancelled",
        cancelled_at=now,
    )
    recaps.write(occurrence=over, text="Fine", by=organizer, now=now)
    first = client.get("/events/club/").content.decode()
    assert "Past dates" in first
    assert first.count('<a href="/events/club/2026-') == 12
    assert first.index("2026-12-01T1630") < first.index("2026-11-24T1630")
    assert "2026-11-30T1630" not in first
    assert ("2 people came" in first, "With a recap" in first) == (True, True)
    assert 'href="?page=2"' in first
    second = client.get("/events/club/?page=2").content.decode()
    assert second.count('<a href="/events/club/2026-') == 2
    assert client.get("/events/club/?page=3").status_code == 404
    assert client.get("/events/club/?page=x").status_code == 400


def test_the_host_writes_the_recap_at_the_desk(
    client: Client, over: Occurrence, organizer: User
) -> None:
    client.force_login(organizer)
    desk = f"/desk/organizations/{host_of(organizer).slug}/events{ADDRESS.removeprefix('/events')}"
    assert f'href="{desk}recap/"' in client.get(desk).content.decode()
    assert client.post(f"{desk}recap/", {"text": "x" * 4001}).status_code == 422
    answer = client.post(f"{desk}recap/", {"text": "Six robots drove."}, follow=True)
    assert "the page of the date shows it" in answer.content.decode()
    assert "Change the recap" in answer.content.decode()
    assert "Six robots drove." in client.get(f"{desk}recap/").content.decode()

    stranger = Client()
    stranger.force_login(OrganizationMembershipFactory().user)
    assert stranger.get(f"{desk}recap/").status_code == 404

    coming = OccurrenceFactory(series=over.series, original_start=LAST_WEEK + timedelta(weeks=2))
    later = desk.replace(over.address_start, coming.address_start)
    assert "recap" not in client.get(later).content.decode()
    refused = client.post(f"{later}recap/", {"text": "Fine"})
    assert (refused.status_code, "It is not over yet" in refused.content.decode()) == (422, True)
