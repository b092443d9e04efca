from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import User
from core import outbox
from events.domain import bookings, dates, plans, rescheduling, signups, waiting
from events.domain.plans import Plan, Times
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, Series, SignUp
from tests.events.published_series import TUESDAY, host_of, published
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

Status = Occurrence.Status
WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)


def times(start: datetime = TUESDAY + HOUR, rrule: str = "FREQ=WEEKLY;BYDAY=TU") -> Times:
    return Times(local_start=start, duration_minutes=90, rrule=rrule)


def date_of(series: Series, start: datetime) -> Occurrence:
    row: Occurrence = series.occurrences.select_related("series").get(original_start=start)
    return row


def change(first: Occurrence, to: Times, by: User, now: datetime) -> tuple[Plan, Series]:
    """Look at the plan, then do it."""
    seen = plans.plan(first=first, to=to, now=now)
    done = rescheduling.reschedule(first=first, to=to, by=by, now=now, shown=seen.digest)
    return seen, done


def join(row: Occurrence, now: datetime, user: User | None = None) -> SignUp:
    user = user or UserFactory()
    return signups.sign_up(occurrence=row, name=user.name, email="", by=user, now=now)


def starts(series: Series) -> list[datetime]:
    return list(series.occurrences.order_by("original_start").values_list("local_start", flat=True))


def test_all_dates_to_come_move_and_keep_their_people(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    first, third = date_of(series, TUESDAY), date_of(series, TUESDAY + 2 * WEEK)
    coming = join(third, now)

    seen, changed = change(first, times(), organizer, now)

    assert (seen.splits, changed.pk, seen.moved) == (False, series.pk, 79)
    assert (seen.signups_kept, seen.told, seen.added, seen.removed) == (1, 1, 0, ())
    assert starts(changed)[:2] == [TUESDAY + HOUR, TUESDAY + WEEK + HOUR]
    coming.refresh_from_db()
    assert coming.occurrence.pk == third.pk
    assert coming.occurrence.local_start == TUESDAY + 2 * WEEK + HOUR
    assert coming.occurrence.original_start == coming.occurrence.local_start


def test_this_and_following_leave_what_lies_before_as_it_was(
    organizer: User, now: datetime
) -> None:
    series = published(organizer, now)
    early, late = date_of(series, TUESDAY + WEEK), date_of(series, TUESDAY + 3 * WEEK)
    stays, goes = join(early, now), join(late, now)
    first = date_of(series, TUESDAY + 2 * WEEK)

    seen, goes_on = change(first, times(TUESDAY + 2 * WEEK + HOUR), organizer, now)

    series.refresh_from_db()
    assert (seen.splits, goes_on.continues, goes_on.status) == (True, series, "published")
    assert starts(series) == [TUESDAY, TUESDAY + WEEK]
    assert starts(goes_on)[:2] == [TUESDAY + 2 * WEEK + HOUR, TUESDAY + 3 * WEEK + HOUR]
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.occurrence.series, goes.occurrence.series) == (series, goes_on)
    assert "UNTIL=20261223T002900Z" in series.vevents.replace("\r\n ", "")
    assert f"UID:{goes_on.uuid}" in goes_on.vevents


