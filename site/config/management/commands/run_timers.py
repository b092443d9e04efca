"""`manage.py run_timers`: do everything that depends on the clock, once."""

import logging
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.timers import TIMERS

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Safe to run as often as wanted, and in two places at once."""

    help = "Do everything that depends on the clock, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--now ISO` to pretend another present."""
        parser.add_argument("--now", default="", metavar="ISO")

    def handle(self, *_args: Any, **options: Any) -> None:
        """One line a timer; one that fails does not keep the others from running."""
        now = _moment(options["now"]) if options["now"] else timezone.now()
        failed = []
        for name, run in TIMERS:
            try:
                done = run(now=now)
            except Exception:  # the other timers owe nothing to this one's trouble
                logger.exception("Timer “%s” failed", name)
                failed.append(name)
            else:
                self.stdout.write(f"{name}: {done}")
        if failed:
            message = "failed: " + ", ".join(failed)
            raise CommandError(message)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"--now: “{text}” is not like 2026-12-07T07:00-08:00"
        raise CommandError(message) from error
    return moment if moment.tzinfo else timezone.make_aware(moment)
