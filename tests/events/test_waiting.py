import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import Client
from wagtail.models import ModelLogEntry

from core import outbox
from events import permissions
from events.domain import dates, parties, seats, series, signups, unproved, waiting
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, Offer, SignUp, WaitingEntry
from tests.events.test_signups import guest, person
from tests.factories.events import START, OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status
DAY = timedelta(days=1)


def wait(occurrence: Occurrence, now: datetime, number: int = 1, **changes: object) -> WaitingEntry:
    details: dict[str, object] = {
        "name": f"Waiting {number}",
        "email": f"w{number}@example.com",
        **changes,
    }
    entry = waiting.join(occurrence=occurrence, by=None, now=now, **details)  # type: ignore[arg-type]
    assert entry is not None
    return entry


def full(places: int = 1, **changes: object) -> Occurrence:
    """A date whose places are all taken by accounts."""
    occurrence: Occurrence = OccurrenceFactory(capacity=places, seats_taken=places, **changes)
    for _place in range(places):
        user = person()
        SignUpFactory(occurrence=occurrence, user=user, email=user.email)
    return occurrence


def give_back(occurrence: Occurrence, now: datetime) -> None:
    """One of those who come cancels."""
    signup = occurrence.signups.holding().order_by("pk")[0]
    signups.cancel(signup=signup, by=signup.user, now=now)


def statuses(occurrence: Occurrence) -> list[str]:
    return list(occurrence.line.order_by("pk").values_list("status", flat=True))


def taken(occurrence: Occurrence) -> int:
    """What the date counts, checked against what it should count."""
    occurrence.refresh_from_db()
    held = occurrence.signups.holding().count()
    offered = occurrence.line.filter(status=Status.OFFERED)
    offers = sum(entry.party_size for entry in offered)
    unclaimed = sum(block.unclaimed for block in occurrence.blocks.held())
    assert occurrence.seats_taken == held + offers + unclaimed
    return occurrence.seats_taken


@pytest.fixture
def work(now: datetime) -> Callable[[], int]:
    """Play the worker a minute after the tests’ present, when edits are told too."""
    return lambda: outbox.sweep(now=now + MAILS_WAIT)


# --- Standing in line -----------------------------------------------------------------------------


def test_letters_that_look_alike_are_one_name_or_two_and_never_an_error(now: datetime) -> None:
    date = full()
    for name in ("Kim", "\u212aim", "KIM"):
        assert wait(date, now, name=name, email="k@example.com").name in {"Kim", "\u212aim"}


def test_who_comes_first_has_the_lower_number(now: datetime, work: Callable[[], int]) -> None:
    occurrence = full()
    entries = [wait(occurrence, now, number) for number in (1, 2, 3)]

    assert [entry.position for entry in entries] == [1, 2, 3]
    work()
    assert "You are number 2." in mail.outbox[1].body


def test_asking_twice_is_one_place_in_line_and_one_mail(
    now: datetime, work: Callable[[], int]
) -> None:
    occurrence = full()
    first = wait(occurrence, now)
    assert wait(occurrence, now, name="WAITING 1", email="W1@example.com") == first
    work()
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
    with pytest.raises(signups.SignUpRefused, match="signed up"):
        waiting.join(occurrence=occurrence, name="x", email="", by=user, now=now)


@pytest.mark.parametrize("others", [["Waiting 1"], ["Ben", " ben "], [" "], ["x"] * 20])
def test_a_party_is_of_1_to_20_by_name(now: datetime, others: list[str]) -> None:
    with pytest.raises(parties.BadParty):
        wait(full(), now, others=others)


def test_past_and_cancelled_dates_have_no_line(now: datetime) -> None:
    occurrence = full()
    with pytest.raises(signups.OccurrencePast):
        wait(occurrence, occurrence.starts_at)
    with pytest.raises(signups.OccurrenceCancelled):
        wait(full(status="cancelled", cancelled_at=now), now)


