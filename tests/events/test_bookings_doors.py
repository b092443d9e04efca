"""Several dates in one go, through the doors: the form, and the private page of them all."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from events import permissions
from events.domain import bookings, signups, waiting
from events.models import Booking, Occurrence, SignUp
from tests.events.people import guest, person, taken
from tests.events.several_dates import WEEK, book, weekly
from tests.factories.events import START, OccurrenceFactory, SignUpFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def test_a_guest_ticks_dates_and_manages_all_of_them_on_one_page(
    client: Client, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    dates = weekly(3, capacity=1)
    guest(dates[2], now, name="P", email="p@example.com")
    mailed()
    page = client.get(dates[0].series.get_absolute_url()).text
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    assert path in page
    form = client.get(path).text
    assert form.count("checked") == 1  # waiting where it is full
    assert 'href="?tick=all"' in form
    form = client.get(f"{path}?tick=all").text
    assert form.count("checked") == 4  # the three dates, too
    assert 'href="?"' in form
    typed = {
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "dates": [date.address_start for date in dates],
        "waits": "on",
    }
    twice = client.post(path, {**typed, "others": "ana ruiz"})
    assert (twice.status_code, "is there twice" in twice.text) == (422, True)
    answer = client.post(path, typed)
    assert answer.status_code == 200
    for words in ("Check your mail", "Held for you", "On the waiting list"):
        assert words in answer.text
    assert mailed() == ["Confirm your places: Robots"]
    link = re.search(r"/bookings/\S+/", str(mail.outbox[0].body))
    assert link is not None
    assert "Confirm all my places" in client.get(link[0]).text
    assert {row.status for row in SignUp.objects.filter(name="Ana Ruiz")} == {"pending_email"}
    assert client.post(link[0], {"act": "confirm"}).status_code == 302
    first = SignUp.objects.filter(name="Ana Ruiz")[0]
    shown = client.get(link[0]).text
    assert ("Confirm all" in shown, str(first.uuid) in shown) == (False, True)
    assert client.post(link[0], {"act": "give-back", "which": str(first.uuid)}).status_code == 302
    assert str(first.uuid) not in client.get(link[0]).text
    assert client.post(link[0], {"act": "dance"}).status_code == 404
    assert client.get("/bookings/forged/").status_code == 404
    one = client.get(f"/sign-ups/{permissions.manage_token(first)}/").text
    assert link[0] in one


def test_the_page_of_a_party_says_who_comes_when(client: Client, now: datetime) -> None:
    dates = weekly(2)
    typed = {
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "others": "Ben Ruiz",
        "dates": [date.address_start for date in dates],
    }
    answer = client.post(f"{dates[0].series.get_absolute_url()}sign-up/", typed)
    assert answer.text.count("Held for you") == 2
    path = f"/bookings/{permissions.booking_token(Booking.objects.get())}/"
    assert client.post(path, {"act": "confirm"}).status_code == 302
    shown = client.get(path).text
    assert "Ana Ruiz, Ben Ruiz" in shown
    for date in dates:
        for name in ("Ana Ruiz", "Ben Ruiz"):
            assert f"{date.when} · {name}" in shown
    ben = SignUp.objects.get(occurrence=dates[0], name="Ben Ruiz")
    assert client.post(path, {"act": "give-back", "which": str(ben.uuid)}).status_code == 302
    assert [taken(date) for date in dates] == [1, 2]


def test_a_place_taken_from_the_line_is_on_the_page_of_its_booking(
    client: Client, now: datetime
) -> None:
    dates = weekly(2, capacity=1)
    first = guest(dates[1], now, name="P", email="p@example.com")
    booking, told = book(dates, now, by=person())
    assert told == ["joined", "waits"]
    signups.cancel(signup=first, by=None, now=now)
    signup = waiting.accept(entry=booking.waiting_entries.get(), by=None, now=now)
    rows = bookings.rows_of(booking)
    assert [(type(row), row.occurrence) for row in rows] == [(SignUp, date) for date in dates]
    page = client.get(reverse("events:booking", args=[permissions.booking_token(booking)]))
    assert str(signup.uuid) in page.text


def test_dates_of_another_year_say_so_from_the_form_to_the_mail(
    client: Client, now: datetime, time_machine: Any, mailed: Callable[..., list[str]]
) -> None:
    dates = weekly(3)[1:]
    OccurrenceFactory(series=dates[0].series, original_start=START + 3 * WEEK)
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    form = client.get(path).text
    client.force_login(person())
    starts = [START + week * WEEK for week in (2, 3)]
    typed = {"name": "Ana", "dates": [f"{start:%Y-%m-%dT%H%M}" for start in starts]}
    answer = client.post(path, typed).text
    booking = Booking.objects.get()
    link = f"/bookings/{permissions.booking_token(booking)}/"
    page = client.get(link).text
    mailed()
    for text in (form, answer, page, str(mail.outbox[0].body)):
        assert "Thu, Dec 31, 4:30" in text
        assert "Thu, Jan 7, 2027, 4:30" in text
    shown = client.get(f"{dates[0].series.get_absolute_url()}2027-01-07T1630/").text
    assert "Thu, Jan 7, 2027, 4:30" in shown
    assert "Give back what I ticked" in page

    time_machine.move_to(now + 7 * WEEK, tick=False)
    over = client.get(link).text
    assert "Thu, Dec 31, 2026, 4:30" in over
    assert "Thu, Jan 7, 4:30" in over
    assert "Give back what I ticked" not in over
    sign_up = client.get(f"{dates[0].series.get_absolute_url()}2027-01-07T1630/sign-up/")
    assert "This date has passed." in sign_up.text


def test_the_page_says_the_clash_and_takes_the_yes(client: Client, now: datetime) -> None:
    dates = weekly(2)
    clash = OccurrenceFactory(series__title="Chess", series__local_start=dates[1].local_start)
    SignUpFactory(occurrence=clash, name="Ana Ruiz", email="ana@example.com")
    booking, _told = book(dates, now)
    path = f"/bookings/{permissions.booking_token(booking)}/"
    assert client.get(path).text.count("“Chess” at that time") == 1
    refused = client.post(path, {"act": "confirm"})
    assert (refused.status_code, refused.text.count("“Chess” at that time")) == (409, 1)
    assert client.post(path, {"act": "confirm", "despite_overlap": "on"}).status_code == 302


def test_a_date_that_closed_meanwhile_is_named_and_an_unknown_one_is_no_choice(
    client: Client, now: datetime
) -> None:
    dates, user = weekly(2), person()
    client.force_login(user)
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    Occurrence.objects.filter(pk=dates[1].pk).update(status="cancelled", cancelled_at=now)
    starts = [date.address_start for date in dates]
    answer = client.post(path, {"name": "Ana", "dates": starts})
    assert answer.status_code == 200
    assert "This date was called off" in answer.text
    assert "/bookings/" in answer.text
    only = client.post(path, {"name": "Ana", "dates": starts})
    assert (only.status_code, "Nothing was signed up for" in only.text) == (409, True)
    for bad in ([], ["2026-12-18T0000"], ["x"], ["\0"]):
        assert client.post(path, {"name": "Ana", "dates": bad}).status_code == 422
    assert client.get("/events/nothing/sign-up/").status_code == 404


def test_a_stranger_learns_nothing_of_an_address(client: Client) -> None:
    dates = weekly(2)
    SignUpFactory(occurrence=dates[0], name="Ana Ruiz", email="ana@example.com")
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    starts = [date.address_start for date in dates]
    answers = [
        client.post(path, {"name": name, "email": f"{name[:3]}@example.com", "dates": starts}).text
        for name in ("Ana Ruiz", "Ben Ruiz")
    ]
    assert answers[0] == answers[1]


def test_the_private_page_asks_as_much_for_one_date_as_for_twenty(
    client: Client, now: datetime, django_assert_num_queries: Callable[[int], Any]
) -> None:
    paths = [
        f"/bookings/{permissions.booking_token(book(weekly(n), now, email=f'{n}@x.org')[0])}/"
        for n in (1, 20)
    ]
    client.get(paths[0])
    for path in paths:
        with django_assert_num_queries(6):
            client.get(path)
