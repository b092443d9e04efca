"""Organizations and what they asked for, from the LA2050 archive's files or from a table.

An import reads everything first. If anything is refused it writes nothing, unless told to leave
the refused things out; and what it writes, it writes in one transaction. Running it again on the
same files changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet

from accounts.models import User
from core import versions
from organizations.domain import import_archive, import_table
from organizations.domain.import_drafts import Gathered, Note, Progress, Refusal
from organizations.domain.import_writing import Tally, write
from organizations.models import Organization

#: Hosts under which many organizations have their page: sharing one says nothing.
SHARED_HOSTS = frozenset(
    {
        "facebook.com", "instagram.com", "twitter.com", "linkedin.com", "meetup.com",
        "youtube.com", "vimeo.com", "sites.google.com", "gofundme.com", "kickstarter.com",
        "indiegogo.com",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manner:
    """How an import goes about it."""

    #: Say what would happen and write nothing.
    dry_run: bool = False
    #: Write the rest although something was refused.
    skip_refused: bool = False
    #: Leave what is there already as it is, whatever the source says of it.
    only_new: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import read, did, refused and noticed."""

    read: dict[str, int]
    organizations: Tally
    needs: Tally
    refusals: list[Refusal]
    notes: list[Note]
    #: False after a dry run, and where something was refused and nothing was to be left out.
    written: bool


def import_la2050(
    *,
    paths: Iterable[Path],
    by: User | None,
    now: datetime,
    manner: Manner,
    progress: Progress,
) -> Outcome:
    """Take organizations and what they asked for from the archive's Markdown files.

    Args:
        paths: files, or folders to walk.
        by: a member of staff; `None` at the installation's own command line.
        now: the present.
        manner: whether to write, and what to do about refusals.
        progress: told of each step.

    Raises:
        PermissionDenied: if `by` is not staff.
    """
    _require_staff(by)
    gathered = import_archive.gather(list(paths), progress=progress)
    return _carry_out(gathered, by=by, now=now, manner=manner, progress=progress)


def import_organizations(
    *,
    path: Path,
    by: User | None,
    now: datetime,
    manner: Manner,
    progress: Progress,
) -> Outcome:
    """The same from a table of comma-separated values, one organization a line."""
    _require_staff(by)
    gathered = import_table.gather(path, progress=progress)
    return _carry_out(gathered, by=by, now=now, manner=manner, progress=progress)


def _require_staff(by: User | None) -> None:
    if by is not None and not by.is_staff:
        raise PermissionDenied


def _carry_out(
    gathered: Gathered,
    *,
    by: User | None,
    now: datetime,
    manner: Manner,
    progress: Progress,
) -> Outcome:
    with transaction.atomic():
        # The versions' rows are also the lock: two imports at once take turns.
        versions.bump("organizations", "needs")
        written = write(gathered, by=by, now=now, progress=progress, only_new=manner.only_new)
        _note_duplicates(gathered)
        changed = written.organizations.changed or written.needs.changed
        stopped = manner.dry_run or (bool(gathered.refusals) and not manner.skip_refused)
        if stopped or not changed:
            transaction.set_rollback(True)
    return Outcome(
        read=gathered.read,
        organizations=written.organizations,
        needs=written.needs,
        refusals=gathered.refusals,
        notes=gathered.notes,
        written=changed and not stopped,
    )


def _note_duplicates(gathered: Gathered) -> None:
    """Point out organizations with one EIN or one site; which are the same, people decide."""
    rows = Organization.objects.all()
    eins = {draft.facts.get("ein", "") for draft in gathered.drafts}
    for ein, names in _shared(rows, "ein", eins):
        gathered.note("shared EIN", f"{ein}: {names}")
    for host, names in _shared(rows, "site_host", None):
        if host not in SHARED_HOSTS:
            gathered.note("shared website", f"{host}: {names}")


def _shared(
    rows: QuerySet[Organization], column: str, among: set[str] | None
) -> list[tuple[str, str]]:
    counted = rows.exclude(**{column: ""}).order_by(column).values_list(column)
    doubled = {value for value, number in counted.annotate(Count("pk")) if number > 1}
    if among is not None:
        doubled &= among
    named: dict[str, list[str]] = {}
    pairs = rows.exclude(**{column: ""}).order_by(column, "slug").values_list(column, "slug")
    for value, slug in pairs:
        if value in doubled:
            named.setdefault(value, []).append(slug)
    return [(value, ", ".join(slugs)) for value, slugs in named.items()]
