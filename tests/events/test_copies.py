from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import User
from core.models import FocusArea
from events.domain import copies, dates, questions, series, signups
from events.domain.details import DetailsRefused
from events.models import MINUTES_A_DAY, Series
from tests.events.published_series import TUESDAY, host_of, published
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

SPRING = datetime(2027, 3, 2, 17, 0)  # noqa: DTZ001  (a time on the wall)


def test_a_copy_has_everything_but_people_and_dates(organizer: User, now: datetime) -> None:
    made = published(
        organizer,
        now,
        description="Bring nothing.",
        place_name="Library",
        capacity=3,
        minimum_age=14,
        closes_minutes_before=60,
        focus_areas=(FocusArea.objects.get(slug="robotics"),),
        extra_dates=["2026-12-10T16:30"],
    )
    row = made.occurrences.select_related("series")[0]
    said = questions.Said(is_old_enough=True)
    signups.sign_up(occurrence=row, name="Ana", email="", by=UserFactory(), now=now, said=said)
    dates.cancel_date(occurrence=row, reason="Rain", by=organizer, now=now)

    copy = copies.copy(
        series=made,
        local_start=SPRING,
        duration_minutes=60,
        is_all_day=False,
        rrule="FREQ=WEEKLY;BYDAY=TU",
        by=organizer,
        now=now,
    )

    assert (copy.status, copy.live, copy.slug) == (Series.Status.DRAFT, False, "robot-club-2")
    assert (copy.local_start, copy.duration_minutes, copy.extra_dates) == (SPRING, 60, [])
    assert copy.occurrences.count() == 0
    for name in ("title", "description", "place_name", "capacity", "minimum_age", "organization"):
        assert getattr(copy, name) == getattr(made, name)
    assert copy.closes_minutes_before == 60
    assert [area.slug for area in copy.focus_areas.all()] == ["robotics"]
    assert copy.uuid != made.uuid
    first = series.publish(series=copy, by=organizer, now=now).occurrences.all()[0]
    assert (first.local_start, first.seats_taken, first.status) == (SPRING, 0, "scheduled")


def test_strangers_copy_nothing(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    with pytest.raises(PermissionDenied):
        copies.copy(
            series=made,
            local_start=SPRING,
            duration_minutes=60,
            is_all_day=False,
            rrule="",
            by=UserFactory(),
            now=now,
        )


def test_a_first_date_off_the_rule_is_refused(organizer: User, now: datetime) -> None:
    made = published(organizer, now)
    with pytest.raises(DetailsRefused):
        copies.copy(
            series=made,
            local_start=SPRING + timedelta(days=1),
            duration_minutes=60,
            is_all_day=False,
            rrule="FREQ=WEEKLY;BYDAY=TU",
            by=organizer,
            now=now,
        )
    assert Series.objects.count() == 1


def test_the_desk_asks_for_new_dates(
    client: Client, organizer: User, now: datetime, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    made = published(
        organizer,
        now,
        local_start=TUESDAY.replace(hour=0, minute=0),
        is_all_day=True,
        duration_minutes=2 * MINUTES_A_DAY,
    )
    client.force_login(organizer)
    desk = f"/desk/organizations/{host_of(organizer).slug}/events/{made.slug}/"
    assert f'href="{desk}copy/"' in client.get(desk).content.decode()
    page = client.get(f"{desk}copy/").content.decode()
    assert 'name="days" value="2"' in page
    assert 'name="day" value' not in page
    typed = {"day": "", "is_all_day": "on", "days": "2", "repeats": "weekly"}
    assert client.post(f"{desk}copy/", typed).status_code == 422
    answer = client.post(f"{desk}copy/", typed | {"day": "2027-03-02"}, follow=True)
    assert answer.status_code == 200
    copy = Series.objects.exclude(pk=made.pk).get()
    assert (copy.status, copy.is_all_day, copy.rrule) == ("draft", True, "FREQ=WEEKLY;BYDAY=TU")

    stranger = Client()
    stranger.force_login(OrganizationMembershipFactory().user)
    assert stranger.get(f"{desk}copy/").status_code == 404
