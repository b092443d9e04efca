"""Calendars in: an organization's own calendar, by address or file, becomes its events here.

Reading the same again changes nothing. When a calendar breaks, what was read last stays; it is
asked again after a pause that doubles, and after three failures its people get a mail.
"""

import logging
from datetime import datetime, timedelta
from itertools import batched

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, fetch, outbox
from core.errors import DomainError
from events import permissions
from events.domain import incoming_writing as writing
from events.domain.ics import MOST_BYTES
from events.domain.incoming_plans import (
    Outcome,
    Plan,
    Progress,
    TooManyVanished,
    plan_of,
    require_few_vanished,
)
from events.domain.incoming_reading import read
from events.models import IncomingCalendar
from organizations.models import Organization

logger = logging.getLogger(__name__)

#: How often a calendar that works is read, and the longest pause after failures.
PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=24)
#: Failures in a row after which the organization's people get a mail.
FAILURES_TOLD = 3
#: While it is being read, nobody else begins.
CLAIM = timedelta(minutes=10)
MOST_CALENDARS = 10
#: Calendars that one run of the timer asks; the others wait for the next.
MOST_AT_ONCE = 20
#: Refusals that are kept to be shown.
REFUSALS_KEPT = 50
MEDIA_TYPES = "text/calendar, text/plain;q=0.5, */*;q=0.1"


class TooManyCalendars(DomainError):
    """An organization reads a handful of calendars, not a hundred."""


class NothingToRead(DomainError):
    """A file is read when it is handed in; there is nowhere to read it again."""


class NotRead(DomainError):
    """Reading it failed in a way that nobody thought of."""


