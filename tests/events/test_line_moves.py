"""Who comes by another door stands in line no more, and nobody is put out of it by a stranger."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from wagtail.models import ModelLogEntry

from core import outbox
from events.domain import signups, waiting, walk_ins
from events.models import Occurrence, SignUp, WaitingEntry
from tests.events.held_places import claim_as
from tests.events.people import full, give_back, guest, person, statuses, taken, wait
from tests.events.several_dates import weekly
from tests.factories.events import OccurrenceFactory, SeatBlockFactory, SignUpFactory

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status
ALL_DAY = {
    "series__is_all_day": True,
    "series__duration_minutes": 1440,
    "series__local_start": datetime(2026, 12, 17),  # noqa: DTZ001  (a time on the wall)
}
SLOTS = [
    {"id": "judge", "name": "Judge", "capacity": 1, "qualification": ""},
    {"id": "helper", "name": "Helper", "capacity": 5, "qualification": ""},
]
THEMSELVES = {"name": "Waiting 1", "email": "w1@example.com"}


def test_who_answers_the_open_call_is_not_called_again(now: datetime) -> None:
    occurrence = full(2)
    for number in (1, 2):
        wait(occurrence, now, number)
    morning = occurrence.starts_at - timedelta(hours=3)
    give_back(occurrence, morning)
    signup = guest(occurrence, morning, **THEMSELVES)
    # Anybody could have typed this: until the address is proved, the place in line is kept.
    assert statuses(occurrence) == [Status.WAITING, Status.WAITING]
    signups.confirm(signup=signup, now=morning)
    assert statuses(occurrence) == [Status.ACCEPTED, Status.WAITING]
    assert occurrence.line.get(status=Status.ACCEPTED).signup == signup

    outbox.sweep(now=morning)
    mail.outbox.clear()
    give_back(occurrence, morning + timedelta(hours=1))
    outbox.sweep(now=morning + timedelta(hours=1))
    called = [message.to for message in mail.outbox if "free today" in message.subject]
    assert called == [["w2@example.com"]]
    assert taken(occurrence) == 1


def test_a_hold_that_lapses_leaves_the_place_in_line(now: datetime) -> None:
    occurrence = full(2)
    wait(occurrence, now)
    morning = occurrence.starts_at - timedelta(hours=3)
    give_back(occurrence, morning)
    guest(occurrence, morning, **THEMSELVES)
    signups.lapse_holds(now=morning + signups.HOLD)
    assert statuses(occurrence) == [Status.WAITING]


def test_a_party_waits_on_until_all_of_it_come(now: datetime) -> None:
    occurrence = full(3)
    user = person()
    entry = waiting.join(
        occurrence=occurrence, name=user.name, email="", by=user, others=["Bo"], now=now
    )
    assert entry is not None
    morning = occurrence.starts_at - timedelta(hours=3)
    for _place in range(2):
        give_back(occurrence, morning)
    asked = {"occurrence": occurrence, "email": "", "by": user, "now": morning}
    signups.sign_up(**asked, name=user.name)  # type: ignore[arg-type]
    assert statuses(occurrence) == [Status.WAITING]
    signups.sign_up(**asked, name=user.name, others=["Bo"])  # type: ignore[arg-type]
    assert statuses(occurrence) == [Status.ACCEPTED]
    assert taken(occurrence) == 3


def test_who_walks_in_stands_in_line_no_more(now: datetime) -> None:
    occurrence = full()
    for number in (1, 2):
        wait(occurrence, now, number)
    here = walk_ins.add(
        occurrence=occurrence,
        **THEMSELVES,
        by=person(is_staff=True),
        now=occurrence.starts_at,
        up_to=2,
    )
    assert here.status == SignUp.Status.CHECKED_IN
    assert statuses(occurrence) == [Status.ACCEPTED, Status.WAITING]
    assert taken(occurrence) == 2


def test_what_was_kept_for_who_came_by_a_companys_link_is_offered_on(now: datetime) -> None:
    occurrence = full(3)
    user = person()
    first = waiting.join(occurrence=occurrence, name=user.name, email="", by=user, now=now)
    wait(occurrence, now, 2)
    give_back(occurrence, now)
    assert statuses(occurrence) == [Status.OFFERED, Status.WAITING]
    block = SeatBlockFactory(occurrence=occurrence, places=1, unclaimed=1)
    occurrence.seats_taken += 1
    occurrence.capacity = 4
    occurrence.save()
    come = claim_as(block, user, now)
    assert first is not None
    first.refresh_from_db()
    assert (first.status, first.signup) == (Status.ACCEPTED, come)
    assert statuses(occurrence) == [Status.ACCEPTED, Status.OFFERED]
    assert taken(occurrence) == 4


def test_a_guest_who_waits_already_is_answered_as_a_stranger_is_and_told_by_mail(
    client: Client, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    occurrence = full(series__title="Robots")
    entry = wait(occurrence, now, name="Ana Ruiz", email="ana@example.com")
    path = f"{occurrence.get_absolute_url()}sign-up/"
    answers = []
    for name in ("Ana Ruiz", "Ben Ruiz"):
        typed = {"name": name, "others": "Cy", "email": "ana@example.com", "wait": "1"}
        answer = client.post(path, typed, follow=True)
        answers.append((answer.status_code, answer.redirect_chain, answer.text))
    assert answers[0] == answers[1]
    assert [one.people for one in occurrence.line.all()] == [["Ana Ruiz"], ["Ben Ruiz", "Cy"]]
    for _twice in range(2):
        client.post(path, {"name": "Ana Ruiz", "others": "Cy", "email": entry.email, "wait": "1"})
    outbox.sweep(now=now)
    told = [one for one in mail.outbox if "already" in str(one.subject)]
    assert [(one.subject, one.to) for one in told] == [
        ("You wait for this already: Robots", ["ana@example.com"])
    ]
    assert "keep your number: 1." in str(told[0].body)
    assert "/waiting/" in str(told[0].body)


def test_asking_for_the_same_again_is_no_mail(now: datetime) -> None:
    occurrence = full()
    wait(occurrence, now, others=["Bo"])
    later = now + timedelta(days=1)
    wait(occurrence, later, others=["bo"])
    outbox.sweep(now=later)
    assert [one for one in mail.outbox if "already" in str(one.subject)] == []


def test_a_couple_that_waits_twice_and_comes_as_something_else_leaves_no_place_behind(
    now: datetime,
) -> None:
    row = OccurrenceFactory(capacity=10, seats_taken=1, series__slots=SLOTS)
    judge = SignUpFactory(occurrence=row, slot="judge", user=person())
    for name in ("Ana", "Ben"):
        wait(row, now, name=name, email="both@example.com", slot="judge")
    signups.cancel(signup=judge, by=judge.user, now=now)
    assert statuses(row) == [Status.OFFERED, Status.WAITING]
    first = guest(row, now, name="Ana", others=["Ben"], email="both@example.com", slot="helper")
    signups.confirm(signup=first, now=now)
    assert statuses(row) == [Status.ACCEPTED, Status.ACCEPTED]
    assert taken(row) == 2


def test_what_an_account_and_bo_wait_for_ends_though_the_address_is_another_now(
    now: datetime,
) -> None:
    row = full(4)
    user = person()
    waiting.join(occurrence=row, name=user.name, email="", by=user, others=["Bo"], now=now)
    user.email = "new@example.org"
    user.save()
    morning = row.starts_at - timedelta(hours=3)
    for _n in range(2):
        give_back(row, morning)
    signups.sign_up(occurrence=row, name=user.name, others=["Bo"], email="", by=user, now=morning)
    assert statuses(row) == [Status.ACCEPTED]


@pytest.mark.parametrize("offered", [False, True])
def test_a_stranger_at_the_door_puts_nobody_out_of_the_line(now: datetime, offered: bool) -> None:
    row = full(
        2,
        **ALL_DAY,
    )
    wait(row, now, name="Ana", email="ana@example.com")
    eve = row.starts_at - timedelta(hours=1)
    if offered:
        give_back(row, now)
        row.refresh_from_db()
        assert statuses(row) == [Status.OFFERED]
    Occurrence.objects.filter(pk=row.pk).update(capacity=3)
    walk_ins.come_in(occurrence=row, name="Ana", email="ana@example.com", by=None, now=eve)
    assert statuses(row) == [Status.OFFERED if offered else Status.WAITING]


def eve_of_the_offer() -> tuple[Occurrence, datetime]:
    """An hour before an all-day date: one place is free, and one is kept for Ana.

    She also signed up by another door and has not answered that mail. Cy and Di wait for two.
    """
    row = OccurrenceFactory(capacity=4, seats_taken=4, **ALL_DAY)
    keeps = [SignUpFactory(occurrence=row, user=person()) for _n in range(4)]
    eve = row.starts_at - timedelta(hours=1)
    wait(row, eve - timedelta(days=9), name="Ana", email="ana@example.com")
    wait(row, eve - timedelta(days=9), name="Cy", others=["Di"], email="cy@example.com")
    for one in keeps[:2]:
        signups.cancel(signup=one, by=one.user, now=eve)
    Occurrence.objects.filter(pk=row.pk).update(capacity=5)
    row.refresh_from_db()
    guest(row, eve, name="Ana", email="ana@example.com")
    row.refresh_from_db()
    assert (row.places_left, statuses(row)) == (1, [Status.OFFERED, Status.WAITING])
    return row, eve


def test_who_walks_in_takes_no_place_that_was_just_offered_on() -> None:
    row, eve = eve_of_the_offer()
    walk_ins.come_in(
        occurrence=row, name="Ana", others=["Bo"], email="ana@example.com", by=None, now=eve
    )
    assert taken(row) <= 5


def test_host_said_yes_to_no_more_than_so_many() -> None:
    row, eve = eve_of_the_offer()
    walk_ins.add(
        occurrence=row,
        name="Ana",
        others=["Bo"],
        email="ana@example.com",
        by=person(is_staff=True),
        now=eve,
    )
    assert taken(row) <= 5


def test_what_was_added_at_the_door_by_mistake_and_struck_waits_again(now: datetime) -> None:
    row = full()
    wait(row, now, name="Ana", email="ana@example.com")
    staff = person(is_staff=True)
    at = row.starts_at - timedelta(minutes=30)
    here = walk_ins.add(
        occurrence=row, name="Ana", email="ana@example.com", by=staff, now=at, up_to=2
    )
    walk_ins.strike(signup=here, by=staff, now=at)
    assert statuses(row) == [Status.WAITING]
    mail.outbox.clear()
    give_back(row, at)
    outbox.sweep(now=at)
    assert [one.to for one in mail.outbox if "free today" in str(one.subject)] == [
        ["ana@example.com"]
    ]


def test_a_strangers_hold_takes_no_offer_away_from_who_accepts_it(now: datetime) -> None:
    row = full(3)
    entry = wait(row, now, name="Ana", email="ana@example.com")
    give_back(row, now)
    Occurrence.objects.update(capacity=4)
    row.refresh_from_db()
    guest(row, now, name="Ana", email="ana@example.com")
    assert statuses(row) == [Status.OFFERED]
    waiting.accept(entry=entry, by=None, now=now)
    signups.lapse_holds(now=now + signups.HOLD)
    assert row.signups.coming().filter(name="Ana").count() == 1
    assert taken(row) == 3


def test_an_offer_to_a_party_of_whom_one_came_from_the_line_alone_is_answered(
    now: datetime,
) -> None:
    row = full(3)
    alone = wait(row, now, name="Ana", email="fam@example.com")
    party = wait(row, now, name="Bo", others=["Ana"], email="fam@example.com")
    give_back(row, now)
    waiting.accept(entry=alone, by=None, now=now)
    users = row.signups.filter(user__isnull=False)
    for one in users.order_by("-pk")[:2]:
        if one.holds_place:
            signups.cancel(signup=one, by=one.user, now=now)
    party.refresh_from_db()
    assert party.status == Status.OFFERED
    Occurrence.objects.filter(pk=row.pk).update(capacity=5)
    row.refresh_from_db()
    guest(row, now, name="Bo", email="fam@example.com")
    waiting.accept(entry=party, by=None, now=now)
    taken(row)


def test_one_form_sends_an_address_no_more_than_three_mails_an_hour(
    client: Client, now: datetime, time_machine: Any
) -> None:
    dates = weekly(10, capacity=1)
    for date in dates:
        signups.sign_up(occurrence=date, name="X", email="", by=person(), now=now)
        # As somebody who came to wait over the last weeks.
        WaitingEntry.objects.create(
            occurrence=date,
            name="Ana",
            email="ana@example.com",
            created_at=now - timedelta(days=3),
            changed_at=now - timedelta(days=3),
        )
    outbox.sweep(now=now)
    mail.outbox.clear()
    time_machine.move_to(now, tick=False)
    path = f"{dates[0].series.get_absolute_url()}sign-up/"
    typed = {
        "name": "Ana",
        "email": "ana@example.com",
        "others": "Stranger",
        "waits": "on",
        "dates": [date.address_start for date in dates],
    }
    answer = client.post(path, typed)
    assert answer.status_code in {200, 302}, answer.text
    outbox.sweep(now=now)
    assert len([one for one in mail.outbox if one.to == ["ana@example.com"]]) <= 3


def test_one_address_is_told_at_single_dates_no_more_than_three_times_an_hour(
    now: datetime,
) -> None:
    rows = [full() for _n in range(8)]
    for row in rows:
        WaitingEntry.objects.create(
            occurrence=row,
            name="Ana",
            email="ana@example.com",
            created_at=now - timedelta(days=3),
            changed_at=now - timedelta(days=3),
        )
        waiting.join(
            occurrence=row, name="Ana", others=["Zed"], email="ana@example.com", by=None, now=now
        )
    outbox.sweep(now=now)
    assert len([one for one in mail.outbox if one.to == ["ana@example.com"]]) <= 3


def test_a_guest_with_an_offer_who_asks_in_another_way_is_told(now: datetime) -> None:
    row = full(2)
    entry = wait(row, now, name="Ana", email="ana@example.com")
    give_back(row, now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    waiting.join(
        occurrence=row, name="Ana", others=["Bo"], email="ana@example.com", by=None, now=now
    )
    outbox.sweep(now=now)
    entry.refresh_from_db()
    assert entry.status == Status.OFFERED
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("name", "email"),
    [("Ana", ""), ("Ana", "a_b@example.com"), ("Bo", "axb@example.com")],
    ids=["no address", "no wildcard", "another name"],
)
def test_whoever_else_comes_ends_nobodys_waiting(now: datetime, name: str, email: str) -> None:
    row = full()
    wait(row, now, name="Ana", email="axb@example.com")
    staff = person(is_staff=True)
    walk_ins.add(occurrence=row, name=name, email=email, by=staff, now=row.starts_at, up_to=2)
    assert statuses(row) == [Status.WAITING]


def test_who_let_them_in_is_on_record(now: datetime) -> None:
    row = full()
    wait(row, now)
    staff = person(is_staff=True)
    walk_ins.add(occurrence=row, **THEMSELVES, by=staff, now=row.starts_at, up_to=2)
    line = ModelLogEntry.objects.get(action="events.line_moved")
    assert (line.user, line.data) == (staff, {"was": "waiting", "to": "accepted"})