def test_another_weekday_stays_in_its_week(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    sunday = TUESDAY + timedelta(days=5)
    to = times(sunday, "FREQ=WEEKLY;BYDAY=SU")

    seen, changed = change(date_of(series, TUESDAY), to, organizer, now)

    assert (seen.moved, seen.removed, seen.called_off) == (79, (), ())
    assert all(after - before == WEEK for before, after in pairwise(starts(changed)))
    # And back over the edge of the calendar's week.
    back = times(sunday + timedelta(days=1), "FREQ=WEEKLY;BYDAY=MO")
    seen, changed = change(date_of(changed, sunday), back, organizer, now)
    assert starts(changed)[0] == sunday + timedelta(days=1)
    assert seen.removed == ()


def test_dates_changed_by_hand_stay_as_they_were_changed(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    moved, gone = date_of(series, TUESDAY + WEEK), date_of(series, TUESDAY + 2 * WEEK)
    elsewhere = TUESDAY + WEEK + timedelta(days=1, hours=2)
    dates.move_date(occurrence=moved, local_start=elsewhere, by=organizer, now=now)
    dates.cancel_date(occurrence=gone, reason="Holiday", by=organizer, now=now)

    seen, changed = change(date_of(series, TUESDAY), times(), organizer, now)

    assert (seen.exceptions, seen.moved) == (2, 77)
    moved.refresh_from_db()
    gone.refresh_from_db()
    assert (moved.local_start, moved.status) == (elsewhere, Status.MOVED)
    assert moved.original_start == TUESDAY + WEEK + HOUR
    assert (gone.status, gone.original_start) == (Status.CANCELLED, TUESDAY + 2 * WEEK + HOUR)
    assert changed.occurrences.count() == 79


def test_a_date_that_new_times_have_where_it_was_moved_by_hand_goes_along_with_them_again(
    organizer: User, now: datetime
) -> None:
    series = published(organizer, now)
    moved = date_of(series, TUESDAY + WEEK)
    dates.move_date(occurrence=moved, local_start=TUESDAY + WEEK + HOUR, by=organizer, now=now)
    change(date_of(series, TUESDAY), times(TUESDAY + HOUR), organizer, now)
    moved.refresh_from_db()
    assert moved.local_start == moved.original_start == TUESDAY + WEEK + HOUR
    first = date_of(Series.objects.get(pk=series.pk), TUESDAY + HOUR)
    change(first, times(TUESDAY + 2 * HOUR), organizer, now)
    moved.refresh_from_db()
    assert moved.local_start == moved.original_start == TUESDAY + WEEK + 2 * HOUR


def test_left_out_and_extra_days_go_along(organizer: User, now: datetime) -> None:
    out, extra = TUESDAY + WEEK, TUESDAY + timedelta(days=2)
    series = published(
        organizer, now, excluded_dates=[out.isoformat()], extra_dates=[extra.isoformat()]
    )

    _seen, changed = change(date_of(series, TUESDAY), times(), organizer, now)

    assert starts(changed)[:3] == [TUESDAY + HOUR, extra, TUESDAY + 2 * WEEK + HOUR]
    assert [datetime.fromisoformat(text) for text in changed.excluded_dates] == [out + HOUR]


def test_fewer_dates_call_off_only_where_people_come(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    loses = join(date_of(series, TUESDAY + WEEK), now)
    to = Times(local_start=TUESDAY, duration_minutes=90, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")

    seen, changed = change(date_of(series, TUESDAY), to, organizer, now)
    outbox.sweep(now=now + MAILS_WAIT)

    assert (len(seen.called_off), len(seen.removed), seen.moved) == (1, 38, 0)
    assert seen.told == 1
    loses.refresh_from_db()
    assert (loses.status, loses.occurrence.status) == ("cancelled", Status.CANCELLED)
    assert "Called off" in mail.outbox[-1].subject
    taking_place = changed.occurrences.filter(status=Status.SCHEDULED)
    assert taking_place.count() == 40


def test_a_date_moved_by_hand_stays_even_where_the_new_times_have_no_place_for_it(
    organizer: User, now: datetime
) -> None:
    series = published(organizer, now)
    moved = date_of(series, TUESDAY + WEEK)
    elsewhere = TUESDAY + WEEK + timedelta(days=1)
    dates.move_date(occurrence=moved, local_start=elsewhere, by=organizer, now=now)
    to = Times(local_start=TUESDAY, duration_minutes=90, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")

    seen, changed = change(date_of(series, TUESDAY), to, organizer, now)

    assert (seen.exceptions, len(seen.removed)) == (1, 38)
    moved.refresh_from_db()
    assert (moved.series, moved.local_start) == (changed, elsewhere)
    assert "RECURRENCE-ID;TZID=America/Los_Angeles:20261215T163000" in changed.vevents
    assert "RDATE;TZID=America/Los_Angeles:20261215T163000" in changed.vevents


def test_a_rule_that_falls_on_an_extra_date_does_not_double_it(
    organizer: User, now: datetime
) -> None:
    extra = TUESDAY + timedelta(days=2)
    series = published(organizer, now, extra_dates=[extra.isoformat()])
    comes = join(date_of(series, extra), now)
    to = times(extra, "FREQ=WEEKLY;BYDAY=TH")

    _seen, changed = change(date_of(series, TUESDAY), to, organizer, now)

    assert changed.occurrences.filter(original_start=extra).count() == 1
    comes.refresh_from_db()
    assert comes.occurrence.original_start == extra


def test_more_dates_are_added(organizer: User, now: datetime) -> None:
    series = published(organizer, now, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
    had = series.occurrences.count()

    to = Times(local_start=TUESDAY, duration_minutes=90, rrule="FREQ=WEEKLY;BYDAY=TU")
    seen, changed = change(date_of(series, TUESDAY), to, organizer, now)

    assert (seen.moved, seen.added) == (0, 79 - had)
    assert changed.occurrences.count() == 79


def test_mails_wait_a_minute_and_name_both_times(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    join(date_of(series, TUESDAY), now)
    outbox.sweep(now=now)
    mail.outbox.clear()

    change(date_of(series, TUESDAY), times(), organizer, now)

    outbox.sweep(now=now)
    assert mail.outbox == []
    outbox.sweep(now=now + MAILS_WAIT)
    outbox.sweep(now=now + MAILS_WAIT)
    assert len(mail.outbox) == 1
    assert "4:30 – 6:00 PM" in mail.outbox[0].body
    assert "5:30 – 7:00 PM" in mail.outbox[0].body


def test_who_would_be_in_two_places_is_counted(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    other = published(organizer, now, title="Other", local_start=TUESDAY + 2 * HOUR)
    touching = published(organizer, now, title="Touching", local_start=TUESDAY + 3 * HOUR)
    both, neighbour = UserFactory(), UserFactory()
    first = date_of(series, TUESDAY)
    for person, beside in ((both, other), (neighbour, touching)):
        join(first, now, person)
        join(date_of(beside, beside.local_start), now, person)

    assert plans.plan(first=first, to=times(TUESDAY + HOUR), now=now).clashes == 1
    apart = times(TUESDAY + timedelta(minutes=5))
    assert plans.plan(first=first, to=apart, now=now).clashes == 0


def test_who_loses_a_date_by_the_same_plan_is_not_in_two_places(
    organizer: User, now: datetime
) -> None:
    series = published(organizer, now, rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    other = published(
        organizer,
        now,
        title="Other",
        local_start=TUESDAY + 2 * WEEK - HOUR,
        rrule="",
        duration_minutes=60,
    )
    one, both = UserFactory(), UserFactory()
    for person in (one, both):
        for start in (TUESDAY, TUESDAY + 2 * WEEK):
            join(date_of(series, start), now, person)
    # The first date goes to where the last was, which is called off.
    to = Times(local_start=TUESDAY + 2 * WEEK - HOUR, duration_minutes=180, rrule="")
    first = date_of(series, TUESDAY)
    seen = plans.plan(first=first, to=to, now=now)
    assert (seen.moved, len(seen.called_off), seen.clashes) == (1, 1, 0)
    join(date_of(other, TUESDAY + 2 * WEEK - HOUR), now, both)
    assert plans.plan(first=first, to=to, now=now).clashes == 1


def test_the_plan_counts_the_mails_that_go(organizer: User, now: datetime) -> None:
    rule = "FREQ=WEEKLY;BYDAY=TU;COUNT="
    series = published(organizer, now, rrule=f"{rule}3", capacity=4)
    first, last = date_of(series, TUESDAY), date_of(series, TUESDAY + 2 * WEEK)
    join(first, now)
    party: dict[str, Any] = {
        "name": "Ana Ruiz",
        "others": ["Ben"],
        "email": "",
        "by": UserFactory(),
    }
    bookings.book(series=series, dates=[first.pk], now=now, **party)
    for _person in range(4):
        join(last, now)
    waiting.join(occurrence=last, name="Dan", email="", by=UserFactory(), now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()

    to = Times(local_start=TUESDAY + HOUR, duration_minutes=90, rrule=f"{rule}2")
    seen, _changed = change(first, to, organizer, now)
    outbox.sweep(now=now + MAILS_WAIT)
    # Of the date that moves one to each party, of that called off to who waited as well.
    subjects = sorted(message.subject for message in mail.outbox)
    assert subjects == ["Called off: Robot club"] * 5 + ["New time: Robot club"] * 2
    assert seen.told == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"duration_minutes": 600},
        {"rrule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20290101"},
        {"local_start": TUESDAY + 2 * HOUR},
    ],
)
def test_other_times_than_those_shown_are_not_given(
    organizer: User, now: datetime, changes: dict[str, Any]
) -> None:
    series = published(organizer, now)
    first = date_of(series, TUESDAY)
    seen = plans.plan(first=first, to=times(), now=now)
    other = replace(times(), **changes)
    with pytest.raises(rescheduling.PlanChanged):
        rescheduling.reschedule(first=first, to=other, by=organizer, now=now, shown=seen.digest)
    assert starts(series)[0] == TUESDAY
    rescheduling.reschedule(first=first, to=times(), by=organizer, now=now, shown=seen.digest)
    assert starts(series)[0] == TUESDAY + HOUR


def test_what_was_not_shown_is_not_done(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    first = date_of(series, TUESDAY)
    seen = plans.plan(first=first, to=times(), now=now)
    join(first, now)

    with pytest.raises(rescheduling.PlanChanged, match="again"):
        rescheduling.reschedule(first=first, to=times(), by=organizer, now=now, shown=seen.digest)
    assert starts(series)[0] == TUESDAY


def test_planning_changes_nothing(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    before = list(series.occurrences.order_by("pk").values())
    plans.plan(first=date_of(series, TUESDAY), to=times(), now=now)
    assert list(series.occurrences.order_by("pk").values()) == before


def test_strangers_change_no_times(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    first = date_of(series, TUESDAY)
    seen = plans.plan(first=first, to=times(), now=now)
    with pytest.raises(PermissionDenied):
        rescheduling.reschedule(
            first=first, to=times(), by=UserFactory(), now=now, shown=seen.digest
        )


def test_times_that_do_not_fit_are_refused_with_a_sentence(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    first = date_of(series, TUESDAY)
    same = times(TUESDAY)
    with pytest.raises(plans.NothingChanges, match="already"):
        plans.plan(first=first, to=same, now=now)
    with pytest.raises(dates.NotLater):
        plans.plan(first=first, to=times(TUESDAY - 52 * WEEK), now=now)
    with pytest.raises(dates.DateIsPast):
        plans.plan(first=first, to=times(), now=first.starts_at)
    dates.cancel_date(occurrence=first, reason="x", by=organizer, now=now)
    first.refresh_from_db()
    with pytest.raises(dates.DateIsCancelled):
        plans.plan(first=first, to=times(), now=now)


def test_what_took_place_is_never_touched(organizer: User, now: datetime) -> None:
    series = published(organizer, now)
    later = now + timedelta(days=30)
    past = list(series.occurrences.filter(starts_at__lte=later).order_by("pk").values())
    first = plans.first_to_come(series, now=later)
    assert first is not None

    to = times(first.original_start + HOUR)
    seen, goes_on = change(first, to, organizer, later)

    assert seen.splits
    assert list(series.occurrences.filter(starts_at__lte=later).order_by("pk").values()) == past
    assert goes_on.occurrences.filter(starts_at__lte=later).count() == 0


# --- Through the door -----------------------------------------------------------------------------


def test_an_organizer_reads_the_plan_before_it_is_done(
    client: Client, organizer: User, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    series = published(organizer, now)
    host = host_of(organizer)
    join(date_of(series, TUESDAY + 2 * WEEK), now)
    client.force_login(organizer)
    desk = f"/desk/organizations/{host.slug}/events/{series.slug}/"
    path = f"{desk}2026-12-15T1630/following/"
    assert "Change the times of all dates to come" in client.get(desk).text
    typed = {
        "day": "2026-12-16",
        "clock": "17:00",
        "duration_minutes": "60",
        "repeats": "weekly",
        "reason": "The room is taken on Tuesdays",
    }
    assert 'value="16:30' in client.get(path).text

    seen = client.post(path, typed)
    assert "78 dates move." in seen.text
    assert "1 sign-up is kept." in seen.text
    assert "1 mail will go." in seen.text
    assert series.occurrences.count() == 79  # a plan is no deed

    stale = client.post(path, {**typed, "shown": "0" * 32})
    assert (stale.status_code, "Look at the plan again" in stale.text) == (422, True)

    shown = seen.context["plan"].digest
    done = client.post(path, {**typed, "shown": shown}, follow=True)
    goes_on = Series.objects.get(continues=series)
    assert done.redirect_chain[0][0].endswith(f"/events/{goes_on.slug}/")
    assert series.occurrences.count() == 1
    # An address that was shared before leads on.
    shared = client.get(f"/events/{series.slug}/2026-12-22T1630/")
    assert (shared.status_code, shared["Location"]) == (302, goes_on.get_absolute_url())
    assert "See its next dates" in client.get(series.get_absolute_url()).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": "2026-12-01"}, "Choose a time that is still to come"),
        ({"day": "2026-12-15", "clock": "16:30", "duration_minutes": "90"}, "already"),
        ({"repeats": "custom", "rrule": "FREQ=SECONDLY"}, "rrule"),
        ({"repeats": "custom", "rrule": ""}, "Write the rule"),
        ({"day": "yesterday"}, "day"),
    ],
)
def test_times_that_do_not_fit_are_said_on_the_form(
    client: Client,
    organizer: User,
    now: datetime,
    time_machine: Any,
    *,
    changes: dict[str, str],
    sentence: str,
) -> None:
    time_machine.move_to(now, tick=False)
    series = published(organizer, now)
    client.force_login(organizer)
    slug = host_of(organizer).slug
    path = f"/desk/organizations/{slug}/events/{series.slug}/2026-12-15T1630/following/"
    typed = {"day": "2026-12-16", "clock": "17:00", "duration_minutes": "60", "repeats": "weekly"}
    answer = client.post(path, {**typed, **changes})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert starts(series)[1] == TUESDAY + WEEK
