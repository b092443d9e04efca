"""Places held for a company, claimed by its people: as whom, how many, and again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.domain import admission, blocks, decisions, parties, questions, signups
from events.models import Series, SignUp, WaitingEntry
from tests.events.held_places import Stage, claim, claim_as, staged
from tests.events.people import person, taken, wait
from tests.factories.events import OccurrenceFactory, SignUpFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_a_guest_claims_confirms_and_the_sum_stays(
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(3, now)
    mailed()
    signup = claim(block, now)

    assert (signup.status, signup.company, signup.seat_block) == (
        SignUp.Status.PENDING_EMAIL,
        stage.company,
        block,
    )
    assert stage.numbers() == (3, 2, 3)
    assert claim(block, now) == signup
    assert stage.numbers() == (3, 2, 3)
    assert mailed() == ["Confirm your place: Robots"]
    signups.confirm(signup=signup, now=now)
    assert mailed() == ["You are signed up: Robots"]
    assert stage.numbers() == (3, 2, 3)


def test_an_account_comes_at_once_or_as_the_flow_says(now: datetime) -> None:
    for flow, status in (("instant", "confirmed"), ("by_approval", "requested")):
        stage = staged(series__flow=flow)
        block, user = stage.hold(2, now), person()
        assert claim_as(block, user, now).status == status
        assert claim_as(block, user, now).user == user
        assert stage.numbers() == (2, 1, 2)


def test_who_comes_already_takes_no_place_of_the_block(stage: Stage, now: datetime) -> None:
    user = person()
    mine = signups.sign_up(occurrence=stage.occurrence, name="x", email="", by=user, now=now)
    block = stage.hold(2, now)
    assert claim_as(block, user, now) == mine
    assert stage.numbers() == (2, 2, 3)


def test_a_guest_is_refused_a_block_alike_whether_the_name_is_signed_up_or_not(
    stage: Stage, now: datetime
) -> None:
    SignUpFactory(occurrence=stage.occurrence, name="Ana", email="a@example.com")
    block = stage.hold(1, now)
    dua = claim(block, now, name="Dua")
    assert claim(block, now, name="Dua") == dua
    for name in ("Ana", "Ben"):
        with pytest.raises(blocks.BlockFull):
            claim(block, now, name=name, email="a@example.com")
        with pytest.raises(admission.OccurrencePast):
            claim(block, stage.occurrence.starts_at, name=name, email="a@example.com")


def test_a_block_that_is_claimed_leads_nowhere_though_places_are_left(
    stage: Stage, now: datetime
) -> None:
    block = stage.hold(1, now)
    claim(block, now)
    with pytest.raises(blocks.BlockFull, match="All places held for"):
        claim(block, now, 2)
    assert stage.occurrence.signups.count() == 1


def test_a_claim_is_refused_as_a_sign_up_is(stage: Stage, now: datetime) -> None:
    block, user = stage.hold(5, now), person()
    clash = OccurrenceFactory()
    SignUpFactory(occurrence=clash, user=user, email=user.email)
    with pytest.raises(parties.Overlaps, match="at that time"):
        claim_as(block, user, now)
    assert claim_as(block, user, now, despite_overlap=True).holds_place
    for number in (1, 2):
        claim(block, now, number, email="same@example.com")
    with pytest.raises(admission.TooManyPending):
        claim(block, now, 3, email="same@example.com")
    with pytest.raises(parties.BadParty):
        claim(block, now, 4, name=" ")
    assert stage.numbers() == (5, 2, 5)


def test_a_claim_says_what_the_series_asks(now: datetime) -> None:
    stage = staged(series__minimum_age=16)
    block = stage.hold(2, now)
    with pytest.raises(questions.NotAgreed, match="16 or older"):
        claim(block, now)
    claim(block, now, said=questions.Said(is_old_enough=True))
    assert stage.numbers() == (2, 1, 2)


def test_a_hold_that_lapses_is_the_blocks_again_and_can_be_taken_up(
    stage: Stage, now: datetime
) -> None:
    block = stage.hold(1, now)
    signup = claim(block, now)
    signups.lapse_holds(now=now + signups.HOLD)
    assert stage.numbers() == (1, 1, 1)
    signups.confirm(signup=signup, now=now + HOUR)
    assert stage.numbers() == (1, 0, 1)


def test_who_comes_back_to_a_claimed_block_comes_as_everybody_does(
    stage: Stage, now: datetime
) -> None:
    block = stage.hold(1, now)
    late = claim(block, now)
    signups.lapse_holds(now=now + signups.HOLD)
    claim(block, now + HOUR, 2)
    again = signups.confirm(signup=late, now=now + HOUR)
    assert (again.seat_block, again.company) == (None, stage.company)
    assert stage.numbers() == (1, 0, 2)


def test_who_comes_back_when_all_is_full_has_no_place(now: datetime) -> None:
    stage = staged(capacity=1)
    block = stage.hold(1, now)
    late = claim(block, now)
    signups.lapse_holds(now=now + signups.HOLD)
    claim(block, now + HOUR, 2)
    with pytest.raises(admission.OccurrenceFull):
        signups.confirm(signup=late, now=now + HOUR)
    assert stage.numbers() == (1, 0, 1)


def test_a_place_that_is_given_back_stays_the_companys_while_it_is_held(now: datetime) -> None:
    stage = staged(capacity=2)
    block, user = stage.hold(2, now), person()
    signup = claim_as(block, user, now)
    wait(stage.occurrence, now)
    signups.cancel(signup=signup, by=user, now=now)
    assert stage.numbers() == (2, 2, 2)
    assert stage.occurrence.line.get().status == WaitingEntry.Status.WAITING

    signup = claim_as(block, user, now)
    blocks.end(block=block, by=stage.host, now=now)
    assert stage.occurrence.line.get().status == WaitingEntry.Status.OFFERED
    wait(stage.occurrence, now, 2)
    signups.cancel(signup=signup, by=user, now=now)
    assert [one.status for one in stage.occurrence.line.order_by("pk")] == ["offered", "offered"]
    assert taken(stage.occurrence) == 2


def test_a_declined_claim_is_the_companys_place_again(now: datetime) -> None:
    stage = staged(series__flow=Series.Flow.BY_APPROVAL)
    block = stage.hold(1, now)
    signup = claim_as(block, person(), now)
    decisions.decline(signup=signup, by=stage.host, now=now)
    assert stage.numbers() == (1, 1, 1)


def test_a_claim_is_few_statements(
    stage: Stage, now: datetime, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    block = stage.hold(3, now)
    claim(block, now)
    with django_assert_max_num_queries(17):
        claim(block, now, 2)
