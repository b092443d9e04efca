"""Several dates of a series in one go: each by itself, one mail, one private page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from core import outbox
from events.domain import admission, bookings, parties, signups, waiting
from events.models import Booking, Occurrence, Series, SignUp, WaitingEntry
from tests.events.people import guest, person, taken
from tests.events.several_dates import book, weekly
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory, SignUpFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

Status = SignUp.Status


def test_an_account_joins_all_dates_with_one_mail_that_has_them_for_the_calendar(
    now: datetime, mailed: Callable[..., list[str]]
) -> None:
    dates, user = weekly(3), person()
    booking, told = book(dates, now, by=user)
    assert told == ["joined"] * 3
    assert [row.status for row in booking.signups.all()] == ["confirmed"] * 3
    assert [taken(date) for date in dates] == [1, 1, 1]
    assert mailed() == ["You are signed up: Robots"]
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
    now: datetime, mailed: Callable[..., list[str]]
) -> None:
    dates = weekly(3)
    booking, told = book(dates, now)
    assert told == ["joined"] * 3
    assert {row.status for row in booking.signups.all()} == {"pending_email"}
    assert mailed() == ["Confirm your places: Robots"]
    assert bookings.confirm(booking=booking, now=now) == []
    assert bookings.confirm(booking=booking, now=now) == []
    assert {row.status for row in booking.signups.all()} == {"confirmed"}
    assert mailed() == ["You are signed up: Robots"]


def test_a_booking_is_one_mail_to_answer(now: datetime) -> None:
    book(weekly(5), now)
    book(weekly(1), now)
    with pytest.raises(admission.TooManyPending):
        book(weekly(1), now)
    with pytest.raises(admission.TooManyPending):
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
    now: datetime, mailed: Callable[..., list[str]], *, waits: bool, keeps_list: bool, told: str
) -> None:
    dates = weekly(1, capacity=1, waiting_list=keeps_list)
    SignUpFactory(occurrence=dates[0], name="Ana Ruiz", email="ana@example.com")
    Occurrence.objects.update(seats_taken=1)
    for name in ("Ana Ruiz", "Ben Ruiz"):
        assert book(dates, now, name=name, waits=waits)[1] == [told]
    mails = ["On the waiting list: Robots", "You have a place already: Robots"]
    assert sorted(mailed()) == (mails if told == "waits" else [])
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


def test_dates_by_approval_wait_for_the_host(
    now: datetime, mailed: Callable[..., list[str]]
) -> None:
    booking, _told = book(weekly(2, flow=Series.Flow.BY_APPROVAL), now, by=person())
    assert {row.status for row in booking.signups.all()} == {"requested"}
    mailed()
    assert "Waiting for approval" in str(mail.outbox[0].body)


def test_twelve_dates_are_few_statements_each(
    now: datetime, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    dates = weekly(12)
    book(weekly(1), now, email="first@example.com")
    with django_assert_max_num_queries(16 + 9 * 12):
        book(dates, now)
    with django_assert_max_num_queries(16 + 9 * 12):
        book(dates, now, email="b@example.com", others=["Ben Ruiz", "Cem Ruiz"])


def test_a_party_comes_to_every_date_with_all_or_waits_for_it_together(
    now: datetime, mailed: Callable[..., list[str]]
) -> None:
    dates, user = weekly(4, capacity=3), UserFactory(name="Ana Ruiz")
    SignUpFactory(occurrence=dates[1], name="Ben Ruiz", email=user.email)
    Occurrence.objects.filter(pk=dates[1].pk).update(seats_taken=1)
    guest(dates[2], now, name="P", email="p@example.com")
    guest(dates[2], now, name="Q", email="q@example.com")
    Occurrence.objects.filter(pk=dates[3].pk).update(capacity=2)
    mailed()
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
    assert mailed() == ["You are signed up: Robots"]
    letter = mail.outbox[0]
    assert f"{dates[0].when}: Confirmed (Ana Ruiz, Ben Ruiz, Cem Ruiz)" in str(letter.body)
    assert f"{dates[1].when}: Confirmed (Ana Ruiz, Cem Ruiz)" in str(letter.body)
    assert f"{dates[2].when}: Waiting (Ana Ruiz, Ben Ruiz, Cem Ruiz)" in str(letter.body)
    assert letter.attachments[0].get_content().count("BEGIN:VEVENT") == 2
    assert book(dates[:1], now, **everybody)[1] == [
        "refused Ana Ruiz is signed up for this date already."
    ]


def test_a_guests_party_is_confirmed_by_one_button_and_gives_back_a_date_in_one_mail(
    now: datetime, mailed: Callable[..., list[str]]
) -> None:
    dates = weekly(2)
    booking, _told = book(dates, now, others=["Ben Ruiz"])
    assert {row.status for row in booking.signups.all()} == {"pending_email"}
    assert mailed() == ["Confirm your places: Robots"]
    clash = OccurrenceFactory(series__title="Chess", series__local_start=dates[1].local_start)
    SignUpFactory(occurrence=clash, name="Ben Ruiz", email="ana@example.com")
    with pytest.raises(parties.Overlaps, match=r"^Ben Ruiz is signed up for “Chess”"):
        bookings.confirm(booking=booking, now=now)
    assert bookings.confirm(booking=booking, now=now, despite_overlap=True) == []
    assert {row.status for row in booking.signups.all()} == {"confirmed"}
    assert mailed() == ["You are signed up: Robots"]
    first = {str(row.uuid) for row in booking.signups.filter(occurrence=dates[0])}
    assert bookings.give_back(booking=booking, which=first, now=now) == []
    assert [(taken(date), date.signups.holding().count()) for date in dates] == [(0, 0), (2, 2)]
    assert mailed() == ["Your place is given back: Robots"]
    assert "Ana Ruiz, Ben Ruiz" in str(mail.outbox[0].body)


def test_a_date_confirmed_on_a_second_try_is_mailed_too(
    now: datetime, mailed: Callable[..., list[str]]
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
