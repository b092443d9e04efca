from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from core.models import Effect
from organizations.models import Need
from pledges.domain import deliveries, ledger, lifecycle
from pledges.domain.deliveries import Handover
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Account, Pledge, PledgeLine
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import NeedFactory
from tests.factories.pledges import (
    PledgeFactory,
    PledgeLineFactory,
    admin_of,
    csr_lead_of,
    employee_of,
)

pytestmark = pytest.mark.django_db
Status = Pledge.Status


def drafted(need: Need, quantity: int, *, by: User, now: datetime) -> Pledge:
    company = by.companymembership_set.get().company
    terms = Terms(company, need.organization, ends_on=date(2027, 3, 31))
    return lifecycle.draft(terms=terms, lines=[Line.toward(need, quantity)], by=by, now=now)


def test_pledge_moves_the_needs_figures_step_by_step(now: datetime) -> None:
    need = NeedFactory()
    lead, admin = csr_lead_of(CompanyFactory()), admin_of(need.organization)

    pledge = drafted(need, 12, by=lead, now=now)
    assert ledger.progress_of(need) == ledger.Progress(pledged=0, met=0)

    pledge = lifecycle.announce(pledge=pledge, by=lead, now=now)
    need.refresh_from_db()
    assert (need.quantity_pledged, need.quantity_met, need.status) == (12, 0, Need.Status.OPEN)

    lifecycle.accept(pledge=pledge, by=admin, now=now)
    line = pledge.lines.get()
    sent = deliveries.schedule(line=line, quantity=12, due_on=now.date(), by=lead, now=now)
    deliveries.mark_delivered(delivery=sent, handover=Handover(now.date()), by=lead, now=now)
    pledge.refresh_from_db()
    assert pledge.status == Status.IN_PROGRESS
    deliveries.confirm(delivery=sent, by=admin, now=now)

    need.refresh_from_db()
    pledge.refresh_from_db()
    assert (need.quantity_pledged, need.quantity_met) == (12, 12)
    assert need.status == Need.Status.PARTLY_MET
    assert pledge.status == Status.FULFILLED


def test_draft_and_announce_asked_twice_give_one_pledge(now: datetime) -> None:
    need = NeedFactory()
    lead = csr_lead_of(CompanyFactory())

    first = drafted(need, 5, by=lead, now=now)
    assert drafted(need, 5, by=lead, now=now) == first
    lifecycle.announce(pledge=first, by=lead, now=now)
    lifecycle.announce(pledge=first, by=lead, now=now)

    assert ledger.progress_of(need).pledged == 5
    assert Effect.objects.filter(key=f"pledge-announced:{first.uuid}").count() == 1


def test_a_pledge_above_what_is_wanted_is_refused_with_the_rest(now: datetime) -> None:
    need = NeedFactory(quantity_wanted=20)
    lead = csr_lead_of(CompanyFactory())
    lifecycle.announce(pledge=drafted(need, 15, by=lead, now=now), by=lead, now=now)

    with pytest.raises(lifecycle.MoreThanIsWanted) as refusal:
        drafted(need, 6, by=lead, now=now)
    assert refusal.value.sentence == (
        f"Only 5 items are still open for “{need.title}”. Pledge that much or less."
    )
    assert drafted(need, 5, by=lead, now=now).status == Status.DRAFT


def test_a_need_without_a_number_takes_any_quantity(now: datetime) -> None:
    need = NeedFactory(quantity_wanted=None)
    lead = csr_lead_of(CompanyFactory())

    lifecycle.announce(pledge=drafted(need, 10**6, by=lead, now=now), by=lead, now=now)

    assert ledger.progress_of(need).pledged == 10**6
    assert ledger.rest_of(need) is None


@pytest.mark.parametrize("status", ["draft", "in_review", "paused", "withdrawn", "expired", "met"])
def test_a_need_that_is_not_open_takes_no_pledge(status: str, now: datetime) -> None:
    need = NeedFactory(status=status)

    with pytest.raises(lifecycle.NeedNotOpen):
        drafted(need, 1, by=csr_lead_of(CompanyFactory()), now=now)


def test_draft_refuses_nonsense(now: datetime) -> None:
    need, other = NeedFactory(), NeedFactory()
    company = CompanyFactory()
    lead = csr_lead_of(company)
    good = Terms(company, need.organization, ends_on=now.date())
    past = Terms(company, need.organization, ends_on=now.date() - timedelta(days=1))

    for terms, lines in (
        (good, []),
        (good, [Line.toward(need, 0)]),
        (good, [Line.toward(need, 1), Line.toward(other, 1)]),
        (past, [Line.toward(need, 1)]),
    ):
        with pytest.raises(lifecycle.NotAPledge):
            lifecycle.draft(terms=terms, lines=lines, by=lead, now=now)
    assert not Pledge.objects.exists()
    assert lifecycle.draft(terms=good, lines=[Line.toward(need, 1)], by=lead, now=now).pk


