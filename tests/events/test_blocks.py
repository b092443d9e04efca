"""Places held for companies: held, given back, and what the clock does to them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from wagtail.models import ModelLogEntry

from accounts.models import MembershipState
from companies.models import CompanyMembership
from events.domain import admission, blocks, dates, plans, rescheduling, signups, undo
from events.domain import series as lifecycle
from events.domain.plans import Times
from events.models import Edit, SeatBlock, SignUp, WaitingEntry
from tests.events.held_places import Stage, claim, claim_as, staged
from tests.events.people import person, taken, wait
from tests.factories.companies import CompanyFactory, CompanyMembershipFactory
from tests.factories.events import OccurrenceFactory, SeatBlockFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = SeatBlock.Status
HOUR = timedelta(hours=1)


def acts_on(thing: SeatBlock) -> list[str]:
    kind = ContentType.objects.get_for_model(SeatBlock)
    lines = ModelLogEntry.objects.filter(content_type=kind, object_id=str(thing.pk))
    return list(lines.order_by("pk").values_list("action", flat=True))


# --- Holding --------------------------------------------------------------------------------------


def test_held_places_are_nobody_elses_and_the_leads_get_the_link(
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(8, now)

    assert stage.numbers() == (8, 8, 8)
    assert stage.occurrence.places == "2 places left"
    with pytest.raises(admission.OccurrenceFull, match="Only 2 places are left"):
        signups.sign_up(
            occurrence=stage.occurrence, name="A", email="a@b.org", by=None, now=now,
            others=["B", "C"],
        )  # fmt: skip
    assert mailed() == ["Places held for you: Robots"]
    assert mail.outbox[0].bcc == [stage.lead.email]
    assert "/seats/" in str(mail.outbox[0].body)
    assert "Mon, Dec 14, 4:30 PM" in str(mail.outbox[0].body)
    assert acts_on(block) == ["events.places_held"]


def test_asking_twice_holds_once_and_another_number_is_the_new_one(
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(4, now)
    assert stage.hold(4, now) == block
    assert mailed() == ["Places held for you: Robots"]
    assert stage.hold(6, now + HOUR) == block
    assert stage.numbers() == (6, 6, 6)
    claim(block, now)
    assert stage.hold(1, now + 2 * HOUR) == block
    assert stage.numbers() == (1, 0, 1)
    assert len(mailed(now + 2 * HOUR)) == 3  # two more words from the host, and to the colleague


def test_no_more_than_is_left_and_no_fewer_than_are_claimed(stage: Stage, now: datetime) -> None:
    with pytest.raises(admission.OccurrenceFull, match="Only 10 places are left, not 11"):
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
    with pytest.raises(admission.OccurrencePast):
        held_at(starts_at)
    with pytest.raises(admission.OccurrenceCancelled):
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
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(4, now)
    signup = claim_as(block, person(), now)
    mailed()
    for _twice in range(2):
        blocks.end(block=block, by=stage.host, now=now)
    signup.refresh_from_db()
    assert (signup.holds_place, taken(stage.occurrence)) == (True, 1)
    assert mailed() == ["Held places given back: Robots"]
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
    now: datetime, mailed: Callable[..., list[str]]
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
    assert "Unclaimed places went back: Robots" in mailed(at)
    assert acts_on(block)[-1] == "events.block_moved"


def test_where_sign_up_closes_early_places_go_back_before_that(now: datetime) -> None:
    stage = staged(series__closes_minutes_before=6 * 24 * 60)
    stage.hold(2, now)
    closes_at = stage.occurrence.signup_closes_at
    assert stage.block().goes_back_at == closes_at
    assert blocks.release_due(now=closes_at - HOUR) == 0
    assert blocks.release_due(now=closes_at) == 1


def test_leads_are_warned_a_day_before_once_and_only_of_unclaimed_places(
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(2, now)
    mailed()
    at = stage.occurrence.starts_at - SeatBlock.GOES_BACK - blocks.WARNED_BEFORE
    assert blocks.warn_due(now=at - timedelta(seconds=1)) == 0
    assert [blocks.warn_due(now=at + n * HOUR) for n in range(2)] == [1, 0]
    assert mailed(at) == ["Unclaimed places go back soon: Robots"]
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
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    stage.hold(2, now)
    mailed()
    was = stage.block().goes_back_at
    start = stage.occurrence.local_start + timedelta(days=7)
    dates.move_date(occurrence=stage.occurrence, local_start=start, by=stage.host, now=now)
    assert stage.block().goes_back_at == was + timedelta(days=7)
    assert blocks.release_due(now=was) == 0
    assert stage.block().is_held
    assert mailed(now + undo.MAILS_WAIT) == ["New time: Robots"]
    assert "Mon, Dec 21" in str(mail.outbox[0].body)


def test_a_date_that_is_called_off_ends_its_blocks_and_says_so(
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(2, now)
    signup = claim_as(block, person(), now)
    mailed()
    dates.cancel_date(occurrence=stage.occurrence, reason="Rain", by=stage.host, now=now)
    signup.refresh_from_db()
    assert (stage.block().status, signup.status) == (Status.ENDED, SignUp.Status.CANCELLED)
    assert taken(stage.occurrence) == 0
    assert mailed(now + undo.MAILS_WAIT) == ["Called off: Robots", "Called off: Robots"]
    with pytest.raises(admission.OccurrenceCancelled):
        claim(stage.block(), now, 2)


def test_who_takes_a_cancellation_back_has_the_block_back(
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    block = stage.hold(2, now)
    claim_as(block, person(), now)
    mailed()
    dates.cancel_date(occurrence=stage.occurrence, reason="Rain", by=stage.host, now=now)
    undo.undo(edit=Edit.objects.get(), by=stage.host, now=now)
    assert (stage.block().status, stage.numbers()) == (Status.HELD, (2, 1, 2))
    assert mailed(now + undo.MAILS_WAIT) == []
    dates.cancel_date(occurrence=stage.occurrence, reason="Rain", by=stage.host, now=now)
    assert len(mailed(now + undo.MAILS_WAIT)) == 2


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
    stage: Stage, now: datetime, mailed: Callable[..., list[str]]
) -> None:
    CompanyMembershipFactory(company=stage.company, user=person())
    CompanyMembership.objects.filter(user=stage.lead).update(state=MembershipState.ENDED)
    stage.hold(2, now)
    assert mailed() == []
