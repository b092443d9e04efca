"""`manage.py import_organizations FILE.csv [--dry-run] [--skip-refused]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from organizations.domain import imports
from organizations.management import import_report


class Command(BaseCommand):
    """The table's door at the command line."""

    help = "Take organizations and what they asked for from a table of comma-separated values."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how to go about it."""
        parser.add_argument("path", type=Path, metavar="FILE.csv")
        import_report.add_manner(parser)

    def handle(self, *, path: Path, **options: Any) -> None:
        """Read, write, and say what came of it."""
        with import_report.bars(self.stdout) as progress:
            outcome = imports.import_organizations(
                path=path,
                by=None,
                now=timezone.now(),
                manner=import_report.manner_of(options),
                progress=progress,
            )
        import_report.show(outcome, out=self.stdout, verbosity=options["verbosity"])
