"""Two places at once: it takes a yes, and nobody learns from it what a stranger comes to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from events import permissions
from events.domain import parties, signups, waiting
from events.models import Occurrence, SignUp, WaitingEntry
from tests.events.people import full, give_back, guest, person, wait
from tests.factories.events import START, OccurrenceFactory, SignUpFactory

pytestmark = pytest.mark.django_db

Status = SignUp.Status
SAYS = "You are signed up for “Robots” at that time: Thu, Dec 17, 4:30 – 6:00 PM PST."


@pytest.fixture
def other(now: datetime) -> Occurrence:
    """What they come to already: from 4:30 to 6 PM."""
    made: Occurrence = OccurrenceFactory(series__title="Robots")
    return made


def at(minutes: int, **changes: Any) -> Occurrence:
    """A date of ninety minutes that begins so long after the other one begins."""
    start = START + timedelta(minutes=minutes)
    made: Occurrence = OccurrenceFactory(series__local_start=start, **changes)
    return made


@pytest.mark.parametrize(
    ("minutes", "clashes"),
    [(-91, False), (-90, False), (-89, True), (0, True), (89, True), (90, False)],
)
def test_an_account_in_two_places_at_once_is_asked_and_back_to_back_is_not(
    other: Occurrence, now: datetime, minutes: int, clashes: bool
) -> None:
    user, date = person(), at(minutes)
    SignUpFactory(occurrence=other, user=user, email=user.email)
    asked: dict[str, Any] = {"occurrence": date, "name": "Ana", "email": "", "by": user, "now": now}
    if clashes:
        with pytest.raises(parties.Overlaps) as caught:
            signups.sign_up(**asked)
        assert (caught.value.sentence, caught.value.status) == (SAYS, 409)
        date.refresh_from_db()
        assert date.seats_taken == 0
    assert signups.sign_up(**asked, despite_overlap=clashes).status == Status.CONFIRMED


def test_what_was_given_back_called_off_or_never_confirmed_is_no_clash(now: datetime) -> None:
    user = person()
    for changes in (
        {"status": Status.CANCELLED},
        {"status": Status.PENDING_EMAIL, "hold_until": now},
        {"occurrence__status": "cancelled", "occurrence__cancelled_at": now},
    ):
        SignUpFactory(user=user, email=user.email, **changes)
    signup = signups.sign_up(occurrence=at(0), name="Ana", email="", by=user, now=now)
    assert signup.status == Status.CONFIRMED


def test_what_was_signed_up_for_as_a_guest_by_the_same_address_and_name_counts(
    other: Occurrence, now: datetime
) -> None:
    user = person()
    SignUpFactory(occurrence=other, email=user.email.upper(), name="ANA RUIZ")
    asked: dict[str, Any] = {"occurrence": at(0), "email": "", "by": user, "now": now}
    with pytest.raises(parties.Overlaps):
        signups.sign_up(name="Ana Ruiz", **asked)
    assert signups.sign_up(name="Ben Ruiz", **asked).holds_place


def test_a_guest_is_asked_only_once_the_address_is_proved(other: Occurrence, now: datetime) -> None:
    SignUpFactory(occurrence=other, name="Ana Ruiz", email="ana@example.com")
    signup = guest(at(30), now)  # says nothing of what else that address comes to
    assert signup.status == Status.PENDING_EMAIL
    with pytest.raises(parties.Overlaps) as caught:
        signups.confirm(signup=signup, now=now)
    assert caught.value.sentence == SAYS
    signup.refresh_from_db()
    assert signup.status == Status.PENDING_EMAIL
    assert signups.confirm(signup=signup, now=now, despite_overlap=True).status == Status.CONFIRMED
    # Said once: confirming again asks nothing.
    assert signups.confirm(signup=signup, now=now).status == Status.CONFIRMED


def test_another_person_of_the_same_address_is_no_clash(other: Occurrence, now: datetime) -> None:
    SignUpFactory(occurrence=other, name="Ben Ruiz", email="ana@example.com")
    assert signups.confirm(signup=guest(at(0), now), now=now).status == Status.CONFIRMED


def test_who_waits_is_asked_as_an_account_and_a_guest_when_the_offer_is_taken(
    other: Occurrence, now: datetime
) -> None:
    user, date = person(), full()
    SignUpFactory(occurrence=other, user=user, email=user.email)
    asked: dict[str, Any] = {"occurrence": date, "name": "A", "email": "", "by": user, "now": now}
    with pytest.raises(parties.Overlaps):
        waiting.join(**asked)
    mine = waiting.join(**asked, despite_overlap=True)
    assert mine is not None

    SignUpFactory(occurrence=other, name="Waiting 2", email="w2@example.com")
    theirs = wait(date, now, 2)
    for entry in (mine, theirs):
        give_back(date, now)
        with pytest.raises(parties.Overlaps):
            waiting.accept(entry=entry, by=entry.user, now=now)
        entry.refresh_from_db()
        assert entry.status == WaitingEntry.Status.OFFERED
        taken = waiting.accept(entry=entry, by=entry.user, now=now, despite_overlap=True)
        assert taken.status == Status.CONFIRMED


def test_the_question_is_one_statement(
    other: Occurrence, now: datetime, django_assert_num_queries: Callable[[int], Any]
) -> None:
    user, date = person(), at(0)
    asked: dict[str, Any] = {"email": user.email, "user": user}
    SignUpFactory(occurrence=other, user=user, email=user.email)
    with django_assert_num_queries(1):
        assert parties.overlap(date, ["Ana Ruiz"], **asked) == SAYS


# --- Through the door -----------------------------------------------------------------------------


@pytest.mark.usefixtures("present")
def test_the_form_comes_back_with_what_was_typed_and_a_box_to_say_yes(
    client: Client, other: Occurrence
) -> None:
    user, date = person(), at(0)
    SignUpFactory(occurrence=other, user=user, email=user.email)
    client.force_login(user)
    path = f"{date.get_absolute_url()}sign-up/"
    assert "despite_overlap" not in client.get(path).text

    refused = client.post(path, {"name": "Ana of Watts"})
    assert refused.status_code == 409
    for words in (SAYS, "Ana of Watts", "Sign me up anyway"):
        assert words in refused.text
    # A slip beside the yes does not lose the yes.
    again = client.post(path, {"name": "", "despite_overlap": "on"})
    assert (again.status_code, "Sign me up anyway" in again.text) == (422, True)
    done = client.post(path, {"name": "Ana of Watts", "despite_overlap": "on"})
    assert (done.status_code, date.signups.count()) == (302, 1)


@pytest.mark.usefixtures("present")
def test_a_stranger_who_types_an_address_hears_the_same_whatever_it_comes_to(
    client: Client, other: Occurrence
) -> None:
    SignUpFactory(occurrence=other, name="Ana Ruiz", email="ana@example.com")
    date = at(0)
    path = f"{date.get_absolute_url()}sign-up/"
    known = client.post(path, {"name": "Ana Ruiz", "email": "ana@example.com"}, follow=True)
    unknown = client.post(path, {"name": "Ben Ruiz", "email": "ben@example.com"}, follow=True)
    assert known.text == unknown.text
    assert known.redirect_chain == unknown.redirect_chain


@pytest.mark.usefixtures("present")
def test_the_private_page_shows_the_clash_and_confirming_takes_the_yes(
    client: Client, other: Occurrence, now: datetime
) -> None:
    SignUpFactory(occurrence=other, name="Ana Ruiz", email="ana@example.com")
    signup = guest(at(0), now)
    path = f"/sign-ups/{permissions.manage_token(signup)}/"
    page = client.get(path).text
    assert page.count(SAYS) == 1
    assert "Sign me up anyway" in page
    refused = client.post(path, {"act": "confirm"})
    assert (refused.status_code, refused.text.count(SAYS)) == (409, 1)
    client.post(path, {"act": "confirm", "despite_overlap": "on"})
    signup.refresh_from_db()
    assert signup.status == Status.CONFIRMED
    assert "anyway" not in client.get(path).text


@pytest.mark.usefixtures("present")
def test_the_page_of_an_offer_shows_the_clash_too(
    client: Client, other: Occurrence, now: datetime
) -> None:
    date = full()
    SignUpFactory(occurrence=other, name="Waiting 1", email="w1@example.com")
    entry = wait(date, now)
    path = f"/waiting/{permissions.waiting_token(entry)}/"
    assert SAYS not in client.get(path).text  # nothing to take yet
    give_back(date, now)
    assert client.get(path).text.count(SAYS) == 1
    assert client.post(path, {"act": "accept"}).status_code == 409
    client.post(path, {"act": "accept", "despite_overlap": "on"})
    entry.refresh_from_db()
    assert entry.status == WaitingEntry.Status.ACCEPTED
