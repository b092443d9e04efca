"""Everything about events that depends on the clock alone."""

from collections.abc import Callable
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


#: Each by its name, in the order in which they run; safe to run as often as wanted.
TIMERS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("sign-ups lapsed", signups.lapse_holds),
    ("places held for companies released", blocks.release_due),
    ("companies warned of that", blocks.warn_due),
    ("offers lapsed", waiting.lapse_offers),
    ("reminders promised", reminders.promise_due),
    ("dates made", series.extend_window),
    ("events ended", series.end_what_is_over),
    ("answers erased", questions.erase_due),
    ("calendar texts rewritten", drop_old_cancellations),
    ("edits that cannot be taken back any more", undo.forget_old),
)


def run(*, now: datetime) -> int:
    """Do all of it once; says how much was done."""
    return sum(timer(now=now) for _name, timer in TIMERS)
