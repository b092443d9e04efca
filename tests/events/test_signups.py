import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction
from django.test import Client

from core import outbox
from core.models import Effect
from events import permissions
from events.domain import admission, dates, decisions, doors, seats, signup_moves, signups
from events.models import Occurrence, Series, SignUp
from tests.events.people import guest, person
from tests.factories.events import OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = SignUp.Status


@pytest.fixture
def work(now: datetime) -> Callable[[], int]:
    """Play the worker in the tests' present."""
    return lambda: outbox.sweep(now=now)


def test_a_guest_holds_a_place_until_the_address_is_confirmed(
    now: datetime, work: Callable[[], int]
) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    signup = guest(occurrence, now, others=["Ben Ruiz"])
    occurrence.refresh_from_db()
    assert (signup.status, occurrence.seats_taken) == (Status.PENDING_EMAIL, 2)
    work()
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]
    assert signups.confirm(signup=signup, now=now).status == Status.CONFIRMED
    assert signups.confirm(signup=signup, now=now).status == Status.CONFIRMED
    work()
    assert len(mail.outbox) == 2
    occurrence.refresh_from_db()
    assert occurrence.seats_taken == 2


def test_an_account_is_confirmed_at_once_under_its_own_address(now: datetime) -> None:
    user = person()
    signup = signups.sign_up(
        occurrence=OccurrenceFactory(), name="Ana", email="other@example.com", by=user, now=now
    )
    assert (signup.status, signup.email) == (Status.CONFIRMED, user.email)


