"""What a calendar can carry of what a host decides, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from core.errors import DomainError
from events import recurrence
from events.domain import plans
from events.domain.details import DetailsRefused
from events.domain.plans import Times
from events.models import Series
from tests.events.published_series import TEN, TUESDAY, TWICE, WHOLE_DAYS, date_at, published

pytestmark = pytest.mark.django_db


def test_a_zone_a_year_and_a_first_date_that_do_not_fit_are_refused(
    organizer: User, now: datetime
) -> None:
    for changes in (
        {"time_zone": "Mars/Olympus"},
        {"local_start": datetime(1999, 1, 1), "rrule": ""},  # noqa: DTZ001
        {"rrule": "FREQ=WEEKLY;BYDAY=WE"},
        {"duration_minutes": 0},
        {"duration_minutes": 14 * 1440 + 1},
    ):
        with pytest.raises(DetailsRefused):
            published(organizer, now, **changes)
    with pytest.raises(recurrence.RuleRefused):
        published(organizer, now, rrule="FREQ=HOURLY")
    assert Series.objects.count() == 0


def test_a_rule_until_the_end_of_time_has_no_end(organizer: User, now: datetime) -> None:
    made = published(organizer, now, rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=99991231")
    assert made.rrule == "FREQ=WEEKLY;BYDAY=TU"
    assert made.occurrences.count() > 70


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"duration_minutes": 90}, "whole days"),
        ({"local_start": TUESDAY.replace(hour=9, minute=0)}, "whole days"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=TU;BYHOUR=0"}, "BYHOUR"),
    ],
)
def test_what_is_not_whole_days_is_refused(
    organizer: User, now: datetime, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(DomainError, match=says):
        published(organizer, now, **{**WHOLE_DAYS, **changes})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"more_times": ["10:30"]}, "10:30 AM would begin before"),
        ({"more_times": ["09:00"]}, "9:00 AM would begin before"),
        ({"more_times": ["14:30", "15:00"]}, "3:00 PM would begin before"),
        ({"more_times": ["11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]}, "at most 6"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=TU;BYHOUR=10"}, "not both"),
        ({"rrule": "FREQ=DAILY"}, "1,000 dates"),
    ],
)
def test_starts_that_cannot_be_are_refused(
    organizer: User, now: datetime, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(DomainError, match=says):
        published(organizer, now, **{**TWICE, **changes})


def test_later_starts_stay_on_their_day(organizer: User, now: datetime) -> None:
    made = published(organizer, now, **TWICE)
    first = date_at(made, TEN)
    to = Times(
        local_start=TEN + timedelta(hours=11), duration_minutes=60, rrule="FREQ=WEEKLY;BYDAY=TU"
    )
    with pytest.raises(DetailsRefused, match="another day"):
        plans.plan(first=first, to=to, now=now)
