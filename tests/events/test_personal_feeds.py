import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client

from accounts.models import User
from events.domain import catalogue, dates, decisions, personal_feeds, signups
from events.models import Occurrence, PersonalFeed, Series, SignUp
from tests.events.roles import JUDGE, MENTOR, hackathon, offered
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory, SignUpFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client: Client, present: datetime) -> User:
    user = UserFactory()
    client.force_login(user)
    return user


def made(client: Client) -> str:
    """The link that the page shows after the button was pressed."""
    answer = client.post("/me/calendar/", {"act": "make"})
    (url,) = {link.url for link in answer.context["ways"] if link.url.startswith("http://local")}
    return str(url.removeprefix("http://localhost:8000"))


def titles(client: Client, url: str) -> list[tuple[str, str]]:
    events = icalendar.Calendar.from_ical(client.get(url).content).events
    return [(str(event["SUMMARY"]), str(event["STATUS"])) for event in events]


def test_the_feed_has_what_the_person_signed_up_for_and_only_that(
    client: Client, person: User, present: datetime
) -> None:
    SignUpFactory(user=person, occurrence__series__title="Mine")
    SignUpFactory(user=person, status="requested", occurrence__series__title="Asked for")
    SignUpFactory(
        user=person, status="cancelled", changed_at=present, occurrence__series__title="Given back"
    )
    SignUpFactory(user=person, status="lapsed", occurrence__series__title="Lapsed")
    SignUpFactory(occurrence__series__title="Somebody else's")
    SignUpFactory(email=person.email, occurrence__series__title="A guest of that address")
    url = made(client)
    assert sorted(titles(Client(), url)) == [
        ("Asked for", "TENTATIVE"),
        ("Given back", "CANCELLED"),
        ("Mine", "CONFIRMED"),
    ]


def test_one_date_of_a_series_is_that_date_with_the_name_it_has_in_the_feeds(
    client: Client, person: User, present: datetime
) -> None:
    series = SeriesFactory(rrule="FREQ=WEEKLY", created_at=present)
    catalogue.materialize(series, now=present, until=datetime(2027, 3, 1).date())  # noqa: DTZ001
    date = series.occurrences.all()[2]
    SignUpFactory(user=person, occurrence=date)
    url = made(client)
    (before,) = icalendar.Calendar.from_ical(client.get(url).content).events
    to = date.local_start + timedelta(days=1)
    dates.move_date(occurrence=date, local_start=to, by=UserFactory(is_staff=True), now=present)
    event: Any = icalendar.Calendar.from_ical(client.get(url).content).events[0]
    assert str(event["UID"]) == str(before["UID"]) == str(series.uuid)
    assert event["RECURRENCE-ID"].dt.replace(tzinfo=None) == date.original_start
    assert event.start.replace(tzinfo=None) == to
    assert "RRULE" not in event
    assert event["SEQUENCE"] > before["SEQUENCE"]


def test_the_link_to_join_is_for_those_who_are_confirmed(
    client: Client, person: User, present: datetime
) -> None:
    date = OccurrenceFactory(
        seats_taken=1,
        series__mode=Series.Mode.ONLINE,
        series__online_url="https://meet.example/secret",
    )
    signup = SignUpFactory(user=person, occurrence=date, status="requested")
    url = made(client)
    assert b"meet.example" not in client.get(url).content
    decisions.approve(signup=signup, by=UserFactory(is_staff=True), now=present)
    assert b"meet.example" in client.get(url).content
    signups.cancel(signup=signup, by=person, now=present)
    assert b"meet.example" not in client.get(url).content


def test_only_a_hash_is_kept_and_a_new_link_or_none_ends_the_old_one(
    client: Client, person: User
) -> None:
    first = made(client)
    token = first.removeprefix("/calendar/").removesuffix(".ics")
    feed = PersonalFeed.objects.get()
    assert feed.token_hash == personal_feeds.hash_of(token)
    assert len(token) >= 43
    assert token not in client.get("/me/calendar/").text
    second = made(client)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    client.post("/me/calendar/", {"act": "revoke"})
    client.post("/me/calendar/", {"act": "revoke"})
    assert client.get(second).status_code == 404
    assert PersonalFeed.objects.count() == 0


def test_a_closed_account_has_no_feed(client: Client, person: User) -> None:
    url = made(client)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().get(url).status_code == 404


def test_the_page_changes_nothing_by_itself_and_wants_a_person(client: Client) -> None:
    assert client.get("/me/calendar/").status_code == 302
    client.force_login(UserFactory())
    assert client.get("/me/calendar/").status_code == 200
    assert PersonalFeed.objects.count() == 0
    assert client.post("/me/calendar/", {"act": "burn"}).status_code == 404


