import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction
from django.test import Client

from accounts.models import User
from core import outbox
from core.models import Effect
from events import permissions
from events.domain import decisions, seats, signup_moves, signups
from events.models import Occurrence, Series, SignUp
from tests.factories.events import OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = SignUp.Status


NAMES = count()


def person(*, is_staff: bool = False) -> User:
    """An account without a password: hashing hundreds of them is no part of these tests."""
    name = f"somebody-{next(NAMES)}"
    return User.objects.create(
        username=name, email=f"{name}@example.org", name=name, is_staff=is_staff
    )


def guest(occurrence: Occurrence, now: datetime, **changes: object) -> SignUp:
    details: dict[str, object] = {"name": "Ana Ruiz", "email": "ana@example.com", **changes}
    return signups.sign_up(occurrence=occurrence, by=None, now=now, **details)  # type: ignore[arg-type]


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


def test_a_third_unconfirmed_signup_of_an_address_is_refused(now: datetime) -> None:
    occurrence = OccurrenceFactory()
    guest(occurrence, now, name="A")
    guest(occurrence, now, name="B")
    with pytest.raises(signups.TooManyPending):
        guest(occurrence, now, name="C")


def test_a_full_date_refuses_and_says_how_many_are_left(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    guest(occurrence, now, others=["Ben Ruiz"])
    with pytest.raises(signups.OccurrenceFull) as caught:
        guest(occurrence, now, name="Ben", others=["Dua"])
    assert caught.value.sentence == "Only 1 place is left, not 2."
    guest(occurrence, now, name="Ben", email="ben@example.com")
    with pytest.raises(signups.OccurrenceFull):
        guest(occurrence, now, name="Cem", email="cem@example.com")


def test_a_past_a_cancelled_a_closed_and_a_future_date_refuse(now: datetime) -> None:
    past = OccurrenceFactory(starts_at=now - timedelta(hours=1), ends_at=now)
    cancelled = OccurrenceFactory(status=Occurrence.Status.CANCELLED, cancelled_at=now)
    draft = OccurrenceFactory(series__status=Series.Status.DRAFT)
    closed = OccurrenceFactory(series__closes_minutes_before=60 * 24 * 30)
    early = OccurrenceFactory(series__opens_days_before=1)
    with pytest.raises(signups.OccurrencePast):
        guest(past, now)
    with pytest.raises(signups.OccurrenceCancelled):
        guest(cancelled, now)
    for occurrence in (draft, closed, early):
        with pytest.raises(signups.OccurrenceClosed):
            guest(occurrence, now)
    assert SignUp.objects.count() == 0


def test_a_guest_is_refused_alike_whether_the_name_is_signed_up_or_not(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=2, seats_taken=2)
    for name in ("Ana", "Ben"):
        SignUpFactory(occurrence=occurrence, name=name, email="ana@example.com")
    for name in ("Ana", "Cem"):
        with pytest.raises(signups.OccurrenceFull, match="is full"):
            guest(occurrence, now, name=name)
        with pytest.raises(signups.OccurrencePast):
            guest(occurrence, occurrence.starts_at, name=name)
    Occurrence.objects.filter(pk=occurrence.pk).update(seats_taken=1)
    for others in (["Ben"], ["Cem"]):
        with pytest.raises(signups.OccurrenceFull, match="Only 1 place is left, not 2"):
            guest(occurrence, now, name="Ana", others=others)
    ana = occurrence.signups.order_by("pk")[0]
    assert guest(occurrence, now, name="Ana") == ana
    # A second click on the last place has the answer of the first, while the place is held.
    dua = guest(occurrence, now, name="Dua")
    assert guest(occurrence, now, name="Dua") == dua
    with pytest.raises(signups.OccurrenceFull):
        guest(occurrence, now + signups.HOLD, name="Dua")


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
    with pytest.raises(signups.OccurrenceFull):
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
    with pytest.raises(signups.OccurrencePast):
        signups.cancel(signup=signup, by=None, now=occurrence.starts_at)


def test_the_door_is_kept_by_the_host_alone(now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    signup = SignUpFactory(occurrence__series__organization=membership.organization)
    stranger = OrganizationMembershipFactory(user=person())
    with pytest.raises(PermissionDenied):
        decisions.mark(signup=signup, to=Status.CHECKED_IN, by=stranger.user, now=now)
    marked = decisions.mark(signup=signup, to=Status.CHECKED_IN, by=membership.user, now=now)
    assert (marked.status, marked.checked_in_at) == (Status.CHECKED_IN, now)


@pytest.mark.parametrize(("was", "to"), list(product(Status, Status)))
def test_every_move_is_allowed_or_refused_as_the_table_says(
    now: datetime, was: SignUp.Status, to: SignUp.Status
) -> None:
    staff = person(is_staff=True)
    signup = SignUpFactory(status=was, hold_until=now, occurrence__seats_taken=1)
    if was == to or to in SignUp.MOVES[was]:
        assert decisions.mark(signup=signup, to=to, by=staff, now=now).status == to
    else:
        with pytest.raises(signup_moves.NoSuchMove):
            decisions.mark(signup=signup, to=to, by=staff, now=now)


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
        except signups.OccurrenceFull:
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
