"""Reminders: a week, a day and two hours before the start, once each, for who wants them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core import outbox, times
from events.models import NoReminders, Occurrence, Series, SignUp, SignUpQuerySet

#: How long before the start, and what the promise is called by.
MARKS = (
    ("week", timedelta(days=7)),
    ("day", timedelta(days=1)),
    ("hours", timedelta(hours=2)),
)
#: A reminder that could not be made within so long is left out; the next one comes anyway.
LATE = timedelta(hours=6)
#: An all-day date is reminded of as if it began at nine, and not two hours before that.
MORNING = timedelta(hours=9)
#: By so much whole days on the wall may differ from 24 hours each.
_CLOCKS = timedelta(hours=3)


def promise_due(*, now: datetime) -> int:
    """Promise the reminders whose time has come; says how many.

    Nobody is reminded who signed up, was confirmed, or was told of another time only after the
    mark; nobody of a date that is called off or has begun.
    """
    due = {
        f"events.reminder:{row.uuid.hex}:{name}:{row.occurrence.local_start:%Y%m%dT%H%M}": row
        for name, ahead in MARKS
        for row in _due(ahead, now=now)
    }
    new = due.keys() - outbox.promised(due)
    for key in sorted(new):
        row = due[key]
        with transaction.atomic():
            outbox.promise(
                "events.tasks.send_reminder",
                now=now,
                key=key,
                signup_id=row.pk,
                start=row.occurrence.local_start.isoformat(timespec="minutes"),
            )
    return len(new)


def mark_at(occurrence: Occurrence, ahead: timedelta) -> datetime:
    """The instant so long before the start: whole days by the clock on the event's wall."""
    if occurrence.series.is_all_day:
        return times.utc_of(occurrence.local_start + MORNING - ahead, occurrence.series.time_zone)
    if ahead.seconds:
        return occurrence.starts_at - ahead
    return times.utc_of(occurrence.local_start - ahead, occurrence.series.time_zone)


def stop(*, signup: SignUp, now: datetime) -> None:
    """Remind the person of a sign-up of nothing any more; a second time changes nothing."""
    NoReminders.objects.get_or_create(**_person(signup), defaults={"since": now})


def resume(*, signup: SignUp) -> None:
    """Remind them again."""
    NoReminders.objects.filter(**_person(signup)).delete()


def are_stopped(signup: SignUp) -> bool:
    """Whether the person of a sign-up wants none."""
    return NoReminders.objects.filter(**_person(signup)).exists()


def _due(ahead: timedelta, *, now: datetime) -> Iterator[SignUp]:
    rows = _reminded().filter(
        occurrence__starts_at__gt=max(now, now + ahead - LATE - MORNING - _CLOCKS),
        occurrence__starts_at__lte=now + ahead + _CLOCKS,
    )
    for row in rows.one_a_party().select_related("occurrence__series"):
        if ahead.seconds and row.occurrence.series.is_all_day:
            continue
        mark = mark_at(row.occurrence, ahead)
        told_at = max(row.changed_at, row.occurrence.changed_at)
        if told_at <= mark <= now < mark + LATE:
            yield row


def _reminded() -> SignUpQuerySet:
    same_guest = Q(user=None, email__iexact=OuterRef("email"), name__iexact=OuterRef("name"))
    stopped = NoReminders.objects.filter(Q(user=OuterRef("user")) | same_guest)
    return SignUp.objects.filter(
        ~Exists(stopped),
        status=SignUp.Status.CONFIRMED,
        occurrence__status__in=(Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED),
        occurrence__series__status=Series.Status.PUBLISHED,
    )


def _person(signup: SignUp) -> dict[str, object]:
    if signup.user_id is not None:
        return {"user_id": signup.user_id}
    return {"user_id": None, "email": signup.email.lower(), "name": signup.name.lower()}
