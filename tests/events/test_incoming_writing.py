"""Events of a calendar become series, and stay in step with it."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from accounts.models import User
from core import outbox, search
from core.errors import DomainError
from events.domain import (
    dates,
    incoming,
    incoming_plans,
    plans,
    rescheduling,
    signups,
    timers,
    undo,
)
from events.domain import series as lifecycle
from events.domain.details import Details
from events.domain.undo import MAILS_WAIT
from events.models import Edit, IncomingCalendar, IncomingEvent, Occurrence, Series, SignUp
from organizations.models import Organization
from tests.events.incoming_calendars import ONCE, WEEKLY, change, take, text
from tests.events.published_series import TUESDAY
from tests.factories.organizations import OrganizationFactory

pytestmark = pytest.mark.django_db


def renamed(event: tuple[str, ...]) -> tuple[str, ...]:
    return (event[0], "SUMMARY:Robots", *event[2:])


def test_events_become_series_with_their_dates(calendar: IncomingCalendar, now: datetime) -> None:
    moved = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000", "DURATION:PT1H")
    off = change(WEEKLY, "20261222T163000", "STATUS:CANCELLED")
    weekly = (*WEEKLY, "EXDATE;TZID=America/Los_Angeles:20261229T163000")
    assert take(calendar, text(ONCE, weekly, moved, off), now) == {"created": 2}
    once, club = Series.objects.order_by("title")
    assert (once.title, once.slug, once.kind, once.live) == (
        "Open house", "open-house", "workshop", True,
    )  # fmt: skip
    assert (club.time_zone, club.duration_minutes, club.status) == (
        "America/Los_Angeles", 90, "published",
    )  # fmt: skip
    rows = list(club.occurrences.values_list("original_start", "local_start", "status"))
    assert rows == [
        (TUESDAY, TUESDAY, "scheduled"),
        (TUESDAY + timedelta(days=7), datetime(2026, 12, 16, 17, 30), "moved"),  # noqa: DTZ001
        (TUESDAY + timedelta(days=28), TUESDAY + timedelta(days=28), "scheduled"),
    ]
    assert "RECURRENCE-ID;TZID=America/Los_Angeles:20261215T163000\r\n" in club.vevents
    assert [found.url for found in search.results("house")] == [once.get_absolute_url()]
    calendar.refresh_from_db()
    assert (calendar.name, calendar.read_at) == ("Club", now)


def test_the_same_again_changes_nothing(calendar: IncomingCalendar, now: datetime) -> None:
    content = text(ONCE, WEEKLY)
    take(calendar, content, now)
    before = list(Series.objects.values()), list(Occurrence.objects.values())
    assert take(calendar, content, now + timedelta(hours=1)) == {"unchanged": 2}
    assert (list(Series.objects.values()), list(Occurrence.objects.values())) == before


def test_a_changed_rule_moves_dates_and_keeps_who_comes(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(WEEKLY), now)
    second = Occurrence.objects.all()[1]
    signup = signups.sign_up(occurrence=second, name="Ana", email="", by=organizer, now=now)
    outbox.sweep(now=now)
    mail.outbox.clear()
    later = an_hour_later(WEEKLY)
    assert take(calendar, text(later), now) == {"changed": 1}
    second.refresh_from_db()
    signup.refresh_from_db()
    assert (second.local_start, second.status) == (TUESDAY + timedelta(days=7, hours=1), "moved")
    assert second.original_start == second.local_start
    assert (signup.occurrence_id, signup.status) == (second.pk, SignUp.Status.CONFIRMED)
    assert Occurrence.objects.count() == 5
    outbox.sweep(now=now + MAILS_WAIT)
    assert [letter.subject for letter in mail.outbox] == ["New time: Robot club"]
    assert take(calendar, text(later), now) == {"unchanged": 1}


def an_hour_later(event: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line.replace("T163000", "T173000").replace("T180000", "T190000") for line in event)


def two_hours_later_from_the_third(by: User, now: datetime) -> Series:
    """What the desk does; the series that goes on from there."""
    third = Occurrence.objects.select_related("series").get(
        original_start=TUESDAY + timedelta(weeks=2)
    )
    to = plans.Times(
        local_start=third.local_start + timedelta(hours=2),
        duration_minutes=90,
        rrule="FREQ=WEEKLY;BYDAY=TU;COUNT=3",
    )
    shown = plans.plan(first=third, to=to, now=now).digest
    return rescheduling.reschedule(first=third, to=to, by=by, now=now, shown=shown)


def starts(**which: object) -> list[datetime]:
    rows = Occurrence.objects.filter(**which).exclude(status="cancelled").order_by("local_start")
    return list(rows.values_list("local_start", flat=True))


def test_what_the_desk_gave_other_times_keeps_them_until_the_calendar_gives_others(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(WEEKLY), now)
    last = Occurrence.objects.all()[4]
    signup = signups.sign_up(occurrence=last, name="Ana", email="", by=organizer, now=now)
    goes_on = two_hours_later_from_the_third(organizer, now)
    desks = starts()
    assert take(calendar, text(WEEKLY), now) == {"unchanged": 1}
    assert take(calendar, text(renamed(WEEKLY)), now) == {"changed": 1}
    assert starts() == desks
    assert set(Series.objects.values_list("title", flat=True)) == {"Robots"}
    assert take(calendar, text(an_hour_later(WEEKLY)), now) == {"changed": 1}
    weekly = [TUESDAY + timedelta(weeks=number, hours=1) for number in range(5)]
    assert (starts(), starts(series=goes_on)) == (weekly, weekly[2:])
    goes_on.refresh_from_db()
    assert goes_on.rrule == "FREQ=WEEKLY;COUNT=3;BYDAY=TU"
    last.refresh_from_db()
    signup.refresh_from_db()
    assert (signup.occurrence_id, signup.status) == (last.pk, SignUp.Status.CONFIRMED)
    assert last.local_start == weekly[4]
    # Without a date for the later half, that is called off and the former goes on.
    short = tuple(line.replace("COUNT=5", "COUNT=2") for line in an_hour_later(WEEKLY))
    assert take(calendar, text(short), now) == {"changed": 1}
    assert starts() == weekly[:2]


def test_both_halves_are_called_off_when_the_event_vanishes(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    two_hours_later_from_the_third(organizer, now)
    assert take(calendar, text(ONCE), now) == {"unchanged": 1, "called_off": 1}
    assert list(starts(series__title="Robot club")) == []
    assert set(Series.objects.filter(title="Robot club").values_list("status", flat=True)) == {
        "cancelled"
    }
    assert len(starts()) == 1


def test_other_times_are_taken_back_though_the_calendar_was_read_meanwhile(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(WEEKLY), now)
    before = starts()
    two_hours_later_from_the_third(organizer, now)
    assert take(calendar, text(renamed(WEEKLY)), now) == {"changed": 1}
    undo.undo(edit=Edit.objects.get(), by=organizer, now=now + timedelta(seconds=30))
    assert (starts(), Series.objects.get().title) == (before, "Robots")
    # It is known still: nothing is made of it a second time.
    assert take(calendar, text(renamed(WEEKLY)), now) == {"unchanged": 1}
    # Where the calendar gave other times meanwhile, these stand.
    two_hours_later_from_the_third(organizer, now)
    assert take(calendar, text(an_hour_later(WEEKLY)), now) == {"changed": 1}
    edit = Edit.objects.get(undone_at=None)
    with pytest.raises(undo.ActedOn):
        undo.undo(edit=edit, by=organizer, now=now + timedelta(seconds=30))
    assert IncomingEvent.objects.get().series_id == Series.objects.earliest("pk").pk


def test_what_the_desk_did_with_a_date_stays_until_the_calendar_says_otherwise_of_it(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    put = change(WEEKLY, "20261222T163000", "DTSTART:20261223T163000", "DURATION:PT1H")
    take(calendar, text(WEEKLY, put), now)
    _first, moved, put_off, off, _last = Occurrence.objects.select_related("series")
    to = TUESDAY + timedelta(days=7, hours=3)
    dates.move_date(occurrence=moved, local_start=to, by=organizer, now=now)
    far = TUESDAY + timedelta(days=16, hours=2)
    dates.move_date(occurrence=put_off, local_start=far, by=organizer, now=now)
    dates.cancel_date(occurrence=off, reason="Flood", by=organizer, now=now)
    after = starts()
    assert take(calendar, text(renamed(WEEKLY), put), now) == {"changed": 1}
    longer = tuple(line.replace("COUNT=5", "COUNT=6") for line in WEEKLY)
    assert take(calendar, text(longer, put), now) == {"changed": 1}
    assert starts() == [*after, TUESDAY + timedelta(weeks=5)]
    # The calendar takes back its own change of one date, and says nothing new of the other.
    assert take(calendar, text(longer), now) == {"changed": 1}
    put_off.refresh_from_db()
    moved.refresh_from_db()
    assert (put_off.local_start, moved.local_start) == (TUESDAY + timedelta(weeks=2), to)
    # The rule moves, and what was called off does not come back an hour later.
    assert take(calendar, text(an_hour_later(longer)), now) == {"changed": 1}
    assert starts() == [TUESDAY + timedelta(weeks=number, hours=1) for number in (0, 1, 2, 4, 5)]
    off.refresh_from_db()
    assert off.status == Occurrence.Status.CANCELLED


def test_a_single_event_that_moves_stays_itself(calendar: IncomingCalendar, now: datetime) -> None:
    take(calendar, text(ONCE), now)
    row = Occurrence.objects.get()
    moved = tuple(line.replace("20261217", "20270117") for line in ONCE)
    assert take(calendar, text(moved), now) == {"changed": 1}
    after = Occurrence.objects.get()
    assert (after.pk, after.original_start, after.status) == (row.pk, row.original_start, "moved")
    assert after.local_start == datetime(2027, 1, 17, 16, 30)  # noqa: DTZ001
    back = take(calendar, text(ONCE), now)
    assert (back, Occurrence.objects.get().local_start) == ({"changed": 1}, row.local_start)


@pytest.mark.parametrize("where", ["calendar", "desk"])
def test_what_was_put_off_takes_place_though_its_first_day_is_over(
    where: str, calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    put_off = change(WEEKLY, "20261208T163000", "DTSTART:20261218T163000", "DURATION:PT1H")
    changes = [put_off] if where == "calendar" else []
    take(calendar, text(WEEKLY, *changes), now)
    row = Occurrence.objects.select_related("series").get(original_start=TUESDAY)
    if where == "desk":
        to = TUESDAY + timedelta(days=10)
        dates.move_date(occurrence=row, local_start=to, by=organizer, now=now)
    signup = signups.sign_up(occurrence=row, name="Ana", email="", by=organizer, now=now)
    outbox.sweep(now=now + MAILS_WAIT)
    mail.outbox.clear()
    after = now + timedelta(days=(TUESDAY.date() - now.date()).days + 3)
    timers.run(now=after)
    assert take(calendar, text(renamed(WEEKLY), *changes), after) == {"changed": 1}
    outbox.sweep(now=after + MAILS_WAIT)
    row.refresh_from_db()
    signup.refresh_from_db()
    assert (row.status, signup.status) == ("moved", SignUp.Status.CONFIRMED)
    assert (row.local_start, len(mail.outbox)) == (TUESDAY + timedelta(days=10), 0)
    # Left out of its rule, it is called off.
    gone = (*renamed(WEEKLY), "EXDATE;TZID=America/Los_Angeles:20261208T163000")
    assert take(calendar, text(gone), after) == {"changed": 1}
    row.refresh_from_db()
    assert row.status == Occurrence.Status.CANCELLED


def test_a_date_that_was_put_off_before_the_calendar_was_known_is_taken(
    calendar: IncomingCalendar, now: datetime
) -> None:
    after = now + timedelta(days=(TUESDAY.date() - now.date()).days + 3)
    put_off = change(WEEKLY, "20261208T163000", "DTSTART:20261218T163000", "DURATION:PT1H")
    over = change(WEEKLY, "20261208T163000", "DTSTART:20261209T163000", "DURATION:PT1H")
    for number, (changed, dates_left) in enumerate([(put_off, 5), (over, 4)]):
        uid = f"UID:{number}"
        event, date = (uid, *WEEKLY[1:]), (uid, *changed[1:])
        take(calendar, text(event, date), after, confirmed=True)
        assert Series.objects.order_by("pk")[number].occurrences.count() == dates_left


def test_a_single_event_stays_where_the_desk_put_it_until_its_calendar_moves_it(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    moved = tuple(line.replace("20261217", "20261218") for line in ONCE)
    for event in (ONCE, moved):
        take(calendar, text(event), now)
    row = Occurrence.objects.select_related("series").get()
    desks = datetime(2026, 12, 21, 9, 0)  # noqa: DTZ001
    dates.move_date(occurrence=row, local_start=desks, by=organizer, now=now)
    after = now + timedelta(days=13)  # the 20th
    for moment in (now, after):
        words = (*moved, f"DESCRIPTION:{moment}")
        assert take(calendar, text(words), moment) == {"changed": 1}
        assert starts() == [desks]
    new_york = tuple(
        line.replace("DTSTART:", "DTSTART;TZID=America/New_York:").replace(
            "DTEND:", "DTEND;TZID=America/New_York:"
        )
        for line in moved
    )
    assert take(calendar, text(new_york), now) == {"changed": 1}
    row = Occurrence.objects.select_related("series").get()
    assert row.when == "Fri, Dec 18, 4:30 – 6:00 PM EST"


def test_words_of_the_calendar_and_places_of_the_desk(
    calendar: IncomingCalendar, now: datetime
) -> None:
    take(calendar, text(ONCE), now)
    Series.objects.update(capacity=7, flow=Series.Flow.BY_APPROVAL)
    open_day = (ONCE[0], "SUMMARY:Open day", *ONCE[2:], "LOCATION:Library\\, 1 Main St\\, CA 90001")
    assert take(calendar, text(open_day), now) == {"changed": 1}
    row = Series.objects.get()
    assert (row.title, row.place_name, row.address, row.zip_code) == (
        "Open day", "Library", "1 Main St, CA 90001", "90001",
    )  # fmt: skip
    assert (row.capacity, row.flow, row.slug) == (7, Series.Flow.BY_APPROVAL, "open-house")
    assert row.latitude is not None


def test_the_past_is_never_rewritten(calendar: IncomingCalendar, now: datetime) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    later = now + timedelta(days=16)  # after the open house and three Tuesdays
    timers.run(now=later)
    past = list(Occurrence.objects.filter(ends_at__lt=later).values())
    moved = tuple(
        line.replace("T163000", "T173000").replace("T180000", "T190000") for line in WEEKLY
    )
    assert take(calendar, text(moved), later, confirmed=True) == {"changed": 1}
    assert list(Occurrence.objects.filter(ends_at__lt=later).values()) == past
    assert Series.objects.get(slug="open-house").status == Series.Status.ENDED


def test_events_that_are_over_are_left_out(calendar: IncomingCalendar, now: datetime) -> None:
    over = ("UID:o", "SUMMARY:Over", "DTSTART:20200101T100000Z", "RRULE:FREQ=DAILY;COUNT=3")
    going_on = ("UID:g", "SUMMARY:On", "DTSTART:20200107T100000", "RRULE:FREQ=WEEKLY")
    assert take(calendar, text(over, going_on), now) == {"created": 1, "left_out": 1}
    assert Occurrence.objects.order_by("starts_at")[0].ends_at > now


def test_what_vanished_is_called_off_if_it_is_to_come(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    calendar.url, calendar.file_name = "https://club.example.org/", ""
    calendar.save()
    extra = [(f"UID:{n}", *ONCE[1:]) for n in range(6)]
    mine = lifecycle.draft(
        details=Details(title="Mine", local_start=TUESDAY),
        host=calendar.organization,
        by=organizer,
        now=now,
    )
    lifecycle.publish(series=mine, by=organizer, now=now)
    take(calendar, text(ONCE, WEEKLY, *extra), now)
    first = Occurrence.objects.filter(series__slug="robot-club")[0]
    signups.sign_up(occurrence=first, name="Ana", email="", by=organizer, now=now)
    assert take(calendar, text(ONCE, *extra), now) == {"unchanged": 7, "called_off": 1}
    assert Series.objects.get(slug="robot-club").status == Series.Status.CANCELLED
    assert Series.objects.get(pk=mine.pk).status == Series.Status.PUBLISHED
    assert SignUp.objects.get().status == SignUp.Status.CANCELLED
    assert take(calendar, text(ONCE, *extra), now) == {"unchanged": 7}
    # Back in the calendar, it is an event again; the one that was called off stays so.
    assert take(calendar, text(ONCE, WEEKLY, *extra), now) == {"unchanged": 7, "created": 1}
    assert Series.objects.filter(title="Robot club").count() == 2


def test_what_vanishes_and_comes_back_has_an_address_of_its_own_each_time(
    calendar: IncomingCalendar, now: datetime
) -> None:
    twin, stays = ("UID:twin@x", *ONCE[1:]), [(f"UID:{n}", *WEEKLY[1:]) for n in range(3)]
    take(calendar, text(ONCE, twin, *stays), now)
    for _time in range(3):
        assert take(calendar, text(ONCE, *stays), now)["called_off"] == 1
        assert take(calendar, text(ONCE, twin, *stays), now)["created"] == 1
    slugs = list(Series.objects.filter(title="Open house").values_list("slug", flat=True))
    assert len(slugs) == len(set(slugs)) == 5
    assert {slug[:10] for slug in slugs} == {"open-house"}


@pytest.mark.parametrize(
    ("known", "step", "unchanged"),
    [(False, "compare", 0), (True, "compare", 3), (True, "write", 2)],
)
def test_a_calendar_that_is_removed_while_it_is_read_is_refused(
    known: bool, step: str, unchanged: int, calendar: IncomingCalendar, now: datetime
) -> None:
    events = [(f"UID:{n}", *ONCE[1:]) for n in range(3)]
    if known:
        take(calendar, text(*events), now)

    def remove(of: str, done: int, _total: int) -> None:
        if (of, done) == (step, 1):
            IncomingCalendar.objects.all().delete()

    changed = [(*event, "DESCRIPTION:New") for event in events]
    with pytest.raises(DomainError, match="was removed while it was being read"):
        take(calendar, text(*changed), now, progress=remove)
    assert Series.objects.filter(description="").count() == unchanged


def test_when_much_vanishes_nothing_is_called_off_until_a_person_says_so(
    calendar: IncomingCalendar, now: datetime
) -> None:
    many = [(f"UID:{n}", *ONCE[1:]) for n in range(10)]
    take(calendar, text(*many), now)
    for content in (text(*many[:6]), text()):
        with pytest.raises(incoming_plans.TooManyVanished, match="say whether that is meant"):
            take(calendar, content, now)
    assert Series.objects.filter(status="published").count() == 10
    assert take(calendar, text(*many[:7]), now) == {"unchanged": 7, "called_off": 3}
    assert take(calendar, text(), now, confirmed=True) == {"called_off": 7}


@pytest.mark.parametrize("signs_up", [True, False])
def test_few_may_vanish_where_nobody_is_signed_up_but_never_all(
    signs_up: bool, calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    calendar.url, calendar.file_name = "https://club.example.org/", ""
    calendar.save()
    old, new = ([(f"UID:{word}{n}", *ONCE[1:]) for n in range(3)] for word in ("old", "new"))
    take(calendar, text(*old), now)
    if signs_up:
        row = Occurrence.objects.all()[2]
        signups.sign_up(occurrence=row, name="Ana", email="", by=organizer, now=now)
    with pytest.raises(incoming_plans.TooManyVanished, match="3 events of 3"):
        take(calendar, text(*new), now)
    if signs_up:
        with pytest.raises(incoming_plans.TooManyVanished, match="2 events of 3"):
            take(calendar, text(old[0]), now)
        assert not Series.objects.filter(status="cancelled").exists()
    else:
        assert take(calendar, text(old[0]), now) == {"unchanged": 1, "called_off": 2}


def test_drafts_do_not_vanish_unasked(calendar: IncomingCalendar, now: datetime) -> None:
    IncomingCalendar.objects.update(publishes=False)
    calendar.refresh_from_db()
    many = [(f"UID:{n}", *ONCE[1:]) for n in range(10)]
    take(calendar, text(*many), now)
    for content in (text(*many[:6]), text()):
        with pytest.raises(incoming_plans.TooManyVanished, match="of 10"):
            take(calendar, content, now)
    assert Series.objects.filter(status="draft").count() == 10
    assert take(calendar, text(*many[:7]), now) == {"unchanged": 7, "called_off": 3}
    # Drafts of what is over are nobody's loss.
    after = now + timedelta(days=60)
    assert take(calendar, text(("UID:new", "SUMMARY:New", "DTSTART:20270301T100000")), after) == {
        "created": 1
    }


def test_a_cancelled_event_is_called_off(calendar: IncomingCalendar, now: datetime) -> None:
    off = (*ONCE, "STATUS:CANCELLED")
    assert take(calendar, text(off), now) == {"left_out": 1}
    take(calendar, text(ONCE), now)
    assert take(calendar, text(off), now) == {"changed": 1}
    assert Series.objects.get().status == Series.Status.CANCELLED
    assert take(calendar, text(off), now) == {"unchanged": 1}


def test_what_the_desk_called_off_stays_so(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    row = Series.objects.get(slug="open-house")
    lifecycle.cancel(series=row, reason="Flood", by=organizer, now=now)
    dates.cancel_date(
        occurrence=Occurrence.objects.filter(series__slug="robot-club")[0],
        reason="Flood",
        by=organizer,
        now=now,
    )
    changed = [(*event, "DESCRIPTION:New words") for event in (ONCE, WEEKLY)]
    assert take(calendar, text(*changed), now) == {"changed": 2}
    assert Series.objects.get(slug="open-house").status == Series.Status.CANCELLED
    assert Occurrence.objects.filter(status="cancelled").count() == 2


def test_a_refused_event_has_not_vanished(calendar: IncomingCalendar, now: datetime) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    bad = (*WEEKLY[:4], "RRULE:FREQ=SECONDLY")
    assert take(calendar, text(ONCE, bad), now) == {"unchanged": 1, "refused": 1}
    assert Series.objects.filter(status="published").count() == 2
    calendar.refresh_from_db()
    assert calendar.refusals[0]["title"] == "Robot club"
    assert take(calendar, text(ONCE, bad), now, skip_refused=False) == {
        "unchanged": 1,
        "refused": 1,
    }


def test_an_event_that_became_private_is_taken_off(
    calendar: IncomingCalendar, now: datetime
) -> None:
    take(calendar, text(ONCE, WEEKLY), now)
    assert take(calendar, text((*ONCE, "CLASS:PRIVATE"), WEEKLY), now) == {
        "unchanged": 1,
        "called_off": 1,
        "refused": 1,
    }
    assert Series.objects.get(slug="open-house").status == Series.Status.CANCELLED


def test_drafts_wait_for_the_desk(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    IncomingCalendar.objects.update(publishes=False)
    calendar.refresh_from_db()
    moved = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000", "DURATION:PT1H")
    assert take(calendar, text(WEEKLY, moved), now) == {"created": 1}
    row = Series.objects.get()
    assert (row.status, row.live, row.occurrences.count()) == ("draft", False, 0)
    assert take(calendar, text(WEEKLY), now) == {"changed": 1}
    lifecycle.publish(series=Series.objects.get(), by=organizer, now=now)
    assert Occurrence.objects.count() == 5


def test_events_of_a_host_that_is_not_approved_wait_for_staff(now: datetime) -> None:
    host = OrganizationFactory(status=Organization.Status.SUBMITTED, live=False)
    calendar = incoming.hand_in(
        organization=host, file_name="a.ics", kind="workshop", publishes=True, by=None, now=now
    )
    take(calendar, text(ONCE), now)
    assert Series.objects.get().status == Series.Status.IN_REVIEW
    assert not Series.objects.public().exists()


def test_events_without_uid_are_known_by_start_and_title(
    calendar: IncomingCalendar, now: datetime
) -> None:
    nameless, long = ONCE[1:], (f"UID:{'u' * 500}", *ONCE[1:])
    assert take(calendar, text(nameless, long), now) == {"created": 2}
    assert take(calendar, text(nameless, long), now) == {"unchanged": 2}


def test_whole_days_stay_whole_days(calendar: IncomingCalendar, now: datetime) -> None:
    fair = (
        "UID:fair@x",
        "SUMMARY:Fair",
        "DTSTART;VALUE=DATE:20261210",
        "DTEND;VALUE=DATE:20261212",
        "RRULE:FREQ=WEEKLY;UNTIL=20261231",
        "EXDATE;VALUE=DATE:20261224",
    )
    moved = (*fair[:2], "RECURRENCE-ID;VALUE=DATE:20261217", "DTSTART;VALUE=DATE:20261218")
    timed = (
        *fair[:2],
        "RECURRENCE-ID;VALUE=DATE:20261231",
        "DTSTART:20261230T200000",
        "DTEND:20261231T020000",
    )
    assert take(calendar, text(fair, moved, timed), now) == {"created": 1}
    series = Series.objects.get()
    assert (series.is_all_day, series.duration_minutes, series.rrule) == (
        True,
        2 * 1440,
        "FREQ=WEEKLY;UNTIL=20261231T235900",
    )
    assert [row.when for row in series.occurrences.select_related("series")] == [
        "Dec 10 – 11",
        "All day, Fri, Dec 18",
        "Dec 30 – 31",
    ]
    assert "DTSTART;VALUE=DATE:20261210" in series.vevents
    assert take(calendar, text(fair, moved, timed), now) == {"unchanged": 1}


def test_a_date_that_became_a_day_keeps_the_clock_of_its_event(
    calendar: IncomingCalendar, now: datetime
) -> None:
    day = change(WEEKLY, "20261215T163000", "DTSTART;VALUE=DATE:20261215")
    take(calendar, text(WEEKLY, day), now)
    row = Occurrence.objects.select_related("series").order_by("starts_at")[1]
    assert row.when == "Tue, Dec 15, 12:00 AM – 11:59 PM PST"


def test_a_changed_date_without_its_event_is_an_event_of_its_own(
    calendar: IncomingCalendar, now: datetime
) -> None:
    alone = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000")
    other = change(WEEKLY, "20261222T163000", "DTSTART:20261223T173000")
    assert take(calendar, text(alone, other), now) == {"created": 2}
    assert take(calendar, text(alone, other), now) == {"unchanged": 2}
    assert set(IncomingEvent.objects.values_list("recurrence_id", flat=True)) == {
        "2026-12-15T16:30",
        "2026-12-22T16:30",
    }


def test_a_date_without_its_event_is_one_however_often_and_in_whichever_zone_it_is_named(
    calendar: IncomingCalendar, organizer: User, now: datetime
) -> None:
    alone = change(WEEKLY, "20261215T163000", "DTSTART:20261216T173000")
    assert take(calendar, text(alone, alone), now) == {"created": 1}
    date = Occurrence.objects.get()
    signup = signups.sign_up(occurrence=date, name="Ana", email="", by=organizer, now=now)
    in_utc = (*WEEKLY[:2], "RECURRENCE-ID:20261216T003000Z", "DTSTART:20261216T173000")
    assert take(calendar, text(in_utc), now) == {"unchanged": 1}
    another = (*WEEKLY[:2], "RECURRENCE-ID:20261216T163000", "DTSTART:20261216T173000")
    assert take(calendar, text(in_utc, another), now) == {"created": 1, "unchanged": 1}
    signup.refresh_from_db()
    assert (signup.status, Series.objects.count()) == ("confirmed", 2)
