"""Waiting lists: who stands in line, and what is offered to them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied
from wagtail.models import ModelLogEntry

from core import outbox
from events.domain import admission, dates, parties, seats, signups, waiting
from events.models import Occurrence, Offer, SignUp, WaitingEntry
from tests.events.people import full, give_back, guest, person, statuses, taken, wait
from tests.factories.events import OccurrenceFactory, SignUpFactory

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status


# --- Standing in line -----------------------------------------------------------------------------


def test_letters_that_look_alike_are_one_name_or_two_and_never_an_error(now: datetime) -> None:
    date = full()
    for name in ("Kim", "\u212aim", "KIM"):
        assert wait(date, now, name=name, email="k@example.com").name in {"Kim", "\u212aim"}


def test_who_comes_first_has_the_lower_number(now: datetime, work_later: Callable[[], int]) -> None:
    occurrence = full()
    entries = [wait(occurrence, now, number) for number in (1, 2, 3)]

    assert [entry.position for entry in entries] == [1, 2, 3]
    work_later()
    assert "You are number 2." in mail.outbox[1].body


def test_asking_twice_is_one_place_in_line_and_one_mail(
    now: datetime, work_later: Callable[[], int]
) -> None:
    occurrence = full()
    first = wait(occurrence, now)
    assert wait(occurrence, now, name="WAITING 1", email="W1@example.com") == first
    work_later()
    assert len(mail.outbox) == 1


def test_while_a_place_is_free_nobody_waits_for_it(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=2)
    with pytest.raises(waiting.PlacesLeft, match="take it"):
        wait(occurrence, now)
    with pytest.raises(waiting.PlacesLeft):
        wait(OccurrenceFactory(capacity=None), now)
    # A party that does not fit may wait beside free places.
    assert wait(occurrence, now, others=["Ben", "Cem"]).status == Status.WAITING


def test_a_line_is_only_where_the_host_keeps_one(now: datetime) -> None:
    occurrence = full(series__waiting_list=False)
    with pytest.raises(waiting.NoList, match="no waiting list"):
        wait(occurrence, now)


def test_who_is_signed_up_does_not_wait(now: datetime) -> None:
    occurrence = full()
    user = occurrence.signups.get().user
    with pytest.raises(admission.SignUpRefused, match="signed up"):
        waiting.join(occurrence=occurrence, name="x", email="", by=user, now=now)


@pytest.mark.parametrize("others", [["Waiting 1"], ["Ben", " ben "], [" "], ["x"] * 20])
def test_a_party_is_of_1_to_20_by_name(now: datetime, others: list[str]) -> None:
    with pytest.raises(parties.BadParty):
        wait(full(), now, others=others)


def test_past_and_cancelled_dates_have_no_line(now: datetime) -> None:
    occurrence = full()
    with pytest.raises(admission.OccurrencePast):
        wait(occurrence, occurrence.starts_at)
    with pytest.raises(admission.OccurrenceCancelled):
        wait(full(status="cancelled", cancelled_at=now), now)


def test_a_line_is_refused_alike_whoever_stands_or_comes_already(now: datetime) -> None:
    occurrence = full()
    wait(occurrence, now, name="Ana")
    SignUpFactory(occurrence=occurrence, name="Ben", email="w1@example.com")
    later = now + signups.HOLD
    assert wait(occurrence, later, name="Ana").name == "Ana"
    for name in ("Ana", "Ben", "Cem"):
        with pytest.raises(admission.OccurrencePast):
            wait(occurrence, occurrence.starts_at, name=name)
    Occurrence.objects.filter(pk=occurrence.pk).update(capacity=9)
    for name in ("Ana", "Ben", "Cem"):
        with pytest.raises(waiting.PlacesLeft):
            wait(occurrence, later, name=name)


def test_an_address_waits_on_a_score_of_lists_at_most(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_LISTS", 2)
    for _date in range(2):
        wait(full(), now)
    with pytest.raises(waiting.TooManyLists, match="Leave a list"):
        wait(full(), now)


# --- Offers ---------------------------------------------------------------------------------------


def test_a_place_that_comes_free_is_offered_to_the_first_in_line(
    now: datetime, work_later: Callable[[], int]
) -> None:
    occurrence = full()
    first, second = wait(occurrence, now, 1), wait(occurrence, now, 2)
    give_back(occurrence, now)

    assert statuses(occurrence) == [Status.OFFERED, Status.WAITING]
    assert taken(occurrence) == 1
    with pytest.raises(admission.OccurrenceFull):
        guest(occurrence, now)
    mail.outbox.clear()
    work_later()
    offers = [message for message in mail.outbox if message.subject.startswith("A place for you")]
    assert [message.to for message in offers] == [[first.email]]
    assert second.position == 2


def test_accepting_is_a_confirmed_signup_and_the_same_twice(
    now: datetime, work_later: Callable[[], int]
) -> None:
    occurrence = full()
    entry = wait(occurrence, now)
    give_back(occurrence, now)
    work_later()
    mail.outbox.clear()

    signup = waiting.accept(entry=entry, by=None, now=now)

    assert waiting.accept(entry=entry, by=None, now=now) == signup
    assert (signup.status, signup.email) == (SignUp.Status.CONFIRMED, entry.email)
    assert taken(occurrence) == 1
    work_later()
    assert [message.subject[:17] for message in mail.outbox] == ["You are signed up"]


def test_a_no_goes_to_the_next_at_once(now: datetime) -> None:
    occurrence = full()
    first, second = wait(occurrence, now, 1), wait(occurrence, now, 2)
    give_back(occurrence, now)

    waiting.leave(entry=first, by=None, now=now)
    waiting.leave(entry=first, by=None, now=now)

    assert statuses(occurrence) == [Status.DECLINED, Status.OFFERED]
    assert taken(occurrence) == 1
    with pytest.raises(waiting.OfferGone, match="next in line"):
        waiting.accept(entry=first, by=None, now=now)
    assert waiting.accept(entry=second, by=None, now=now).holds_place


def test_leaving_the_line_moves_the_others_up(now: datetime) -> None:
    occurrence = full()
    first, second = wait(occurrence, now, 1), wait(occurrence, now, 2)
    waiting.leave(entry=first, by=None, now=now)
    assert (statuses(occurrence)[0], second.position) == (Status.WITHDRAWN, 1)


@pytest.mark.parametrize(
    ("ahead", "lasts"),
    [
        (timedelta(days=9), timedelta(hours=24)),
        (timedelta(days=3), timedelta(hours=24)),
        (timedelta(days=2), timedelta(hours=6)),
        (timedelta(hours=23), timedelta(hours=2)),
        (timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_an_offer_lasts_shorter_near_the_start(
    now: datetime, ahead: timedelta, lasts: timedelta
) -> None:
    occurrence = OccurrenceFactory.build(starts_at=now + ahead)
    assert seats.lasts_until(occurrence, now=now) == now + lasts


def test_an_offer_that_nobody_answers_goes_on(now: datetime, work_later: Callable[[], int]) -> None:
    occurrence = full()
    first, second = wait(occurrence, now, 1), wait(occurrence, now, 2)
    give_back(occurrence, now)
    until = Offer.objects.get().until

    assert waiting.lapse_offers(now=until - timedelta(seconds=1)) == 0
    with pytest.raises(waiting.OfferGone):
        waiting.accept(entry=first, by=None, now=until)
    assert waiting.lapse_offers(now=until) == 1
    assert waiting.lapse_offers(now=until) == 0

    assert statuses(occurrence) == [Status.LAPSED, Status.OFFERED]
    assert taken(occurrence) == 1
    assert second.position == 1


def test_a_party_that_does_not_fit_keeps_its_rank(now: datetime) -> None:
    occurrence = full(places=3)
    wait(occurrence, now, 1, others=["Ben"])
    wait(occurrence, now, 2)
    give_back(occurrence, now)
    assert statuses(occurrence) == [Status.WAITING, Status.OFFERED]
    give_back(occurrence, now)
    assert statuses(occurrence) == [Status.WAITING, Status.OFFERED]  # two are needed, one is free
    give_back(occurrence, now)
    assert statuses(occurrence) == [Status.OFFERED, Status.OFFERED]
    assert taken(occurrence) == 3


def test_a_hold_that_lapses_is_offered_on(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=1)
    guest(occurrence, now)
    wait(occurrence, now)
    signups.lapse_holds(now=now + signups.HOLD)
    assert statuses(occurrence) == [Status.OFFERED]
    assert taken(occurrence) == 1


def test_on_the_day_itself_all_who_wait_are_called_and_the_first_has_it(
    now: datetime, work_later: Callable[[], int]
) -> None:
    occurrence = full()
    entries = [wait(occurrence, now, number) for number in (1, 2)]
    morning = occurrence.starts_at - timedelta(hours=3)
    give_back(occurrence, morning)
    mail.outbox.clear()
    outbox.sweep(now=morning)

    called = [message for message in mail.outbox if "free today" in message.subject]
    assert sorted(message.to[0] for message in called) == [entry.email for entry in entries]
    assert statuses(occurrence) == [Status.WAITING] * 2
    assert guest(occurrence, morning).holds_place
    assert taken(occurrence) == 1


def test_a_date_that_is_called_off_closes_its_line_and_tells_it(
    now: datetime, work_later: Callable[[], int]
) -> None:
    staff = person(is_staff=True)
    occurrence = full()
    wait(occurrence, now, 1)
    wait(occurrence, now, 2)
    give_back(occurrence, now)
    work_later()
    mail.outbox.clear()

    dates.cancel_date(occurrence=occurrence, reason="Rain", by=staff, now=now)

    assert statuses(occurrence) == [Status.CLOSED, Status.CLOSED]
    assert taken(occurrence) == 0
    assert not Offer.objects.filter(answered_at=None).exists()
    work_later()
    assert sorted(message.to[0] for message in mail.outbox) == ["w1@example.com", "w2@example.com"]


def test_who_was_offered_what_and_when_is_on_record(now: datetime) -> None:
    occurrence = full()
    entry = wait(occurrence, now)
    give_back(occurrence, now)
    waiting.leave(entry=entry, by=None, now=now)

    kind = ContentType.objects.get_for_model(WaitingEntry)
    told = ModelLogEntry.objects.filter(content_type=kind, object_id=str(entry.pk))
    lines = told.order_by("pk").values_list("action", flat=True)
    assert list(lines) == ["events.joined_line", "events.offered", "events.line_moved"]
    offer = Offer.objects.get()
    assert (offer.made_at, offer.answered_at) == (now, now)


def test_only_its_owner_or_the_host_steps_out_and_only_its_owner_accepts(now: datetime) -> None:
    occurrence = full()
    owner, stranger, staff = person(), person(), person(is_staff=True)
    entry = waiting.join(occurrence=occurrence, name="x", email="", by=owner, now=now)
    assert entry is not None
    give_back(occurrence, now)
    for somebody in (stranger, staff):
        with pytest.raises(PermissionDenied):
            waiting.accept(entry=entry, by=somebody, now=now)
    with pytest.raises(PermissionDenied):
        waiting.leave(entry=entry, by=stranger, now=now)
    assert waiting.leave(entry=entry, by=staff, now=now).status == Status.DECLINED


def test_who_called_the_date_off_is_on_record_for_each_who_waited(now: datetime) -> None:
    occurrence = full(2)
    wait(occurrence, now)
    staff = person(is_staff=True)
    dates.cancel_date(occurrence=occurrence, reason="Rain", by=staff, now=now)
    assert ModelLogEntry.objects.get(action="events.line_moved").user == staff
