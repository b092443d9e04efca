"""`manage.py scale --organizations N --events N --weekly N --people N [--seed N]`."""

from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pages.demo import crowds


class Command(BaseCommand):
    """The load test's door at the command line."""

    help = "Write synthetic data for load tests; the same for the same seed."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many of each, and the seed."""
        for what in ("organizations", "events", "weekly", "people"):
            parser.add_argument(f"--{what}", type=int, default=0, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="N")

    def handle(self, **options: Any) -> None:
        """Write them, with a bar for each step."""
        size = crowds.Size(
            options["organizations"], options["events"], options["people"], options["weekly"]
        )
        if min(size.organizations, size.events, size.people, size.weekly) < 0:
            raise CommandError("Numbers must not be negative.")
        self.stdout.ending = ""
        console = Console(file=cast("Any", self.stdout), highlight=False)
        columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn())
        steps: dict[str, Any] = {}
        with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

            def told(step: str, done: int, total: int) -> None:
                if step not in steps:
                    steps[step] = bars.add_task(step, total=total)
                bars.update(steps[step], completed=done)

            try:
                crowds.gather(size, seed=options["seed"], now=timezone.now(), progress=told)
            except crowds.NotEmpty as error:
                raise CommandError(
                    "There is a crowd already. Start from an empty database."
                ) from error
        console.print(
            f"{size.organizations:,} organizations, {size.events + size.weekly:,} events, "
            f"{size.people:,} people written."
        )
