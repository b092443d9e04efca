from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from organizations.models import Need
from pledges.domain import facts as rules
from pledges.domain import hours, ledger, lifecycle
from pledges.domain.facts import Facts
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Account, HoursEntry, Pledge
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory
from tests.factories.pledges import HoursEntryFactory, admin_of, csr_lead_of, employee_of

pytestmark = pytest.mark.django_db
Status = HoursEntry.Status
DAY = date(2026, 12, 5)


def test_logged_hours_count_once_the_organization_approves(now: datetime) -> None:
    organization = OrganizationFactory()
    volunteer, admin = UserFactory(), admin_of(organization)

    entry = hours.log(facts=Facts(organization, DAY, 90), by=volunteer, now=now)
    assert (entry.status, HoursEntry.objects.total_minutes()) == (Status.SUBMITTED, 0)

    entry = hours.approve(entry=entry, by=admin, now=now)
    assert (entry.status, entry.decided_by, entry.counted_minutes) == (Status.APPROVED, admin, 90)
    assert HoursEntry.objects.total_minutes() == 90
    assert hours.approve(entry=entry, by=admin, now=now).counted_minutes == 90


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"minutes": 0}, rules.ImpossibleHours),
        ({"minutes": -30}, rules.ImpossibleHours),
        ({"minutes": 1441}, rules.MoreThanADay),
        ({"served_on": date(2026, 12, 8)}, rules.InTheFuture),
        ({"served_on": date(2025, 12, 5)}, rules.TooLongAgo),
        ({"starts_minute": 540}, rules.ImpossibleHours),
        ({"starts_minute": 600, "ends_minute": 540}, rules.ImpossibleHours),
        ({"starts_minute": 540, "ends_minute": 599}, rules.ImpossibleHours),
        ({"starts_minute": 1400, "ends_minute": 1500}, rules.ImpossibleHours),
    ],
)
def test_impossible_hours_are_refused_with_a_sentence(
    said: dict[str, Any], refusal: type[rules.ImpossibleHours], now: datetime
) -> None:
    good: dict[str, Any] = {
        "organization": OrganizationFactory(),
        "served_on": DAY,
        "minutes": 60,
    }
    facts = Facts(**good | said)

    with pytest.raises(refusal) as refused:
        hours.log(facts=facts, by=UserFactory(), now=now)
    assert refused.value.sentence.endswith(".")
    assert not HoursEntry.objects.exists()


def test_today_and_a_year_ago_are_the_last_days_taken(now: datetime) -> None:
    organization, volunteer = OrganizationFactory(), UserFactory()
    for day in (now.date(), now.date() - timedelta(days=366)):
        assert hours.log(facts=Facts(organization, day, 60), by=volunteer, now=now).pk


def test_a_hidden_organization_and_anothers_need_take_no_hours(now: datetime) -> None:
    organization = OrganizationFactory()
    laptops = NeedFactory(organization=organization)
    elsewhere = NeedFactory(unit="minute")
    hidden = OrganizationFactory(live=False)

    for facts in (
        Facts(hidden, DAY, 60),
        Facts(organization, DAY, 60, need=laptops),
        Facts(organization, DAY, 60, need=elsewhere),
    ):
        with pytest.raises(rules.WrongOrganization):
            hours.log(facts=facts, by=UserFactory(), now=now)


def test_only_members_log_hours_in_a_companys_name(now: datetime) -> None:
    organization, company = OrganizationFactory(), CompanyFactory()
    facts = Facts(organization, DAY, 60, company=company)

    with pytest.raises(hours.NotAMember):
        hours.log(facts=facts, by=UserFactory(), now=now)
    assert hours.log(facts=facts, by=employee_of(company), now=now).company == company


def test_a_day_has_24_hours_over_all_entries(now: datetime) -> None:
    volunteer = UserFactory()
    hours.log(facts=Facts(OrganizationFactory(), DAY, 1000), by=volunteer, now=now)

    with pytest.raises(rules.MoreThanADay):
        hours.log(facts=Facts(OrganizationFactory(), DAY, 441), by=volunteer, now=now)
    assert hours.log(facts=Facts(OrganizationFactory(), DAY, 440), by=volunteer, now=now).pk


