"""Places held for companies: the rules, their sum, and many at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from accounts.models import MembershipState, User
from companies.models import Company, CompanyMembership
from core import outbox
from core.errors import DomainError
from events.domain import (
    blocks,
    dates,
    decisions,
    parties,
    plans,
    questions,
    rescheduling,
    seats,
    signups,
    timers,
    undo,
    waiting,
)
from events.domain import series as lifecycle
from events.domain.plans import Times
from events.models import Edit, Occurrence, SeatBlock, Series, SignUp, WaitingEntry
from tests.events.test_signups import person
from tests.events.test_waiting import at_once, taken, wait
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory, SeatBlockFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = SeatBlock.Status
HOUR = timedelta(hours=1)


@dataclass
class Stage:
    """One date of an organization, and one company."""

    occurrence: Occurrence
    host: User
    company: Company
    lead: User

    def hold(self, places: int, now: datetime, **changes: Any) -> SeatBlock:
        asked = {"occurrence": self.occurrence, "company": self.company, "by": self.host, **changes}
        return blocks.hold(**asked, places=places, now=now)

    def block(self) -> SeatBlock:
        """The company's only block, as it stands now."""
        return SeatBlock.objects.for_page().get(company=self.company)

    def numbers(self) -> tuple[int, int, int]:
        """Places and unclaimed ones of the block, and what the date counts."""
        block = self.block()
        return block.places, block.unclaimed, taken(self.occurrence)


def staged(capacity: int | None = 10, **changes: Any) -> Stage:
    host = OrganizationMembershipFactory(user=person())
    lead = CompanyMembershipFactory(user=person(), role=CompanyMembership.Role.CSR_LEAD)
    organization = host.organization
    changes = {"series__organization": organization, "series__title": "Robots", **changes}
    occurrence = OccurrenceFactory(capacity=capacity, **changes)
    return Stage(occurrence, host.user, lead.company, lead.user)


@pytest.fixture
def stage() -> Stage:
    return staged()


@pytest.fixture
def work(now: datetime) -> Callable[..., list[str]]:
    """Play the worker; the subjects of what it sent."""

    def played(at: datetime = now) -> list[str]:
        mail.outbox.clear()
        outbox.sweep(now=at)
        return [str(message.subject) for message in mail.outbox]

    return played


def claim(block: SeatBlock, now: datetime, number: int = 1, **changes: Any) -> SignUp:
    details = {"name": f"Colleague {number}", "email": f"c{number}@example.com", "by": None}
    return blocks.claim(block=block, now=now, **{**details, **changes})


def claim_as(block: SeatBlock, user: User, now: datetime, **changes: Any) -> SignUp:
    return blocks.claim(block=block, name=user.name, email="", by=user, now=now, **changes)


def acts_on(thing: SeatBlock) -> list[str]:
    kind = ContentType.objects.get_for_model(SeatBlock)
    lines = ModelLogEntry.objects.filter(content_type=kind, object_id=str(thing.pk))
    return list(lines.order_by("pk").values_list("action", flat=True))


# --- Holding --------------------------------------------------------------------------------------


