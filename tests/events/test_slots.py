"""Places by role: named at the desk, chosen on every door, counted, waited for, and changed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from wagtail.models import ModelLogEntry

from core import outbox
from events.domain import (
    admission,
    blocks,
    bookings,
    copies,
    dates,
    openings,
    plans,
    rescheduling,
    signups,
    slots,
    waiting,
    walk_ins,
)
from events.domain import series as lifecycle
from events.domain.details import Details, DetailsRefused
from events.domain.plans import Times
from events.models import Occurrence, SeatBlock, Series, SignUp, Slot, WaitingEntry
from tests.events.people import guest, person, taken, wait
from tests.events.roles import JUDGE, KEPT, MENTOR, comes, hackathon, offered
from tests.events.several_dates import book, weekly
from tests.factories.accounts import UserFactory
from tests.factories.events import (
    START,
    DoorCodeFactory,
    OccurrenceFactory,
    SeatBlockFactory,
    SeriesFactory,
)
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

Status = SignUp.Status


def left(date: Occurrence) -> dict[str, int]:
    date.refresh_from_db()
    return {one.slot.id: one.left for one in openings.at(date)}


# --- Chosen ---------------------------------------------------------------------------------------


def test_a_party_takes_one_role_together_and_a_full_one_is_refused(now: datetime) -> None:
    date = hackathon(capacity=9)
    signup = comes(date, now, "mentor", others=["Ben"])
    assert [one.slot_name for one in date.signups.all()] == ["Mentor", "Mentor"]
    assert (left(date), taken(date)) == ({"mentor": 0, "judge": 1}, 2)
    with pytest.raises(admission.OccurrenceFull, match="“Mentor” is full"):
        comes(date, now, "mentor")
    with pytest.raises(admission.OccurrenceFull, match="“Judge” has only 1 place left, not 2"):
        comes(date, now, "judge", name="Cem", others=["Dan"], by=None, email="c@example.com")
    # Asking twice gives the same sign-up, whatever is chosen now.
    assert signup.user is not None
    again = comes(date, now, "judge", by=signup.user, name=signup.name)
    assert (again.pk, again.slot) == (signup.pk, "mentor")
    facts = ModelLogEntry.objects.filter(action="events.signed_up").first()
    assert facts is not None
    assert facts.data["role"] == "Mentor"


@pytest.mark.parametrize(
    ("slot", "says"),
    [("", "Choose the role"), ("gone", "not offered any more")],
)
def test_no_role_and_one_that_is_not_there_are_refused_on_every_door(
    now: datetime, slot: str, says: str
) -> None:
    date = hackathon()
    block = SeatBlockFactory(occurrence=date, places=1)
    who: dict[str, Any] = {"name": "Ana", "email": "ana@example.com", "by": None, "now": now}
    who["slot"] = slot
    ways: tuple[Callable[[], object], ...] = (
        lambda: signups.sign_up(occurrence=date, **who),
        lambda: waiting.join(occurrence=date, **who),
        lambda: blocks.claim(block=block, **who),
        lambda: bookings.book(series=date.series, dates=[date.pk], **who),
    )
    for way in ways:
        with pytest.raises(openings.NoSuchSlot, match=says):
            way()
    with pytest.raises(openings.NoSuchSlot, match="not offered"):
        signups.sign_up(occurrence=OccurrenceFactory(), **{**who, "slot": "judge"})
    assert SignUp.objects.count() == 0


def test_the_date_is_a_limit_of_its_own(now: datetime) -> None:
    date = hackathon(capacity=1)
    comes(date, now, "mentor")
    with pytest.raises(admission.OccurrenceFull, match="This date is full"):
        comes(date, now, "judge")
    assert left(date) == {"mentor": 0, "judge": 0}


def test_a_hold_that_lapsed_must_find_room_in_its_role_again(now: datetime) -> None:
    date = hackathon()
    late = guest(date, now, slot="judge")
    later = now + signups.HOLD
    signups.lapse_holds(now=later)
    taker = comes(date, later)
    with pytest.raises(admission.OccurrenceFull, match="“Judge” is full"):
        signups.confirm(signup=late, now=later)
    signups.cancel(signup=taker, by=taker.user, now=later)
    assert signups.confirm(signup=late, now=later).status == Status.CONFIRMED


def test_a_lapsed_hold_of_a_role_that_is_gone_is_not_confirmed(now: datetime) -> None:
    date = hackathon()
    late = guest(date, now, slot="judge")
    signups.lapse_holds(now=now + signups.HOLD)
    offered(date.series, now, MENTOR)
    with pytest.raises(openings.NoSuchSlot, match="not offered any more"):
        signups.confirm(signup=late, now=now + signups.HOLD)


# --- Waited for -----------------------------------------------------------------------------------


def test_a_place_goes_to_who_waits_first_for_that_role(now: datetime) -> None:
    date = hackathon()
    judge, mentor = comes(date, now), comes(date, now, "mentor", others=["Ben"])
    first = wait(date, now, 1, slot="judge", others=["Eve"])
    second, third = wait(date, now, 2, slot="judge"), wait(date, now, 3, slot="mentor")
    assert [one.position for one in (first, second, third)] == [1, 2, 1]
    signups.cancel(signup=judge, by=judge.user, now=now)
    # Two do not fit where there is one place: they keep their rank. Mentors wait for mentors.
    assert list(date.line.order_by("pk").values_list("status", flat=True)) == [
        *("waiting", "offered", "waiting")
    ]
    assert (left(date), taken(date)) == ({"mentor": 0, "judge": 0}, 3)
    second.refresh_from_db()
    came = waiting.accept(entry=second, by=None, now=now)
    assert (came.slot_name, taken(date)) == ("Judge", 3)
    signups.cancel(signup=mentor, by=mentor.user, now=now)
    third.refresh_from_db()
    assert third.status == WaitingEntry.Status.OFFERED


def test_one_waits_beside_free_places_of_other_roles_and_for_one_role_alone(now: datetime) -> None:
    date = hackathon()
    comes(date, now)
    user = person()
    who: dict[str, Any] = {"name": user.name, "email": "", "by": user, "now": now}
    with pytest.raises(waiting.PlacesLeft):
        waiting.join(occurrence=date, slot="mentor", **who)
    entry = waiting.join(occurrence=date, slot="judge", **who)
    assert entry == waiting.join(occurrence=date, slot="judge", **who)
    with pytest.raises(waiting.WaitingRefused, match="another role already"):
        waiting.join(occurrence=date, slot="mentor", **who)


def test_a_role_that_comes_free_inside_a_block_is_offered(now: datetime) -> None:
    date = hackathon(seats_taken=1)
    block = SeatBlockFactory(occurrence=date, places=1)
    claimed = blocks.claim(block=block, name="A", email="", by=person(), now=now, slot="judge")
    entry = wait(date, now, slot="judge")
    # The block keeps the place at the date; two others are free, and now so is the judge's.
    signups.cancel(signup=claimed, by=None, now=now)
    entry.refresh_from_db()
    assert (entry.status, taken(date)) == (WaitingEntry.Status.OFFERED, 2)


def test_on_the_day_those_are_called_whose_role_has_places(now: datetime) -> None:
    date = hackathon()
    day = date.starts_at - timedelta(hours=3)
    judge = comes(date, now)
    comes(date, now, "mentor", others=["Ben"])
    wait(date, now, 1, slot="mentor")
    wait(date, now, 2, slot="judge")
    outbox.sweep(now=now)
    mail.outbox.clear()
    signups.cancel(signup=judge, by=judge.user, now=day)
    outbox.sweep(now=day)
    called = [one.to for one in mail.outbox if "Places are free" in one.subject]
    assert called == [["w2@example.com"]]


# --- Other doors ----------------------------------------------------------------------------------


def test_a_place_of_a_block_needs_room_in_its_role(now: datetime) -> None:
    date = hackathon(seats_taken=2)
    block = SeatBlockFactory(occurrence=date, places=2)
    comes(date, now)
    asked: dict[str, Any] = {"block": block, "name": "A", "email": "", "by": person(), "now": now}
    with pytest.raises(admission.OccurrenceFull, match="“Judge” is full"):
        blocks.claim(slot="judge", **asked)
    assert blocks.claim(slot="mentor", **asked).slot_name == "Mentor"
    assert (taken(date), SeatBlock.objects.get().unclaimed) == (3, 1)


def test_at_several_dates_each_looks_for_room_in_the_role(now: datetime) -> None:
    rows = weekly(2, slots=KEPT, capacity=3)
    comes(rows[0], now)
    booking, came = book(rows, now, slot="judge")
    assert came == ["waits", "joined"]
    assert [one.slot for one in bookings.rows_of(booking)] == ["judge", "judge"]
    _none, refused = book(rows[:1], now, slot="judge", waits=False, email="b@example.com")
    assert refused == ["refused “Judge” is full. Other roles may have places left."]
    outbox.sweep(now=now)
    body = next(one.body for one in mail.outbox if "Confirm your places" in one.subject)
    assert str(body).count("Role: Judge") == 2


def test_who_walks_in_needs_no_role_and_takes_none_that_is_full(now: datetime) -> None:
    date = hackathon()
    DoorCodeFactory(occurrence=date)
    comes(date, now)
    door = date.starts_at - timedelta(minutes=10)
    who: dict[str, Any] = {"occurrence": date, "email": "", "now": door}
    host = person(is_staff=True)
    with pytest.raises(admission.OccurrenceFull, match="“Judge” is full"):
        walk_ins.add(name="A", by=host, slot="judge", **who)
    with pytest.raises(admission.OccurrenceFull, match="“Judge” is full"):
        walk_ins.come_in(name="A", by=person(), slot="judge", **who)
    assert walk_ins.come_in(name="A", by=person(), slot="mentor", **who).slot == "mentor"
    assert walk_ins.add(name="B", by=host, **who).slot == ""
    assert (left(date), taken(date)) == ({"mentor": 0, "judge": 0}, 3)


# --- Changed --------------------------------------------------------------------------------------


def test_a_party_changes_its_role_while_there_is_room_and_what_it_leaves_is_offered(
    now: datetime,
) -> None:
    date = hackathon()
    party = comes(date, now, "mentor", others=["Ben"])
    judge = comes(date, now)
    entry = wait(date, now, slot="judge")
    with pytest.raises(admission.OccurrenceFull, match="“Judge” is full"):
        signups.change_slot(signup=party, slot="judge", now=now)
    with pytest.raises(admission.OccurrenceFull, match="“Mentor” is full"):
        signups.change_slot(signup=judge, slot="mentor", now=now)
    ben = date.signups.get(name="Ben")
    signups.cancel(signup=ben, by=None, now=now)
    signups.change_slot(signup=judge, slot="mentor", now=now)
    signups.change_slot(signup=judge, slot="mentor", now=now)
    entry.refresh_from_db()
    # The place at the date was free as well, so who waits for a judge's place has it now.
    assert entry.status == WaitingEntry.Status.OFFERED
    assert (left(date), taken(date)) == ({"mentor": 0, "judge": 0}, 3)
    line = ModelLogEntry.objects.get(action="events.slot_changed")
    assert (line.data["was"], line.data["to"]) == ("Judge", "Mentor")


def test_a_role_is_settled_once_it_is_approved_or_sign_up_has_closed(now: datetime) -> None:
    date = hackathon(series__flow=Series.Flow.BY_APPROVAL)
    asked = comes(date, now)
    signups.change_slot(signup=asked, slot="mentor", now=now)
    with pytest.raises(openings.NoSuchSlot):
        signups.change_slot(signup=asked, slot="", now=now)
    with pytest.raises(signups.SlotFixed, match="Ask the organizer"):
        signups.change_slot(signup=asked, slot="judge", now=date.starts_at)
    SignUp.objects.update(status=Status.CONFIRMED)
    with pytest.raises(signups.SlotFixed):
        signups.change_slot(signup=asked, slot="judge", now=now)
    asked.refresh_from_db()
    assert asked.slot == "mentor"


# --- Offered --------------------------------------------------------------------------------------


def test_the_places_of_dates_to_come_are_those_of_all_roles(now: datetime) -> None:
    series = SeriesFactory(capacity=7)
    week = timedelta(weeks=1)
    follows, own, past = (
        OccurrenceFactory(series=series, original_start=start, **changes)
        for start, changes in (
            (START, {}),
            (START + week, {"capacity": 1}),
            (START - 9 * week, {}),
        )
    )
    row = offered(series, now, MENTOR, JUDGE)
    assert row.capacity == 3
    for date in (follows, own, past):
        date.refresh_from_db()
    assert (follows.capacity, own.capacity, past.capacity) == (3, 1, 7)
    assert [(one.name, one.capacity) for one in row.named_slots] == [("Mentor", 2), ("Judge", 1)]
    # Words change and the id stays; asked twice, nothing is written.
    mentor, judge = row.named_slots
    offered(row, now, Slot(id=mentor.id, name=" Coach ", capacity=2), judge)
    row = offered(row, now, Slot(id=mentor.id, name="Coach", capacity=2), judge)
    assert [one.id for one in row.named_slots] == [mentor.id, judge.id]
    assert ModelLogEntry.objects.filter(action="events.slots_changed").count() == 2
    row = offered(row, now)
    assert (row.slots, row.capacity) == ([], 3)


def test_more_places_are_offered_to_who_waits_and_fewer_drop_nobody(now: datetime) -> None:
    date = hackathon()
    comes(date, now, "mentor", others=["Ben"])
    entry = wait(date, now, slot="mentor")
    offered(date.series, now, Slot(id="mentor", name="Mentor", capacity=1), JUDGE)
    assert (left(date), taken(date)) == ({"mentor": 0, "judge": 0}, 2)
    assert [one.over for one in openings.at(date)] == [1, 0]
    entry.refresh_from_db()
    assert entry.status == WaitingEntry.Status.WAITING
    offered(date.series, now, Slot(id="mentor", name="Mentor", capacity=3), JUDGE)
    entry.refresh_from_db()
    assert (entry.status, taken(date)) == (WaitingEntry.Status.OFFERED, 3)
    assert date.capacity == 4


def test_a_role_that_somebody_has_or_waits_for_stays(now: datetime) -> None:
    date = hackathon()
    signup = comes(date, now)
    entry = wait(date, now, slot="judge")
    with pytest.raises(slots.SlotInUse, match="“Judge” cannot go: people have it"):
        offered(date.series, now, MENTOR)
    signups.cancel(signup=signup, by=signup.user, now=now)
    with pytest.raises(slots.SlotInUse):
        offered(date.series, now, MENTOR)
    entry.refresh_from_db()
    waiting.leave(entry=entry, by=None, now=now)
    assert [one.name for one in offered(date.series, now, MENTOR).named_slots] == ["Mentor"]


def test_while_an_edit_can_be_taken_back_no_role_goes(now: datetime) -> None:
    date = hackathon()
    comes(date, now)
    dates.cancel_date(occurrence=date, reason="x", by=person(is_staff=True), now=now)
    with pytest.raises(slots.SlotInUse, match="in a minute"):
        offered(date.series, now, MENTOR)
    offered(date.series, now + timedelta(minutes=1), MENTOR)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ([MENTOR] * 21, "at most 20"),
        ([MENTOR, Slot(id="", name="MENTOR", capacity=1)], "each role once"),
        ([Slot(id="", name="  ", capacity=1)], "from 1 to 60 letters"),
        ([Slot(id="", name="x" * 61, capacity=1)], "from 1 to 60 letters"),
        ([Slot(id="", name="A", capacity=0)], "from 1 to 10000 places"),
        ([Slot(id="", name="A", capacity=10_001)], "from 1 to 10000 places"),
        ([Slot(id="", name="A", capacity=1, qualification="x" * 201)], "at most 200 letters"),
    ],
)
def test_what_is_no_role_is_refused(now: datetime, named: list[Slot], says: str) -> None:
    series = SeriesFactory(capacity=7)
    with pytest.raises(slots.BadSlots, match=says):
        offered(series, now, *named)
    series.refresh_from_db()
    assert (series.slots, series.capacity) == ([], 7)


def test_only_the_host_names_roles_and_their_places_are_not_typed_elsewhere(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    stranger = OrganizationMembershipFactory(user=person())
    series = SeriesFactory(organization=membership.organization)
    with pytest.raises(PermissionDenied):
        offered(series, now, MENTOR, by=stranger.user)
    series = offered(series, now, MENTOR, by=membership.user)
    details = Details(
        title="Robots", local_start=series.local_start, duration_minutes=90, capacity=9
    )
    with pytest.raises(DetailsRefused, match="those of its roles"):
        lifecycle.edit(series=series, details=details, by=membership.user, now=now)


def test_once_roles_are_gone_the_latest_version_has_the_places_that_stayed(now: datetime) -> None:
    date = OccurrenceFactory(series__capacity=10, capacity=10)
    date.series.save_revision()
    series = offered(offered(date.series, now, MENTOR, JUDGE), now)
    series.get_latest_revision().publish(user=UserFactory(is_superuser=True))
    date.refresh_from_db()
    series.refresh_from_db()
    assert (series.slots, series.capacity, date.capacity) == ([], 3, 3)


@pytest.mark.parametrize("own", [9, None])
def test_a_date_with_more_places_of_its_own_has_those_of_its_roles(
    now: datetime, own: int | None
) -> None:
    date = OccurrenceFactory(series__capacity=5, capacity=own)
    smaller = OccurrenceFactory(
        series=date.series, original_start=START + timedelta(weeks=1), capacity=2
    )
    offered(date.series, now, MENTOR, JUDGE)
    for row in (date, smaller):
        row.refresh_from_db()
    assert (date.capacity, smaller.capacity) == (3, 2)


def test_an_old_version_in_the_cms_brings_no_old_places_back(now: datetime) -> None:
    series = SeriesFactory(capacity=7)
    version = series.save_revision()
    offered(series, now, MENTOR, JUDGE)
    again = version.as_object()
    assert ([one.name for one in again.named_slots], again.capacity) == (["Mentor", "Judge"], 3)


def test_a_copy_and_a_series_that_goes_on_offer_the_same(now: datetime) -> None:
    staff = person(is_staff=True)
    details = Details(
        title="Robots", local_start=START, duration_minutes=60, rrule="FREQ=WEEKLY;COUNT=4"
    )
    series = lifecycle.draft(details=details, host=None, by=staff, now=now)
    series = offered(lifecycle.publish(series=series, by=staff, now=now), now, MENTOR, JUDGE)
    first = series.occurrences.order_by("starts_at")[2]
    signup = comes(first, now, series.named_slots[1].id)
    to = Times(
        local_start=first.local_start + timedelta(hours=1),
        duration_minutes=60,
        rrule="FREQ=WEEKLY;COUNT=2",
    )
    shown = plans.plan(first=first, to=to, now=now).digest
    goes_on = rescheduling.reschedule(first=first, to=to, by=staff, now=now, shown=shown)
    signup = SignUp.objects.select_related("occurrence__series").get(pk=signup.pk)
    assert (signup.occurrence.series_id, signup.slot_name) == (goes_on.pk, "Judge")
    made = copies.copy(
        series=goes_on,
        local_start=START + timedelta(days=70),
        duration_minutes=60,
        is_all_day=False,
        rrule="",
        by=staff,
        now=now,
    )
    assert [one.label for one in made.named_slots] == ["Mentor: has shipped software", "Judge"]
    assert {one.id for one in made.named_slots}.isdisjoint(one.id for one in goes_on.named_slots)


def test_without_roles_nothing_more_is_asked_of_the_database(
    now: datetime, django_assert_num_queries: Callable[[int], Any]
) -> None:
    plain: Occurrence = OccurrenceFactory(capacity=3)
    with django_assert_num_queries(0):
        assert (openings.at(plain), openings.choices(plain)) == ([], [])
    date = hackathon()
    with django_assert_num_queries(2):
        assert len(openings.at(date)) == 2
