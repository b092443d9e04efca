"""Two people at the same moment, on a real database with real threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.errors import DomainError
from organizations.models import Need
from pledges.domain import hours, ledger, lifecycle
from pledges.domain.facts import Facts
from pledges.domain.lifecycle import Line, Terms
from pledges.models import HoursEntry, Pledge
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory
from tests.factories.pledges import admin_of, csr_lead_of

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
DAY = date(2026, 11, 5)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do them at the same moment, each on its own connection; a refusal is an answer."""
    gate = Barrier(len(acts))

    def play(act: Callable[[], object]) -> object:
        try:
            gate.wait()
            return act()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(play, acts))


def drafts(need: Need, quantity: int, number: int) -> list[Pledge]:
    pledges = []
    for _ in range(number):
        company = CompanyFactory()
        terms = Terms(company, need.organization, ends_on=date(2099, 1, 1))
        pledges.append(
            lifecycle.draft(
                terms=terms,
                lines=[Line.toward(need, quantity)],
                by=csr_lead_of(company),
                now=timezone.now(),
            )
        )
    return pledges


def announcing(pledge: Pledge) -> Callable[[], object]:
    return lambda: lifecycle.announce(pledge=pledge, by=pledge.created_by, now=timezone.now())


def test_of_two_pledges_for_the_last_five_one_is_refused() -> None:
    need = NeedFactory(quantity_wanted=5)

    answers = at_once(*(announcing(pledge) for pledge in drafts(need, 5, 2)))

    assert sum(isinstance(answer, lifecycle.MoreThanIsWanted) for answer in answers) == 1
    assert ledger.progress_of(need).pledged == 5


def test_two_approvers_at_once_count_once() -> None:
    need = NeedFactory(unit="minute", quantity_wanted=600)
    facts = Facts(need.organization, DAY, 60, need=need)
    entry = hours.log(facts=facts, by=UserFactory(), now=timezone.now())
    admins = [admin_of(need.organization) for _ in range(2)]

    at_once(*(lambda by=by: hours.approve(entry=entry, by=by, now=timezone.now()) for by in admins))

    assert HoursEntry.objects.total_minutes() == 60
    assert ledger.progress_of(need).met == 60


def test_overlapping_entries_approved_at_once_count_once() -> None:
    volunteer = UserFactory()
    acts = []
    for _ in range(2):
        organization = OrganizationFactory()
        facts = Facts(organization, DAY, 120, starts_minute=540, ends_minute=660)
        entry = hours.log(facts=facts, by=volunteer, now=timezone.now())
        admin = admin_of(organization)
        acts.append(
            lambda entry=entry, by=admin: hours.approve(entry=entry, by=by, now=timezone.now())
        )

    at_once(*acts)

    assert HoursEntry.objects.total_minutes() == 120


def test_without_the_lock_both_pledges_would_be_taken() -> None:
    """The negative control: the same look at what is left, with no lock held, lets both in."""
    need = NeedFactory(quantity_wanted=5)
    looked = Barrier(2)

    def look_and_leave() -> int | None:
        rest = ledger.rest_of(need)
        looked.wait()  # both have looked before either writes
        if rest:
            with transaction.atomic():
                Need.objects.filter(pk=need.pk).update(quantity_pledged=rest)
        return rest

    assert at_once(look_and_leave, look_and_leave) == [5, 5]
