"""Everything about events that depends on the clock alone."""

from datetime import datetime

from django.db import transaction

from events.calendars import vevents
from events.domain import (
    blocks,
    catalogue,
    questions,
    reminders,
    series,
    signups,
    undo,
    waiting,
)
from events.models import Occurrence, Series


def run(*, now: datetime) -> int:
    """Lapse holds, blocks and offers, remind, make dates, end what is over; says how much it did.

    Safe to run as often as wanted.
    """
    return (
        signups.lapse_holds(now=now)
        + blocks.release_due(now=now)
        + blocks.warn_due(now=now)
        + waiting.lapse_offers(now=now)
        + reminders.promise_due(now=now)
        + series.extend_window(now=now)
        + series.end_what_is_over(now=now)
        + questions.erase_due(now=now)
        + drop_old_cancellations(now=now)
        + undo.forget_old(now=now)
    )


def drop_old_cancellations(*, now: datetime) -> int:
    """Rewrite calendar texts whose cancelled dates every calendar has heard of; says how many."""
    old = Occurrence.objects.filter(cancelled_at__lt=now - vevents.CANCELLED_STAYS)
    rows = Series.objects.filter(
        status=Series.Status.PUBLISHED,
        pk__in=old.values("series"),
        vevents__contains="STATUS:CANCELLED",
    )
    dropped = 0
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            row = Series.objects.select_for_update(no_key=True).get(pk=pk)
            if vevents.text_of(row, row.occurrences.all(), now=now) != row.vevents:
                catalogue.refresh(row, now=now, changed=False)
                dropped += 1
    return dropped