def test_a_guest_who_is_signed_up_is_answered_as_a_stranger_is_and_told_by_mail(
    client: Client, now: datetime, work: Callable[[], int], time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    occurrence = full(series__title="Robots")
    SignUpFactory(occurrence=occurrence, name="Ana Ruiz", email="ana@example.com")
    path = f"{occurrence.get_absolute_url()}sign-up/"
    for headers in ({}, {"HX-Request": "true"}):
        answers = []
        for name in ("Ana Ruiz", "Ben Ruiz"):
            typed = {"name": name, "email": "ana@example.com", "wait": "1"}
            answer = client.post(path, typed, headers=headers, follow=True)
            answers.append((answer.status_code, answer.redirect_chain, answer.text))
        assert answers[0] == answers[1]
        assert "You are on the waiting list" in answers[0][2]
    assert [entry.name for entry in occurrence.line.all()] == ["Ben Ruiz"]
    work()
    assert sorted(str(letter.subject) for letter in mail.outbox) == [
        "On the waiting list: Robots",
        "You have a place already: Robots",
    ]
    letter = next(one for one in mail.outbox if "already" in str(one.subject))
    assert "Ana Ruiz is signed up." in str(letter.body)
    assert "/sign-ups/" in str(letter.body)


def test_a_line_is_refused_alike_whoever_stands_or_comes_already(now: datetime) -> None:
    occurrence = full()
    wait(occurrence, now, name="Ana")
    SignUpFactory(occurrence=occurrence, name="Ben", email="w1@example.com")
    later = now + signups.HOLD
    assert wait(occurrence, later, name="Ana").name == "Ana"
    for name in ("Ana", "Ben", "Cem"):
        with pytest.raises(signups.OccurrencePast):
            wait(occurrence, occurrence.starts_at, name=name)
    Occurrence.objects.filter(pk=occurrence.pk).update(capacity=9)
    for name in ("Ana", "Ben", "Cem"):
        with pytest.raises(waiting.PlacesLeft):
            wait(occurrence, later, name=name)


def test_strangers_have_three_mails_an_hour_and_six_a_day_sent_to_an_address(now: datetime) -> None:
    def ask(moment: datetime) -> str:
        try:
            wait(full(), moment)
        except unproved.TooManyMails as refusal:
            return f"{refusal.status}"
        return "waits"

    assert [ask(now) for _date in range(4)] == ["waits", "waits", "waits", "429"]
    assert [ask(now + timedelta(hours=1)) for _date in range(4)] == [*["waits"] * 3, "429"]
    assert ask(now + timedelta(hours=3)) == "429"
    with pytest.raises(unproved.TooManyMails):
        guest(OccurrenceFactory(), now + timedelta(hours=3), email="W1@example.com")
    # It is the address that is spared, and who has an account has proved theirs.
    assert wait(full(), now + timedelta(hours=3), 2).status == Status.WAITING
    assert ask(now + DAY) == "waits"


def test_who_answers_their_mails_goes_on(now: datetime) -> None:
    for day in range(7):
        date = OccurrenceFactory(series__local_start=START + day * DAY)
        signups.confirm(signup=guest(date, now), now=now)
    # What nobody answers counts though its hold lapsed.
    for number in range(3):
        later = now + timedelta(minutes=number)
        signup = guest(OccurrenceFactory(), later, email="b@example.com")
        SignUp.objects.filter(pk=signup.pk).update(status="lapsed")
    with pytest.raises(unproved.TooManyMails):
        guest(OccurrenceFactory(), later, email="b@example.com")


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
    now: datetime, work: Callable[[], int]
) -> None:
    occurrence = full()
    first, second = wait(occurrence, now, 1), wait(occurrence, now, 2)
    give_back(occurrence, now)

    assert statuses(occurrence) == [Status.OFFERED, Status.WAITING]
    assert taken(occurrence) == 1
    with pytest.raises(signups.OccurrenceFull):
        guest(occurrence, now)
    mail.outbox.clear()
    work()
    offers = [message for message in mail.outbox if message.subject.startswith("A place for you")]
    assert [message.to for message in offers] == [[first.email]]
    assert second.position == 2


def test_accepting_is_a_confirmed_signup_and_the_same_twice(
    now: datetime, work: Callable[[], int]
) -> None:
    occurrence = full()
    entry = wait(occurrence, now)
    give_back(occurrence, now)
    work()
    mail.outbox.clear()

    signup = waiting.accept(entry=entry, by=None, now=now)

    assert waiting.accept(entry=entry, by=None, now=now) == signup
    assert (signup.status, signup.email) == (SignUp.Status.CONFIRMED, entry.email)
    assert taken(occurrence) == 1
    work()
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


def test_an_offer_that_nobody_answers_goes_on(now: datetime, work: Callable[[], int]) -> None:
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