def test_the_same_entry_logged_twice_is_one(now: datetime) -> None:
    volunteer, facts = UserFactory(), Facts(OrganizationFactory(), DAY, 60)

    first = hours.log(facts=facts, by=volunteer, now=now)

    assert hours.log(facts=facts, by=volunteer, now=now) == first


def test_a_sign_up_stands_for_hours_once_until_they_are_declined_or_reversed(
    now: datetime,
) -> None:
    organization, volunteer = OrganizationFactory(), UserFactory()
    admin, signup_uuid = admin_of(organization), uuid4()

    def log(minutes: int, **changes: Any) -> HoursEntry:
        facts = Facts(organization, DAY, minutes, **{"signup_uuid": signup_uuid, **changes})
        return hours.log(facts=facts, by=volunteer, now=now)

    first = log(60)
    assert log(60) == first  # the same again is the same entry
    with pytest.raises(hours.LoggedAlready, match="You logged 1 hour for this date already"):
        log(90)
    assert log(90, signup_uuid=uuid4()).minutes == 90
    hours.decline(entry=first, reason="It was longer.", by=admin, now=now)
    second = log(91)
    hours.approve(entry=second, by=admin, now=now)
    with pytest.raises(hours.LoggedAlready):
        log(92)
    hours.reverse(entry=second, reason="Wrong.", by=admin, now=now)
    assert log(92).status == Status.SUBMITTED


def test_nobody_decides_on_their_own_hours(now: datetime) -> None:
    organization = OrganizationFactory()
    admin = admin_of(organization)
    entry = hours.log(facts=Facts(organization, DAY, 60), by=admin, now=now)

    with pytest.raises(hours.OwnHours):
        hours.approve(entry=entry, by=admin, now=now)
    with pytest.raises(hours.OwnHours):
        hours.decline(entry=entry, reason="no", by=admin, now=now)
    assert hours.approve(entry=entry, by=admin_of(organization), now=now).status == Status.APPROVED
    with pytest.raises(hours.OwnHours):
        hours.reverse(entry=entry, reason="no", by=admin, now=now)


def test_strangers_decide_nothing(now: datetime) -> None:
    entry = HoursEntryFactory()
    for stranger in (UserFactory(), admin_of(OrganizationFactory())):
        with pytest.raises(PermissionDenied):
            hours.approve(entry=entry, by=stranger, now=now)
        with pytest.raises(PermissionDenied):
            hours.decline(entry=entry, reason="no", by=stranger, now=now)
        with pytest.raises(PermissionDenied):
            hours.submit(entry=entry, by=stranger, now=now)


def test_declining_needs_a_reason_and_is_final(now: datetime) -> None:
    entry = HoursEntryFactory()
    admin = admin_of(entry.organization)
    with pytest.raises(hours.ReasonMissing):
        hours.decline(entry=entry, reason="  ", by=admin, now=now)

    declined = hours.decline(entry=entry, reason="You were not there.", by=admin, now=now)

    assert (declined.status, declined.reason) == (Status.DECLINED, "You were not there.")
    with pytest.raises(hours.NoSuchMove):
        hours.approve(entry=entry, by=admin, now=now)


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ((540, 660), (540, 660), 0),
        ((540, 660), (600, 720), 60),
        ((540, 660), (660, 720), 60),
        ((540, 660), (480, 780), 180),
        ((600, 620), (540, 660), 100),
    ],
)
def test_overlapping_approved_minutes_count_once(
    first: tuple[int, int], second: tuple[int, int], counts: int, now: datetime
) -> None:
    volunteer = UserFactory()
    entries = []
    for start, end in (first, second):
        organization = OrganizationFactory()
        facts = Facts(organization, DAY, end - start, starts_minute=start, ends_minute=end)
        entry = hours.log(facts=facts, by=volunteer, now=now)
        entries.append(hours.approve(entry=entry, by=admin_of(organization), now=now))

    assert [entry.counted_minutes for entry in entries] == [first[1] - first[0], counts]
    someone = HoursEntryFactory(starts_minute=540, ends_minute=660, served_on=DAY)
    theirs = hours.approve(entry=someone, by=admin_of(someone.organization), now=now)
    assert theirs.counted_minutes == 120