def test_held_places_are_nobody_elses_and_the_leads_get_the_link(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(8, now)

    assert stage.numbers() == (8, 8, 8)
    assert stage.occurrence.places == "2 places left"
    with pytest.raises(signups.OccurrenceFull, match="Only 2 places are left"):
        signups.sign_up(
            occurrence=stage.occurrence, name="A", email="a@b.org", by=None, now=now,
            others=["B", "C"],
        )  # fmt: skip
    assert work() == ["Places held for you: Robots"]
    assert mail.outbox[0].bcc == [stage.lead.email]
    assert "/seats/" in str(mail.outbox[0].body)
    assert "Mon, Dec 14, 4:30 PM" in str(mail.outbox[0].body)
    assert acts_on(block) == ["events.places_held"]


def test_asking_twice_holds_once_and_another_number_is_the_new_one(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(4, now)
    assert stage.hold(4, now) == block
    assert work() == ["Places held for you: Robots"]
    assert stage.hold(6, now + HOUR) == block
    assert stage.numbers() == (6, 6, 6)
    claim(block, now)
    assert stage.hold(1, now + 2 * HOUR) == block
    assert stage.numbers() == (1, 0, 1)
    assert len(work(now + 2 * HOUR)) == 3  # two more words from the host, and to the colleague


def test_no_more_than_is_left_and_no_fewer_than_are_claimed(stage: Stage, now: datetime) -> None:
    with pytest.raises(signups.OccurrenceFull, match="Only 10 places are left, not 11"):
        stage.hold(11, now)
    block = stage.hold(3, now)
    claim(block, now)
    claim(block, now, 2)
    with pytest.raises(blocks.NotSoMany, match="2 places are claimed already"):
        stage.hold(1, now)
    for senseless in (0, -1, 501):
        with pytest.raises(blocks.NotSoMany, match="1 to 500"):
            stage.hold(senseless, now)
    assert stage.numbers() == (3, 1, 3)


def test_places_are_held_only_while_they_could_be_claimed(now: datetime) -> None:
    def held_at(moment: datetime, **changes: Any) -> int:
        stage = staged(**changes)
        return stage.hold(2, moment).places

    starts_at = OccurrenceFactory.build().starts_at
    with pytest.raises(blocks.TooLate, match="go back at once"):
        held_at(starts_at - SeatBlock.GOES_BACK)
    assert held_at(starts_at - SeatBlock.GOES_BACK - HOUR) == 2
    with pytest.raises(blocks.TooLate):
        held_at(starts_at - timedelta(days=5), series__closes_minutes_before=5 * 24 * 60)
    with pytest.raises(signups.OccurrencePast):
        held_at(starts_at)
    with pytest.raises(signups.OccurrenceCancelled):
        held_at(now, status="cancelled", cancelled_at=now)
    assert held_at(now, capacity=None) == 2


def test_only_the_host_holds_and_only_for_companies_that_it_may_know(
    stage: Stage, now: datetime
) -> None:
    viewer = OrganizationMembershipFactory(
        organization=stage.occurrence.series.organization, user=person(), role="viewer"
    ).user
    elsewhere = OrganizationMembershipFactory(user=person()).user
    for by in (viewer, elsewhere, stage.lead, person()):
        with pytest.raises(PermissionDenied):
            stage.hold(2, now, by=by)
    with pytest.raises(PermissionDenied):
        stage.hold(2, now, company=CompanyFactory(live=False))
    assert stage.hold(2, now, by=person(is_staff=True)).is_held


def test_the_database_knows_the_same_limits(stage: Stage, now: datetime) -> None:
    block = stage.hold(2, now)
    for wrong in ({"unclaimed": 3}, {"places": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SeatBlock.objects.filter(pk=block.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatBlockFactory(occurrence=stage.occurrence, company=stage.company)
    assert SeatBlockFactory(
        occurrence=stage.occurrence, company=stage.company, status=Status.ENDED
    ).pk


@pytest.mark.parametrize(("was", "to"), list(product(Status, Status)))
def test_a_block_moves_only_as_the_table_says(
    was: SeatBlock.Status, to: SeatBlock.Status, now: datetime
) -> None:
    block = SeatBlockFactory(status=was, unclaimed=0)
    if to in SeatBlock.MOVES[was]:
        blocks._move(block, to, by=None, now=now)
        assert SeatBlock.objects.get().status == to
    else:
        with pytest.raises(blocks.BlockOver):
            blocks._move(block, to, by=None, now=now)


# --- Claiming -------------------------------------------------------------------------------------


def test_a_guest_claims_confirms_and_the_sum_stays(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(3, now)
    work()
    signup = claim(block, now)

    assert (signup.status, signup.company, signup.seat_block) == (
        SignUp.Status.PENDING_EMAIL,
        stage.company,
        block,
    )
    assert stage.numbers() == (3, 2, 3)
    assert claim(block, now) == signup
    assert stage.numbers() == (3, 2, 3)
    assert work() == ["Confirm your place: Robots"]
    signups.confirm(signup=signup, now=now)
    assert work() == ["You are signed up: Robots"]
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
        with pytest.raises(signups.OccurrencePast):
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
    with pytest.raises(signups.TooManyPending):
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
    with pytest.raises(signups.OccurrenceFull):
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


# --- Giving back ----------------------------------------------------------------------------------


def test_the_company_keeps_what_it_needs_and_the_rest_goes_to_who_waits(now: datetime) -> None:
    stage = staged(capacity=4)
    block = stage.hold(4, now)
    entries = [wait(stage.occurrence, now, number) for number in (1, 2, 3)]
    claim(block, now)
    for _twice in range(2):
        blocks.keep(block=block, places=2, by=stage.lead, now=now)
    for entry in entries:
        entry.refresh_from_db()
    assert [entry.status for entry in entries] == ["offered", "offered", "waiting"]
    assert stage.numbers() == (2, 1, 4)
    with pytest.raises(blocks.NotSoMany, match="Ask the organizer"):
        blocks.keep(block=block, places=3, by=stage.lead, now=now)
    with pytest.raises(blocks.NotSoMany, match="claimed already"):
        blocks.keep(block=block, places=0, by=stage.lead, now=now)


def test_keeping_none_ends_the_block(stage: Stage, now: datetime) -> None:
    block = stage.hold(4, now)
    assert blocks.keep(block=block, places=0, by=stage.lead, now=now).status == Status.ENDED
    assert taken(stage.occurrence) == 0
    with pytest.raises(blocks.BlockOver, match="given back"):
        blocks.keep(block=block, places=0, by=stage.lead, now=now)


def test_who_claimed_keeps_the_place_when_the_rest_is_given_back(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(4, now)
    signup = claim_as(block, person(), now)
    work()
    for _twice in range(2):
        blocks.end(block=block, by=stage.host, now=now)
    signup.refresh_from_db()
    assert (signup.holds_place, taken(stage.occurrence)) == (True, 1)
    assert work() == ["Held places given back: Robots"]
    with pytest.raises(blocks.BlockOver, match="were given back"):
        claim(block, now, 2)
    assert stage.hold(2, now) != block  # and others may be held later


def test_strangers_and_employees_change_nothing_about_a_block(stage: Stage, now: datetime) -> None:
    block = stage.hold(4, now)
    employee = CompanyMembershipFactory(
        company=stage.company, user=person(), role=CompanyMembership.Role.EMPLOYEE
    ).user
    gone = CompanyMembershipFactory(
        company=stage.company,
        user=person(),
        role=CompanyMembership.Role.CSR_LEAD,
        state=MembershipState.ENDED,
    ).user
    elsewhere = CompanyMembershipFactory(user=person()).user
    for by in (employee, gone, elsewhere, person()):
        with pytest.raises(PermissionDenied):
            blocks.keep(block=block, places=1, by=by, now=now)
        with pytest.raises(PermissionDenied):
            blocks.end(block=block, by=by, now=now)
        with pytest.raises(PermissionDenied):
            blocks.renew_link(block=block, by=by, now=now)
    captain = CompanyMembershipFactory(company=stage.company, user=person()).user
    assert blocks.keep(block=block, places=3, by=captain, now=now).places == 3
    was = block.secret
    assert blocks.renew_link(block=block, by=captain, now=now).secret != was
    blocks.end(block=block, by=stage.host, now=now)
    with pytest.raises(blocks.BlockOver):
        blocks.renew_link(block=block, by=captain, now=now)


# --- The clock ------------------------------------------------------------------------------------


def test_what_nobody_claimed_goes_back_in_time_to_who_waits(
    now: datetime, work: Callable[..., list[str]]
) -> None:
    stage = staged(capacity=3)
    block = stage.hold(3, now)
    claim_as(block, person(), now)
    entry = wait(stage.occurrence, now)
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK
    assert blocks.release_due(now=at - timedelta(seconds=1)) == 0
    with pytest.raises(blocks.BlockOver, match="went back on Mon, Dec 14"):
        claim(block, at, 2)  # the clock's word holds before the timer has run
    assert [blocks.release_due(now=at) for _twice in range(2)] == [1, 0]

    entry.refresh_from_db()
    assert entry.status == WaitingEntry.Status.OFFERED
    assert (stage.block().status, stage.block().claimed) == (Status.RELEASED, 1)
    assert taken(stage.occurrence) == 2
    assert "Unclaimed places went back: Robots" in work(at)
    assert acts_on(block)[-1] == "events.block_moved"


def test_where_sign_up_closes_early_places_go_back_before_that(now: datetime) -> None:
    stage = staged(series__closes_minutes_before=6 * 24 * 60)
    stage.hold(2, now)
    closes_at = stage.occurrence.signup_closes_at
    assert stage.block().goes_back_at == closes_at
    assert blocks.release_due(now=closes_at - HOUR) == 0
    assert blocks.release_due(now=closes_at) == 1


def test_leads_are_warned_a_day_before_once_and_only_of_unclaimed_places(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(2, now)
    work()
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK - blocks.WARNED_BEFORE
    assert blocks.warn_due(now=at - timedelta(seconds=1)) == 0
    assert [blocks.warn_due(now=at + n * HOUR) for n in range(2)] == [1, 0]
    assert work(at) == ["Unclaimed places go back soon: Robots"]
    for number in (1, 2):
        claim(block, at, number)
    dates.move_date(
        occurrence=stage.occurrence,
        local_start=stage.occurrence.local_start + timedelta(days=2),
        by=stage.host,
        now=at,
    )
    assert blocks.warn_due(now=at + timedelta(days=2)) == 0


def test_who_had_places_held_on_the_last_day_is_not_warned_again(
    stage: Stage, now: datetime
) -> None:
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK
    stage.hold(2, at - 23 * HOUR)
    assert blocks.warn_due(now=at - HOUR) == 0


def test_moving_the_date_moves_the_moment(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    stage.hold(2, now)
    work()
    was = stage.block().goes_back_at
    start = stage.occurrence.local_start + timedelta(days=7)
    dates.move_date(occurrence=stage.occurrence, local_start=start, by=stage.host, now=now)
    assert stage.block().goes_back_at == was + timedelta(days=7)
    assert blocks.release_due(now=was) == 0
    assert stage.block().is_held
    assert work(now + undo.MAILS_WAIT) == ["New time: Robots"]
    assert "Mon, Dec 21" in str(mail.outbox[0].body)


def test_a_date_that_is_called_off_ends_its_blocks_and_says_so(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(2, now)
    signup = claim_as(block, person(), now)
    work()
    dates.cancel_date(occurrence=stage.occurrence, reason="Rain", by=stage.host, now=now)
    signup.refresh_from_db()
    assert (stage.block().status, signup.status) == (Status.ENDED, SignUp.Status.CANCELLED)
    assert taken(stage.occurrence) == 0
    assert work(now + undo.MAILS_WAIT) == ["Called off: Robots", "Called off: Robots"]
    with pytest.raises(signups.OccurrenceCancelled):
        claim(stage.block(), now, 2)


def test_who_takes_a_cancellation_back_has_the_block_back(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    block = stage.hold(2, now)
    claim_as(block, person(), now)
    work()
    dates.cancel_date(occurrence=stage.occurrence, reason="Rain", by=stage.host, now=now)
    undo.undo(edit=Edit.objects.get(), by=stage.host, now=now)
    assert (stage.block().status, stage.numbers()) == (Status.HELD, (2, 1, 2))
    assert work(now + undo.MAILS_WAIT) == []
    dates.cancel_date(occurrence=stage.occurrence, reason="Rain", by=stage.host, now=now)
    assert len(work(now + undo.MAILS_WAIT)) == 2


def test_a_series_that_is_called_off_ends_the_blocks_of_its_dates(
    stage: Stage, now: datetime
) -> None:
    stage.hold(2, now)
    lifecycle.cancel(series=stage.occurrence.series, reason="Rain", by=stage.host, now=now)
    assert (stage.block().status, taken(stage.occurrence)) == (Status.ENDED, 0)


def test_a_date_with_held_places_is_not_empty(now: datetime) -> None:
    stage = staged(
        series__rrule="FREQ=WEEKLY;BYDAY=TH;COUNT=2", series__title="Robots", series__capacity=5
    )
    first = stage.occurrence
    second = OccurrenceFactory(
        series=first.series, original_start=first.local_start + timedelta(days=7), capacity=5
    )
    stage.hold(2, now, occurrence=second)
    to = Times(local_start=first.local_start, duration_minutes=90, rrule="")
    seen = plans.plan(first=first, to=to, now=now)
    assert (seen.called_off, seen.removed, seen.blocks_told) == ((second.pk,), (), 1)
    rescheduling.reschedule(first=first, to=to, by=stage.host, now=now, shown=seen.digest)
    assert stage.block().status == Status.ENDED
    assert taken(second) == 0


def test_mail_goes_to_the_leads_of_now_and_to_nobody_else(
    stage: Stage, now: datetime, work: Callable[..., list[str]]
) -> None:
    CompanyMembershipFactory(company=stage.company, user=person())
    CompanyMembership.objects.filter(user=stage.lead).update(state=MembershipState.ENDED)
    stage.hold(2, now)
    assert work() == []


# --- The sum --------------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["hold", "claim", "guest", "sign_up", "wait", "cancel", "keep", "end", "clock", "yes"]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)


@hypothesis_settings(deadline=None)
@given(acts=ACTS)
def test_whatever_happens_places_are_counted_once_and_never_exceeded(
    acts: list[tuple[str, int]],
) -> None:
    now = datetime.fromisoformat("2026-12-07T17:00:00+00:00")
    with transaction.atomic():
        stage = staged(capacity=5)
        firms: list[Company] = [stage.company, CompanyFactory()]
        people = [person() for _person in range(6)]
        for act, number in acts:
            try:
                _do(act, number, stage=stage, firms=firms, people=people, now=now)
            except DomainError:
                continue
            finally:
                now += timedelta(minutes=13)
            for block in SeatBlock.objects.held():
                holding = SignUp.objects.holding().filter(seat_block=block).count()
                assert block.claimed == holding
            assert taken(stage.occurrence) <= 5
            assert seats.sum_of(stage.occurrence) == stage.occurrence.seats_taken
        transaction.set_rollback(True)


def _do(
    act: str, number: int, *, stage: Stage, firms: list[Company], people: list[User], now: datetime
) -> None:
    block = SeatBlock.objects.for_page().held().last()
    coming = stage.occurrence.signups.holding().order_by("pk")
    offered = stage.occurrence.line.filter(status="offered").first()
    user = people[number]
    acts: dict[str, Callable[[], object]] = {
        "hold": lambda: stage.hold(number, now, company=firms[number % 2]),
        "claim": lambda: block and claim_as(block, user, now),
        "guest": lambda: block and claim(block, now, number),
        "sign_up": lambda: signups.sign_up(
            occurrence=stage.occurrence, name="x", email="", by=user, now=now
        ),
        "wait": lambda: wait(stage.occurrence, now, number),
        "cancel": lambda: [
            signups.cancel(signup=one, by=stage.host, now=now) for one in coming[number:][:1]
        ],
        "keep": lambda: block and blocks.keep(block=block, places=number, by=stage.host, now=now),
        "end": lambda: block and blocks.end(block=block, by=stage.host, now=now),
        "clock": lambda: timers.run(now=now),
        "yes": lambda: offered and waiting.accept(entry=offered, by=None, now=now),
    }
    acts[act]()


# --- Many at once ---------------------------------------------------------------------------------


def _or_refused(act: Callable[[], object]) -> Callable[[], str]:
    def tried() -> str:
        try:
            act()
        except DomainError as refusal:
            return type(refusal).__name__
        return "done"

    return tried


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_twenty_claims_at_once_of_four_places_are_four(now: datetime) -> None:
    stage = staged(capacity=6)
    block, people = stage.hold(4, now), [person() for _person in range(20)]
    told = at_once([_or_refused(lambda u=u: claim_as(block, u, now)) for u in people])  # type: ignore[misc]
    assert sorted(map(str, told)) == ["BlockFull"] * 16 + ["done"] * 4
    assert stage.numbers() == (4, 0, 4)


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_lock_the_same_claims_are_too_many(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a place must be seen unclaimed after the date is held, not before."""
    stage = staged(capacity=6)
    block, people = stage.hold(4, now), [person() for _person in range(20)]
    all_have_looked = threading.Barrier(20)

    @contextmanager
    def unlocked(pk: int) -> Iterator[Occurrence]:
        yield Occurrence.objects.select_related("series").get(pk=pk)

    def looked(block: SeatBlock, *, now: datetime) -> None:
        require_open(block, now=now)
        all_have_looked.wait(timeout=60)

    require_open = blocks.require_open
    monkeypatch.setattr(seats, "held", unlocked)
    monkeypatch.setattr(blocks, "require_open", looked)

    def tried(user: User) -> str:
        try:
            claim_as(block, user, now)
        except IntegrityError:
            return "stopped by the database"
        return "done"

    told = at_once([lambda u=u: tried(u) for u in people])  # type: ignore[misc]
    # Without the lock only the last wall stands: the database's own.
    assert "stopped by the database" in told


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_claims_releases_cancels_and_sign_ups_at_once_never_exceed_the_places(
    now: datetime,
) -> None:
    places = 12
    stage = staged(capacity=places)
    block = stage.hold(8, now)
    came = [person() for _person in range(4)]
    claimed = [claim_as(block, user, now) for user in came]
    early = [
        signups.sign_up(occurrence=stage.occurrence, name="x", email="", by=person(), now=now)
        for _person in range(4)
    ]
    for number in range(6):
        wait(stage.occurrence, now, number)
    late, outside = [person() for _person in range(6)], [person() for _person in range(4)]
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK
    acts: list[Callable[[], object]] = [
        *(lambda u=u: claim_as(block, u, at - HOUR) for u in late),
        *(lambda s=s: signups.cancel(signup=s, by=s.user, now=at) for s in claimed[:2]),
        *(lambda s=s: signups.cancel(signup=s, by=s.user, now=at) for s in early[:2]),
        *(lambda: blocks.release_due(now=at) for _timer in range(2)),
        lambda: blocks.keep(block=block, places=5, by=stage.lead, now=at - HOUR),
        *(
            lambda u=u: signups.sign_up(
                occurrence=stage.occurrence, name="x", email="", by=u, now=at
            )
            for u in outside
        ),
    ]
    at_once([_or_refused(act) for act in acts])
    assert stage.block().status == Status.RELEASED
    assert taken(stage.occurrence) <= places
    assert seats.sum_of(stage.occurrence) == taken(stage.occurrence)
    # Whatever came free went to who waits before anybody else could see it.
    waits = stage.occurrence.line.filter(status=WaitingEntry.Status.WAITING).count()
    assert waits == 0 or taken(stage.occurrence) == places


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_timer_that_runs_twice_at_once_releases_once(now: datetime) -> None:
    stage = staged()
    stage.hold(5, now)
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK
    released = at_once([lambda: blocks.release_due(now=at) for _timer in range(4)])
    assert sorted(map(str, released)) == ["0", "0", "0", "1"]
    assert taken(stage.occurrence) == 0
