"""What reading a calendar will do, known before anything is written, and when somebody is asked.

When all of its events to come vanish at once, or more than 30 % of them, nothing is called off
until a person says that it is meant; nor when a file lacks one that somebody is signed up for.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from events.domain import incoming_writing as writing
from events.domain.incoming_reading import Read, Reading, Refusal
from events.models import IncomingCalendar, IncomingEvent, Occurrence, Series, WaitingEntry

#: Told of each step: what is being done, how many are done, how many there are.
type Progress = Callable[[str, int, int], None]

#: A part of all events to come that may vanish, and how many may where nobody is signed up.
MOST_VANISHED, FEW = 0.3, 2
#: Dates of one calendar within the window that is kept as rows. To count from long ago takes time
#: as well: so many days of it weigh as much as a date.
MOST_DATES = 20_000
DAYS_LIKE_A_DATE = 100


class TooManyDates(DomainError):
    """More dates than are kept of one calendar; nothing of it is taken."""

    status = 413


class TooManyVanished(DomainError):
    """So many events are gone that a person should say whether that is meant.

    Args:
        sentence: how many they are.
        vanished: a digest of which they are, to be handed in with the answer.
    """

    def __init__(self, sentence: str, vanished: str) -> None:
        super().__init__(sentence)
        self.vanished = vanished


@dataclass(slots=True)
class Outcome:
    """What reading a calendar came to."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Events that the calendar no longer has or calls off, and that were still to come.
    called_off: int = 0
    #: Events without a date between now and 18 months from now.
    left_out: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    #: Whether anything was written, or would have been but for a dry run.
    written: bool = False

    #: What is counted, in the order in which it is said.
    COUNTED: ClassVar[tuple[str, ...]] = (
        "created",
        "changed",
        "unchanged",
        "called_off",
        "left_out",
    )


@dataclass(slots=True)
class Plan:
    """What is to be written."""

    outcome: Outcome
    new: list[Read] = field(default_factory=list)
    changed: list[tuple[IncomingEvent, Read]] = field(default_factory=list)
    vanished: list[IncomingEvent] = field(default_factory=list)
    #: What stays as it is, and how many dates the rest has within the window or is worth of them.
    same: list[IncomingEvent] = field(default_factory=list)
    dates: int = 0


def plan_of(
    calendar: IncomingCalendar, reading: Reading, *, now: datetime, progress: Progress
) -> Plan:
    """Compare what a calendar says with what was made of it before.

    Raises:
        TooManyDates: if it has more than 20,000 dates within the window.
    """
    plan = Plan(Outcome(refusals=list(reading.refusals)))
    rows = {(row.uid, row.recurrence_id): row for row in _events(calendar)}
    total = len(reading.events)
    for number, event in enumerate(reading.events, start=1):
        try:
            _plan_one(plan, event, rows.get(event.key), now=now)
        except DomainError as refusal:
            reading.refused_uids.add(event.uid)
            title = event.details.title
            plan.outcome.refusals.append(Refusal(title, event.line, refusal.sentence))
        _require_few_dates(plan.dates)
        progress("compare", number, total)
    if plan.dates:
        kept = Occurrence.objects.filter(series__incoming__in=[row.pk for row in plan.same])
        _require_few_dates(plan.dates + kept.filter(starts_at__gt=now).count())
    there = {event.key for event in reading.events}
    plan.vanished += [
        row
        for key, row in rows.items()
        if key not in there and not row.is_gone and row.uid not in reading.refused_uids
    ]
    plan.outcome.called_off += len(_to_come(plan.vanished, now=now))
    return plan


