"""`manage.py prepare`: whatever is missing before the site can be served; nothing if nothing is."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from pages.demo import cast, loading


class Command(BaseCommand):
    """What `make run` does before it serves."""

    help = "Migrate if needed, load the demonstration if the database is empty, say where to look."
    # The checks run in `make check`; here they would cost a second of every start.
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Prepare, and print the address and the demonstration sign-ins."""
        migrations = MigrationExecutor(connection)
        if migrations.migration_plan(migrations.loader.graph.leaf_nodes()):
            self.stdout.write("Bringing the database up to date (about half a minute) …")
            self.stdout.flush()
            call_command("migrate", verbosity=0, interactive=False)
        if loading.is_wanted():
            self.stdout.write("Loading the demonstration data …")
            self.stdout.flush()
            call_command("demo", verbosity=0)
        welcome = _welcome()
        # `scripts/run` shows it again where there is nothing to prepare.
        (settings.VAR / "welcome.txt").write_text(welcome, encoding="utf-8")
        self.stdout.write(welcome)


def _welcome() -> str:
    lines = ["", f"  {settings.SITE_NAME}: {settings.BASE_URL}/"]
    if cast.can_sign_in():
        lines.append("  Sign in to look around:")
        lines += [
            f"    {person.email:<28} {cast.PASSWORD}   {person.shows}" for person in cast.SIGN_INS
        ]
    return "\n".join([*lines, "", ""])
