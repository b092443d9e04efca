"""`manage.py demo`: something to see on every page."""

from typing import Any, cast

from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pages.demo import loading
from pages.demo.cast import PASSWORD, SIGN_INS, can_sign_in


class Command(BaseCommand):
    """The demonstration's door at the command line."""

    help = "Load the demonstration data; running it again changes nothing."

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load what is missing, and say how to sign in."""
        self.stdout.ending = ""
        console = Console(file=cast("Any", self.stdout), highlight=False)
        quiet = options["verbosity"] == 0 or not console.is_terminal
        columns = (TextColumn("{task.description:<28}"), BarColumn())
        with Progress(*columns, console=console, disable=quiet, transient=True) as bars:
            task = bars.add_task("Demonstration", total=1)

            def told(part: str, done: int, total: int) -> None:
                bars.update(task, description=part.capitalize(), completed=done, total=total)

            loading.load(now=timezone.now(), progress=told)
        if options["verbosity"] > 0:
            console.print("The demonstration is loaded.")
            if can_sign_in():
                for person in SIGN_INS:
                    console.print(f"  {person.email:<28} {PASSWORD}   {person.shows}")
