from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from core.errors import DomainError
from core.vocabulary import Unit
from pledges.domain import deliveries, ledger, lifecycle
from pledges.domain.deliveries import Handover
from pledges.domain.ledger import Movement, Occasion, Reason
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Account, Delivery, LedgerTransaction, Pledge, Posting
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import NeedFactory
from tests.factories.pledges import admin_of, csr_lead_of

NOW = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
STEPS = ("announce", "accept", "withdraw", "schedule", "deliver", "confirm", "dispute", "settle")


@pytest.mark.django_db
def test_posting_the_same_key_twice_is_one_transaction() -> None:
    need = NeedFactory()
    move = Movement(Account.GIVER, Account.CONFIRMED, 5, Unit.ITEM, need=need)

    first = ledger.post(Occasion("k", Reason.HOURS), [move], by=None, now=NOW)

    assert ledger.post(Occasion("k", Reason.HOURS), [move], by=None, now=NOW) == first
    assert ledger.progress_of(need).met == 5


@pytest.mark.django_db
def test_post_refuses_what_is_not_there_another_unit_and_nothing() -> None:
    need = NeedFactory()
    for move, refusal in (
        (Movement(Account.PLEDGED, Account.CONFIRMED, 1, "item", need=need), ledger.NotThatMuch),
        (Movement(Account.GIVER, Account.CONFIRMED, 0, "item", need=need), ledger.NotThatMuch),
        (Movement(Account.GIVER, Account.CONFIRMED, 1, "cent", need=need), ledger.UnitsDiffer),
    ):
        with pytest.raises(refusal):
            ledger.post(Occasion("k", Reason.HOURS), [move], by=None, now=NOW)
    assert not Posting.objects.exists()


@pytest.mark.django_db
def test_reversing_takes_back_once() -> None:
    need = NeedFactory()
    move = Movement(Account.GIVER, Account.CONFIRMED, 5, Unit.ITEM, need=need)
    first = ledger.post(Occasion("k", Reason.HOURS), [move], by=None, now=NOW)

    back = ledger.reverse(first, Occasion("r", Reason.REVERSED), by=None, now=NOW)

    assert ledger.reverse(first, Occasion("r2", Reason.REVERSED), by=None, now=NOW) == back
    assert ledger.progress_of(need) == ledger.Progress(pledged=0, met=0)


def play(pledge: Pledge, step: str, number: int, people: tuple[User, User]) -> None:
    lead, admin = people
    line = pledge.lines.get()
    of_pledge: dict[str, Callable[[], object]] = {
        "announce": lambda: lifecycle.announce(pledge=pledge, by=lead, now=NOW),
        "accept": lambda: lifecycle.accept(pledge=pledge, by=admin, now=NOW),
        "withdraw": lambda: lifecycle.withdraw(pledge=pledge, reason="", by=lead, now=NOW),
        "schedule": lambda: deliveries.schedule(
            line=line, quantity=number, due_on=date(2027, 1, 1), by=lead, now=NOW
        ),
    }
    if step in of_pledge:
        of_pledge[step]()
        return
    sent = Delivery.objects.filter(line=line).order_by("-pk").first()
    if sent is None:
        return
    of_delivery: dict[str, Callable[[], object]] = {
        "deliver": lambda: deliveries.mark_delivered(
            delivery=sent, handover=Handover(NOW.date()), by=lead, now=NOW
        ),
        "confirm": lambda: deliveries.confirm(delivery=sent, by=admin, now=NOW),
        "dispute": lambda: deliveries.dispute(
            delivery=sent, received=number - 1, why="", by=admin, now=NOW
        ),
        "settle": lambda: deliveries.settle(delivery=sent, by=lead, now=NOW),
    }
    of_delivery[step]()


class AnySequenceTest(TestCase):
    """Whatever people do in whatever order, the books balance."""

    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 1), st.sampled_from(STEPS), st.integers(1, 9)), max_size=25
        )
    )
    def test_books_balance_after_any_sequence_of_moves(
        self, steps: list[tuple[int, str, int]]
    ) -> None:
        need = NeedFactory(quantity_wanted=15)
        company = CompanyFactory()
        lead, admin = csr_lead_of(company), admin_of(need.organization)
        terms = Terms(company, need.organization, ends_on=date(2027, 3, 31))
        pledges = [
            lifecycle.draft(terms=terms, lines=[Line.toward(need, number)], by=lead, now=NOW)
            for number in (9, 10)
        ]

        for which, step, number in steps:
            try:
                play(Pledge.objects.get(pk=pledges[which].pk), step, number, (lead, admin))
            except DomainError:
                continue

        sums: defaultdict[tuple[int, str], int] = defaultdict(int)
        for posting in Posting.objects.all():
            sums[posting.transaction_id, posting.unit] += posting.quantity
        assert set(sums.values()) <= {0}
        need.refresh_from_db()
        confirmed = Posting.objects.filter(need=need, account=Account.CONFIRMED)
        met = confirmed.aggregate(total=Sum("quantity"))["total"] or 0
        held = ledger.balances(need=need)
        assert need.quantity_met == met == ledger.progress_of(need).met
        assert need.quantity_pledged == -held[Account.GIVER] - held[Account.EXPIRED]
        assert need.quantity_pledged <= 15
        assert all(held[account] >= 0 for account in Account if account != Account.GIVER)
        assert LedgerTransaction.objects.count() == len({key for key, _unit in sums})