def _plan_one(plan: Plan, event: Read, row: IncomingEvent | None, *, now: datetime) -> None:
    if row is not None and row.fingerprint == event.fingerprint and not row.is_gone:
        plan.same.append(row)
        plan.outcome.unchanged += 1
    elif row is not None and not row.is_gone:
        _look_ahead(plan, event, now=now)
        plan.changed.append((row, event))
        plan.outcome.changed += 1
    elif row is not None and event.is_cancelled:
        plan.outcome.unchanged += 1  # gone, and still gone
    elif event.is_cancelled or not _look_ahead(plan, event, now=now):
        plan.outcome.left_out += 1
    else:
        plan.new.append(event)
        plan.outcome.created += 1


def _look_ahead(plan: Plan, event: Read, *, now: datetime) -> int:
    """How many dates an event has within the window; the plan counts what that takes."""
    plan.dates += writing.days_counted(event, now=now) // DAYS_LIKE_A_DATE
    coming = writing.dates_to_come(event, now=now)
    plan.dates += coming
    return coming


def _events(calendar: IncomingCalendar) -> list[IncomingEvent]:
    """What was made of it; nothing of one that is not kept yet."""
    return list(IncomingEvent.objects.filter(calendar_id=calendar.pk))


def _to_come(rows: list[IncomingEvent], *, now: datetime) -> set[int]:
    """The keys of those that have something to come, shown or as a draft that waits."""
    events_of = writing.events_of(rows)
    coming = _dates_to_come(events_of, now=now).values_list("series_id", flat=True)
    drafts = Series.objects.filter(
        pk__in=events_of, status__in=(Series.Status.DRAFT, Series.Status.IN_REVIEW)
    )
    waiting = [draft.pk for draft in drafts if writing.draft_has_dates_to_come(draft, now=now)]
    return {events_of[pk] for pk in (*coming.distinct(), *waiting)}


def _dates_to_come(series: Iterable[int], *, now: datetime) -> QuerySet[Occurrence]:
    return Occurrence.objects.filter(
        series__in=list(series),
        starts_at__gt=now,
        status__in=(Occurrence.Status.SCHEDULED, Occurrence.Status.MOVED),
    )


def _somebody_comes(rows: list[IncomingEvent], *, now: datetime) -> bool:
    """Whether anybody has a place, or waits for one, at what is to come of them."""
    somebody = Q(seats_taken__gt=0) | Q(line__status__in=WaitingEntry.IN_LINE)
    return _dates_to_come(writing.events_of(rows), now=now).filter(somebody).exists()


def _require_few_dates(number: int) -> None:
    if number > MOST_DATES:
        raise TooManyDates(
            _(
                "The calendar has more than %(most)d dates in the next 18 months, or counts many "
                "from long ago. Hand it in in parts."
            )
            % {"most": MOST_DATES}
        )


def require_few_vanished(
    calendar: IncomingCalendar, plan: Plan, *, shown: str, now: datetime
) -> None:
    """Refuse to call off much, or what somebody comes to, unless just that was shown.

    Raises:
        TooManyVanished: as it says.
    """
    gone = plan.outcome.called_off
    if not gone or shown == (vanished := _digest(plan.vanished, now=now)):
        return
    known = _to_come([row for row in _events(calendar) if not row.is_gone], now=now)
    somebody_comes = _somebody_comes(plan.vanished, now=now)
    is_much = gone > MOST_VANISHED * len(known) and (gone > FEW or somebody_comes)
    # Another file may by chance have the same name, as what mail programs send along has.
    may_be_another = somebody_comes and not calendar.url
    if gone == len(known) or is_much or may_be_another:
        raise TooManyVanished(
            ngettext(
                "%(n)d event of %(all)d is no longer in the calendar. Nothing was called off; "
                "say whether that is meant.",
                "%(n)d events of %(all)d are no longer in the calendar. Nothing was called off; "
                "say whether that is meant.",
                gone,
            )
            % {"n": gone, "all": len(known)},
            vanished,
        )


def _digest(rows: list[IncomingEvent], *, now: datetime) -> str:
    """Of those that have something to come: differs as soon as one more or one less is gone."""
    said = repr(sorted(_to_come(rows, now=now)))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