def test_only_the_right_side_acts(now: datetime) -> None:
    need = NeedFactory()
    company = CompanyFactory()
    lead, admin = csr_lead_of(company), admin_of(need.organization)
    terms = Terms(company, need.organization, ends_on=date(2027, 3, 31))
    for stranger in (employee_of(company), admin, UserFactory(), csr_lead_of(CompanyFactory())):
        with pytest.raises(PermissionDenied):
            lifecycle.draft(terms=terms, lines=[Line.toward(need, 1)], by=stranger, now=now)
    pledge = drafted(need, 1, by=lead, now=now)
    with pytest.raises(PermissionDenied):
        lifecycle.announce(pledge=pledge, by=admin, now=now)
    with pytest.raises(PermissionDenied):
        lifecycle.withdraw(pledge=pledge, reason="", by=admin, now=now)
    pledge = lifecycle.announce(pledge=pledge, by=lead, now=now)
    with pytest.raises(PermissionDenied):
        lifecycle.accept(pledge=pledge, by=lead, now=now)
    with pytest.raises(PermissionDenied):
        lifecycle.commit(pledge=pledge, by=admin, now=now)
    assert lifecycle.accept(pledge=pledge, by=admin, now=now).status == Status.ACCEPTED


def test_withdrawing_frees_the_need_and_either_side_may_before_acceptance(now: datetime) -> None:
    need = NeedFactory(quantity_wanted=5)
    lead, admin = csr_lead_of(CompanyFactory()), admin_of(need.organization)
    for who in (lead, admin):
        pledge = lifecycle.announce(pledge=drafted(need, 5, by=lead, now=now), by=lead, now=now)
        row = lifecycle.withdraw(pledge=pledge, reason="We moved.", by=who, now=now)
        assert (row.status, row.closed_reason) == (Status.WITHDRAWN, "We moved.")
        assert ledger.progress_of(need).pledged == 0

    pledge = lifecycle.announce(pledge=drafted(need, 5, by=lead, now=now), by=lead, now=now)
    lifecycle.accept(pledge=pledge, by=admin, now=now)
    with pytest.raises(lifecycle.NoSuchMove):
        lifecycle.withdraw(pledge=pledge, reason="", by=lead, now=now)


def test_lapsing_writes_off_what_did_not_come_and_keeps_what_did(now: datetime) -> None:
    need = NeedFactory(quantity_wanted=20)
    lead, admin = csr_lead_of(CompanyFactory()), admin_of(need.organization)
    silent = lifecycle.announce(pledge=drafted(need, 3, by=lead, now=now), by=lead, now=now)
    partly = lifecycle.announce(pledge=drafted(need, 10, by=lead, now=now), by=lead, now=now)
    lifecycle.accept(pledge=partly, by=admin, now=now)
    line = partly.lines.get()
    sent = deliveries.schedule(line=line, quantity=4, due_on=now.date(), by=lead, now=now)
    deliveries.mark_delivered(delivery=sent, handover=Handover(now.date()), by=lead, now=now)
    later = datetime(2027, 4, 2, tzinfo=now.tzinfo)

    assert lifecycle.lapse_due(now=now) == 0
    assert lifecycle.lapse_due(now=later) == 1  # the other waits for the organization's word
    deliveries.confirm(delivery=sent, by=admin, now=later)
    assert lifecycle.lapse_due(now=later) == 1
    assert lifecycle.lapse_due(now=later) == 0

    silent.refresh_from_db()
    partly.refresh_from_db()
    assert (silent.status, partly.status) == (Status.LAPSED, Status.PART_FULFILLED)
    assert ledger.progress_of(need) == ledger.Progress(pledged=4, met=4)
    assert ledger.balances(line=line)[Account.EXPIRED] == 6


def test_commit_counts_a_name_once_while_the_pledge_runs(now: datetime) -> None:
    need = NeedFactory()
    company = CompanyFactory()
    lead, employee = csr_lead_of(company), employee_of(company)
    pledge = drafted(need, 1, by=lead, now=now)
    with pytest.raises(lifecycle.NoSuchMove):
        lifecycle.commit(pledge=pledge, by=employee, now=now)
    lifecycle.announce(pledge=pledge, by=lead, now=now)

    lifecycle.commit(pledge=pledge, by=employee, now=now)
    lifecycle.commit(pledge=pledge, by=employee, now=now)

    assert pledge.commitments.count() == 1


@pytest.mark.parametrize("to", Status)
@pytest.mark.parametrize("was", Status)
def test_every_pair_of_statuses_is_a_move_or_refused(was: str, to: str, now: datetime) -> None:
    pledge = PledgeFactory(status=was)
    PledgeLineFactory(pledge=pledge)

    if was == to:
        assert lifecycle._move(pledge, to, by=None, now=now)[1] is False
    elif to in Pledge.MOVES[was]:
        assert lifecycle._move(pledge, to, by=None, now=now)[0].status == to
    else:
        with pytest.raises(lifecycle.NoSuchMove):
            lifecycle._move(pledge, to, by=None, now=now)


def test_line_toward_speaks_the_needs_unit() -> None:
    need = NeedFactory(kind="volunteers", unit="minute", quantity_wanted=600)

    line = Line.toward(need, 120)

    assert (line.kind, line.unit) == (PledgeLine.LineKind.HOURS, "minute")
