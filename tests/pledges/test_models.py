from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.vocabulary import Unit
from pledges.models import Account, HoursEntry, LedgerTransaction, Posting
from tests.factories.accounts import UserFactory
from tests.factories.organizations import NeedFactory
from tests.factories.pledges import HoursEntryFactory

pytestmark = pytest.mark.django_db


def refused(statement: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError:
        return True
    return False


def test_ledger_refuses_a_raw_update_or_delete() -> None:
    movement = LedgerTransaction.objects.create(
        key="k", reason=LedgerTransaction.Reason.ANNOUNCED, posted_at=timezone.now()
    )
    need = NeedFactory()
    Posting.objects.create(
        transaction=movement, account=Account.PLEDGED, unit=Unit.ITEM, quantity=5, need=need
    )

    assert refused("UPDATE pledges_posting SET quantity = 6")
    assert refused("DELETE FROM pledges_posting")
    assert refused("UPDATE pledges_ledgertransaction SET key = 'other'")
    assert refused("DELETE FROM pledges_ledgertransaction")
    assert list(Posting.objects.values_list("quantity", flat=True)) == [5]


def test_hours_refuse_a_raw_change_of_facts_and_any_delete() -> None:
    entry = HoursEntryFactory()
    approver = UserFactory()

    assert refused("UPDATE pledges_hoursentry SET minutes = 600")
    assert refused("UPDATE pledges_hoursentry SET user_id = %s", approver.pk)
    assert refused("DELETE FROM pledges_hoursentry")
    assert not refused(
        "UPDATE pledges_hoursentry SET status = 'approved', decided_by_id = %s, "
        "counted_minutes = minutes",
        approver.pk,
    )
    assert refused("UPDATE pledges_hoursentry SET counted_minutes = 0")
    assert refused("UPDATE pledges_hoursentry SET status = 'submitted', decided_by_id = NULL")
    entry.refresh_from_db()
    assert (entry.minutes, entry.counted_minutes) == (120, 120)


@pytest.mark.parametrize(
    "facts",
    [
        {"minutes": 0},
        {"minutes": 1441},
        {"starts_minute": 540},
        {"starts_minute": 600, "ends_minute": 540, "minutes": 30},
        {"starts_minute": 540, "ends_minute": 600, "minutes": 61},
        {"starts_minute": 1400, "ends_minute": 1500, "minutes": 30},
        {"status": "approved"},
        {"status": "reversed"},
        {"counted_minutes": -1},
    ],
)
def test_hours_refuse_impossible_facts(facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HoursEntryFactory(**facts)


def test_hours_are_never_decided_by_the_person_themselves() -> None:
    entry = HoursEntryFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        HoursEntry.objects.filter(pk=entry.pk).update(status="approved", decided_by=entry.user)
    assert HoursEntry.objects.filter(pk=entry.pk).update(
        status="approved", decided_by=UserFactory()
    )
