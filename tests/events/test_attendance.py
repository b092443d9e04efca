"""Who came and who left: one check-in by whichever door, and nobody learns who else comes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from wagtail.models import ModelLogEntry

from accounts.models import User
from core import limits
from events.domain import (
    admission,
    attendance,
    decisions,
    doors,
    seats,
    signup_moves,
    timers,
)
from events.models import Booking, DoorCode, Occurrence, SignUp
from tests.factories.accounts import UserFactory
from tests.factories.events import DoorCodeFactory, OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db
Status = SignUp.Status


@pytest.fixture
def host() -> User:
    return OrganizationMembershipFactory().user  # type: ignore[no-any-return]


def date_of(host: User, **changes: object) -> Occurrence:
    organization = host.organizationmembership_set.get().organization
    row: Occurrence = OccurrenceFactory(series__organization=organization, **changes)
    return row


def at_the_door(row: Occurrence) -> datetime:
    return row.starts_at - timedelta(minutes=10)


# --- The code -------------------------------------------------------------------------------------


def test_a_door_has_a_code_that_nobody_guesses_and_the_old_one_leads_nowhere(
    host: User, now: datetime
) -> None:
    row = date_of(host)
    first = doors.renew(occurrence=row, by=host, now=now).code
    assert (len(first), set(first) <= set(DoorCode.ALPHABET)) == (12, True)
    assert doors.of_code(first) is not None
    second = doors.renew(occurrence=row, by=host, now=now)
    assert doors.of_code(first) is None
    assert doors.of_code(second.in_groups.upper()) == second
    assert ModelLogEntry.objects.filter(action="events.door_renewed").count() == 1


def test_only_the_host_makes_a_code(host: User, now: datetime) -> None:
    for somebody in (UserFactory(), OrganizationMembershipFactory().user):
        with pytest.raises(PermissionDenied):
            doors.renew(occurrence=date_of(host), by=somebody, now=now)
    viewer = OrganizationMembershipFactory(
        organization=host.organizationmembership_set.get().organization, role="viewer"
    ).user
    with pytest.raises(PermissionDenied):
        doors.renew(occurrence=date_of(host), by=viewer, now=now)


def test_the_door_of_what_nobody_may_see_leads_nowhere(now: datetime) -> None:
    door = DoorCodeFactory(occurrence__series__status="draft", occurrence__series__live=False)
    assert doors.of_code(door.code) is None


# --- In -------------------------------------------------------------------------------------------


def test_the_door_is_open_from_two_hours_before_until_an_hour_after() -> None:
    row = OccurrenceFactory()
    signup = SignUpFactory(occurrence=row)
    minute = timedelta(minutes=1)
    for moment in (row.starts_at - timedelta(hours=2) - minute, row.ends_at + timedelta(hours=1)):
        with pytest.raises(doors.DoorClosed):
            attendance.check_in(signup=signup, by=None, now=moment)
    for moment in (row.starts_at - timedelta(hours=2), row.ends_at + timedelta(hours=1) - minute):
        came = SignUpFactory(occurrence=row)
        assert attendance.check_in(signup=came, by=None, now=moment).checked_in_at == moment


def test_the_sentence_before_the_door_opens_says_when_by_the_clock_there(now: datetime) -> None:
    signup = SignUpFactory()
    with pytest.raises(doors.DoorClosed) as refusal:
        attendance.check_in(signup=signup, by=None, now=now)
    assert refusal.value.sentence == "Check-in opens on Thu, Dec 17 at 2:30 PM."


def test_the_host_keeps_the_same_hours_and_nobody_comes_to_a_date_that_is_off(
    host: User, now: datetime
) -> None:
    signup = SignUpFactory(occurrence=date_of(host))
    with pytest.raises(doors.DoorClosed):
        attendance.check_in(signup=signup, by=host, now=now)
    came = at_the_door(signup.occurrence)
    assert attendance.check_in(signup=signup, by=host, now=came).is_here
    off = SignUpFactory(occurrence=date_of(host, status="cancelled", cancelled_at=now))
    with pytest.raises(admission.OccurrenceCancelled):
        attendance.check_in(signup=off, by=host, now=came)


def test_checked_in_twice_is_once(now: datetime) -> None:
    signup = SignUpFactory()
    came = at_the_door(signup.occurrence)
    for later in range(3):
        moment = came + timedelta(minutes=later)
        row = attendance.check_in(signup=signup, by=None, now=moment)
        assert (row.status, row.checked_in_at) == (Status.CHECKED_IN, came)
    assert ModelLogEntry.objects.filter(action="events.signup_moved").count() == 1


def test_somebody_elses_signup_is_not_for_them(now: datetime) -> None:
    signup = SignUpFactory(user=UserFactory())
    came = at_the_door(signup.occurrence)
    stranger = UserFactory()
    for verb in (attendance.check_in, attendance.check_out):
        with pytest.raises(PermissionDenied):
            verb(signup=signup, by=stranger, now=came)
    assert attendance.check_in(signup=signup, by=signup.user, now=came).is_here


@pytest.mark.parametrize("status", sorted(set(Status) - attendance.MAY_COME))
def test_a_place_that_is_not_certain_does_not_open_the_door(status: str, now: datetime) -> None:
    signup = SignUpFactory(status=status, hold_until=now)
    with pytest.raises(attendance.NotAdmitted):
        attendance.check_in(signup=signup, by=None, now=at_the_door(signup.occurrence))


def party(names: Sequence[str], now: datetime, **changes: object) -> list[SignUp]:
    """People who were signed up in one go."""
    booking = Booking.objects.create(created_at=now)
    first = SignUpFactory(name=names[0], email="party@example.com", booking=booking, **changes)
    rest = [
        SignUpFactory(occurrence=first.occurrence, name=name, email=first.email, booking=booking)
        for name in names[1:]
    ]
    return [first, *rest]


def here(row: Occurrence) -> list[str]:
    return sorted(one.name for one in row.signups.filter(status=Status.CHECKED_IN))


def test_of_a_party_those_come_who_are_named(now: datetime) -> None:
    people = party(["Ana", "Ben", "Cem"], now)
    row = people[0].occurrence
    came = at_the_door(row)
    which = [str(one.uuid) for one in people[:2]]
    for _again in range(2):
        attendance.check_in(signup=people[2], by=None, now=came, which=which)
        assert here(row) == ["Ana", "Ben"]
    attendance.check_out(signup=people[2], by=None, now=came, which=which[:1])
    assert here(row) == ["Ben"]
    attendance.check_in(signup=people[2], by=None, now=came)
    assert here(row) == ["Ben", "Cem"]


def test_of_a_party_nobody_else_and_not_nobody(now: datetime) -> None:
    people = party(["Ana", "Ben"], now)
    row = people[0].occurrence
    stranger = SignUpFactory(occurrence=row)
    for which in ([], [str(stranger.uuid)], ["x"]):
        with pytest.raises(attendance.Nobody):
            attendance.check_in(signup=people[0], by=None, now=at_the_door(row), which=which)
    SignUp.objects.filter(pk=people[1].pk).update(status=Status.DECLINED)
    every = [str(one.uuid) for one in people]
    with pytest.raises(attendance.NotAdmitted):
        attendance.check_in(signup=people[0], by=None, now=at_the_door(row), which=every)
    assert here(row) == []


# --- Out ------------------------------------------------------------------------------------------


def test_the_time_out_is_kept_and_the_minutes_follow_from_it(now: datetime) -> None:
    signup = SignUpFactory()
    row = signup.occurrence
    came, left = row.starts_at + timedelta(minutes=5), row.starts_at + timedelta(minutes=65)
    assert signup.minutes_present is None
    here = attendance.check_in(signup=signup, by=None, now=came)
    assert here.minutes_present == 85  # to the end
    for later in range(3):
        gone = attendance.check_out(signup=signup, by=None, now=left + timedelta(minutes=later))
        assert (gone.status, gone.checked_out_at) == (Status.ATTENDED, left)
    assert gone.minutes_present == 60
    back = attendance.check_in(signup=signup, by=None, now=left + timedelta(minutes=9))
    assert (back.checked_in_at, back.checked_out_at) == (came, None)


def test_who_never_came_cannot_leave_and_nobody_leaves_a_closed_door(now: datetime) -> None:
    signup = SignUpFactory()
    came = at_the_door(signup.occurrence)
    with pytest.raises(attendance.NotHere):
        attendance.check_out(signup=signup, by=None, now=came)
    attendance.check_in(signup=signup, by=None, now=came)
    with pytest.raises(doors.DoorClosed):
        attendance.check_out(signup=signup, by=None, now=came + timedelta(hours=9))


def test_a_check_in_that_was_a_mistake_leaves_no_trace_on_the_roster(
    host: User, now: datetime
) -> None:
    signup = SignUpFactory(occurrence=date_of(host))
    came = at_the_door(signup.occurrence)
    attendance.check_in(signup=signup, by=None, now=came)
    row = decisions.mark(signup=signup, to=Status.CONFIRMED, by=host, now=came)
    assert (row.checked_in_at, row.minutes_present) == (None, None)


# --- By the address -------------------------------------------------------------------------------


def find(door: DoorCode, email: str, now: datetime, **changes: object) -> SignUp:
    asked: dict[str, object] = {
        "name": "",
        "leaves": False,
        "together": False,
        "origin": "192.0.2.1",
        **changes,
    }
    return attendance.found_by_address(door=door, email=email, now=now, **asked)  # type: ignore[arg-type]


def test_an_address_finds_its_own_and_a_name_tells_apart_who_shares_it(now: datetime) -> None:
    door = DoorCodeFactory()
    ana = SignUpFactory(occurrence=door.occurrence, name="Ana Ruiz", email="ruiz@example.com")
    assert find(door, " RUIZ@example.com ", now) == ana
    ben = SignUpFactory(occurrence=door.occurrence, name="Ben Ruiz", email="ruiz@example.com")
    assert find(door, "ruiz@example.com", now, name="ben  ruiz") == ben
    assert find(door, "ruiz@example.com", now, name="ANA Ruiz") == ana


def test_any_of_a_party_speaks_for_all_but_not_for_others_at_the_address(now: datetime) -> None:
    door = DoorCodeFactory()
    people = party(["Ana", "Ben"], now, occurrence=door.occurrence)
    assert find(door, "party@example.com", now, together=True) == people[0]
    assert find(door, "party@example.com", now, together=True, name="ben") == people[1]
    with pytest.raises(attendance.NoSignUp):
        find(door, "party@example.com", now)
    SignUpFactory(occurrence=door.occurrence, name="Cem", email="party@example.com")
    with pytest.raises(attendance.NoSignUp):
        find(door, "party@example.com", now, together=True)


def test_whatever_is_wrong_with_an_address_has_one_answer(now: datetime) -> None:
    door = DoorCodeFactory()
    here = door.occurrence
    for name in ("Ana", "Ben"):
        SignUpFactory(occurrence=here, name=name, email="shared@example.com")
    SignUpFactory(occurrence=here, email="cancelled@example.com", status=Status.CANCELLED)
    SignUpFactory(occurrence=here, email="asked@example.com", status=Status.REQUESTED)
    SignUpFactory(occurrence=here, email="comes@example.com")
    SignUpFactory(email="elsewhere@example.com")
    tries: list[tuple[str, dict[str, object]]] = [
        ("nobody@example.com", {}),
        ("shared@example.com", {}),
        ("shared@example.com", {"name": "Cem"}),
        ("cancelled@example.com", {}),
        ("asked@example.com", {}),
        ("elsewhere@example.com", {}),
        ("comes@example.com", {"leaves": True}),
        ("nobody@example.com", {"leaves": True}),
    ]
    answers = set()
    for email, more in tries:
        with pytest.raises(attendance.NoSignUp) as refusal:
            find(door, email, now, **more)
        answers.add((refusal.value.sentence, refusal.value.status))
    assert len(answers) == 1


def test_tries_from_one_place_are_counted_and_others_still_come_in(now: datetime) -> None:
    door = DoorCodeFactory()
    SignUpFactory(occurrence=door.occurrence, email="ana@example.com")
    most = attendance.FROM_ONE_PLACE[0].most
    for _again in range(most):
        with pytest.raises(attendance.NoSignUp):
            find(door, "nobody@example.com", now)
    with pytest.raises(limits.TooOften):
        find(door, "ana@example.com", now)
    assert find(door, "ana@example.com", now, origin="192.0.2.2").email == "ana@example.com"
    assert find(door, "ana@example.com", now + timedelta(minutes=6)).email == "ana@example.com"


# --- Who did not come -----------------------------------------------------------------------------


def test_the_rest_did_not_come_once_it_is_over_and_the_excused_stay(
    host: User, now: datetime
) -> None:
    row = date_of(host)
    kept = {
        SignUpFactory(occurrence=row, status=status).pk: status
        for status in (Status.CHECKED_IN, Status.ATTENDED, Status.EXCUSED, Status.REQUESTED)
    }
    for _number in range(3):
        SignUpFactory(occurrence=row)
    asked: dict[str, Any] = {"occurrence": row, "shown": 3, "by": host}
    with pytest.raises(attendance.NotOver):
        attendance.mark_rest(**asked, now=row.ends_at - timedelta(minutes=1))
    assert timers.run(now=row.ends_at + timedelta(days=1)) >= 0
    assert row.signups.filter(status=Status.CONFIRMED).count() == 3  # nobody by itself
    assert attendance.mark_rest(**asked, now=row.ends_at) == 3
    assert attendance.mark_rest(**asked, now=row.ends_at) == 0
    assert row.signups.filter(status=Status.NO_SHOW).count() == 3
    assert {one.pk: one.status for one in row.signups.filter(pk__in=kept)} == kept


def test_the_rest_are_those_that_were_shown(host: User, now: datetime) -> None:
    row = date_of(host)
    SignUpFactory(occurrence=row)
    asked: dict[str, Any] = {"occurrence": row, "now": row.ends_at}
    with pytest.raises(attendance.RestChanged):
        attendance.mark_rest(**asked, shown=2, by=host)
    stranger = OrganizationMembershipFactory().user
    with pytest.raises(PermissionDenied):
        attendance.mark_rest(**asked, shown=1, by=stranger)
    Occurrence.objects.update(status="cancelled", cancelled_at=now)
    with pytest.raises(admission.OccurrenceCancelled):
        attendance.mark_rest(**asked, shown=1, by=host)
    assert SignUp.objects.get().status == Status.CONFIRMED


# --- Three doors at once --------------------------------------------------------------------------


def check_ins_at_once(host: User, signup: SignUp) -> int:
    """How often a check-in was written down when six doors open in the same moment."""
    came = at_the_door(signup.occurrence)
    ways: list[Callable[[], object]] = [
        lambda: attendance.check_in(signup=signup, by=None, now=came),
        lambda: attendance.check_in(signup=signup, by=signup.user, now=came),
        lambda: decisions.mark(signup=signup, to=Status.CHECKED_IN, by=host, now=came),
    ] * 2
    start = threading.Barrier(len(ways))

    def press(way: Callable[[], object]) -> None:
        try:
            start.wait(timeout=60)
            way()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(ways)) as pool:
        list(pool.map(press, ways))
    return int(ModelLogEntry.objects.filter(action="events.signup_moved").count())


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_kiosk_code_and_desk_at_once_are_one_check_in(host: User, now: datetime) -> None:
    signup = SignUpFactory(occurrence=date_of(host), user=UserFactory())
    assert check_ins_at_once(host, signup) == 1
    signup.refresh_from_db()
    assert signup.status == Status.CHECKED_IN


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_lock_the_same_six_are_several(
    host: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is looked at must be looked at again under the lock."""
    all_have_looked = threading.Barrier(6)
    again, party_held = signup_moves.again, signup_moves.party_held

    def looked(signup: SignUp, row: Occurrence) -> SignUp:
        found = again(signup, row)
        all_have_looked.wait(timeout=60)
        return found

    def all_looked(signup: SignUp, row: Occurrence) -> list[SignUp]:
        found = party_held(signup, row)
        all_have_looked.wait(timeout=60)
        return found

    @contextmanager
    def unlocked(pk: int) -> Iterator[Occurrence]:
        yield Occurrence.objects.select_related("series").get(pk=pk)

    monkeypatch.setattr(seats, "held", unlocked)
    monkeypatch.setattr(signup_moves, "again", looked)
    monkeypatch.setattr(signup_moves, "party_held", all_looked)
    signup = SignUpFactory(occurrence=date_of(host), user=UserFactory())
    assert check_ins_at_once(host, signup) > 1
