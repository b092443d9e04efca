"""Any order of sign-ups, offers, blocks and edits: the past stays, and nobody is dropped."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from accounts.models import User
from core.errors import DomainError
from events.domain import (
    admission,
    blocks,
    dates,
    plans,
    rescheduling,
    series,
    signups,
    slots,
    timers,
    undo,
    waiting,
)
from events.domain.details import Details
from events.domain.plans import Times
from events.models import Edit, Occurrence, SeatBlock, SignUp, Slot, WaitingEntry
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.organizations import OrganizationMembershipFactory

START = datetime(2026, 12, 8, 16, 30)  # noqa: DTZ001  (a time on the wall)
RULES = (
    "FREQ=WEEKLY;BYDAY=TU;COUNT=6",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=4",
    "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8",
)
#: Statuses that somebody's own no, the clock, or a date that was called off leads to.
GONE = {"cancelled", "lapsed", "declined"}


class Calendar(RuleBasedStateMachine):
    """One series, a handful of people, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = datetime.fromisoformat("2026-12-07T17:00:00+00:00")
        membership = OrganizationMembershipFactory()
        self.organizer: User = membership.user
        self.people = [UserFactory() for _person in range(4)]
        self.firms = [CompanyFactory() for _firm in range(2)]
        #: What one can come as, by id.
        self.roles: list[str] = []
        #: What each person was promised and has not given back: sign-up -> its date.
        self.promised: dict[int, int] = {}
        self.past: dict[int, tuple[Any, ...]] = {}
        self.by_hand: dict[int, datetime] = {}
        #: Of the last edit: its key, whom it dropped, and what had been moved by hand before.
        self.last: tuple[int, dict[int, int], dict[int, datetime]] | None = None
        details = Details(
            title="Robot club", local_start=START, duration_minutes=60, rrule=RULES[0], capacity=2
        )
        made = series.draft(
            details=details, host=membership.organization, by=self.organizer, now=self.now
        )
        self.series = series.publish(series=made, by=self.organizer, now=self.now)

    @initialize(by_role=st.booleans())
    def name_roles(self, by_role: bool) -> None:
        """In some runs people come as something, and each of it is a limit of its own."""
        named = [Slot(id="", name="Mentor", capacity=2), Slot(id="", name="Judge", capacity=1)]
        offered = slots.offer(
            series=self.series,
            slots=named if by_role else [],
            by=self.organizer,
            now=self.now,
        )
        self.roles = [slot.id for slot in offered.named_slots]

    def role(self, which: int) -> str:
        """What somebody comes as; nothing where there are no roles."""
        return _one_of(self.roles, which) if self.roles else ""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def ahead(self) -> QuerySet[Occurrence]:
        rows = Occurrence.objects.filter(starts_at__gt=self.now).exclude(status="cancelled")
        return rows.order_by("starts_at", "pk")

    def to_come(self) -> list[Occurrence]:
        return list(self.ahead().select_related("series"))

    @precondition(lambda self: self.ahead().exists())
    @rule(
        who=st.integers(0, 3),
        which=st.integers(0, 9),
        party=st.integers(1, 2),
        role=st.integers(0, 1),
    )
    def come(self, who: int, which: int, party: int, role: int) -> None:
        """Somebody signs up, or waits where it is full."""
        row, user = _one_of(self.to_come(), which), self.people[who]
        others = [f"{user.name} and child"][: party - 1]
        asked = {"occurrence": row, "name": user.name, "email": "", "by": user, "now": self.now}
        asked["slot"] = self.role(role)
        try:
            self._note(signups.sign_up(**asked, others=others))
        except admission.OccurrenceFull:
            _unless_refused(waiting.join, **asked, others=others)
        except DomainError:
            pass

    @precondition(lambda self: self.ahead().exists())
    @rule(which=st.integers(0, 9), firm=st.integers(0, 1), places=st.integers(1, 2))
    def hold(self, which: int, firm: int, places: int) -> None:
        """The host holds places for a company, or changes how many."""
        row = _one_of(self.to_come(), which)
        asked = {"occurrence": row, "company": self.firms[firm], "places": places}
        _unless_refused(blocks.hold, **asked, by=self.organizer, now=self.now)

    @rule(which=st.integers(0, 9), who=st.integers(0, 3), role=st.integers(0, 1))
    def claim(self, which: int, who: int, role: int) -> None:
        """Somebody of a company takes one of its places."""
        if found := list(SeatBlock.objects.held().select_related("occurrence__series", "company")):
            block, user = _one_of(found, which), self.people[who]
            asked = {"block": block, "name": user.name, "email": "", "by": user, "now": self.now}
            if sign_up := _unless_refused(blocks.claim, **asked, slot=self.role(role)):
                self._note(sign_up)

    @rule(which=st.integers(0, 9), places=st.integers(0, 2))
    def keep(self, which: int, places: int) -> None:
        """A company gives back what it does not need; at no places at all it gives up the rest."""
        if found := list(SeatBlock.objects.held().select_related("occurrence__series", "company")):
            block = _one_of(found, which)
            if places:
                asked = {"block": block, "places": places, "by": self.organizer}
                _unless_refused(blocks.keep, **asked, now=self.now)
            else:
                blocks.end(block=block, by=self.organizer, now=self.now)

    @precondition(lambda self: self.promised)
    @rule(which=st.integers(0, 30))
    def give_back(self, which: int) -> None:
        """Somebody cancels before the start."""
        sign_up = SignUp.objects.get(pk=_one_of(sorted(self.promised), which))
        if _unless_refused(signups.cancel, signup=sign_up, by=sign_up.user, now=self.now):
            self.promised.pop(sign_up.pk)

    @precondition(lambda self: self.promised and self.roles)
    @rule(which=st.integers(0, 30), role=st.integers(0, 1))
    def change_role(self, which: int, role: int) -> None:
        """A party comes as something else."""
        sign_up = SignUp.objects.get(pk=_one_of(sorted(self.promised), which))
        asked = {"signup": sign_up, "slot": self.role(role), "now": self.now}
        _unless_refused(signups.change_slot, **asked)

    @rule(which=st.integers(0, 9), yes=st.booleans())
    def answer(self, which: int, yes: bool) -> None:
        """Somebody answers an offer."""
        offered = list(WaitingEntry.objects.filter(status="offered"))
        if not offered:
            return
        entry = _one_of(offered, which)
        if not yes:
            waiting.leave(entry=entry, by=entry.user, now=self.now)
        elif found := _unless_refused(waiting.accept, entry=entry, by=entry.user, now=self.now):
            self._note(found)

    @precondition(lambda self: self.ahead().exists())
    @rule(which=st.integers(0, 9), hours=st.integers(-48, 48))
    def move_one(self, which: int, hours: int) -> None:
        """The host moves one date by hand."""
        row = _one_of(self.to_come(), which)
        to = row.local_start + timedelta(hours=hours)
        before = dict(self.promised), dict(self.by_hand)
        if _unless_refused(
            dates.move_date, occurrence=row, local_start=to, by=self.organizer, now=self.now
        ):
            row.refresh_from_db()
            if row.local_start != row.original_start:
                self.by_hand[row.pk] = row.local_start
            else:
                self.by_hand.pop(row.pk, None)
        self._edited(*before)

    @precondition(lambda self: self.ahead().exists())
    @rule(which=st.integers(0, 9))
    def call_off_one(self, which: int) -> None:
        """The host calls one date off: its people are told, and no longer expected."""
        row = _one_of(self.to_come(), which)
        before = dict(self.promised), dict(self.by_hand)
        dates.cancel_date(occurrence=row, reason="x", by=self.organizer, now=self.now)
        self._forget(row.pk)
        self._edited(*before)

    @precondition(lambda self: self.ahead().exists())
    @rule(
        which=st.integers(0, 9),
        days=st.integers(-1, 5),
        hour=st.sampled_from([9, 16, 20]),
        repeats=st.sampled_from(RULES),
    )
    def change_times(self, which: int, days: int, hour: int, repeats: str) -> None:
        """The host gives this and the following dates other times."""
        first = _one_of(self.to_come(), which)
        start = (first.original_start + timedelta(days=days)).replace(hour=hour)
        day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start.weekday()]
        to = Times(
            local_start=start,
            duration_minutes=60,
            rrule=repeats.replace("BYDAY=TU", f"BYDAY={day}"),
        )
        seen = _unless_refused(plans.plan, first=first, to=to, now=self.now)
        if seen is None:
            return
        before = dict(self.promised), dict(self.by_hand)
        rescheduling.reschedule(
            first=first, to=to, by=self.organizer, now=self.now, shown=seen.digest
        )
        for pk in seen.called_off:
            self._forget(pk)
        # Where the new times have a date just where it was moved to by hand, it is theirs again.
        starts = dict(
            Occurrence.objects.filter(pk__in=self.by_hand).values_list("pk", "original_start")
        )
        self.by_hand = {pk: at for pk, at in self.by_hand.items() if starts[pk] != at}
        self._edited(*before)

    @precondition(lambda self: self.last)
    @rule()
    def take_back(self) -> None:
        """The host takes the last edit back, if nobody acted on it."""
        assert self.last
        pk, dropped, by_hand = self.last
        self.last = None
        edit = Edit.objects.get(pk=pk)
        if _unless_refused(undo.undo, edit=edit, by=self.organizer, now=self.now):
            self.promised |= dropped
            self.by_hand = by_hand

    @rule(hours=st.sampled_from([1, 25, 24 * 8]))
    def time_passes(self, hours: int) -> None:
        """The clock goes on, and the timers with it."""
        self.now += timedelta(hours=hours)
        self.last = None
        timers.run(now=self.now)
        for row in Occurrence.objects.filter(ends_at__lte=self.now):
            self.past.setdefault(row.pk, _facts(row))

    @invariant()
    def the_past_never_changes(self) -> None:
        """What took place, or did not, stays as it was."""
        rows = Occurrence.objects.in_bulk(list(self.past))
        assert {pk: _facts(row) for pk, row in rows.items()} == self.past

    @invariant()
    def nobody_is_dropped(self) -> None:
        """Who was promised a place has it, at the same date, wherever that went."""
        rows = SignUp.objects.in_bulk(list(self.promised))
        assert {pk: row.occurrence_id for pk, row in rows.items()} == self.promised
        assert not {str(row.status) for row in rows.values()} & GONE

    @invariant()
    def what_was_moved_by_hand_stays_there(self) -> None:
        """Exceptions survive every later edit."""
        rows = Occurrence.objects.in_bulk(list(self.by_hand))
        assert {pk: row.local_start for pk, row in rows.items()} == self.by_hand

    @invariant()
    def places_are_counted_and_never_exceeded(self) -> None:
        """Sign-ups, open offers and blocks, and no more than there is room for."""
        rows = Occurrence.objects.select_related("series")
        for row in rows.prefetch_related("signups", "line", "blocks__signups"):
            held = sum(one.holds_place for one in row.signups.all())
            offered = sum(one.party_size for one in row.line.all() if one.holds_offer)
            blocks_held = [block for block in row.blocks.all() if block.is_held]
            assert row.seats_taken == held + offered + sum(one.unclaimed for one in blocks_held)
            assert row.capacity is None or row.seats_taken <= row.capacity
            for slot in row.series.named_slots:
                has_it = [one for one in row.signups.all() if one.slot == slot.id]
                waits = [one for one in row.line.all() if one.slot == slot.id and one.holds_offer]
                people = sum(one.holds_place for one in has_it)
                assert people + sum(one.party_size for one in waits) <= slot.capacity
            for block in blocks_held:
                assert block.claimed == sum(one.holds_place for one in block.signups.all())

    def _edited(self, promised: dict[int, int], by_hand: dict[int, datetime]) -> None:
        """Note what the edit that was just made did, if it did anything."""
        pk = Edit.objects.order_by("-pk").values_list("pk", flat=True).first()
        if pk is not None and (self.last is None or pk > self.last[0]):
            dropped = {key: at for key, at in promised.items() if key not in self.promised}
            self.last = (pk, dropped, by_hand)

    def _note(self, sign_up: SignUp) -> None:
        self.promised[sign_up.pk] = sign_up.occurrence_id

    def _forget(self, occurrence: int) -> None:
        self.by_hand.pop(occurrence, None)
        self.promised = {pk: at for pk, at in self.promised.items() if at != occurrence}


def _one_of[T](things: list[T], which: int) -> T:
    return things[which % len(things)]


def _unless_refused(rule: Any, **asked: Any) -> Any:
    """What the rule gives; none where it refuses."""
    try:
        return rule(**asked)
    except DomainError:
        return None


def _facts(row: Occurrence) -> tuple[Any, ...]:
    return (row.series_id, row.original_start, row.local_start, row.local_end)


TestCalendar = pytest.mark.django_db(Calendar.TestCase)
#: A quarter of what other property tests play: `--hypothesis-profile=thorough` makes it 5,000.
TestCalendar.settings = hypothesis_settings(
    max_examples=hypothesis_settings().max_examples // 4, stateful_step_count=20, deadline=None
)