def test_more_places_are_offered_on(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    occurrence = full(series__organization=membership.organization, series__capacity=1)
    for number in (1, 2, 3):
        wait(occurrence, now, number)

    names = {each.name for each in fields(series.Details)} - {"focus_areas", "capacity"}
    values = {name: getattr(occurrence.series, name) for name in names}
    details = series.Details(**values, capacity=3)
    series.edit(series=occurrence.series, details=details, by=membership.user, now=now)

    assert statuses(occurrence) == [Status.OFFERED, Status.OFFERED, Status.WAITING]
    assert taken(occurrence) == 3


def test_a_hold_that_lapses_is_offered_on(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=1)
    guest(occurrence, now)
    wait(occurrence, now)
    signups.lapse_holds(now=now + signups.HOLD)
    assert statuses(occurrence) == [Status.OFFERED]
    assert taken(occurrence) == 1


def test_on_the_day_itself_all_who_wait_are_called_and_the_first_has_it(
    now: datetime, work: Callable[[], int]
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
    now: datetime, work: Callable[[], int]
) -> None:
    staff = person(is_staff=True)
    occurrence = full()
    wait(occurrence, now, 1)
    wait(occurrence, now, 2)
    give_back(occurrence, now)
    work()
    mail.outbox.clear()

    dates.cancel_date(occurrence=occurrence, reason="Rain", by=staff, now=now)

    assert statuses(occurrence) == [Status.CLOSED, Status.CLOSED]
    assert taken(occurrence) == 0
    assert not Offer.objects.filter(answered_at=None).exists()
    work()
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


# --- Through the door -----------------------------------------------------------------------------


def test_a_guest_waits_gets_an_offer_and_takes_it(
    client: Client, now: datetime, work: Callable[[], int], time_machine: object
) -> None:
    time_machine.move_to(now, tick=False)  # type: ignore[attr-defined]
    occurrence = full()
    path = f"{occurrence.get_absolute_url()}sign-up/"
    assert "Join the waiting list" in client.get(path).text

    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "wait": "1"}
    answer = client.post(path, typed, follow=True)
    assert "You are on the waiting list" in answer.text
    work()
    link = re.search(r"/waiting/\S+/", str(mail.outbox[-1].body))
    assert link is not None
    assert "Leave the list" in client.get(link[0]).text

    give_back(occurrence, now)
    page = client.get(link[0]).text
    assert "Take the place" in page
    assert statuses(occurrence) == [Status.OFFERED]  # looking changed nothing
    done = client.post(link[0], {"act": "accept"}, follow=True)
    assert "Confirmed" in done.text
    assert "Took the place" in client.get(link[0]).text


def test_what_cannot_be_done_on_the_private_page_says_why(client: Client, now: datetime) -> None:
    entry = wait(full(), now)
    path = f"/waiting/{permissions.waiting_token(entry)}/"
    refused = client.post(path, {"act": "accept"})
    assert (refused.status_code, "next in line" in refused.text) == (409, True)
    assert client.post(path, {"act": "dance"}).status_code == 404
    assert client.get("/waiting/forged/").status_code == 404
    assert client.post(path, {"act": "leave"}, follow=True).status_code == 200
    entry.refresh_from_db()
    assert entry.status == Status.WITHDRAWN


def test_a_place_that_came_free_meanwhile_is_offered_on_the_form(
    client: Client, now: datetime, time_machine: object
) -> None:
    time_machine.move_to(now, tick=False)  # type: ignore[attr-defined]
    occurrence = OccurrenceFactory(capacity=1)
    path = f"{occurrence.get_absolute_url()}sign-up/"
    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "wait": "1"}
    answer = client.post(path, typed)
    assert answer.status_code == 409
    assert "A place is free right now" in answer.text
    assert "Ana Ruiz" in answer.text
    assert "Take a place" in answer.text


def test_the_roster_shows_who_waits_and_what_was_offered(client: Client, now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    occurrence = full(series__organization=membership.organization)
    wait(occurrence, now)
    give_back(occurrence, now)
    client.force_login(membership.user)
    slug, start = occurrence.series.slug, occurrence.address_start
    desk = f"/desk/organizations/{membership.organization.slug}/events/{slug}/{start}/"
    page = client.get(desk).text
    assert "Waiting list" in page
    assert "Offered a place" in page


# --- Many at once ---------------------------------------------------------------------------------


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Do all of these at the same moment, each on a connection of its own."""
    start = threading.Barrier(len(acts))

    def do(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=60)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(do, acts))


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_cancels_answers_and_lapses_at_once_never_exceed_the_places(now: datetime) -> None:
    places = 12
    occurrence = full(places=places)
    line = [wait(occurrence, now, number) for number in range(20)]
    for _offer in range(4):
        give_back(occurrence, now)
    coming = list(occurrence.signups.holding().order_by("pk"))
    at_once(
        [
            *(lambda s=s: signups.cancel(signup=s, by=s.user, now=now) for s in coming[:6]),
            *(lambda e=e: waiting.accept(entry=e, by=None, now=now) for e in line[:2]),
            *(lambda e=e: waiting.leave(entry=e, by=None, now=now) for e in line[2:4]),
            *(lambda e=e: waiting.leave(entry=e, by=None, now=now) for e in line[10:13]),
        ]
    )
    assert taken(occurrence) == places
    offered = occurrence.line.filter(status=Status.OFFERED).count()
    assert offered == 8  # six cancels and two refusals, each offered on once
    ahead = [entry.status for entry in occurrence.line.order_by("pk")[4:10]]
    assert ahead == [Status.OFFERED] * 6  # first in, first offered


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_who_join_at_once_stand_in_one_line(now: datetime) -> None:
    occurrence = full()
    entries = at_once([lambda n=n: wait(occurrence, now, n) for n in range(30)])  # type: ignore[misc]
    positions = [entry.position for entry in entries if isinstance(entry, WaitingEntry)]
    assert sorted(positions) == list(range(1, 31))