def _quiet(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def subscribe(
    *,
    organization: Organization,
    url: str,
    kind: str,
    publishes: bool,
    by: User | None,
    now: datetime,
) -> IncomingCalendar:
    """Keep an address to be read from now on; asked twice it is one.

    Raises:
        PermissionDenied: if `by` may not invite in the organization's name.
        fetch.FetchRefused: if the address would never be asked.
        TooManyCalendars: if the organization has its fill.
    """
    _require_host(by, organization)
    return _kept(
        organization=organization,
        url=fetch.checked(url),
        file_name="",
        kind=kind,
        publishes=publishes,
        by=by,
        now=now,
    )


def hand_in(
    *,
    organization: Organization,
    file_name: str,
    kind: str,
    publishes: bool,
    by: User | None,
    now: datetime,
) -> IncomingCalendar:
    """Keep a file's name, so that the same file, handed in again, changes what it made."""
    _require_host(by, organization)
    return _kept(
        organization=organization,
        url="",
        file_name=file_name.strip()[-200:] or "calendar.ics",
        kind=kind,
        publishes=publishes,
        by=by,
        now=now,
    )


def import_file(
    *,
    organization: Organization,
    file_name: str,
    content: bytes,
    kind: str,
    publishes: bool,
    by: User,
    now: datetime,
    shown: str = "",
) -> Outcome:
    """Read a file that was handed in; one of which nothing could be taken is not kept.

    Raises:
        DomainError: whatever `hand_in` and `import_text` refuse.
    """
    calendar = hand_in(
        organization=organization,
        file_name=file_name,
        kind=kind,
        publishes=publishes,
        by=by,
        now=now,
    )
    try:
        return import_text(calendar=calendar, content=content, by=by, now=now, shown=shown)
    except DomainError:
        if calendar.read_at is None:
            calendar.delete()
        raise


def _kept(
    *,
    organization: Organization,
    url: str,
    file_name: str,
    kind: str,
    publishes: bool,
    by: User | None,
    now: datetime,
) -> IncomingCalendar:
    with transaction.atomic():
        rows = Organization.objects.select_for_update(of=("self",), no_key=True).filter(
            pk=organization.pk
        )
        rows.get()
        calendars = IncomingCalendar.objects.filter(organization=organization)
        known = calendars.filter(url=url, file_name=file_name).first()
        if known is not None:
            return known
        if calendars.count() >= MOST_CALENDARS:
            raise TooManyCalendars(
                _("You read %(most)d calendars already. Remove one first.")
                % {"most": MOST_CALENDARS}
            )
        made = IncomingCalendar.objects.create(
            organization=organization,
            url=url,
            file_name=file_name,
            kind=kind,
            publishes=publishes,
            next_try_at=now,
            created_by=by,
        )
        audit.record(made, "events.calendar_added", by=by)
    return made


def import_text(
    *,
    calendar: IncomingCalendar,
    content: bytes,
    by: User | None,
    now: datetime,
    dry_run: bool = False,
    skip_refused: bool = True,
    confirmed: bool = False,
    shown: str = "",
    progress: Progress = _quiet,
) -> Outcome:
    """Bring an organization's events in step with what its calendar says.

    Args:
        calendar: which one; unsaved for a dry run of one that is not known yet.
        content: the .ics text.
        by: who acts; none for the clock and the command line.
        now: the present.
        dry_run: say what would happen and write nothing.
        skip_refused: write the rest although something was refused.
        confirmed: call off what vanished, whatever it is.
        shown: call off what vanished if it is what was shown (`TooManyVanished.vanished`).
        progress: told of each step.

    Raises:
        PermissionDenied: if `by` may not invite in the organization's name.
        ics.NotACalendar, ics.CalendarTooLarge: if nothing of it can be taken.
        TooManyDates: if it has more than 20,000 dates within the window.
        TooManyVanished: if so much of what is to come is gone, unless confirmed.
        writing.Removed: if the calendar, or an event of it, was removed meanwhile.
    """
    _require_host(by, calendar.organization)
    reading = read(content, zone_name=settings.TIME_ZONE, kind=calendar.kind)
    plan = plan_of(calendar, reading, now=now, progress=progress)
    if not confirmed:
        require_few_vanished(calendar, plan, shown=shown, now=now)
    if dry_run or (plan.outcome.refusals and not skip_refused):
        return plan.outcome
    _write(calendar, plan, by=by, now=now, progress=progress)
    plan.outcome.written = True
    IncomingCalendar.objects.filter(pk=calendar.pk).update(
        name=(reading.name or calendar.name)[:200],
        asked_at=now,
        read_at=now,
        next_try_at=now + PAUSE,
        failures=0,
        problem="",
        vanished="",
        refusals=[
            {"title": each.title, "line": each.line, "reason": each.reason}
            for each in plan.outcome.refusals[:REFUSALS_KEPT]
        ],
        refused=len(plan.outcome.refusals),
    )
    return plan.outcome


def refresh(
    *,
    calendar: IncomingCalendar,
    by: User | None,
    now: datetime,
    dry_run: bool = False,
    skip_refused: bool = True,
    confirmed: bool = False,
    shown: str = "",
    guard: fetch.Guard = fetch.PUBLIC,
    progress: Progress = _quiet,
) -> Outcome | None:
    """Ask a calendar's address, and bring its events in step; none if nothing has changed there.

    What went wrong is kept with the calendar, with the time of the next try.

    Raises:
        NothingToRead: if it is a file.
        DomainError: whatever `fetch.get` and `import_text` refuse.
    """
    _require_host(by, calendar.organization)
    if not calendar.url:
        raise NothingToRead(_("This is a file. Hand it in again to bring its events up to date."))
    # What asks for an answer, or was refused in part by the command, is read as if anew.
    anew = dry_run or confirmed or bool(calendar.problem)
    try:
        got = fetch.get(
            calendar.url,
            most_bytes=MOST_BYTES,
            etag="" if anew else calendar.etag,
            last_modified="" if anew else calendar.last_modified,
            accept=MEDIA_TYPES,
            guard=guard,
        )
        if got.is_unchanged:
            _read_unchanged(calendar, now=now)
            return None
        outcome = import_text(
            calendar=calendar,
            content=got.body,
            by=by,
            now=now,
            dry_run=dry_run,
            skip_refused=skip_refused,
            confirmed=confirmed,
            shown=shown,
            progress=progress,
        )
    except DomainError as refusal:
        if not dry_run:
            _failed(calendar, refusal, now=now)
        raise
    if outcome.written:
        IncomingCalendar.objects.filter(pk=calendar.pk).update(
            etag=got.etag, last_modified=got.last_modified
        )
    return outcome


def refresh_due(*, now: datetime, guard: fetch.Guard = fetch.PUBLIC) -> int:
    """Read the calendars whose time has come; says how many were asked. Runs on a timer."""
    asked = 0
    due = IncomingCalendar.objects.due(now=now).order_by("next_try_at")
    for pk in list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        # Whoever moves the time on reads it; a second timer finds it moved.
        claimed = IncomingCalendar.objects.due(now=now).filter(pk=pk)
        if not claimed.update(next_try_at=now + CLAIM):
            continue
        calendar = IncomingCalendar.objects.select_related("organization").filter(pk=pk).first()
        if calendar is None:
            continue  # removed just now
        asked += 1
        try:
            refresh(calendar=calendar, by=None, now=now, guard=guard)
        except DomainError:
            continue  # kept with the calendar, where its people see it
        except Exception:  # the other calendars owe nothing to this one's trouble
            logger.exception("Calendar %s could not be read", calendar.uuid)
            sentence = _("We could not read this calendar. The fault is ours; we try again later.")
            _failed(calendar, NotRead(sentence), now=now)
    return asked


def pause(*, calendar: IncomingCalendar, by: User, now: datetime) -> None:
    """Read it no more until it is resumed; its events stay."""
    _set_paused(calendar, is_paused=True, by=by, now=now)


def resume(*, calendar: IncomingCalendar, by: User, now: datetime) -> None:
    """Read it again from now on."""
    _set_paused(calendar, is_paused=False, by=by, now=now)


def remove(*, calendar: IncomingCalendar, by: User) -> None:
    """Forget the calendar; what was made from it stays, as events of the organization's own."""
    _require_host(by, calendar.organization)
    with transaction.atomic():
        audit.record(calendar, "events.calendar_removed", by=by)
        calendar.delete()


def _set_paused(calendar: IncomingCalendar, *, is_paused: bool, by: User, now: datetime) -> None:
    _require_host(by, calendar.organization)
    with transaction.atomic():
        changed = IncomingCalendar.objects.filter(pk=calendar.pk, is_paused=not is_paused).update(
            is_paused=is_paused, next_try_at=now, failures=0
        )
        if changed:
            verb = "paused" if is_paused else "resumed"
            audit.record(calendar, f"events.calendar_{verb}", by=by)


def _require_host(by: User | None, organization: Organization) -> None:
    if by is not None and not permissions.can_host(by, organization):
        raise PermissionDenied


def _write(
    calendar: IncomingCalendar, plan: Plan, *, by: User | None, now: datetime, progress: Progress
) -> None:
    done, total = 0, len(plan.new) + len(plan.changed) + len(plan.vanished)
    for some in batched(plan.new, writing.AT_ONCE):
        with transaction.atomic():
            writing.create_many(calendar, some, by=by, now=now)
        done += len(some)
        progress("write", done, total)
    for row, event in plan.changed:
        writing.update(row, event, by=by, now=now)
        done += 1
        progress("write", done, total)
    for row in plan.vanished:
        writing.call_off(row, by=by, now=now)
        done += 1
        progress("write", done, total)


def _read_unchanged(calendar: IncomingCalendar, *, now: datetime) -> None:
    IncomingCalendar.objects.filter(pk=calendar.pk).update(
        asked_at=now, read_at=now, next_try_at=now + PAUSE, failures=0, problem=""
    )


def _failed(calendar: IncomingCalendar, refusal: DomainError, *, now: datetime) -> None:
    failures = calendar.failures + 1
    pause = min(LONGEST_PAUSE, PAUSE * 2 ** min(failures, 10))
    with transaction.atomic():
        is_kept = IncomingCalendar.objects.filter(pk=calendar.pk).update(
            asked_at=now,
            next_try_at=now + pause,
            failures=failures,
            problem=refusal.sentence[:500],
            vanished=refusal.vanished if isinstance(refusal, TooManyVanished) else "",
        )
        if is_kept and failures == FAILURES_TOLD:
            outbox.promise(
                "events.tasks.send_calendar_broken",
                now=now,
                key=f"events.calendar_broken:{calendar.pk}:{now.date()}",
                calendar_id=calendar.pk,
            )
