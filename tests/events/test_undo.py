"""An edit taken back in its minute leaves everything as it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from core import outbox
from core.errors import DomainError
from core.models import Effect
from events.domain import dates, plans, rescheduling, series, signups, slots, timers, undo, waiting
from events.domain.details import details_of
from events.domain.plans import Times
from events.models import DoorCode, Edit, Occurrence, Series, SignUp, Slot
from tests.events.published_series import TUESDAY, host_of, published
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

WEEK = timedelta(weeks=1)
SECOND = timedelta(seconds=1)
RULES = (
    "FREQ=WEEKLY;BYDAY=TU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8",
)
#: What tells changes apart for calendars rises with the undo as well.
RISES = {"sequence", "changed_at", "updated_at", "vevents"}


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows that an edit may touch, without what rises with every change."""
    tables: list[type[models.Model]] = [
        Series,
        Occurrence,
        *(model for _table, model, _path in undo.of_dates()),
    ]
    return {
        model.__name__: [
            {
                name: value
                for name, value in row.items()
                if name not in RISES or (name == "changed_at" and model not in {Series, Occurrence})
            }
            for row in models.QuerySet(model).order_by("pk").values()
        ]
        for model in tables
    }


def with_people(made: Series, now: datetime) -> None:
    """People at some dates, a full one with a line and an offer, one that stayed away."""
    rows = list(made.occurrences.select_related("series")[:4])
    for row in rows[:3]:
        for _person in range(row.series.capacity or 1):
            user = UserFactory()
            signups.sign_up(occurrence=row, name=user.name, email="", by=user, now=now)
        user = UserFactory()
        waiting.join(occurrence=row, name=user.name, email="", by=user, now=now)
    gone = SignUp.objects.filter(occurrence=rows[1])[0]
    signups.cancel(signup=gone, by=gone.user, now=now)
    guest = signups.sign_up(occurrence=rows[3], name="Bo", email="bo@x.org", by=None, now=now)
    signups.cancel(signup=guest, by=None, now=now)
    DoorCode.objects.create(occurrence=rows[3], code="23456789abcd", made_at=now)


def latest() -> Edit:
    found = Edit.objects.order_by("-pk").first()
    assert found is not None
    return found


def do(kind: str, made: Series, by: User, now: datetime, **how: Any) -> None:
    row = made.occurrences.select_related("series").order_by("pk")[how["which"]]
    match kind:
        case "move":
            to = row.local_start + timedelta(hours=how["hours"])
            dates.move_date(occurrence=row, local_start=to, by=by, now=now, reason="x")
        case "cancel":
            dates.cancel_date(occurrence=row, reason="Rain", by=by, now=now)
        case "off":
            series.cancel(series=made, reason="Rain", by=by, now=now)
        case "times":
            start = row.original_start + timedelta(hours=how["hours"])
            day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start.weekday()]
            rrule = how["rrule"].replace("BYDAY=TU", f"BYDAY={day}")
            to = Times(local_start=start, duration_minutes=how["minutes"], rrule=rrule)
            seen = plans.plan(first=row, to=to, now=now)
            rescheduling.reschedule(first=row, to=to, by=by, now=now, shown=seen.digest)


