"""What an import says in the terminal: a bar while it runs, and a table when it is done."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from organizations.domain.import_drafts import Progress
from organizations.domain.imports import Manner, Outcome

#: Of the notes of one sort, how many are shown without being asked for more.
NOTES_SHOWN = 3


def add_manner(parser: CommandParser) -> None:
    """The options that every import has."""
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would happen, write nothing"
    )
    parser.add_argument(
        "--skip-refused", action="store_true", help="write the rest although something is refused"
    )


def manner_of(options: dict[str, Any]) -> Manner:
    """What the options say."""
    return Manner(dry_run=options["dry_run"], skip_refused=options["skip_refused"])


@contextmanager
def bars(out: OutputWrapper) -> Iterator[Progress]:
    """A bar for each step, drawn where the output is a terminal and left out where it is not."""
    console = _console(out)
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, disable=not console.is_terminal) as drawn:
        steps: dict[str, TaskID] = {}

        def told(step: str, done: int, total: int) -> None:
            task = steps.get(step)
            if task is None:
                task = steps[step] = drawn.add_task(step, total=total)
            drawn.update(task, completed=done, total=total)

        yield told


def show(outcome: Outcome, *, out: OutputWrapper, verbosity: int) -> None:
    """Print what was read, done, refused and noticed.

    Raises:
        CommandError: if anything was refused, so that the command ends with status 1.
    """
    console = _console(out)
    console.print(", ".join(f"{number:,} {what} read" for what, number in outcome.read.items()))
    _notes(outcome, console, verbosity)
    for refusal in outcome.refusals:
        where = f"{refusal.file}:{refusal.line}" if refusal.line else refusal.file
        console.print(f"[red]refused[/red] {escape(where)}: {escape(refusal.reason)}")
    console.print(_table(outcome))
    both = (outcome.organizations, outcome.needs)
    console.print(
        f"{sum(tally.created for tally in both):,} created, "
        f"{sum(tally.updated for tally in both):,} updated, "
        f"{sum(tally.unchanged for tally in both):,} unchanged, "
        f"{len(outcome.refusals):,} refused"
    )
    if outcome.refusals:
        ending = (
            "the rest was written."
            if outcome.written
            else "nothing was written. Mend them, or leave them out with --skip-refused."
        )
        raise CommandError(f"{len(outcome.refusals)} refused; {ending}")
    if not outcome.written:
        console.print("Nothing was written.")


def _console(out: OutputWrapper) -> Console:
    out.ending = ""  # rich ends its own lines
    # soft_wrap: no reason is cut or broken where the output goes to a file.
    return Console(file=cast("IO[str]", out), highlight=False, soft_wrap=True)


def _table(outcome: Outcome) -> Table:
    table = Table()
    table.add_column("")
    for heading in ("created", "updated", "unchanged"):
        table.add_column(heading, justify="right")
    for name, tally in (("organizations", outcome.organizations), ("needs", outcome.needs)):
        cells = (tally.created, tally.updated, tally.unchanged)
        table.add_row(name, *(f"{number:,}" for number in cells))
    return table


def _notes(outcome: Outcome, console: Console, verbosity: int) -> None:
    counted = Counter(note.about for note in outcome.notes)
    for about, number in sorted(counted.items()):
        console.print(f"[yellow]note[/yellow] {about}: {number:,}")
        some = [note for note in outcome.notes if note.about == about]
        for note in some if verbosity > 1 else some[:NOTES_SHOWN]:
            where = f"{note.file}:{note.line} " if note.line else note.file and f"{note.file} "
            console.print(f"     {escape(where)}{escape(note.detail)}")
        if verbosity < 2 and number > NOTES_SHOWN:
            console.print(f"     … and {number - NOTES_SHOWN:,} more (-v 2 shows all)")
