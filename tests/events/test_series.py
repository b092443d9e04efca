from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from accounts.models import User
from core import outbox, search
from events.domain import admission, dates, series, signups, timers
from events.domain.undo import MAILS_WAIT
from events.models import Occurrence, Series, SignUp
from organizations.models import Organization
from tests.events.published_series import TUESDAY, details, host_of, published
from tests.factories.accounts import UserFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = Series.Status


def test_an_approved_host_publishes_directly(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    assert (made.status, made.live, made.slug) == (Status.PUBLISHED, True, "robot-club")
    assert made.occurrences.count() == 79
    assert made.occurrences.first().local_start == TUESDAY
    assert [found.url for found in search.results("robot")] == [made.get_absolute_url()]
    assert made.latitude is not None


def test_another_host_goes_to_review_first(now: datetime) -> None:
    waiting = OrganizationFactory(status=Organization.Status.SUBMITTED, live=False)
    user = OrganizationMembershipFactory(organization=waiting).user
    made = published(user, now)
    assert (made.status, made.live, made.occurrences.count()) == (Status.IN_REVIEW, False, 0)
    staff = UserFactory(is_staff=True)
    assert series.publish(series=made, by=staff, now=now).status == Status.PUBLISHED


def test_strangers_write_and_publish_nothing(organizer: User, now: datetime) -> None:
    stranger = UserFactory()
    with pytest.raises(PermissionDenied):
        series.draft(details=details(), host=host_of(organizer), by=stranger, now=now)
    with pytest.raises(PermissionDenied):
        series.draft(details=details(), host=None, by=stranger, now=now)
    made = published(organizer, now)
    with pytest.raises(PermissionDenied):
        series.cancel(series=made, reason="", by=stranger, now=now)
    with pytest.raises(PermissionDenied):
        dates.cancel_date(occurrence=made.occurrences.all()[0], reason="", by=stranger, now=now)


def test_slugs_are_free_and_never_a_reserved_word(organizer: User, now: datetime) -> None:
    slugs = [published(organizer, now, title=t).slug for t in ("Calendar", "New", "Robot", "Robot")]
    assert slugs == ["calendar-event", "new-2", "robot", "robot-2"]


def test_words_and_places_change_but_not_the_times_of_a_published_series(
    organizer: User, now: datetime
) -> None:
    made = published(organizer, now)
    with pytest.raises(series.ScheduleFixed):
        series.edit(
            series=made,
            details=details(local_start=TUESDAY + timedelta(hours=1)),
            by=organizer,
            now=now,
        )
    changed = series.edit(
        series=made, details=details(title="Robots", capacity=9), by=organizer, now=now
    )
    assert (changed.slug, changed.title, changed.sequence) == ("robot-club", "Robots", 1)
    assert set(changed.occurrences.values_list("capacity", flat=True)) == {9}
    assert "SUMMARY:Robots\r\n" in Series.objects.get(pk=made.pk).vevents


def test_the_window_is_extended_by_what_has_come_within_it(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    assert series.extend_window(now=now) == 0
    later = now + timedelta(days=35)
    assert series.extend_window(now=later) == 5
    assert series.extend_window(now=later) == 0
    starts = list(made.occurrences.values_list("original_start", flat=True))
    assert starts == [TUESDAY + timedelta(weeks=week) for week in range(84)]


def test_a_moved_date_stays_itself_and_tells_its_people(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    first = made.occurrences.all()[0]
    signups.sign_up(occurrence=first, name="Ana", email="", by=organizer, now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    to = TUESDAY + timedelta(days=1, hours=1)
    preview = dates.preview_move(occurrence=first, local_start=to, now=now)
    assert (preview.told, preview.when_after) == (1, "Wed, Dec 9, 5:30 – 7:00 PM PST")
    moved = dates.move_date(occurrence=first, local_start=to, by=organizer, now=now, reason="Rain")
    again = dates.move_date(occurrence=first, local_start=to, by=organizer, now=now)
    assert (moved.pk, moved.original_start, moved.status) == (first.pk, TUESDAY, "moved")
    assert (moved.sequence, again.sequence) == (1, 1)
    outbox.sweep(now=now + MAILS_WAIT)
    assert [letter.subject for letter in mail.outbox] == ["New time: Robot club"]
    assert "Rain" in mail.outbox[0].body
    assert "Tue, Dec 8, 4:30 – 6:00 PM PST" in mail.outbox[0].body
    assert moved.signups.get().status == SignUp.Status.CONFIRMED


def test_a_cancelled_date_frees_everybody_and_tells_them_once(
    organizer: User, now: datetime
) -> None:
    made = published(organizer, now)
    first, second = made.occurrences.all()[:2]
    signups.sign_up(occurrence=first, name="Ana", email="", by=organizer, now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    for _time in range(2):
        gone = dates.cancel_date(occurrence=first, reason="Flooded", by=organizer, now=now)
    outbox.sweep(now=now + MAILS_WAIT)
    assert (gone.status, gone.seats_taken, gone.sequence) == ("cancelled", 0, 1)
    assert [letter.subject for letter in mail.outbox] == ["Called off: Robot club"]
    assert "Flooded" in mail.outbox[0].body
    with pytest.raises(admission.OccurrenceCancelled):
        signups.sign_up(occurrence=first, name="Ben", email="b@x.org", by=None, now=now)
    signups.sign_up(occurrence=second, name="Ben", email="b@x.org", by=None, now=now)


def test_the_past_is_never_rewritten(now: datetime) -> None:
    staff = UserFactory(is_staff=True)
    past = OccurrenceFactory(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    with pytest.raises(dates.DateIsPast):
        dates.cancel_date(occurrence=past, reason="", by=staff, now=now)
    with pytest.raises(dates.DateIsPast):
        dates.move_date(
            occurrence=past, local_start=TUESDAY + timedelta(days=60), by=staff, now=now
        )


def test_a_date_moves_only_to_what_is_still_to_come(organizer: User, now: datetime) -> None:
    first = published(organizer, now).occurrences.all()[0]
    with pytest.raises(dates.NotLater):
        dates.move_date(
            occurrence=first, local_start=TUESDAY - timedelta(days=30), by=organizer, now=now
        )


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_a_date_moves_only_to_years_that_calendars_hold(
    organizer: User, now: datetime, year: int
) -> None:
    first = published(organizer, now).occurrences.all()[0]
    to = TUESDAY.replace(year=year, day=31)
    with pytest.raises(dates.FarOff):
        dates.preview_move(occurrence=first, local_start=to, now=now)
    with pytest.raises(dates.FarOff):
        dates.move_date(occurrence=first, local_start=to, by=organizer, now=now)
    last = TUESDAY.replace(year=2100, day=31)
    assert dates.move_date(occurrence=first, local_start=last, by=organizer, now=now).status == (
        "moved"
    )


def test_calling_off_a_series_tells_everybody_once(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    for occurrence in made.occurrences.all()[:2]:
        signups.sign_up(occurrence=occurrence, name="Ana", email="", by=organizer, now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    for _time in range(2):
        gone = series.cancel(series=made, reason="No room", by=organizer, now=now)
    outbox.sweep(now=now + MAILS_WAIT)
    assert (gone.status, len(mail.outbox)) == (Status.CANCELLED, 2)
    assert not SignUp.objects.coming().exists()
    assert "STATUS:CANCELLED" in gone.vevents


def test_what_is_over_ends(now: datetime) -> None:
    over = OccurrenceFactory(
        series__materialized_until=now.date(),
        starts_at=now - timedelta(hours=2),
        ends_at=now - timedelta(hours=1),
    )
    going_on = OccurrenceFactory(series__materialized_until=now.date())
    assert series.end_what_is_over(now=now) == 1
    assert series.end_what_is_over(now=now) == 0
    over.refresh_from_db()
    assert (over.status, Series.objects.get(pk=over.series_id).status) == ("happened", "ended")
    assert Series.objects.get(pk=going_on.series_id).status == Status.PUBLISHED


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"rrule": "FREQ=YEARLY;INTERVAL=2"}, 1),
        ({"rrule": "FREQ=YEARLY;INTERVAL=2;COUNT=2"}, 1),
        ({"rrule": "FREQ=YEARLY;INTERVAL=2;UNTIL=20281208"}, 1),
        ({"local_start": TUESDAY.replace(year=2028, month=9, day=5)}, 0),
    ],
)
def test_what_goes_on_beyond_the_rows_is_not_over_and_gets_its_dates(
    organizer: User, now: datetime, changes: dict[str, Any], rows: int
) -> None:
    made = published(organizer, now, **changes)
    assert made.occurrences.count() == rows
    timers.run(now=now + timedelta(days=30))
    made.refresh_from_db()
    assert (made.status, made.occurrences.count()) == (Status.PUBLISHED, rows)
    timers.run(now=now + timedelta(days=400))
    made.refresh_from_db()
    new = made.occurrences.exclude(original_start=TUESDAY)
    assert (made.status, new[0].local_start.year) == (Status.PUBLISHED, 2028)


def test_a_rule_with_hundreds_of_dates_far_off_holds_nothing_up(
    organizer: User, now: datetime
) -> None:
    hours = ",".join(str(hour) for hour in range(24))
    rule = f"FREQ=YEARLY;INTERVAL=4;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR={hours}"
    last_of_2026 = TUESDAY.replace(day=31)
    made = published(
        organizer, now, local_start=last_of_2026, duration_minutes=30, rrule=rule, capacity=None
    )
    over = published(organizer, now, rrule="")
    timers.run(now=now + timedelta(days=60))
    made.refresh_from_db()
    over.refresh_from_db()
    assert (made.status, over.status) == (Status.PUBLISHED, Status.ENDED)
    # They are made by the month as their year comes near.
    for days in (590, 619):
        timers.run(now=now + timedelta(days=days))
    made.refresh_from_db()
    rows = made.occurrences.filter(starts_at__gt=now + timedelta(days=60))
    assert (made.status, rows.count()) == (Status.PUBLISHED, 47 * 24)


@pytest.mark.parametrize(
    "changes",
    [
        {"rrule": ""},
        {"rrule": "FREQ=YEARLY;INTERVAL=2;COUNT=1"},
        {"rrule": "FREQ=YEARLY;INTERVAL=2;UNTIL=20281207"},
        {"rrule": "FREQ=YEARLY;INTERVAL=1000"},
        {"rrule": "FREQ=YEARLY;INTERVAL=2;COUNT=2", "excluded_dates": ["2028-12-08T16:30"]},
    ],
)
def test_what_has_no_date_beyond_the_rows_either_is_over(
    organizer: User, now: datetime, changes: dict[str, Any]
) -> None:
    made = published(organizer, now, **changes)
    timers.run(now=now + timedelta(days=30))
    made.refresh_from_db()
    assert made.status == Status.ENDED


def test_cancelled_dates_leave_the_calendars_after_30_days(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    dates.cancel_date(occurrence=made.occurrences.all()[0], reason="", by=organizer, now=now)
    assert timers.drop_old_cancellations(now=now + timedelta(days=30)) == 0
    assert timers.drop_old_cancellations(now=now + timedelta(days=31)) == 1
    text = Series.objects.get(pk=made.pk).vevents
    assert "EXDATE;TZID=America/Los_Angeles:20261208T163000\r\n" in text
    assert "STATUS:CANCELLED" not in text


@pytest.mark.parametrize(("was", "to"), list(product(Status, Status)))
def test_a_series_moves_only_as_the_table_says(was: Series.Status, to: Series.Status) -> None:
    row = SeriesFactory(status=was)
    if to in Series.MOVES[was]:
        series._move(row, to, by=None)
        assert Series.objects.get(pk=row.pk).status == to
    else:
        with pytest.raises(series.NoSuchMove):
            series._move(row, to, by=None)


@pytest.mark.parametrize(("was", "to"), list(product(Occurrence.Status, Occurrence.Status)))
def test_a_date_moves_only_as_the_table_says(
    was: Occurrence.Status, to: Occurrence.Status, now: datetime
) -> None:
    row = OccurrenceFactory(
        status=was, cancelled_at=now if was == Occurrence.Status.CANCELLED else None
    )
    row.cancelled_at = now if to == Occurrence.Status.CANCELLED else None
    if to in Occurrence.MOVES[was]:
        dates._move(row, to, by=None, now=now)
        assert Occurrence.objects.get(pk=row.pk).status == to
    else:
        with pytest.raises(dates.DateIsPast):
            dates._move(row, to, by=None, now=now)
