"""Series as their hosts write and publish them."""

from datetime import datetime

from accounts.models import User
from events.domain import series
from events.domain.details import Details
from events.models import MINUTES_A_DAY, Occurrence, Series
from organizations.models import Organization

TUESDAY = datetime(2026, 12, 8, 16, 30)  # noqa: DTZ001  (a time on the wall)
TEN = datetime(2026, 12, 8, 10, 0)  # noqa: DTZ001  (a time on the wall)
TWICE = {
    "local_start": TEN,
    "duration_minutes": 60,
    "rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=4",
    "more_times": ["14:30"],
}
WHOLE_DAYS = {
    "local_start": TUESDAY.replace(hour=0, minute=0),
    "is_all_day": True,
    "duration_minutes": MINUTES_A_DAY,
    "rrule": "FREQ=WEEKLY;BYDAY=TU",
}


def details(**changes: object) -> Details:
    values: dict[str, object] = {
        "title": "Robot club",
        "local_start": TUESDAY,
        "duration_minutes": 90,
        "rrule": "FREQ=WEEKLY;BYDAY=TU",
        "capacity": 3,
        "zip_code": "90001",
        **changes,
    }
    return Details(**values)  # type: ignore[arg-type]


def host_of(user: User) -> Organization:
    return Organization.objects.get(memberships__user=user)


def published(user: User, now: datetime, **changes: object) -> Series:
    made = series.draft(details=details(**changes), host=host_of(user), by=user, now=now)
    return series.publish(series=made, by=user, now=now)


def date_at(made: Series, start: datetime) -> Occurrence:
    row: Occurrence = made.occurrences.select_related("series").get(original_start=start)
    return row