def test_reversing_is_a_new_row_that_takes_the_minutes_off_once(now: datetime) -> None:
    entry = HoursEntryFactory()
    admin = admin_of(entry.organization)
    with pytest.raises(hours.NoSuchMove):
        hours.reverse(entry=entry, reason="Wrong day.", by=admin, now=now)
    hours.approve(entry=entry, by=admin, now=now)

    reversal = hours.reverse(entry=entry, reason="Wrong day.", by=admin, now=now)

    assert hours.reverse(entry=entry, reason="Again.", by=admin, now=now) == reversal
    assert (reversal.status, reversal.counted_minutes) == (Status.REVERSED, -120)
    assert HoursEntry.objects.get(pk=entry.pk).status == Status.APPROVED
    assert HoursEntry.objects.total_minutes() == 0


def hours_need(**words: Any) -> Need:
    need: Need = NeedFactory(kind="volunteers", unit="minute", quantity_wanted=600, **words)
    return need


def test_approved_hours_meet_a_need_and_a_reversal_takes_them_back(now: datetime) -> None:
    need = hours_need()
    admin = admin_of(need.organization)
    facts = Facts(need.organization, DAY, 300, need=need)
    entry = hours.log(facts=facts, by=UserFactory(), now=now)

    hours.approve(entry=entry, by=admin, now=now)
    need.refresh_from_db()
    assert (need.quantity_met, need.percent_met, need.status) == (300, 50, Need.Status.PARTLY_MET)

    hours.reverse(entry=entry, reason="Wrong day.", by=admin, now=now)
    need.refresh_from_db()
    assert (need.quantity_met, need.status) == (0, Need.Status.OPEN)


def test_approved_hours_of_employees_fulfil_their_companys_pledge(now: datetime) -> None:
    need = hours_need()
    company = CompanyFactory()
    lead, admin = csr_lead_of(company), admin_of(need.organization)
    terms = Terms(company, need.organization, ends_on=date(2027, 3, 31))
    pledge = lifecycle.draft(terms=terms, lines=[Line.toward(need, 200)], by=lead, now=now)
    lifecycle.announce(pledge=pledge, by=lead, now=now)
    lifecycle.accept(pledge=pledge, by=admin, now=now)
    facts = Facts(need.organization, DAY, 300, need=need, company=company)
    entry = hours.log(facts=facts, by=employee_of(company), now=now)

    hours.approve(entry=entry, by=admin, now=now)
    pledge.refresh_from_db()
    assert ledger.balances(line=pledge.lines.get())[Account.CONFIRMED] == 200
    assert ledger.progress_of(need) == ledger.Progress(pledged=300, met=300)
    assert pledge.status == Pledge.Status.FULFILLED

    hours.reverse(entry=entry, reason="Wrong day.", by=admin, now=now)
    pledge.refresh_from_db()
    assert ledger.progress_of(need) == ledger.Progress(pledged=200, met=0)
    assert pledge.status == Pledge.Status.IN_PROGRESS


def test_many_are_decided_at_once_and_one_that_cannot_be_is_named(now: datetime) -> None:
    organization = OrganizationFactory()
    admin = admin_of(organization)
    entries = [HoursEntryFactory(organization=organization) for _ in range(3)]
    hours.decline(entry=entries[0], reason="No.", by=admin, now=now)
    own = hours.log(facts=Facts(organization, DAY, 60), by=admin, now=now)

    decisions = hours.approve_all(entries=[*entries, own], by=admin, now=now)

    assert decisions.done == tuple(entries[1:])
    assert [entry for entry, _sentence in decisions.refused] == [entries[0], own]


@pytest.mark.parametrize("to", [status for status in Status if status != Status.REVERSED])
@pytest.mark.parametrize("was", Status)
def test_every_pair_of_statuses_is_a_move_or_refused(was: str, to: str, now: datetime) -> None:
    original = HoursEntryFactory()
    decided = {"decided_by": UserFactory(), "reason": "Because."}
    entry = HoursEntryFactory(
        status=was,
        reverses=original if was == Status.REVERSED else None,
        **decided if was in HoursEntry.DECIDED_STATUSES else {},
    )
    if to in HoursEntry.MOVES[was]:
        moved = hours._move(entry, to, by=admin_of(entry.organization), now=now, why="Because.")
        assert moved.status == to
    else:
        with pytest.raises(hours.NoSuchMove):
            hours._move(entry, to, by=UserFactory(), now=now, why="Because.")
