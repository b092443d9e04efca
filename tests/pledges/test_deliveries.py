from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from pledges.domain import deliveries, ledger, lifecycle
from pledges.domain.deliveries import Handover
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Account, Delivery, PledgeLine
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import NeedFactory
from tests.factories.pledges import DeliveryFactory, admin_of, csr_lead_of

pytestmark = pytest.mark.django_db
Status = Delivery.Status
SENT = Handover(date(2026, 12, 7))


@pytest.fixture
def accepted(now: datetime) -> tuple[PledgeLine, User, User]:
    need = NeedFactory(quantity_wanted=20)
    company = CompanyFactory()
    lead, admin = csr_lead_of(company), admin_of(need.organization)
    terms = Terms(company, need.organization, ends_on=date(2027, 3, 31))
    pledge = lifecycle.draft(terms=terms, lines=[Line.toward(need, 10)], by=lead, now=now)
    lifecycle.announce(pledge=pledge, by=lead, now=now)
    lifecycle.accept(pledge=pledge, by=admin, now=now)
    return pledge.lines.get(), lead, admin


def test_schedule_is_bound_by_what_is_owed(
    accepted: tuple[PledgeLine, User, User], now: datetime
) -> None:
    line, lead, _admin = accepted
    day = date(2026, 12, 20)
    first = deliveries.schedule(line=line, quantity=7, due_on=day, by=lead, now=now)

    assert deliveries.schedule(line=line, quantity=7, due_on=day, by=lead, now=now) == first
    with pytest.raises(deliveries.MoreThanIsOwed) as refusal:
        deliveries.schedule(line=line, quantity=4, due_on=day, by=lead, now=now)
    assert refusal.value.sentence == "You can schedule up to 3 items more here."
    deliveries.cancel(delivery=first, by=lead, now=now)
    assert deliveries.schedule(line=line, quantity=10, due_on=day, by=lead, now=now).pk


def test_confirming_twice_counts_once(
    accepted: tuple[PledgeLine, User, User], now: datetime
) -> None:
    line, lead, admin = accepted
    sent = deliveries.schedule(line=line, quantity=4, due_on=SENT.delivered_on, by=lead, now=now)
    deliveries.mark_delivered(delivery=sent, handover=SENT, by=lead, now=now)
    deliveries.mark_delivered(delivery=sent, handover=SENT, by=lead, now=now)
    with pytest.raises(PermissionDenied):
        deliveries.confirm(delivery=sent, by=lead, now=now)

    deliveries.confirm(delivery=sent, by=admin, now=now)
    deliveries.confirm(delivery=sent, by=admin, now=now)

    held = ledger.balances(line=line)
    assert (held[Account.ALLOCATED], held[Account.DELIVERED], held[Account.CONFIRMED]) == (6, 0, 4)


def test_a_dispute_counts_nothing_until_settled_at_what_arrived(
    accepted: tuple[PledgeLine, User, User], now: datetime
) -> None:
    line, lead, admin = accepted
    sent = deliveries.schedule(line=line, quantity=6, due_on=SENT.delivered_on, by=lead, now=now)
    deliveries.mark_delivered(delivery=sent, handover=SENT, by=lead, now=now)
    with pytest.raises(deliveries.MoreThanIsOwed):
        deliveries.dispute(delivery=sent, received=6, why="", by=admin, now=now)
    deliveries.dispute(delivery=sent, received=4, why="Two are broken.", by=admin, now=now)
    assert ledger.balances(line=line)[Account.CONFIRMED] == 0
    with pytest.raises(deliveries.NoSuchMove):
        deliveries.confirm(delivery=sent, by=admin, now=now)
    with pytest.raises(PermissionDenied):
        deliveries.settle(delivery=sent, by=admin, now=now)

    deliveries.settle(delivery=sent, by=lead, now=now)

    held = ledger.balances(line=line)
    assert (held[Account.ALLOCATED], held[Account.DELIVERED], held[Account.CONFIRMED]) == (6, 0, 4)


def test_nothing_is_delivered_on_a_pledge_that_was_not_accepted(now: datetime) -> None:
    need = NeedFactory()
    company = CompanyFactory()
    lead = csr_lead_of(company)
    terms = Terms(company, need.organization, ends_on=date(2027, 3, 31))
    pledge = lifecycle.draft(terms=terms, lines=[Line.toward(need, 1)], by=lead, now=now)
    lifecycle.announce(pledge=pledge, by=lead, now=now)

    with pytest.raises(deliveries.NotDeliverable):
        deliveries.schedule(
            line=pledge.lines.get(), quantity=1, due_on=SENT.delivered_on, by=lead, now=now
        )


@pytest.mark.parametrize("to", Status)
@pytest.mark.parametrize("was", Status)
def test_every_pair_of_statuses_is_a_move_or_refused(was: str, to: str, now: datetime) -> None:
    delivery = DeliveryFactory(status=was)
    by = delivery.line.pledge.created_by

    if was == to:
        assert deliveries._move(delivery, to, by=by, now=now)[1] is False
    elif to in Delivery.MOVES[was]:
        assert deliveries._move(delivery, to, by=by, now=now)[0].status == to
    else:
        with pytest.raises(deliveries.NoSuchMove):
            deliveries._move(delivery, to, by=by, now=now)
