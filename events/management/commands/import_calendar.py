"""`manage.py import_calendar FILE_OR_URL --organization SLUG [--dry-run] [--skip-refused]`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from core import fetch
from core.errors import DomainError
from events.domain import incoming, incoming_plans
from events.domain.ics import MOST_BYTES
from events.models import IncomingCalendar, Series
from organizations.models import Organization


class Command(BaseCommand):
    """A calendar's door at the command line: read once, and known when it is read again."""

    help = "Take an organization's events from an .ics file or from a calendar's address."

    def add_arguments(self, parser: CommandParser) -> None:
        """The calendar, whose it is, and how to go about it."""
        parser.add_argument("source", metavar="FILE_OR_URL")
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--kind", choices=Series.SeriesKind.values, default=Series.SeriesKind.VOLUNTEERING
        )
        parser.add_argument(
            "--drafts",
            action="store_true",
            help="leave events as drafts for the desk; said when a calendar is first read",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, write nothing"
        )
        parser.add_argument(
            "--skip-refused",
            action="store_true",
            help="write the rest although something is refused",
        )
        parser.add_argument(
            "--vanished",
            action="store_true",
            help="call off what is gone from the calendar, however much it is",
        )

    def handle(self, *, source: str, **options: Any) -> None:
        """Read, write, and say what came of it."""
        host = Organization.objects.filter(slug=options["organization"]).first()
        if host is None:
            message = f"There is no organization “{options['organization']}”."
            raise CommandError(message)
        self.stdout.ending = ""  # rich ends its own lines
        # soft_wrap: no reason is cut or broken where the output goes to a file.
        out = Console(file=cast("IO[str]", self.stdout), highlight=False, soft_wrap=True)
        try:
            with _bars(out) as progress:
                outcome = _read(source, host, options, progress)
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from refusal
        _show(outcome, out)


def _read(
    source: str, host: Organization, options: dict[str, Any], progress: incoming_plans.Progress
) -> incoming_plans.Outcome | None:
    is_url = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", source) is not None
    content = b"" if is_url else _content(Path(source))
    now = timezone.now()
    kept = {
        "organization": host,
        "kind": options["kind"],
        "publishes": not options["drafts"],
        **({"url": fetch.checked(source)} if is_url else {"file_name": Path(source).name}),
    }
    where = {
        "organization": host,
        "url": kept.get("url", ""),
        "file_name": kept.get("file_name", ""),
    }
    calendar = IncomingCalendar.objects.filter(**where).first()
    is_new = calendar is None and not options["dry_run"]
    if is_new:
        add = incoming.subscribe if is_url else incoming.hand_in
        calendar = add(**kept, by=None, now=now)
    how = {
        "calendar": calendar or IncomingCalendar(**kept),
        "by": None,
        "now": now,
        "dry_run": options["dry_run"],
        "skip_refused": options["skip_refused"],
        "confirmed": options["vanished"],
        "progress": progress,
    }
    outcome = None
    try:
        outcome = (
            incoming.refresh(**how) if is_url else incoming.import_text(content=content, **how)
        )
    finally:
        if is_new and calendar is not None and not (outcome and outcome.written):
            calendar.delete()  # nothing was written, not even where it came from
    return outcome


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from error


@contextmanager
def _bars(out: Console) -> Iterator[incoming_plans.Progress]:
    """A bar for each step, drawn where the output is a terminal and left out where it is not."""
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=out, disable=not out.is_terminal) as drawn:
        steps: dict[str, TaskID] = {}

        def told(step: str, done: int, total: int) -> None:
            if step not in steps:
                steps[step] = drawn.add_task(step, total=total)
            drawn.update(steps[step], completed=done, total=total)

        yield told


def _show(outcome: incoming_plans.Outcome | None, out: Console) -> None:
    if outcome is None:
        out.print("Nothing has changed at the address since it was last read.")
        return
    for refusal in outcome.refusals:
        out.print(
            f"[red]refused[/red] line {refusal.line}: "
            f"{escape(refusal.title)}: {escape(refusal.reason)}"
        )
    counts = [f"{getattr(outcome, each):,} {each.replace('_', ' ')}" for each in outcome.COUNTED]
    out.print(", ".join([*counts, f"{len(outcome.refusals):,} refused"]))
    if outcome.refusals:
        ending = (
            "the rest was written."
            if outcome.written
            else "nothing was written. Mend them, or leave them out with --skip-refused."
        )
        message = f"{len(outcome.refusals)} refused; {ending}"
        raise CommandError(message)
    if not outcome.written:
        out.print("Nothing was written.")
