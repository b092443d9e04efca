"""Several dates of a series in one go: each by itself, one mail, one private page."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from core import outbox
from events import permissions
from events.domain import bookings, parties, seats, signups, waiting
from events.models import Booking, Occurrence, Series, SignUp, WaitingEntry
from tests.events.test_signups import guest, person
from tests.events.test_waiting import at_once, taken
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import START, OccurrenceFactory, SeriesFactory, SignUpFactory

pytestmark = pytest.mark.django_db

Status = SignUp.Status
Came = bookings.Came
WEEK = timedelta(weeks=1)


@pytest.fixture(autouse=True)
def present(time_machine: Any, now: datetime) -> None:
    """The tests' present is the doors' present."""
    time_machine.move_to(now, tick=False)


def weekly(number: int, **changes: Any) -> list[Occurrence]:
    """Dates of one series, a week apart."""
    series = SeriesFactory(title="Robots", **changes)
    return [
        OccurrenceFactory(series=series, original_start=START + week * WEEK)
        for week in range(number)
    ]


def book(dates: list[Occurrence], now: datetime, **changes: Any) -> tuple[Any, list[str]]:
    """The booking, and what became of each date."""
    asked: dict[str, Any] = {"name": "Ana Ruiz", "email": "ana@example.com", "by": None, **changes}
    booking, outcomes = bookings.book(
        series=dates[0].series, dates=[date.pk for date in dates], now=now, **asked
    )
    return booking, [f"{one.came} {one.why}".strip() for one in outcomes]


@pytest.fixture
def work(now: datetime) -> Callable[[], list[str]]:
    """Play the worker; the subjects of what it sent."""

    def played() -> list[str]:
        mail.outbox.clear()
        outbox.sweep(now=now)
        return [str(message.subject) for message in mail.outbox]

    return played


def test_an_account_joins_all_dates_with_one_mail_that_has_them_for_the_calendar(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    dates, user = weekly(3), person()
    booking, told = book(dates, now, by=user)
    assert told == ["joined"] * 3
    assert [row.status for row in booking.signups.all()] == ["confirmed"] * 3
    assert [taken(date) for date in dates] == [1, 1, 1]
    assert work() == ["You are signed up: Robots"]
    letter = mail.outbox[0]
    assert letter.to == [user.email]
    for date in dates:
        assert f"{date.when}: Confirmed" in str(letter.body)
    calendar = letter.attachments[0].get_content()
    assert "METHOD:PUBLISH" in calendar
    assert calendar.count("BEGIN:VEVENT") == 3


def test_each_date_is_joined_waited_for_or_refused_by_itself(now: datetime) -> None:
    user = person()
    dates = weekly(6, capacity=1)
    taken_by_others = [dates[1], dates[2]]
    for date in taken_by_others:
        guest(date, now, name=f"P {date.pk}", email=f"{date.pk}@example.com")
    SignUpFactory(occurrence=dates[3], user=user, email=user.email)
    clash = OccurrenceFactory(series__title="Chess", series__local_start=dates[4].local_start)
    SignUpFactory(occurrence=clash, user=user, email=user.email)
    Occurrence.objects.filter(pk=dates[5].pk).update(status="cancelled", cancelled_at=now)
    booking, told = book(dates, now, by=user)
    assert told == [
        "joined",
        "waits",
        "waits",
        "refused You are signed up for this date already.",
        f"refused You are signed up for “Chess” at that time: {clash.when}.",
        "refused This date was called off. Other dates may be open.",
    ]
    assert [row.occurrence for row in booking.signups.all()] == [dates[0]]
    assert [entry.occurrence for entry in booking.waiting_entries.all()] == dates[1:3]
    again, told = book(dates[:3], now, by=user)
    assert (again, told[1:]) == (None, ["waits", "waits"])
    assert Booking.objects.count() == 1


def test_who_does_not_want_to_wait_is_refused_a_full_date(now: datetime) -> None:
    dates = weekly(2, capacity=1)
    guest(dates[1], now, name="P", email="p@example.com")
    _booking, told = book(dates, now, waits=False)
    assert told == [
        "joined",
        "refused This date is full. Other dates may have places left.",
    ]
    assert WaitingEntry.objects.count() == 0
    lonely = weekly(1, capacity=1, waiting_list=False)
    guest(lonely[0], now, name="P", email="p@example.com")
    assert book(lonely, now, email="b@example.com")[1] == [
        "refused This date is full. Other dates may have places left."
    ]


def test_a_guest_answers_one_mail_for_all_dates(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    dates = weekly(3)
    booking, told = book(dates, now)
    assert told == ["joined"] * 3
    assert {row.status for row in booking.signups.all()} == {"pending_email"}
    assert work() == ["Confirm your places: Robots"]
    assert bookings.confirm(booking=booking, now=now) == []
    assert bookings.confirm(booking=booking, now=now) == []
    assert {row.status for row in booking.signups.all()} == {"confirmed"}
    assert work() == ["You are signed up: Robots"]


def test_a_booking_is_one_mail_to_answer(now: datetime) -> None:
    book(weekly(5), now)
    book(weekly(1), now)
    with pytest.raises(signups.TooManyPending):
        book(weekly(1), now)
    with pytest.raises(signups.TooManyPending):
        guest(weekly(1)[0], now)
    assert book(weekly(1), now, email="ben@example.com")[1] == ["joined"]


def test_a_hold_that_lapsed_comes_back_where_there_is_room(now: datetime) -> None:
    dates = weekly(2, capacity=1, waiting_list=False)
    booking, _told = book(dates, now)
    late = now + signups.HOLD
    assert signups.lapse_holds(now=late) == 2
    guest(dates[0], late, name="P", email="p@example.com")
    refused = bookings.confirm(booking=booking, now=late)
    assert [(one.date, one.why) for one in refused] == [
        (dates[0], "This date is full. Other dates may have places left.")
    ]
    assert [row.status for row in booking.signups.order_by("pk")] == ["lapsed", "confirmed"]


def test_a_guest_is_asked_about_a_clash_once_the_address_is_proved(now: datetime) -> None:
    dates = weekly(2)
    clash = OccurrenceFactory(series__title="Chess", series__local_start=dates[1].local_start)
    SignUpFactory(occurrence=clash, name="Ana Ruiz", email="ana@example.com")
    booking, told = book(dates, now)
    assert told == ["joined", "joined"]
    with pytest.raises(parties.Overlaps, match="“Chess” at that time"):
        bookings.confirm(booking=booking, now=now)
    assert {row.status for row in booking.signups.all()} == {"pending_email"}
    bookings.confirm(booking=booking, now=now, despite_overlap=True)
    assert {row.status for row in booking.signups.all()} == {"confirmed"}


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


def test_what_a_guest_had_before_is_not_said(now: datetime) -> None:
    dates = weekly(2)
    SignUpFactory(occurrence=dates[0], name="Ana Ruiz", email="ana@example.com")
    booking, told = book(dates, now)
    assert told == ["joined", "joined"]
    assert booking.signups.get().occurrence == dates[1]


@pytest.mark.parametrize(
    ("waits", "keeps_list", "told"),
    [
        (True, True, "waits"),
        (False, True, "refused This date is full. Other dates may have places left."),
        (True, False, "refused This date is full. Other dates may have places left."),
    ],
)
def test_a_full_date_answers_a_guest_alike_whether_the_name_is_signed_up_or_not(
    now: datetime, work: Callable[[], list[str]], *, waits: bool, keeps_list: bool, told: str
) -> None:
    dates = weekly(1, capacity=1, waiting_list=keeps_list)
    SignUpFactory(occurrence=dates[0], name="Ana Ruiz", email="ana@example.com")
    Occurrence.objects.update(seats_taken=1)
    for name in ("Ana Ruiz", "Ben Ruiz"):
        assert book(dates, now, name=name, waits=waits)[1] == [told]
    mails = ["On the waiting list: Robots", "You have a place already: Robots"]
    assert sorted(work()) == (mails if told == "waits" else [])
    Occurrence.objects.update(status="cancelled", cancelled_at=now)
    for name in ("Ana Ruiz", "Cem Ruiz"):
        told = "refused This date was called off. Other dates may be open."
        assert book(dates, now, name=name, waits=waits)[1] == [told]


def test_places_and_lines_are_given_back_by_the_link(now: datetime) -> None:
    dates = weekly(3, capacity=1)
    guest(dates[2], now, name="P", email="p@example.com")
    booking, _told = book(dates, now, by=person())
    first, _second = booking.signups.order_by("pk")
    entry = booking.waiting_entries.get()
    stranger = SignUpFactory(occurrence=OccurrenceFactory())
    which = {str(row.uuid) for row in (first, entry, stranger)}
    assert bookings.give_back(booking=booking, which=which, now=now) == []
    assert [row.status for row in booking.signups.order_by("pk")] == ["cancelled", "confirmed"]
    entry.refresh_from_db()
    stranger.refresh_from_db()
    assert (entry.status, stranger.status) == (WaitingEntry.Status.WITHDRAWN, Status.CONFIRMED)
    begun = bookings.give_back(
        booking=booking,
        which={str(row.uuid) for row in booking.signups.all()},
        now=dates[2].starts_at,
    )
    assert [one.why for one in begun] == ["It has begun. Tell the organizer on the spot."]


def test_no_dates_too_many_and_another_series_are_refused(now: datetime) -> None:
    series = SeriesFactory()
    for dates in (range(0), range(bookings.MOST_DATES + 1)):
        with pytest.raises(bookings.BadDates):
            bookings.book(
                series=series, dates=list(dates), name="A", email="a@example.com", by=None, now=now
            )
    crowd = [f"P {number}" for number in range(19)]
    with pytest.raises(bookings.BadDates, match="more than 240 places"):
        book(weekly(13), now, others=crowd)
    with pytest.raises(bookings.BadDates, match="dates of this event"):
        bookings.book(
            series=series,
            dates=[weekly(1)[0].pk],
            name="A",
            email="a@example.com",
            by=None,
            now=now,
        )
    assert (Booking.objects.count(), SignUp.objects.count()) == (0, 0)


def test_a_company_is_ones_own(now: datetime) -> None:
    membership, dates = CompanyMembershipFactory(user=person()), weekly(2)
    with pytest.raises(PermissionDenied):
        book(dates, now, by=membership.user, company=CompanyFactory())
    booking, _told = book(dates, now, by=membership.user, company=membership.company)
    assert {row.company for row in booking.signups.all()} == {membership.company}


def test_dates_by_approval_wait_for_the_host(now: datetime, work: Callable[[], list[str]]) -> None:
    booking, _told = book(weekly(2, flow=Series.Flow.BY_APPROVAL), now, by=person())
    assert {row.status for row in booking.signups.all()} == {"requested"}
    work()
    assert "Waiting for approval" in str(mail.outbox[0].body)


def test_twelve_dates_are_few_statements_each(
    now: datetime, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    dates = weekly(12)
    book(weekly(1), now, email="first@example.com")
    with django_assert_max_num_queries(16 + 8 * 12):
        book(dates, now)
    with django_assert_max_num_queries(16 + 8 * 12):
        book(dates, now, email="b@example.com", others=["Ben Ruiz", "Cem Ruiz"])


def test_a_party_comes_to_every_date_with_all_or_waits_for_it_together(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    dates, user = weekly(4, capacity=3), UserFactory(name="Ana Ruiz")
    SignUpFactory(occurrence=dates[1], name="Ben Ruiz", email=user.email)
    Occurrence.objects.filter(pk=dates[1].pk).update(seats_taken=1)
    guest(dates[2], now, name="P", email="p@example.com")
    guest(dates[2], now, name="Q", email="q@example.com")
    Occurrence.objects.filter(pk=dates[3].pk).update(capacity=2)
    work()
    everybody = {"by": user, "name": user.name, "others": ["Ben Ruiz", "Cem Ruiz"]}
    booking, told = book(dates[:3], now, **everybody)
    assert told == ["joined", "joined", "waits"]
    names = [[row.name for row in date.signups.order_by("pk")] for date in dates]
    assert names[0] == ["Ana Ruiz", "Ben Ruiz", "Cem Ruiz"]
    assert names[1] == ["Ben Ruiz", "Ana Ruiz", "Cem Ruiz"]  # who was there stays there once
    assert booking.waiting_entries.get().people == ["Ana Ruiz", "Ben Ruiz", "Cem Ruiz"]
    assert [taken(date) for date in dates[:3]] == [3, 3, 2]
    assert book(dates[3:], now, **everybody, waits=False) == (
        None,
        ["refused Only 2 places are left, not 3."],
    )
    assert work() == ["You are signed up: Robots"]
    letter = mail.outbox[0]
    assert f"{dates[0].when}: Confirmed (Ana Ruiz, Ben Ruiz, Cem Ruiz)" in str(letter.body)
    assert f"{dates[1].when}: Confirmed (Ana Ruiz, Cem Ruiz)" in str(letter.body)
    assert f"{dates[2].when}: Waiting (Ana Ruiz, Ben Ruiz, Cem Ruiz)" in str(letter.body)
    assert letter.attachments[0].get_content().count("BEGIN:VEVENT") == 2
    assert book(dates[:1], now, **everybody)[1] == [
        "refused Ana Ruiz is signed up for this date already."
    ]


def test_a_guests_party_is_confirmed_by_one_button_and_gives_back_a_date_in_one_mail(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    dates = weekly(2)
    booking, _told = book(dates, now, others=["Ben Ruiz"])
    assert {row.status for row in booking.signups.all()} == {"pending_email"}
    assert work() == ["Confirm your places: Robots"]
    clash = OccurrenceFactory(series__title="Chess", series__local_start=dates[1].local_start)
    SignUpFactory(occurrence=clash, name="Ben Ruiz", email="ana@example.com")
    with pytest.raises(parties.Overlaps, match=r"^Ben Ruiz is signed up for “Chess”"):
        bookings.confirm(booking=booking, now=now)
    assert bookings.confirm(booking=booking, now=now, despite_overlap=True) == []
    assert {row.status for row in booking.signups.all()} == {"confirmed"}
    assert work() == ["You are signed up: Robots"]
    first = {str(row.uuid) for row in booking.signups.filter(occurrence=dates[0])}
    assert bookings.give_back(booking=booking, which=first, now=now) == []
    assert [(taken(date), date.signups.holding().count()) for date in dates] == [(0, 0), (2, 2)]
    assert work() == ["Your place is given back: Robots"]
    assert "Ana Ruiz, Ben Ruiz" in str(mail.outbox[0].body)


# --- Through the door -----------------------------------------------------------------------------


def test_a_guest_ticks_dates_and_manages_all_of_them_on_one_page(
    client: Client, now: datetime, work: Callable[[], list[str]]
) -> None:
    dates = weekly(3, capacity=1)
    guest(dates[2], now, name="P", email="p@example.com")
    work()
    page = client.get(dates[0].series.get_absolute_url()).text
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    assert path in page
    form = client.get(path).text
    assert form.count("checked") == 4  # all three dates, and waiting where it is full
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
    assert work() == ["Confirm your places: Robots"]
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


def test_a_date_confirmed_on_a_second_try_is_mailed_too(
    now: datetime, work: Callable[[], list[str]]
) -> None:
    dates = weekly(2, capacity=1)
    booking, _told = book(dates, now)
    later = now + timedelta(minutes=31)
    signups.lapse_holds(now=later)
    user = person()
    other = signups.sign_up(occurrence=dates[1], name=user.name, email="", by=user, now=later)
    outbox.sweep(now=later)
    (refused,) = bookings.confirm(booking=booking, now=later)
    assert refused.date == dates[1]
    signups.cancel(signup=other, by=user, now=later)
    mail.outbox.clear()
    for _click in range(2):
        assert bookings.confirm(booking=booking, now=later) == []
    outbox.sweep(now=later)
    mine = [message for message in mail.outbox if message.to == ["ana@example.com"]]
    assert f"{dates[1].when}: Confirmed" in str(mine[-1].body)
    assert len(mine) == 2  # of the first date alone, and of both


def test_who_waits_already_is_not_told_to_wait_for_something_else(now: datetime) -> None:
    dates, user = weekly(1, capacity=1), person()
    guest(dates[0], now, name="P", email="p@example.com")
    asked = {"by": user, "name": user.name}
    assert book(dates, now, **asked)[1] == ["waits"]
    assert book(dates, now, **asked)[1] == ["waits"]
    assert book(dates, now, **asked, others=["Ben Ruiz"])[1] == [
        "refused You wait for this date already, but not with these people. Leave that list first."
    ]
    assert WaitingEntry.objects.get().people == [user.name]


@pytest.mark.parametrize("is_signed_up", [True, False])
def test_the_most_lists_tell_a_guest_nothing_of_who_is_signed_up(
    now: datetime, *, is_signed_up: bool
) -> None:
    dates = weekly(waiting.MOST_LISTS + 1, capacity=1)
    Occurrence.objects.update(seats_taken=1)
    if is_signed_up:
        SignUpFactory(occurrence=dates[-1], name="Ana Ruiz", email="ana@example.com")
    told = book(dates, now)[1]
    assert told[:-1] == ["waits"] * waiting.MOST_LISTS
    assert told[-1].startswith("refused This address waits for 20 dates already.")


def test_a_party_learns_nothing_of_one_who_has_a_mail_to_answer(now: datetime) -> None:
    dates = weekly(1, capacity=2)
    guest(dates[0], now, name="Ana Ruiz", email="ana@example.com")
    guest(dates[0], now, name="P", email="p@example.com")
    for name in ("Ana Ruiz", "Nobody"):
        assert book(dates, now, name=name, others=["Zed"])[1] == ["waits"]


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


def test_dates_of_another_year_say_so_from_the_form_to_the_mail(
    client: Client, now: datetime, time_machine: Any, work: Callable[[], list[str]]
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
    work()
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


# --- Many at once ---------------------------------------------------------------------------------


def race(now: datetime) -> list[Occurrence]:
    """Two book all dates, in opposite orders, while others cancel there."""
    dates = weekly(6, capacity=2)
    users = [person() for _person in range(4)]
    for date in dates:
        signups.sign_up(occurrence=date, name="X", email="", by=users[2], now=now)
        signups.sign_up(occurrence=date, name="Y", email="", by=users[3], now=now)
    rows = list(SignUp.objects.all())
    keys = [date.pk for date in dates]

    def all_of(user: Any, order: list[int]) -> object:
        series = dates[0].series
        return bookings.book(series=series, dates=order, name="Z", email="", by=user, now=now)

    at_once(
        [
            lambda: all_of(users[0], keys),
            lambda: all_of(users[1], keys[::-1]),
            *(lambda row=row: signups.cancel(signup=row, by=row.user, now=now) for row in rows),
        ]
    )
    return dates


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_book_all_dates_while_others_cancel_never_wait_for_each_other(
    now: datetime,
) -> None:
    dates = race(now)
    for date in dates:
        assert taken(date) <= 2
        want = [
            *date.signups.holding().filter(name="Z"),
            *date.line.in_line(),
        ]
        assert len(want) == 2  # each of the two is signed up, was offered a place, or waits


@pytest.mark.race
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_order_the_same_two_wait_for_each_other_forever(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: neither the series held nor an order among its dates."""
    both_hold_one = threading.Barrier(2)
    first = threading.local()
    row_locked = seats.held

    @contextmanager
    def slowly(pk: int) -> Iterator[Occurrence]:
        with row_locked(pk) as row:
            if not hasattr(first, "was"):
                first.was = True
                both_hold_one.wait(timeout=60)
            yield row

    @contextmanager
    def nothing_held(_pk: int) -> Iterator[None]:
        with transaction.atomic():
            yield

    dates = weekly(2)
    keys = [date.pk for date in dates]
    users = [person(), person()]
    monkeypatch.setattr(seats, "held", slowly)
    monkeypatch.setattr(bookings, "held", nothing_held)
    monkeypatch.setattr(bookings, "in_order", lambda order: order)

    def all_of(number: int) -> object:
        order = keys if number == 0 else keys[::-1]
        asked: dict[str, Any] = {"series": dates[0].series, "name": "Z", "email": "", "now": now}
        return bookings.book(dates=order, by=users[number], **asked)

    with pytest.raises(OperationalError, match="deadlock detected"):
        at_once([lambda: all_of(0), lambda: all_of(1)])