def test_by_approval_waits_for_the_host(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    occurrence = OccurrenceFactory(
        series__organization=membership.organization, series__flow=Series.Flow.BY_APPROVAL
    )
    signup = signups.confirm(signup=guest(occurrence, now), now=now)
    assert signup.status == Status.REQUESTED
    with pytest.raises(PermissionDenied):
        decisions.approve(signup=signup, by=person(), now=now)
    assert decisions.approve(signup=signup, by=membership.user, now=now).status == Status.CONFIRMED


def test_twenty_identical_posts_are_one_signup_and_one_mail(
    now: datetime, work: Callable[[], int]
) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    made = {guest(occurrence, now, name=f"  ana   {'RUIZ'} ").pk for _post in range(20)}
    work()
    assert (len(made), len(mail.outbox)) == (1, 1)


def test_several_people_may_share_an_address(now: datetime) -> None:
    occurrence = OccurrenceFactory()
    first, second = guest(occurrence, now), guest(occurrence, now, name="Ben Ruiz")
    assert first.pk != second.pk


def test_holds_lapse_after_half_an_hour_and_come_back_while_there_is_room(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=1)
    signup = guest(occurrence, now)
    assert signups.lapse_holds(now=now + timedelta(minutes=29)) == 0
    assert signups.lapse_holds(now=now + timedelta(minutes=30)) == 1
    occurrence.refresh_from_db()
    assert occurrence.seats_taken == 0
    back = signups.confirm(signup=signup, now=now + timedelta(minutes=40))
    occurrence.refresh_from_db()
    assert (back.status, occurrence.seats_taken) == (Status.CONFIRMED, 1)


def test_the_link_of_a_lapsed_hold_confirms_what_was_signed_up_for_anew(
    client: Client, now: datetime, work: Callable[[], int], time_machine: Any
) -> None:
    time_machine.move_to(now + signups.HOLD, tick=False)
    occurrence = OccurrenceFactory()
    old = guest(occurrence, now, others=["Ben Ruiz"])
    late = now + signups.HOLD
    signups.lapse_holds(now=late)
    new = guest(occurrence, late)
    work()
    mail.outbox.clear()
    page = f"/sign-ups/{permissions.manage_token(old)}/"
    answer = client.post(page, {"act": "confirm"})
    assert answer.url == f"/sign-ups/{permissions.manage_token(new)}/"  # type: ignore[attr-defined]
    standing = list(occurrence.signups.order_by("pk").values_list("name", "status"))
    assert standing == [
        ("Ana Ruiz", Status.LAPSED),
        ("Ben Ruiz", Status.CONFIRMED),
        ("Ana Ruiz", Status.CONFIRMED),
    ]
    occurrence.refresh_from_db()
    assert occurrence.seats_taken == 2
    again = signups.confirm(signup=old, now=late)
    assert again.status == Status.CONFIRMED
    outbox.sweep(now=late)
    assert sorted(str(letter.body).split(",")[0] for letter in mail.outbox) == [
        "Hello Ana Ruiz",
        "Hello Ben Ruiz",
    ]


def test_a_lapsed_hold_does_not_push_anybody_out(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=1)
    late = guest(occurrence, now)
    signups.lapse_holds(now=now + timedelta(hours=1))
    guest(occurrence, now + timedelta(hours=1), name="Ben", email="ben@example.com")
    with pytest.raises(admission.OccurrenceFull):
        signups.confirm(signup=late, now=now + timedelta(hours=2))


def test_cancelling_frees_the_place_and_is_the_same_twice(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=1)
    signup = guest(occurrence, now)
    for _time in range(2):
        assert signups.cancel(signup=signup, by=None, now=now).status == Status.CANCELLED
    occurrence.refresh_from_db()
    assert occurrence.seats_taken == 0
    assert guest(occurrence, now).pk != signup.pk


def test_only_its_owner_or_the_host_cancels_a_signup(now: datetime) -> None:
    signup = guest(OccurrenceFactory(), now)
    with pytest.raises(PermissionDenied):
        signups.cancel(signup=signup, by=person(), now=now)
    assert signups.cancel(signup=signup, by=person(is_staff=True), now=now).status == (
        Status.CANCELLED
    )


def test_nobody_cancels_after_the_start(now: datetime) -> None:
    occurrence = OccurrenceFactory()
    signup = guest(occurrence, now)
    with pytest.raises(admission.OccurrencePast):
        signups.cancel(signup=signup, by=None, now=occurrence.starts_at)


def test_the_door_is_kept_by_the_host_alone(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    signup = SignUpFactory(occurrence__series__organization=membership.organization)
    stranger = OrganizationMembershipFactory(user=person())
    came = signup.occurrence.starts_at
    with pytest.raises(PermissionDenied):
        decisions.mark(signup=signup, to=Status.CHECKED_IN, by=stranger.user, now=came)
    marked = decisions.mark(signup=signup, to=Status.CHECKED_IN, by=membership.user, now=came)
    assert (marked.status, marked.checked_in_at) == (Status.CHECKED_IN, came)


@pytest.mark.parametrize("to", decisions.AT_THE_DOOR)
def test_nobody_has_come_or_stayed_away_before_the_door_opens(
    now: datetime, to: SignUp.Status
) -> None:
    staff = person(is_staff=True)
    signup = SignUpFactory()
    opens = doors.opens_at(signup.occurrence)
    with pytest.raises(doors.DoorClosed, match="opens on"):
        decisions.mark(signup=signup, to=to, by=staff, now=opens - timedelta(seconds=1))
    signup.refresh_from_db()
    assert signup.status == Status.CONFIRMED
    assert decisions.mark(signup=signup, to=to, by=staff, now=opens).status == to


@pytest.mark.parametrize("to", decisions.AT_THE_DOOR)
def test_nobody_comes_to_what_was_called_off(now: datetime, to: SignUp.Status) -> None:
    signup = SignUpFactory(occurrence__status="cancelled", occurrence__cancelled_at=now)
    opens = doors.opens_at(signup.occurrence)
    with pytest.raises(admission.OccurrenceCancelled):
        decisions.mark(signup=signup, to=to, by=person(is_staff=True), now=opens)


def test_who_is_there_when_it_is_called_off_midway_has_attended(now: datetime) -> None:
    staff = person(is_staff=True)
    row = OccurrenceFactory(
        seats_taken=1,
        series__is_all_day=True,
        series__duration_minutes=1440,
        series__local_start=datetime(2026, 12, 17),  # noqa: DTZ001  (a time on the wall)
    )
    signup = SignUpFactory(occurrence=row)
    noon = row.starts_at + timedelta(hours=12)
    decisions.mark(signup=signup, to=Status.CHECKED_IN, by=staff, now=noon)
    dates.cancel_date(occurrence=row, reason="Storm", by=staff, now=noon)
    marked = decisions.mark(signup=signup, to=Status.ATTENDED, by=staff, now=noon)
    assert marked.status == Status.ATTENDED


def test_an_excuse_is_taken_at_any_time(now: datetime) -> None:
    signup = SignUpFactory(occurrence__seats_taken=1)
    marked = decisions.mark(signup=signup, to=Status.EXCUSED, by=person(is_staff=True), now=now)
    assert marked.status == Status.EXCUSED


@pytest.mark.parametrize(("was", "to"), list(product(Status, Status)))
def test_every_move_is_allowed_or_refused_as_the_table_says(
    now: datetime, was: SignUp.Status, to: SignUp.Status
) -> None:
    staff = person(is_staff=True)
    signup = SignUpFactory(status=was, hold_until=now, occurrence__seats_taken=1)
    mark = {"signup": signup, "to": to, "by": staff, "now": signup.occurrence.starts_at}
    if was == to or to in SignUp.MOVES[was]:
        assert decisions.mark(**mark).status == to
    else:
        with pytest.raises(signup_moves.NoSuchMove):
            decisions.mark(**mark)


# --- Many at once ---------------------------------------------------------------------------------

PLACES, PEOPLE = 3, 50


def outcome_of(occurrence: Occurrence, now: datetime, people: int = PEOPLE) -> list[str]:
    """What each of many people is told who press the button at the same moment."""
    users = [person() for _person in range(people)]
    start = threading.Barrier(people)

    def press(number: int) -> str:
        try:
            start.wait(timeout=60)
            signups.sign_up(
                occurrence=occurrence, name=f"P {number}", email="", by=users[number], now=now
            )
        except admission.OccurrenceFull:
            return "full"
        else:
            return "confirmed"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=people) as pool:
        return list(pool.map(press, range(people)))


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_fifty_at_once_for_three_places_are_three(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=PLACES)
    told = outcome_of(occurrence, now)
    occurrence.refresh_from_db()
    confirmed = occurrence.signups.filter(status=Status.CONFIRMED).count()
    assert (confirmed, occurrence.seats_taken) == (PLACES, PLACES)
    assert sorted(told) == ["confirmed"] * PLACES + ["full"] * (PEOPLE - PLACES)


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_lock_the_same_fifty_are_too_many(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what counts places must be read after the row is held, not before."""
    all_have_looked = threading.Barrier(PEOPLE)

    @contextmanager
    def unlocked(pk: int) -> Iterator[Occurrence]:
        row = Occurrence.objects.select_related("series").get(pk=pk)
        all_have_looked.wait(timeout=60)
        with transaction.atomic():
            yield row

    monkeypatch.setattr(seats, "held", unlocked)
    occurrence = OccurrenceFactory(capacity=PLACES)
    outcome_of(occurrence, now)
    assert occurrence.signups.filter(status=Status.CONFIRMED).count() > PLACES


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_twenty_identical_posts_at_once_are_one_signup_and_one_mail(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=PLACES)
    start = threading.Barrier(20)

    def press(_number: int) -> int:
        try:
            start.wait(timeout=60)
            return guest(occurrence, now).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=20) as pool:
        made = set(pool.map(press, range(20)))
    occurrence.refresh_from_db()
    promised = Effect.objects.filter(does="events.tasks.send_signup").count()
    assert (len(made), occurrence.seats_taken, promised) == (1, 1, 1)


def test_a_signup_is_few_statements(
    now: datetime, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    guest(occurrence, now, name="First", email="first@example.com")
    with django_assert_max_num_queries(15):  # type: ignore[attr-defined]
        guest(occurrence, now)
    assert connection.in_atomic_block