@hypothesis_settings(max_examples=hypothesis_settings().max_examples // 4, deadline=None)
@given(
    before=st.sampled_from(["", "move", "cancel"]),
    kind=st.sampled_from(["move", "cancel", "off", "times", "times"]),
    which=st.integers(0, 5),
    hours=st.integers(-60, 100),
    minutes=st.sampled_from([60, 90]),
    rrule=st.sampled_from(RULES),
)
def test_any_edit_and_its_undo_leave_all_as_it_was(before: str, kind: str, **how: Any) -> None:
    now = datetime.fromisoformat("2026-12-07T17:00:00+00:00")
    with transaction.atomic():
        by = OrganizationMembershipFactory().user
        made = published(by, now, rrule=RULES[2], capacity=2)
        with_people(made, now)
        if before:
            do(before, made, by, now, **how | {"which": 2, "hours": 3})
        outbox.sweep(now=now + WEEK)
        mail.outbox.clear()
        was = everything()
        sequences = dict(Occurrence.objects.values_list("pk", "sequence"))
        try:
            do(kind, made, by, now, **how)
        except DomainError:
            transaction.set_rollback(True)
            return
        if everything() != was:
            edit = latest()
            undo.undo(edit=edit, by=by, now=now + SECOND)
            outbox.sweep(now=now + WEEK)
            assert everything() == was
            assert mail.outbox == []
            assert Series.objects.get(pk=made.pk).vevents.count("BEGIN:VEVENT") >= 1
            for pk, sequence in Occurrence.objects.values_list("pk", "sequence"):
                assert sequence >= sequences[pk]
        transaction.set_rollback(True)


def test_calendars_hear_of_an_undo_as_of_one_more_change(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    row = made.occurrences.select_related("series")[0]
    dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=now)
    row.refresh_from_db()
    made.refresh_from_db()
    cancelled = (row.sequence, made.sequence)
    assert "STATUS:CANCELLED" in made.vevents

    undo.undo(edit=latest(), by=organizer, now=now + SECOND)

    row.refresh_from_db()
    made.refresh_from_db()
    assert row.status == "scheduled"
    assert row.sequence > cancelled[0]
    assert made.sequence > cancelled[1]
    assert "STATUS:CANCELLED" not in made.vevents


@pytest.fixture
def moved(organizer: User, now: datetime) -> Edit:
    """One date with somebody on it, moved by an hour."""
    made = published(organizer, now)
    row = made.occurrences.select_related("series")[0]
    person = UserFactory(email="ana@example.com")
    signups.sign_up(occurrence=row, name="Ana", email="", by=person, now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    to = TUESDAY + timedelta(hours=1)
    dates.move_date(occurrence=row, local_start=to, by=organizer, now=now)
    return latest()


def test_the_mails_wait_a_minute_and_go_when_nobody_takes_them_back(
    moved: Edit, organizer: User, now: datetime
) -> None:
    assert moved.words == "Saved. 1 mail goes out in a minute."
    outbox.sweep(now=now + undo.MAILS_WAIT - SECOND)
    assert mail.outbox == []
    outbox.sweep(now=now + undo.MAILS_WAIT)
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]
    with pytest.raises(undo.MailsGone):
        undo.undo(edit=moved, by=organizer, now=now + undo.MAILS_WAIT)


def test_nothing_is_taken_back_while_a_mail_is_on_its_way(
    moved: Edit, organizer: User, now: datetime
) -> None:
    Effect.objects.filter(pk__in=moved.effects).update(leased_until=now + timedelta(minutes=1))
    with pytest.raises(undo.MailsGone):
        undo.undo(edit=moved, by=organizer, now=now + SECOND)
    assert moved.series.occurrences.all()[0].status == "moved"


def test_twice_is_once(moved: Edit, organizer: User, now: datetime) -> None:
    first = undo.undo(edit=moved, by=organizer, now=now + SECOND)
    sequence = moved.series.occurrences.all()[0].sequence
    again = undo.undo(edit=moved, by=organizer, now=now + timedelta(hours=1))
    assert again.undone_at == first.undone_at
    assert moved.series.occurrences.all()[0].sequence == sequence


def signed_up(row: Occurrence, by: User, now: datetime) -> None:
    user = UserFactory()
    signups.sign_up(occurrence=row, name="Bo", email="", by=user, now=now)


def given_back(row: Occurrence, by: User, now: datetime) -> None:
    signups.cancel(signup=row.signups.all()[0], by=by, now=now)


def kept(row: Occurrence, by: User, now: datetime) -> None:
    signups.keep(signup=row.signups.all()[0], now=now)


def moved_again(row: Occurrence, by: User, now: datetime) -> None:
    to = row.local_start + timedelta(hours=1)
    dates.move_date(occurrence=row, local_start=to, by=by, now=now)


def roles_named(row: Occurrence, by: User, now: datetime) -> None:
    """As many places as before, so that no date changes."""
    assert row.series.capacity
    role = Slot(id="", name="Mentor", capacity=row.series.capacity)
    slots.offer(series=row.series, slots=[role], by=by, now=now)


def more_places(row: Occurrence, by: User, now: datetime) -> None:
    Occurrence.objects.filter(series=row.series).update(capacity=3)  # each has its own
    changed = replace(details_of(row.series), capacity=99)
    series.edit(series=row.series, details=changed, by=by, now=now)


@pytest.mark.parametrize(
    "act", [signed_up, given_back, kept, moved_again, roles_named, more_places]
)
def test_what_somebody_acted_on_stays(
    moved: Edit, organizer: User, now: datetime, act: Callable[..., None]
) -> None:
    row = moved.series.occurrences.select_related("series")[0]
    act(row, organizer, now)
    was = everything()
    with pytest.raises(undo.ActedOn):
        undo.undo(edit=moved, by=organizer, now=now + SECOND)
    assert everything() == was
    assert not Edit.objects.get(pk=moved.pk).undone_at


def test_what_happens_to_other_dates_is_no_hindrance(
    moved: Edit, organizer: User, now: datetime
) -> None:
    other = moved.series.occurrences.select_related("series")[3]
    signed_up(other, organizer, now)
    dates.cancel_date(occurrence=other, reason="x", by=organizer, now=now)
    undo.undo(edit=moved, by=organizer, now=now + SECOND)
    assert moved.series.occurrences.all()[0].local_start == TUESDAY
    other.refresh_from_db()
    assert other.status == "cancelled"


def test_what_others_did_at_other_dates_in_the_same_moment_stays(
    organizer: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another transaction would that commits while the edit runs (PostgreSQL lets it)."""
    made = published(organizer, now)
    row, other, third = made.occurrences.select_related("series").order_by("pk")[:3]
    guest = signups.sign_up(occurrence=other, name="Bo", email="bo@x.org", by=None, now=now)
    gone = signups.sign_up(occurrence=third, name="V", email="", by=UserFactory(), now=now)
    retime = dates.retime

    def meanwhile(*args: Any, **how: Any) -> None:
        signups.confirm(signup=guest, now=now)
        signups.sign_up(occurrence=other, name="W", email="", by=UserFactory(), now=now)
        signups.cancel(signup=gone, by=gone.user, now=now)
        retime(*args, **how)

    monkeypatch.setattr(dates, "retime", meanwhile)
    to = row.local_start + timedelta(hours=1)
    dates.move_date(occurrence=row, local_start=to, by=organizer, now=now)
    undo.undo(edit=latest(), by=organizer, now=now + SECOND)

    row.refresh_from_db()
    other.refresh_from_db()
    third.refresh_from_db()
    assert row.local_start == row.original_start
    assert [one.status for one in other.signups.order_by("pk")] == ["confirmed", "confirmed"]
    assert [one.status for one in third.signups.all()] == ["cancelled"]
    assert (other.seats_taken, third.seats_taken) == (2, 0)


def test_the_only_date_comes_back_though_the_clock_struck_meanwhile(
    organizer: User, now: datetime
) -> None:
    made = published(organizer, now, rrule="")
    row = made.occurrences.select_related("series").get()
    dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=now)
    timers.run(now=now + SECOND)
    undo.undo(edit=latest(), by=organizer, now=now + 2 * SECOND)
    timers.run(now=now + timedelta(minutes=2))
    row = Occurrence.objects.select_related("series").get()
    assert (row.series.status, row.takes_signups(now=now)) == ("published", True)


def test_without_an_undo_a_series_without_dates_ends_after_the_minute(
    organizer: User, now: datetime
) -> None:
    made = published(organizer, now, rrule="")
    row = made.occurrences.select_related("series").get()
    dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=now)
    timers.run(now=now + timedelta(minutes=2))
    made.refresh_from_db()
    assert made.status == "ended"


def test_after_an_undo_the_same_edit_tells_people(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    row = made.occurrences.select_related("series")[0]
    signed_up(row, organizer, now)
    outbox.sweep(now=now)
    dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=now)
    undo.undo(edit=latest(), by=organizer, now=now + SECOND)
    dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=now + 2 * SECOND)
    mail.outbox.clear()
    outbox.sweep(now=now + timedelta(minutes=5))
    assert [message.subject for message in mail.outbox] == ["Called off: Robot club"]


def test_strangers_take_nothing_back(moved: Edit, now: datetime) -> None:
    with pytest.raises(PermissionDenied):
        undo.undo(edit=moved, by=UserFactory(), now=now + SECOND)


def test_what_was_there_before_is_forgotten_with_the_minute(moved: Edit, now: datetime) -> None:
    timers.run(now=now + SECOND)
    moved.refresh_from_db()
    assert moved.before
    timers.run(now=now + undo.MAILS_WAIT)
    moved.refresh_from_db()
    assert moved.before == {}
    timers.run(now=now + timedelta(days=2))
    assert not Edit.objects.exists()


def test_all_that_hangs_on_dates_is_found() -> None:
    found = {table.removeprefix("events.") for table, _model, _path in undo.of_dates()}
    assert found >= {"signup", "answer", "waitingentry", "offer", "doorcode", "seatblock"}
    for _table, model, path in undo.of_dates():
        assert list(models.QuerySet(model).filter(**{f"{path}__in": [1]})) == []


def test_the_desk_shows_the_button_for_a_minute(
    client: Client, organizer: User, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    made = published(organizer, now)
    row = made.occurrences.select_related("series")[0]
    signed_up(row, organizer, now)
    client.force_login(organizer)
    desk = f"/desk/organizations/{host_of(organizer).slug}/events/"
    typed = {"day": "2026-12-09", "clock": "17:00", "reason": ""}
    address = f"{desk}{made.slug}/2026-12-08T1630/move/"
    typed["confirmed"] = client.post(address, typed).context["confirmed"]
    answer = client.post(address, typed, follow=True)
    assert "Saved. 1 mail goes out in a minute." in answer.content.decode()
    address = f"{desk}undo/{latest().uuid}/"
    for page in (desk, f"{desk}{made.slug}/", f"{desk}{made.slug}/2026-12-08T1630/"):
        assert f'action="{address}"' in client.get(page).content.decode()

    stranger = Client()
    stranger.force_login(OrganizationMembershipFactory().user)
    assert stranger.post(address).status_code == 404
    other = host_of(OrganizationMembershipFactory().user).slug
    assert (
        client.post(f"/desk/organizations/{other}/events/undo/{latest().uuid}/").status_code == 404
    )
    assert client.get(address).status_code == 405

    answer = client.post(address, follow=True)
    assert "Taken back: all is as it was, and no mail went out." in answer.content.decode()
    assert Occurrence.objects.get(pk=row.pk).local_start == TUESDAY
    assert "goes out in a minute" not in client.get(desk).content.decode()


def test_the_desk_says_why_not_after_the_minute(
    client: Client, moved: Edit, organizer: User, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now + timedelta(minutes=2), tick=False)
    client.force_login(organizer)
    desk = f"/desk/organizations/{host_of(organizer).slug}/events/"
    assert "goes out in a minute" not in client.get(desk).content.decode()
    answer = client.post(f"{desk}undo/{moved.uuid}/", follow=True)
    assert "The minute is over: the mails are on their way." in answer.content.decode()
