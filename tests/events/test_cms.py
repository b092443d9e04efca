"""A series that staff edit in the CMS: its dates follow by the rules of the desk."""

import json
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry
from wagtail.signals import published as published_signal

from accounts.models import User
from core import times
from core.models import Effect
from events.domain import plans, rescheduling, signups, waiting
from events.domain import series as lifecycle
from events.models import Occurrence, Series, SignUp, WaitingEntry
from tests.events.published_series import details, host_of, published
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

RULE = "FREQ=WEEKLY;COUNT=4"
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    """The CMS has the clock of the real world."""
    return timezone.now()


@pytest.fixture
def start(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=30), time(16, 30))


@pytest.fixture
def series(organizer: User, now: datetime, start: datetime) -> Series:
    """Four dates with two places each."""
    return published(organizer, now, local_start=start, rrule=RULE, capacity=2)


@pytest.fixture
def cms() -> Client:
    client = Client()
    moderator: User = UserFactory(is_staff=True)
    moderator.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(moderator)
    return client


def edit_path(series: Series) -> str:
    return f"/cms/snippets/events/series/edit/{series.pk}/"


def typed(cms: Client, series: Series, **changes: Any) -> dict[str, Any]:
    """The form as it is shown, with these changes."""
    form = cms.get(edit_path(series)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {**{name: it for name, it in shown.items() if it is not None and it != ""}, **changes}


def send(cms: Client, series: Series, button: str = "action-publish", **changes: Any) -> str:
    """Press a button of the form; what the CMS says afterwards."""
    form = typed(cms, series, **changes)
    sent = cms.post(edit_path(series), {**form, button: "1"}, follow=True)
    assert sent.redirect_chain
    return " ".join(str(message) for message in sent.context["messages"])


def come(date: Occurrence, now: datetime, *names: str) -> None:
    for name in names:
        signups.sign_up(occurrence=date, name=name, email="", by=UserFactory(), now=now)


def places(series: Series) -> list[int | None]:
    return list(series.occurrences.order_by("starts_at").values_list("capacity", flat=True))


def by_cms(cms: Client, series: Series, places: int, _now: datetime) -> None:
    send(cms, series, capacity=places)


def by_desk(_cms: Client, series: Series, places: int, now: datetime) -> None:
    of_host = User.objects.get(organizationmembership__organization=series.organization)
    changed = details(local_start=series.local_start, rrule=RULE, capacity=places)
    lifecycle.edit(series=series, details=changed, by=of_host, now=now)


@pytest.mark.parametrize("change", [by_cms, by_desk])
def test_more_places_reach_the_dates_that_had_the_former_number_and_who_waits(
    cms: Client, series: Series, now: datetime, change: Any
) -> None:
    full, own, *_rest = series.occurrences.order_by("starts_at")
    Occurrence.objects.filter(pk=own.pk).update(capacity=9)
    come(full, now, "Ana", "Ben")
    waiting.join(occurrence=full, name="Cleo", email="", by=UserFactory(), now=now)

    change(cms, series, 3, now)

    assert places(series) == [3, 9, 3, 3]
    assert WaitingEntry.objects.get().status == WaitingEntry.Status.OFFERED
    full.refresh_from_db()
    assert full.seats_taken == 3
    [line] = ModelLogEntry.objects.filter(action="events.places_changed")
    assert line.data == {"before": 2, "places": 3, "dates": 3, "over": []}


def test_another_place_is_told_to_who_comes(cms: Client, series: Series, now: datetime) -> None:
    come(series.occurrences.order_by("starts_at")[0], now, "Ana")
    send(cms, series, title="Robots")
    assert not Effect.objects.filter(does="events.tasks.send_elsewhere").exists()
    send(cms, series, title="Robots", place_name="City Hall")
    [told] = Effect.objects.filter(does="events.tasks.send_elsewhere")
    assert told.arguments["signup_ids"] == [SignUp.objects.get().pk]


def test_staff_read_what_fewer_places_did_and_nobody_is_dropped(
    cms: Client, series: Series, now: datetime
) -> None:
    first = series.occurrences.order_by("starts_at")[0]
    come(first, now, "Ana", "Ben")

    said = send(cms, series, capacity=1)

    over = f"{times.day_with_year(first.local_start)} is over by 1."
    assert f"Places: 1 instead of 2, at 4 dates to come. {over}" in said
    first.refresh_from_db()
    assert (first.capacity, first.seats_taken, first.signups.holding().count()) == (1, 2, 2)
    history = cms.get(f"/cms/snippets/events/series/history/{series.pk}/").content.decode()
    assert over in history
    assert "Places" not in send(cms, series, title="Robots")
    assert "Places: no limit instead of 1, at 4 dates" in send(cms, series, capacity="")
    assert places(series) == [None] * 4


def test_a_draft_changes_no_date_until_it_is_published(cms: Client, series: Series) -> None:
    send(cms, series, "action-edit", capacity=5)
    assert places(series) == [2] * 4
    send(cms, series)
    assert places(series) == [5] * 4


def test_what_is_hidden_is_written_at_once_and_its_dates_follow(
    cms: Client, series: Series
) -> None:
    cms.post(f"/cms/snippets/events/series/unpublish/{series.pk}/")
    assert "at 4 dates to come" in send(cms, series, "action-edit", capacity=5)
    assert places(series) == [5] * 4


def test_a_publication_that_fails_leaves_nothing(cms: Client, series: Series) -> None:
    def fail(**_kwargs: Any) -> None:
        raise RuntimeError

    published_signal.connect(fail, sender=Series)
    try:
        with pytest.raises(RuntimeError):
            send(cms, series, capacity=5)
    finally:
        published_signal.disconnect(fail, sender=Series)
    series.refresh_from_db()
    assert (series.capacity, places(series)) == (2, [2] * 4)
    assert not ModelLogEntry.objects.filter(action="events.places_changed").exists()


def test_no_version_carries_times_back_that_were_changed_at_the_desk(
    cms: Client, organizer: User, series: Series, start: datetime, now: datetime
) -> None:
    send(cms, series, "action-edit", title="Robots")  # a version with the former times
    first = series.occurrences.select_related("series").order_by("starts_at")[0]
    to = plans.Times(local_start=start + HOUR, duration_minutes=60, rrule=RULE)
    seen = plans.plan(first=first, to=to, now=now)
    rescheduling.reschedule(first=first, to=to, by=organizer, now=now, shown=seen.digest)

    send(cms, series, local_start=(start + 5 * HOUR).isoformat(), rrule="", duration_minutes=5)

    series.refresh_from_db()
    assert series.title == "Robots"
    assert (series.local_start, series.duration_minutes, series.rrule) == (
        *(start + HOUR, 60),
        RULE,
    )
    starts = series.occurrences.values_list("local_start", flat=True)
    assert {start.time() for start in starts} == {(start + HOUR).time()}
    version = json.dumps(series.get_latest_revision().content, default=str)
    assert (start + 5 * HOUR).isoformat(timespec="minutes") not in version


def test_times_of_a_draft_keep_room_for_its_later_starts(
    cms: Client, organizer: User, start: datetime, now: datetime
) -> None:
    drafted = details(local_start=start, rrule="", more_times=["18:30"])
    made = lifecycle.draft(details=drafted, host=host_of(organizer), by=organizer, now=now)
    longer = typed(cms, made, duration_minutes=121)
    refused = cms.post(edit_path(made), {**longer, "action-edit": "1"})
    assert "would begin before the one ahead of it is over" in refused.content.decode()
    send(cms, made, "action-edit", duration_minutes=120)
    made.refresh_from_db()
    assert (made.duration_minutes, made.more_times) == (120, ["18:30"])
