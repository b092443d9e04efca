"""An issue from its first draft to the moment before it goes out."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from accounts.models import User
from core import audit, versions
from core.errors import DomainError
from newsletter import permissions
from newsletter.domain import candidates, weeks
from newsletter.mail.issues import in_reading_order
from newsletter.models import Cadence, Digest, DigestItem

Status = Digest.Status
Choice = DigestItem.Choice
#: How far back the first issue of all looks.
FIRST_LOOK_BACK = {Cadence.WEEKLY: timedelta(days=14), Cadence.MONTHLY: timedelta(days=35)}


class ImpossibleMove(DomainError):
    """An issue cannot go from where it is to there."""


class NotEditable(DomainError):
    """The lines of an issue that is scheduled or gone do not change."""


class NoSuchWeek(DomainError):
    """A year and week that no calendar has."""

    status = 404


@transaction.atomic
def build(*, year: int, week: int, edition: str, now: datetime, by: User | None = None) -> Digest:
    """Make the issue of a week, or refresh it from what is true now.

    What an editor pinned or left out stays; lines by the clock are chosen anew.

    Raises:
        NoSuchWeek: for a year without such a week.
        NotEditable: if it is scheduled, or gone.
    """
    _allow(by)
    digest = begin(year=year, week=week, edition=edition)
    if not digest.is_editable:
        raise NotEditable(gettext("This issue is %(state)s.") % _state(digest))
    if digest.status == Status.REVIEW:
        move(digest, Status.BUILDING, by=by)
    _fill(digest, at=max(now, weeks.due_at(year, week)))
    digest.built_at = now
    move(digest, Status.REVIEW, by=by)
    return digest


def begin(*, year: int, week: int, edition: str) -> Digest:
    """The issue of a week, made if it is not there yet, and held until the transaction ends.

    Raises:
        NoSuchWeek: for a year without such a week.
    """
    try:
        weeks.due_at(year, week)
    except ValueError as error:
        raise NoSuchWeek(gettext("There is no such week.")) from error
    digest, _created = Digest.objects.get_or_create(
        year=year, week=week, edition=edition, defaults={"subject": _subject(edition)}
    )
    return locked(digest)


def _fill(digest: Digest, *, at: datetime) -> None:
    found = candidates.unseen(digest, since=_since(digest, at=at), at=at)
    decided = {(item.kind, item.slug): item for item in digest.items.exclude(choice=Choice.AUTO)}
    digest.items.filter(choice=Choice.AUTO).delete()
    fresh = {candidate.key: candidate for candidate in found}
    for key, item in decided.items():
        if key in fresh:
            item.title, item.facts = fresh[key].title, fresh[key].facts
    DigestItem.objects.bulk_update(decided.values(), ("title", "facts"))
    room = dict(candidates.CAPS)
    for item in decided.values():
        if item.choice == Choice.PINNED:
            room[item.section] -= 1
    rows: list[DigestItem] = []
    for candidate in found:
        if candidate.key not in decided and room[candidate.section] > 0:
            room[candidate.section] -= 1
            rows.append(DigestItem(digest=digest, position=len(rows) + 1, **vars(candidate)))
    DigestItem.objects.bulk_create(rows)


def _since(digest: Digest, *, at: datetime) -> datetime:
    edition = Cadence(digest.edition)
    last = Digest.objects.published().filter(edition=edition).aggregate(last=Max("built_at"))
    since: datetime | None = last["last"]
    return since or at - FIRST_LOOK_BACK[edition]


def _subject(edition: str) -> str:
    if edition == Cadence.MONTHLY:
        return gettext("The month in STEM, %(site)s") % {"site": settings.SITE_NAME}
    return gettext("This week in STEM, %(site)s") % {"site": settings.SITE_NAME}


@transaction.atomic
def choose(*, item: DigestItem, choice: str, by: User, now: datetime) -> DigestItem:
    """Pin a line, leave it out, or give it back to the clock."""
    _allow(by)
    digest = _editable(item.digest)
    item.choice = DigestItem.Choice(choice)
    item.save(update_fields=["choice"])
    audit.record(digest, "newsletter.digest_edited", by=by, line=item.slug, choice=str(choice))
    _touch(digest, now=now)
    return item


@transaction.atomic
def shift(*, item: DigestItem, up: bool, by: User, now: datetime) -> None:
    """Move a line one place up or down within its section; at the end it stays."""
    _allow(by)
    digest = _editable(item.digest)
    rows = [
        row
        for row in in_reading_order(digest.items.filter(section=item.section))
        if row.is_pinned == item.is_pinned
    ]
    place = [row.pk for row in rows].index(item.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        for position, row in enumerate(rows, start=1):
            row.position = position
        DigestItem.objects.bulk_update(rows, ("position",))
        audit.record(digest, "newsletter.digest_edited", by=by, line=item.slug, up=up)
    _touch(digest, now=now)


@transaction.atomic
def write(*, digest: Digest, subject: str, intro: str, by: User, now: datetime) -> Digest:
    """Set the words that stand above the lines."""
    _allow(by)
    digest = _editable(digest)
    digest.subject, digest.intro = subject, intro
    digest.save(update_fields=["subject", "intro"])
    audit.record(digest, "newsletter.digest_edited", by=by, words=True)
    _touch(digest, now=now)
    return digest


@transaction.atomic
def schedule(*, digest: Digest, by: User | None, now: datetime) -> Digest:
    """Say that it may go out as it is; asking twice is the same as asking once.

    Raises:
        ImpossibleMove: if it is on its way or gone.
    """
    _allow(by)
    digest = locked(digest)
    if digest.status != Status.SCHEDULED:
        digest.failure = ""
        move(digest, Status.SCHEDULED, by=by)
        _touch(digest, now=now)
    return digest


@transaction.atomic
def take_back(*, digest: Digest, by: User, now: datetime) -> Digest:
    """Open a scheduled issue for editing again.

    Raises:
        ImpossibleMove: if it is on its way or gone.
    """
    _allow(by)
    digest = locked(digest)
    if digest.status != Status.REVIEW:
        move(digest, Status.REVIEW, by=by)
        _touch(digest, now=now)
    return digest


def move(digest: Digest, status: str, *, by: User | None) -> None:
    """Write the next step of an issue's life; the caller holds its lock.

    Raises:
        ImpossibleMove: if the life of an issue has no such step.
    """
    if status not in Digest.MOVES[digest.status]:
        raise ImpossibleMove(gettext("That is not possible: it is %(state)s.") % _state(digest))
    was, digest.status = digest.status, status
    digest.save()
    audit.record(digest, "newsletter.digest_moved", by=by, was=was, now=str(status))


def locked(digest: Digest) -> Digest:
    """The issue as it is now, held until the transaction ends."""
    return Digest.objects.select_for_update(no_key=True).get(pk=digest.pk)


def _editable(digest: Digest) -> Digest:
    digest = locked(digest)
    if not digest.is_editable:
        raise NotEditable(gettext("This issue is %(state)s.") % _state(digest))
    return digest


def _state(digest: Digest) -> dict[str, str]:
    return {"state": str(digest.get_status_display())}


def _touch(digest: Digest, *, now: datetime) -> None:
    digest.edited_at = now
    digest.save(update_fields=["edited_at"])
    versions.bump("newsletter")


def _allow(by: User | None) -> None:
    """The clock may; a person needs the editor's permission."""
    if by is not None and not permissions.can_edit_digests(by):
        raise PermissionDenied
