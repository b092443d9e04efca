"""The door of a date: its code, and from when until when people check in."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, times
from core.errors import DomainError
from events import permissions
from events.domain import admission, seats
from events.models import DoorCode, Occurrence

#: How long before the start people may check themselves in, and how long after the end.
OPENS_BEFORE = timedelta(hours=2)
CLOSES_AFTER = timedelta(hours=1)


class DoorClosed(DomainError):
    """It is too early or too late to check in."""


def renew(*, occurrence: Occurrence, by: User, now: datetime) -> DoorCode:
    """Give a date a code, or another one: whatever was printed before leads nowhere any more.

    Raises:
        PermissionDenied: if `by` is not of the host.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    with seats.held(occurrence.pk) as row:
        code = "".join(secrets.choice(DoorCode.ALPHABET) for _place in range(DoorCode.LENGTH))
        door, is_new = DoorCode.objects.update_or_create(
            occurrence=row, defaults={"code": code, "made_at": now}
        )
        audit.record(row, "events.door_made" if is_new else "events.door_renewed", by=by)
    return door


def of_code(typed: str) -> DoorCode | None:
    """The door that a code leads to, however it was typed; none if there is none (any more)."""
    code = typed.replace("-", "").strip().lower()
    if not set(code) <= set(DoorCode.ALPHABET):
        return None
    public = Occurrence.objects.public()
    doors = DoorCode.objects.select_related(
        "occurrence__series__organization",
        "occurrence__series__company",
        "occurrence__series__area",
    )
    return doors.filter(code=code, occurrence__in=public).first()


def opens_at(row: Occurrence) -> datetime:
    """From when people check themselves in."""
    return row.starts_at - OPENS_BEFORE


def closes_at(row: Occurrence) -> datetime:
    """Until when."""
    return row.ends_at + CLOSES_AFTER


def is_open(row: Occurrence, *, now: datetime) -> bool:
    """Whether people check themselves in right now."""
    return not row.is_cancelled and opens_at(row) <= now < closes_at(row)


def require_open(row: Occurrence, *, now: datetime) -> None:
    """Refuse what is too early, too late, or called off.

    Raises:
        DoorClosed, admission.OccurrenceCancelled: as they say.
    """
    require_opened(row, now=now)
    if now >= closes_at(row):
        raise DoorClosed(_("Check-in for this date is over. Ask the organizer."))


def require_opened(row: Occurrence, *, now: datetime) -> None:
    """Refuse what is too early or called off: nobody came yet, or stayed away.

    Raises:
        DoorClosed, events.domain.admission.OccurrenceCancelled: as they say.
    """
    if row.is_cancelled:
        raise admission.OccurrenceCancelled(_("This date was called off. Other dates may be open."))
    if now < opens_at(row):
        local = times.local_of(opens_at(row), row.series.time_zone)
        raise DoorClosed(
            _("Check-in opens on %(day)s at %(clock)s.")
            % {"day": times.day(local), "clock": times.clock(local)}
        )
