"""Writing to the people of a date: each address once, after a minute in which it can be undone."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from wagtail.models import ModelLogEntry

from accounts.models import User
from core import outbox
from core.models import Effect
from events import permissions
from events.domain import roster_messages
from events.models import Booking, Occurrence, RosterMessage, SignUp, WaitingEntry
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db
Audience = RosterMessage.Audience
MINUTE = timedelta(minutes=1)


@pytest.fixture
def host() -> User:
    made: User = OrganizationMembershipFactory(
        organization=OrganizationFactory(slug="club", contact_email="hello@club.example.org")
    ).user
    return made


@pytest.fixture
def row(host: User) -> Occurrence:
    organization = host.organizationmembership_set.get().organization
    made: Occurrence = OccurrenceFactory(
        series__organization=organization, series__slug="robots", series__title="Robots"
    )
    return made


def send(row: Occurrence, host: User, now: datetime, **changes: Any) -> RosterMessage:
    asked: dict[str, Any] = {
        "uuid": uuid4(),
        "audience": Audience.CONFIRMED,
        "subject": "Bring  water",
        "text": "It will be hot.\n",
        "shown": 1,
        **changes,
    }
    return roster_messages.send(occurrence=row, by=host, now=now, **asked)


def sent_to() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


def test_a_message_goes_after_a_minute_in_the_hosts_words_and_is_answered_to_the_host(
    host: User, row: Occurrence, now: datetime
) -> None:
    signup = SignUpFactory(occurrence=row, name="Ana Ruiz", email="Ana@example.com")
    message = send(row, host, now)
    assert outbox.sweep(now=now + timedelta(seconds=59)) == 0
    assert outbox.sweep(now=now + MINUTE) == 1
    letter = mail.outbox[0]
    assert (letter.subject, letter.to, letter.reply_to) == (
        "Bring water",
        ["Ana@example.com"],
        ["hello@club.example.org"],
    )
    assert letter.body.startswith("It will be hot.\n\n—\n\n")
    assert "Ana Ruiz" in letter.body
    assert f"/sign-ups/{permissions.manage_token(signup)}/" in letter.body
    assert getattr(letter, "alternatives", []) == []  # plain text
    assert message.mails == 1
    line = ModelLogEntry.objects.get(action="events.message_sent")
    assert (line.user, line.data) == (host, {"to": "confirmed", "mails": 1})


@pytest.mark.parametrize(
    ("audience", "addresses"),
    [
        (Audience.CONFIRMED, ["attended@e.org", "checked_in@e.org", "confirmed@e.org"]),
        (Audience.CHECKED_IN, ["attended@e.org", "checked_in@e.org"]),
        (Audience.WAITING, ["offered@e.org", "waiting@e.org"]),
    ],
)
def test_it_goes_to_those_whom_it_is_for(
    host: User, row: Occurrence, now: datetime, audience: str, addresses: list[str]
) -> None:
    for status in SignUp.Status:
        SignUpFactory(occurrence=row, status=status, email=f"{status}@e.org", hold_until=now)
    SignUpFactory(occurrence=row, status="checked_in", email="", walked_in=True)
    SignUpFactory(email="elsewhere@e.org")
    for state in WaitingEntry.Status:
        WaitingEntry.objects.create(
            occurrence=row,
            name="W",
            email=f"{state}@e.org",
            status=state,
            created_at=now,
            changed_at=now,
        )
    send(row, host, now, audience=audience, shown=len(addresses))
    outbox.sweep(now=now + MINUTE)
    assert sent_to() == addresses


def test_an_address_gets_one_mail_that_names_everybody_there(
    host: User, row: Occurrence, now: datetime
) -> None:
    booking = Booking.objects.create(created_at=now)
    for name in ("Ana", "Ben"):
        SignUpFactory(occurrence=row, name=name, email="ruiz@example.com", booking=booking)
    SignUpFactory(occurrence=row, name="Cem", email="RUIZ@example.com")
    send(row, host, now)
    outbox.sweep(now=now + MINUTE)
    assert len(mail.outbox) == 1
    body = mail.outbox[0].body
    assert "Ana, Ben, Cem" in body
    assert body.count("/sign-ups/") == 2  # a party has one private page


@pytest.mark.parametrize("stays", [True, False])
def test_others_at_an_address_get_it_though_its_first_left_within_the_minute(
    host: User, row: Occurrence, now: datetime, *, stays: bool
) -> None:
    ana = SignUpFactory(occurrence=row, name="Ana", email="ruiz@example.com")
    ben = SignUpFactory(occurrence=row, name="Ben", email="RUIZ@example.com")
    send(row, host, now)
    for gone in [ana] if stays else [ana, ben]:
        SignUp.objects.filter(pk=gone.pk).update(status="cancelled")
    outbox.sweep(now=now + MINUTE)
    assert sent_to() == (["RUIZ@example.com"] if stays else [])
    assert ["Ana" in str(letter.body) for letter in mail.outbox] == [False] * stays


def test_the_same_form_twice_is_one_message(host: User, row: Occurrence, now: datetime) -> None:
    SignUpFactory(occurrence=row)
    number = uuid4()
    first, second = (send(row, host, now, uuid=number) for _again in range(2))
    assert (first, RosterMessage.objects.count(), Effect.objects.count()) == (second, 1, 1)
    for _again in range(2):
        outbox.sweep(now=now + MINUTE)
    assert len(mail.outbox) == 1
    other = OccurrenceFactory(series=row.series, original_start=row.local_start - timedelta(days=1))
    SignUpFactory(occurrence=other)
    with pytest.raises(roster_messages.RosterChanged):
        send(other, host, now, uuid=number)


def test_within_its_minute_it_can_be_taken_back_completely(
    host: User, row: Occurrence, now: datetime
) -> None:
    for _number in range(3):
        SignUpFactory(occurrence=row)
    message = send(row, host, now, shown=3)
    for _again in range(2):
        undone = roster_messages.take_back(
            message=message, by=host, now=now + timedelta(seconds=59)
        )
        assert undone.undone_at == now + timedelta(seconds=59)
    outbox.sweep(now=now + timedelta(days=1))
    assert mail.outbox == []
    assert ModelLogEntry.objects.filter(action="events.message_taken_back").count() == 1


def test_after_its_minute_it_has_gone(host: User, row: Occurrence, now: datetime) -> None:
    SignUpFactory(occurrence=row)
    message = send(row, host, now)
    with pytest.raises(roster_messages.AlreadyGone):
        roster_messages.take_back(message=message, by=host, now=now + MINUTE)
    outbox.sweep(now=now + MINUTE)
    assert len(mail.outbox) == 1


def test_a_mail_that_is_on_its_way_keeps_all_of_them(
    host: User, row: Occurrence, now: datetime
) -> None:
    for _number in range(2):
        SignUpFactory(occurrence=row)
    message = send(row, host, now, shown=2)
    effect = Effect.objects.order_by("pk").first()
    assert effect is not None
    Effect.objects.filter(pk=effect.pk).update(state=Effect.State.DONE)
    with pytest.raises(roster_messages.AlreadyGone):
        roster_messages.take_back(message=message, by=host, now=now)
    assert Effect.objects.filter(state=Effect.State.WAITING).count() == 1


def test_who_gave_the_place_back_in_that_minute_gets_nothing(
    host: User, row: Occurrence, now: datetime
) -> None:
    stays, goes = SignUpFactory(occurrence=row), SignUpFactory(occurrence=row)
    send(row, host, now, shown=2)
    SignUp.objects.filter(pk=goes.pk).update(status="cancelled")
    outbox.sweep(now=now + MINUTE)
    assert sent_to() == [stays.email]
    assert not Effect.objects.exclude(state=Effect.State.DONE).exists()


def test_only_the_host_writes_and_takes_back(host: User, row: Occurrence, now: datetime) -> None:
    SignUpFactory(occurrence=row)
    organization = row.series.organization
    viewer = OrganizationMembershipFactory(organization=organization, role="viewer").user
    message = send(row, host, now)
    for somebody in (viewer, UserFactory(), OrganizationMembershipFactory().user):
        with pytest.raises(PermissionDenied):
            send(row, somebody, now)
        with pytest.raises(PermissionDenied):
            roster_messages.take_back(message=message, by=somebody, now=now)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"subject": " \r\n "}, roster_messages.NothingToSay),
        ({"text": " \n"}, roster_messages.NothingToSay),
        ({"shown": 2}, roster_messages.RosterChanged),
        ({"audience": Audience.WAITING}, roster_messages.NobodyThere),
    ],
)
def test_what_cannot_be_sent_is_refused_and_promises_nothing(
    host: User, row: Occurrence, now: datetime, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    SignUpFactory(occurrence=row)
    with pytest.raises(refusal):
        send(row, host, now, **changes)
    assert (RosterMessage.objects.count(), Effect.objects.count()) == (0, 0)


def test_a_subject_cannot_carry_a_header(host: User, row: Occurrence, now: datetime) -> None:
    SignUpFactory(occurrence=row)
    send(row, host, now, subject="Hello\r\nBcc: all@example.org")
    outbox.sweep(now=now + MINUTE)
    assert mail.outbox[0].subject == "Hello Bcc: all@example.org"


def test_the_people_of_a_date_hear_so_much_a_day_and_no_more(
    host: User, row: Occurrence, now: datetime
) -> None:
    SignUpFactory(occurrence=row)
    taken_back = send(row, host, now)
    roster_messages.take_back(message=taken_back, by=host, now=now)
    for _number in range(roster_messages.MOST_A_DAY):
        send(row, host, now)
    with pytest.raises(roster_messages.TooManyMessages):
        send(row, host, now + timedelta(hours=23))
    send(row, host, now + timedelta(hours=24))
    other = OccurrenceFactory(series=row.series, original_start=row.local_start + timedelta(days=1))
    SignUpFactory(occurrence=other)
    send(other, host, now)


# --- The desk -------------------------------------------------------------------------------------

ROOM = "/desk/organizations/club/events/robots/2026-12-17T1630/messages/"


def words(content: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def form(**changes: str) -> dict[str, str]:
    return {
        "audience": "confirmed",
        "subject": "Bring water",
        "text": "It will be hot.",
        "uuid": str(uuid4()),
        **changes,
    }


def test_the_desk_shows_how_it_reads_and_to_how_many_before_it_goes(
    client: Client, host: User, row: Occurrence, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    client.force_login(host)
    for number in range(3):
        SignUpFactory(occurrence=row, name=f"P {number}", email=f"p{number // 2}@example.com")
    assert ROOM in client.get(ROOM.removesuffix("messages/")).content.decode()
    asked = form()
    page = client.post(ROOM, asked)
    shown = words(page.content)
    assert (page.status_code, RosterMessage.objects.count()) == (200, 0)
    assert "3 people will get this." in shown
    assert "Send 2 mails" in shown
    assert "hello@club.example.org" in shown
    assert "/sign-ups/" not in page.content.decode()  # no private link of anybody
    changed = client.post(ROOM, {**asked, "act": "change"})
    assert (changed.status_code, "It will be hot." in changed.content.decode()) == (200, True)
    for _again in range(2):
        done = client.post(ROOM, {**asked, "act": "send", "shown": "2"})
        assert done.status_code == 302
    message = RosterMessage.objects.get()
    listed = words(client.get(ROOM).content)
    assert [said in listed for said in ("Bring water", "Waits a minute", "Undo")] == [True] * 3
    undo = f"{ROOM}{message.uuid}/undo/"
    assert client.post(undo).status_code == 302
    assert "Taken back" in words(client.get(ROOM).content)
    time_machine.move_to(now + timedelta(minutes=2), tick=False)
    client.post(ROOM, form(act="send", shown="2"))
    time_machine.move_to(now + timedelta(minutes=4), tick=False)
    assert "Sent" in words(client.get(ROOM).content)
    late = client.post(f"{ROOM}{RosterMessage.objects.latest('pk').uuid}/undo/", follow=True)
    assert "The minute is over" in words(late.content)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"subject": ""}, 422),
        ({"text": ""}, 422),
        ({"text": "x" * 4001}, 422),
        ({"subject": "x" * 121}, 422),
        ({"audience": "everybody"}, 422),
        ({"uuid": "x"}, 422),
        ({"act": "send"}, 409),
        ({"act": "send", "shown": "9" * 5000}, 409),
        ({"audience": "waiting", "act": "send", "shown": "1"}, 409),
    ],
)
def test_a_bad_message_gets_a_sentence_and_nothing_goes(
    client: Client, host: User, row: Occurrence, changes: dict[str, str], status: int
) -> None:
    client.force_login(host)
    SignUpFactory(occurrence=row)
    assert client.post(ROOM, form(**changes)).status_code == status
    assert Effect.objects.count() == 0


def test_the_desk_is_another_organizations_404_and_not_for_viewers(
    client: Client, host: User, row: Occurrence, now: datetime
) -> None:
    SignUpFactory(occurrence=row)
    message = send(row, host, now)
    organization = row.series.organization
    viewer = OrganizationMembershipFactory(organization=organization, role="viewer").user
    for user in (viewer, OrganizationMembershipFactory(role="admin").user):
        client.force_login(user)
        assert client.get(ROOM).status_code == 404
        assert client.post(ROOM, form(act="send", shown="1")).status_code == 404
        assert client.post(f"{ROOM}{message.uuid}/undo/").status_code == 404
    client.force_login(host)
    assert client.post(f"{ROOM}{uuid4()}/undo/").status_code == 404
    message.refresh_from_db()
    assert message.undone_at is None