def test_the_page_says_when_the_link_was_last_used(
    client: Client, person: User, present: datetime, time_machine: Any
) -> None:
    url = made(client)
    assert "Not yet" in client.get("/me/calendar/").text
    client.get(url)
    time_machine.move_to(present + timedelta(hours=3))
    assert "3 hours ago" in client.get("/me/calendar/").text


def test_nothing_new_is_304_and_a_change_shows_at_once(
    client: Client, person: User, present: datetime, time_machine: Any
) -> None:
    date = OccurrenceFactory()
    SignUpFactory(user=person, occurrence=date)
    url = made(client)
    client.get(url)
    time_machine.shift(60)
    first = client.get(url)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = client.get(url, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    for headers in (
        {"If-None-Match": '"another"', "If-Modified-Since": first.headers["Last-Modified"]},
        {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"},
    ):
        assert client.get(url, headers=headers).status_code == 200
    dates.cancel_date(occurrence=date, reason="", by=UserFactory(is_staff=True), now=present)
    changed = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert b"STATUS:CANCELLED" in changed.content


def test_what_leaves_a_feed_or_comes_back_as_it_was_is_not_missed_by_its_date(
    client: Client, person: User, present: datetime, time_machine: Any
) -> None:
    stays, goes = SignUpFactory(user=person), SignUpFactory(user=person)
    url = made(client)

    def shown(since: str) -> list[str]:
        time_machine.shift(60)
        answer = client.get(url, headers={"If-Modified-Since": since} if since else {})
        time_machine.shift(60)
        known = client.get(url).headers["Last-Modified"]
        assert client.get(url, headers={"If-Modified-Since": known}).status_code == 304
        events = icalendar.Calendar.from_ical(answer.content).events
        return [known, *sorted(str(event["SUMMARY"]) for event in events)]

    both = sorted(row.occurrence.series.title for row in (stays, goes))
    known, *first = shown("")
    SignUp.objects.filter(pk=goes.pk).update(status=SignUp.Status.LAPSED)
    known, *second = shown(known)
    SignUp.objects.filter(pk=goes.pk).update(status=SignUp.Status.CONFIRMED)
    known, *third = shown(known)
    assert (first, second, third) == (both, [stays.occurrence.series.title], both)


def test_a_role_by_another_name_is_a_later_version_in_the_feed(
    client: Client, person: User, present: datetime, time_machine: Any
) -> None:
    date = hackathon()
    SignUpFactory(user=person, occurrence=date, slot="judge")
    url = made(client)
    client.get(url)
    time_machine.shift(60)
    first = client.get(url)
    (before,) = icalendar.Calendar.from_ical(first.content).events
    referee = replace(JUDGE, name="Referee")
    offered(date.series, present + timedelta(minutes=1), MENTOR, referee)
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = client.get(url, headers=since)
    (after,) = icalendar.Calendar.from_ical(again.content).events
    assert "Judge" in str(before["DESCRIPTION"])
    assert "Referee" in str(after["DESCRIPTION"])
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.DTSTAMP > before.DTSTAMP
    # More places, or other words beside the name, are no news to those who come.
    judge = replace(referee, capacity=4, qualification="has judged before")
    offered(date.series, present + timedelta(minutes=2), MENTOR, judge)
    assert client.get(url, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304


def test_no_answer_is_kept_on_the_way_nor_is_its_address_passed_on(
    client: Client, person: User
) -> None:
    url = made(client)
    answers = [client.get(url), client.options(url)]
    client.post("/me/calendar/", {"act": "revoke"})
    answers.append(client.get(url))
    assert [answer.status_code for answer in answers] == [200, 405, 404]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_no_token_is_left_in_a_log(
    client: Client, person: User, caplog: pytest.LogCaptureFixture
) -> None:
    url = made(client)
    stranger = Client(enforce_csrf_checks=True)
    with caplog.at_level(logging.DEBUG):
        # What programs ask that take it for more than a file to read.
        assert stranger.get(url).status_code == 200
        for method, status in (("OPTIONS", 405), ("PROPFIND", 403), ("REPORT", 403)):
            assert stranger.generic(method, url).status_code == status
        client.post("/me/calendar/", {"act": "revoke"})
        assert client.get(url).status_code == 404
        assert client.get(f"{url}/").status_code == 404
    token = url.removeprefix("/calendar/").removesuffix(".ics")
    assert not [record for record in caplog.records if token in record.getMessage()]


def test_a_feed_costs_the_same_statements_for_any_number(
    client: Client, person: User, present: datetime, django_assert_num_queries: Any
) -> None:
    url = made(client)
    client.get(url)
    for number in (1, 3):
        while SignUp.objects.count() < number:
            SignUpFactory(user=person)
        with django_assert_num_queries(2):
            client.get(url)
    assert Occurrence.objects.count() == 3
