"""`manage.py send_digests`: build and send the digests that are due."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from newsletter import channels
from newsletter.domain import timers


class Command(BaseCommand):
    """Safe to run as often as wanted, and in two places at once."""

    help = "Build and send the digests that are due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--now ISO` to pretend another present, `--dry-run` to write and send nothing."""
        parser.add_argument("--now", default="", metavar="ISO")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Say what was done, one line an issue."""
        now = _moment(options["now"]) if options["now"] else timezone.now()
        if options["dry_run"]:
            for step in timers.due(now=now):
                self.stdout.write(f"would {step.does} {step.year}-W{step.week:02d} {step.edition}")
            return
        done = timers.tick(now=now, channel=channels.current())
        for digest in done:
            because = f": {digest.failure}" if digest.failure else ""
            self.stdout.write(
                f"{digest.year}-W{digest.week:02d} {digest.edition} {digest.status}{because}"
            )
        if not done:
            self.stdout.write("nothing is due")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--now: “{text}” is not like 2026-12-07T07:00-08:00") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)
