"""Who comes without having signed up: by themselves while places are left, by the host beyond."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import Client
from wagtail.models import ModelLogEntry

from accounts.models import User
from core import outbox
from core.models import Effect
from events import permissions
from events.domain import admission, dates, doors, parties, questions, walk_ins
from events.models import DoorCode, Occurrence, Question, QuestionKind, SignUp
from tests.events.desks import roster_of
from tests.factories.accounts import UserFactory
from tests.factories.events import DoorCodeFactory, OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db
Status = SignUp.Status


@pytest.fixture
def host() -> User:
    return OrganizationMembershipFactory(organization=OrganizationFactory(slug="club")).user  # type: ignore[no-any-return]


@pytest.fixture
def door(host: User) -> DoorCode:
    organization = host.organizationmembership_set.get().organization
    return DoorCodeFactory(
        occurrence__series__organization=organization, occurrence__series__capacity=3
    )


@pytest.fixture
def present(time_machine: Any, door: DoorCode) -> datetime:
    """Ten minutes before the start."""
    moment = door.occurrence.starts_at - timedelta(minutes=10)
    time_machine.move_to(moment, tick=False)
    return moment


def come(row: Occurrence, now: datetime, **changes: Any) -> SignUp:
    asked = {"name": "Ana Ruiz", "email": "ana@example.com", "by": None, **changes}
    return walk_ins.come_in(occurrence=row, now=now, **asked)


def taken(row: Occurrence) -> int:
    row.refresh_from_db(fields=["seats_taken"])
    return row.seats_taken


# --- By themselves --------------------------------------------------------------------------------


def test_a_walk_in_takes_a_place_is_checked_in_and_gets_no_mail(
    door: DoorCode, present: datetime
) -> None:
    row = door.occurrence
    came = come(row, present, others=["Ben Ruiz"])
    assert (came.status, came.walked_in, came.checked_in_at) == (Status.CHECKED_IN, True, present)
    assert (taken(row), SignUp.objects.party_of(came).count()) == (2, 2)
    again = come(row, present, name="ana  RUIZ", email="ANA@example.com", others=["ben ruiz"])
    assert (again, taken(row)) == (came, 2)
    outbox.sweep(now=present)
    assert mail.outbox == []
    assert ModelLogEntry.objects.filter(action="events.walked_in").count() == 2


def test_nobody_walks_in_above_the_places(door: DoorCode, present: datetime) -> None:
    row = door.occurrence
    come(row, present, others=["Ada"])
    with pytest.raises(admission.OccurrenceFull):
        come(row, present, name="Ben", others=["Bo"])
    come(row, present, name="Ben")
    with pytest.raises(admission.OccurrenceFull):
        come(row, present, name="Cem")
    assert taken(row) == 3


def test_who_signed_up_is_only_checked_in(door: DoorCode, present: datetime) -> None:
    row = door.occurrence
    signup = SignUpFactory(occurrence=row, name="Ana Ruiz", email="ana@example.com")
    came = come(row, present)
    assert (came, came.status) == (signup, Status.CHECKED_IN)
    assert (came.walked_in, taken(row)) == (False, 0)
    come(row, present, others=["Ben Ruiz"])
    assert (row.signups.filter(walked_in=True).get().name, taken(row)) == ("Ben Ruiz", 1)


def test_who_left_the_mail_unanswered_is_let_in_on_the_place_they_hold(
    door: DoorCode, present: datetime
) -> None:
    row = door.occurrence
    held = SignUpFactory(
        occurrence=row,
        name="Ana Ruiz",
        email="ana@example.com",
        status=Status.PENDING_EMAIL,
        hold_until=present + timedelta(minutes=5),
    )
    assert (come(row, present), come(row, present).status) == (held, Status.CHECKED_IN)


def test_an_account_walks_in_as_itself(door: DoorCode, present: datetime) -> None:
    user = UserFactory()
    came = come(door.occurrence, present, by=user, name=user.name, email=user.email)
    assert (came.user, came.email) == (user, user.email)


@pytest.mark.parametrize("flow", ["by_approval", "interest"])
def test_where_the_organizer_admits_by_hand_nobody_walks_in_alone(
    door: DoorCode, present: datetime, host: User, flow: str
) -> None:
    series = door.occurrence.series
    series.flow = flow
    series.save()
    with pytest.raises(walk_ins.AdmittedByHand):
        come(door.occurrence, present)
    added = walk_ins.add(occurrence=door.occurrence, name="Ana", email="", by=host, now=present)
    assert added.status == Status.CHECKED_IN


def test_nobody_walks_in_early_late_or_to_a_date_that_is_off(
    door: DoorCode, present: datetime
) -> None:
    row = door.occurrence
    for moment in (row.starts_at - timedelta(hours=3), row.ends_at + timedelta(hours=1)):
        with pytest.raises(doors.DoorClosed):
            come(row, moment)
    Occurrence.objects.update(status="cancelled", cancelled_at=present)
    with pytest.raises(admission.OccurrenceCancelled):
        come(row, present)
    assert SignUp.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "  "}, parties.BadParty),
        ({"others": ["ana ruiz"]}, parties.BadParty),
        ({"others": [str(number) for number in range(20)]}, parties.BadParty),
    ],
)
def test_everybody_who_walks_in_has_a_name(
    door: DoorCode, present: datetime, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        come(door.occurrence, present, **changes)


# --- By the host ----------------------------------------------------------------------------------


def test_the_host_goes_above_the_places_knowingly_and_no_further_than_said(
    host: User, door: DoorCode, present: datetime
) -> None:
    row = door.occurrence
    asked: dict[str, Any] = {"occurrence": row, "email": "", "by": host, "now": present}
    walk_ins.add(**asked, name="Ana", others=["Ada"])
    with pytest.raises(walk_ins.AbovePlaces) as refusal:
        walk_ins.add(**asked, name="Ben", others=["Bo", "Bea"])
    assert refusal.value.sentence == "That makes 5 people for 3 places: over by 2."
    with pytest.raises(walk_ins.AbovePlaces):
        walk_ins.add(**asked, name="Ben", others=["Bo", "Bea", "Bix"], up_to=refusal.value.total)
    walk_ins.add(**asked, name="Ben", others=["Bo", "Bea"], up_to=refusal.value.total)
    assert taken(row) == 5
    line = ModelLogEntry.objects.filter(action="events.walked_in").order_by("pk").last()
    assert line is not None
    assert (line.user, line.data) == (host, {"over": 2})


def test_the_host_lets_in_who_waits_for_approval(
    host: User, door: DoorCode, present: datetime
) -> None:
    asked = SignUpFactory(
        occurrence=door.occurrence, name="Ana", email="a@example.com", status=Status.REQUESTED
    )
    came = walk_ins.add(
        occurrence=door.occurrence, name="ana", email="a@example.com", by=host, now=present
    )
    assert (came, came.status) == (asked, Status.CHECKED_IN)


def test_written_down_the_day_after_they_attended_and_nobody_knows_how_long(
    host: User, door: DoorCode
) -> None:
    after = door.occurrence.ends_at + timedelta(days=1)
    for _again in range(2):
        came = walk_ins.add(occurrence=door.occurrence, name="Ana", email="", by=host, now=after)
        assert (came.status, came.minutes_present) == (Status.ATTENDED, None)
    assert SignUp.objects.count() == 1


def test_only_the_host_adds_and_not_before_the_door_opens(
    host: User, door: DoorCode, now: datetime, present: datetime
) -> None:
    asked: dict[str, Any] = {"occurrence": door.occurrence, "name": "Ana", "email": ""}
    for somebody in (UserFactory(), OrganizationMembershipFactory().user):
        with pytest.raises(PermissionDenied):
            walk_ins.add(**asked, by=somebody, now=present)
    with pytest.raises(doors.DoorClosed):
        walk_ins.add(**asked, by=host, now=now)


def test_who_left_no_address_is_mailed_nothing_when_the_date_is_called_off(
    host: User, door: DoorCode
) -> None:
    early = door.occurrence.starts_at - timedelta(hours=1)
    asked: dict[str, Any] = {"occurrence": door.occurrence, "by": host, "now": early}
    walk_ins.add(**asked, name="Ana", email="")
    walk_ins.add(**asked, name="Ben", email="ben@example.com")
    dates.cancel_date(occurrence=door.occurrence, reason="Rain", by=host, now=early)
    outbox.sweep(now=early + timedelta(minutes=2))
    assert [message.to for message in mail.outbox] == [["ben@example.com"]]
    assert not Effect.objects.exclude(state=Effect.State.DONE).exists()


def test_who_was_added_by_mistake_is_taken_off_and_the_place_is_free(
    door: DoorCode, host: User, present: datetime
) -> None:
    row = door.occurrence
    come(row, present)
    stays = come(row, present, name="Ben Ruiz")
    mistake = SignUp.objects.get(name="Ana Ruiz")
    for _twice in range(2):
        walk_ins.strike(signup=mistake, by=host, now=present)
    mistake.refresh_from_db()
    assert (mistake.status, mistake.presence, taken(row)) == (Status.CANCELLED, None, 1)
    with pytest.raises(PermissionDenied):
        walk_ins.strike(signup=stays, by=UserFactory(), now=present)
    assert come(row, present) != mistake


@pytest.mark.parametrize("status", walk_ins.WAY_OFF)
def test_a_walk_in_is_taken_off_whatever_was_written_down_since(
    door: DoorCode, host: User, present: datetime, status: SignUp.Status
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence, status=status, walked_in=True)
    Occurrence.objects.update(seats_taken=door.occurrence.signups.holding().count())
    assert walk_ins.strike(signup=signup, by=host, now=present).status == Status.CANCELLED
    assert taken(door.occurrence) == 0


@pytest.mark.parametrize("status", walk_ins.WAY_OFF)
def test_who_signed_up_is_taken_off_by_nobody(
    door: DoorCode, host: User, present: datetime, status: SignUp.Status
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence, status=status)
    with pytest.raises(walk_ins.NotAWalkIn):
        walk_ins.strike(signup=signup, by=host, now=present)
    signup.refresh_from_db()
    assert signup.status == status


@pytest.mark.parametrize("status", [Status.EXCUSED, Status.DECLINED])
def test_a_walk_in_who_does_not_come_any_more_is_not_taken_off_again(
    client: Client, door: DoorCode, host: User, present: datetime, status: SignUp.Status
) -> None:
    signup = SignUpFactory(occurrence=door.occurrence, status=status, walked_in=True)
    client.force_login(host)
    roster = roster_of(door.occurrence)
    assert "Added by mistake" not in client.get(roster).text
    told = client.post(roster, {"signup": signup.uuid, "to": "cancelled"}, follow=True)
    assert (told.status_code, "Only who walked in" in told.text) == (200, True)
    signup.refresh_from_db()
    assert signup.status == status


def test_who_was_added_by_mistake_after_the_end_is_taken_off(
    client: Client, door: DoorCode, host: User, time_machine: Any
) -> None:
    row = door.occurrence
    late = doors.closes_at(row) + timedelta(hours=1)
    time_machine.move_to(late, tick=False)
    here = walk_ins.add(occurrence=row, name="Ana", email="", by=host, now=late)
    client.force_login(host)
    assert "Added by mistake" in client.get(roster_of(row)).text
    client.post(roster_of(row), {"signup": here.uuid, "to": "cancelled"})
    here.refresh_from_db()
    assert here.status == Status.CANCELLED


# --- The pages ------------------------------------------------------------------------------------

FORM = {"name": "Ana Ruiz", "email": "ana@example.com", "others": ""}


def test_the_page_lets_in_and_says_when_it_is_full(
    client: Client, door: DoorCode, present: datetime
) -> None:
    path = f"{door.get_absolute_url()}walk-in/"
    assert "3 places left" in client.get(path).content.decode()
    answer = client.post(path, FORM)
    assert (answer.status_code, answer["Location"]) == (302, f"{door.get_absolute_url()}?done=in")
    full = client.post(path, {**FORM, "name": "Ben", "others": "Bo\nBea"})
    assert (full.status_code, "Only 2 places are left" in full.content.decode()) == (409, True)
    for bad in (
        {},
        {**FORM, "email": ""},
        {**FORM, "others": "ana ruiz"},
        {**FORM, "name": "x" * 200},
    ):
        assert client.post(path, bad).status_code == 422
    assert SignUp.objects.count() == 1


def test_age_requirements_and_questions_are_asked_at_the_door_too(
    client: Client, door: DoorCode, host: User, present: datetime
) -> None:
    series = door.occurrence.series
    series.minimum_age, series.requirements = 16, "Closed shoes"
    series.save()
    asked = Question(id="", label="Shirt size", kind=QuestionKind.TEXT, is_required=True)
    series = questions.ask(series=series, questions=[asked], by=host)
    path = f"{door.get_absolute_url()}walk-in/"
    page = client.get(path).content.decode()
    wanted = ("I am 16 or older", "Closed shoes", "Shirt size")
    assert [words in page for words in wanted] == [True] * 3
    says = {"is_old_enough": "on", "agrees": "on", f"q_{series.asked[0].id}": "M"}
    for left_out in says:
        some = {name: value for name, value in says.items() if name != left_out}
        assert client.post(path, {**FORM, **some}).status_code == 422
    with pytest.raises(questions.NotAgreed):
        come(door.occurrence, present)
    assert SignUp.objects.count() == 0
    assert client.post(path, {**FORM, **says}).status_code == 302
    assert [answer.text for answer in SignUp.objects.get().answers.all()] == ["M"]


def test_a_volunteer_with_an_account_comes_under_its_own_address(
    client: Client, door: DoorCode, present: datetime
) -> None:
    user = UserFactory()
    client.force_login(user)
    path = f"{door.get_absolute_url()}walk-in/"
    assert f'value="{user.email}"' in client.get(path).content.decode()
    asked = {"name": user.name, "email": "other@example.com", "others": ""}
    assert client.post(path, asked).status_code == 302
    came = SignUp.objects.get()
    assert (came.user, came.email) == (user, user.email)


def test_tries_are_counted_here_too(client: Client, door: DoorCode, present: datetime) -> None:
    path = f"{door.get_absolute_url()}walk-in/"
    answers = [client.post(path, FORM).status_code for _again in range(101)]
    assert answers == [302] * 100 + [429]


def test_the_kiosk_lets_in_too(
    client: Client, host: User, door: DoorCode, present: datetime
) -> None:
    path = f"{door.get_absolute_url()}kiosk/walk-in/"
    assert client.post(path, FORM).status_code == 404
    client.cookies["kiosk"] = permissions.kiosk_token(door, host)
    page = client.get(path)
    assert 'autocomplete="off"' in page.content.decode()
    assert client.post(path, {}).status_code == 422
    answer = client.post(path, FORM)
    assert answer["Location"] == f"{door.get_absolute_url()}kiosk/?done=in"
    assert SignUp.objects.get().walked_in


def test_the_desk_asks_before_it_goes_above_the_places(
    client: Client, host: User, door: DoorCode, present: datetime
) -> None:
    client.force_login(host)
    row = door.occurrence
    roster = f"/desk/organizations/club/events/{row.series.slug}/{row.address_start}/"
    assert f"{roster}walk-in/" in client.get(roster).content.decode()
    asked = {"name": "Ana", "email": "", "others": "Bo\nCy\nDi\nEd"}
    page = client.post(f"{roster}walk-in/", asked)
    assert (page.status_code, SignUp.objects.count()) == (409, 0)
    assert "over by 2" in page.content.decode()
    assert 'name="confirmed" value="5"' in page.content.decode()
    done = client.post(f"{roster}walk-in/", {**asked, "confirmed": "5"})
    assert done["Location"] == roster
    assert "Walk-in" in client.get(roster).content.decode()
    viewer = OrganizationMembershipFactory(organization=row.series.organization, role="viewer").user
    for user in (viewer, OrganizationMembershipFactory(role="admin").user):
        client.force_login(user)
        assert client.post(f"{roster}walk-in/", asked).status_code == 404


# --- Many at once ---------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_walk_ins_and_a_doubled_one_at_once_for_three_places_are_three() -> None:
    row = OccurrenceFactory(capacity=3)
    came = row.starts_at
    start = threading.Barrier(10)

    def press(number: int) -> str:
        try:
            start.wait(timeout=60)
            come(row, came, name=f"P {number // 2}")
        except admission.OccurrenceFull:
            return "full"
        else:
            return "in"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=10) as pool:
        told = sorted(pool.map(press, range(10)))
    assert (taken(row), row.signups.count()) == (3, 3)
    assert told == ["full"] * 4 + ["in"] * 6


def test_the_roster_takes_back_a_walk_in_and_nobody_else(
    client: Client, door: DoorCode, host: User, present: datetime
) -> None:
    row = door.occurrence
    come(row, present)
    SignUpFactory(occurrence=row, status="checked_in", checked_in_at=present)
    walked_in, signed_up = row.signups.order_by("-walked_in")
    client.force_login(host)
    roster = roster_of(row)
    page = client.get(roster).text
    assert (page.count("Added by mistake"), page.count("Not here yet")) == (1, 1)
    refused = client.post(roster, {"signup": signed_up.uuid, "to": "cancelled"}, follow=True)
    assert "Only who walked in" in refused.text
    client.post(roster, {"signup": walked_in.uuid, "to": "cancelled"})
    for one in (walked_in, signed_up):
        one.refresh_from_db()
    assert (walked_in.status, signed_up.status) == ("cancelled", "checked_in")
