"""A table's rows as drafts: the same facts as the archive's, one organization a line."""

from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import slugify

from core.models import Area, FocusArea
from core.vocabulary import Kind
from organizations.archive import identifiers, table, words
from organizations.archive.files import Unreadable
from organizations.archive.table import Row
from organizations.domain.import_drafts import Gathered, OrganizationDraft, Progress
from organizations.models import Organization

#: Longest texts that fit their columns.
_MOST = {"name": 200, "mission": 2000, "populations_served": 300, "address": 300}


def gather(path: Path, *, progress: Progress) -> Gathered:
    """Read a table of organizations; each row that does not pass is refused by its line."""
    gathered = Gathered(read={"rows": 0})
    known = _Known()
    keys: dict[str, int] = {}
    try:
        rows = list(table.read(path))
    except Unreadable as error:
        gathered.refuse(str(path), error.line, error.reason)
        return gathered
    for number, row in enumerate(rows, 1):
        progress("Reading", number, len(rows))
        gathered.read["rows"] += 1
        try:
            draft = _draft(row, path, known, gathered)
        except Unreadable as error:
            gathered.refuse(str(path), error.line, error.reason)
            continue
        first = keys.setdefault(draft.source_url or draft.stem, draft.line)
        if first != draft.line:
            reason = f"Line {first} is the same organization."
            gathered.refuse(str(path), draft.line, reason)
        else:
            gathered.drafts.append(draft)
    if not rows:
        gathered.refuse(str(path), 1, "The table has a header and no rows.")
    return gathered


class _Known:
    """What this installation calls its areas, topics and kinds."""

    def __init__(self) -> None:
        self.kinds = {kind.value for kind in Organization.OrganizationKind}
        self.areas = set(Area.objects.values_list("slug", flat=True))
        self.focus = {
            name.lower(): slug for slug, name in FocusArea.objects.values_list("slug", "name")
        }
        self.needs = {kind.value for kind in Kind}


def _draft(
    row: Row | Unreadable, path: Path, known: _Known, gathered: Gathered
) -> OrganizationDraft:
    if isinstance(row, Unreadable):
        raise row
    for column, most in _MOST.items():
        if len(row.text(column)) > most:
            raise Unreadable(f"The {column} is longer than {most} letters.", line=row.line)
    stem = slugify(row.text("name"))
    if not stem:
        raise Unreadable("The name has no letters to make an address of.", line=row.line)
    given = {
        "kind": _kind(row, known),
        "website": _clean(row, "website", identifiers.website),
        "ein": _clean(row, "ein", identifiers.ein),
        "zip_code": _clean(row, "zip", identifiers.zip_code),
        "contact_email": _email(row),
        "mission": row.text("mission"),
        "populations_served": row.text("populations_served"),
        "address": row.text("address"),
    }
    draft = OrganizationDraft(
        file=str(path),
        line=row.line,
        name=row.text("name"),
        stem=stem,
        source_url=_clean(row, "source_url", identifiers.website),
        # A cell that is empty says nothing: what is known already stays.
        facts={column: value for column, value in given.items() if value},
    )
    _places(draft, row, known, gathered)
    _topics(draft, row, known, gathered)
    _needs(draft, row, known)
    return draft


def _clean(row: Row, column: str, check: Callable[[str], str | None]) -> str:
    value = check(row.text(column))
    if value is None:
        raise Unreadable(f"The {column} “{row.text(column)[:60]}” is damaged.", line=row.line)
    return value


def _kind(row: Row, known: _Known) -> str:
    written = row.text("kind").lower()
    kind = words.ORGANIZATION_KINDS.get(written, written)
    if kind and kind not in known.kinds:
        raise Unreadable(
            f"The kind “{written[:40]}” is none of: {', '.join(sorted(known.kinds))}.",
            line=row.line,
        )
    return kind


def _email(row: Row) -> str:
    written = row.text("contact_email")
    if written:
        try:
            validate_email(written)
        except ValidationError as error:
            raise Unreadable(f"“{written[:60]}” is no e-mail address.", line=row.line) from error
    return written


def _places(draft: OrganizationDraft, row: Row, known: _Known, gathered: Gathered) -> None:
    kept: list[str] = []
    for written in row.items("areas"):
        slugs, whole = ({written}, True) if written in known.areas else words.areas(written)
        draft.areas |= slugs & known.areas
        if not whole:
            kept.append(written)
            gathered.note("area kept as text", f"“{written}”", file=draft.file, line=row.line)
    if kept:
        draft.facts["areas_as_written"] = "; ".join(kept)[:500]


def _topics(draft: OrganizationDraft, row: Row, known: _Known, gathered: Gathered) -> None:
    for written in row.items("focus"):
        topic = written.lower()
        slug = topic if topic in known.focus.values() else None
        slug = slug or known.focus.get(topic) or words.TOPICS.get(topic)
        if slug:
            draft.focus.add(slug)
        else:
            gathered.note("topic left out", f"“{written}”", file=draft.file, line=row.line)


def _needs(draft: OrganizationDraft, row: Row, known: _Known) -> None:
    table_year = _year(row.text("needs_year"), line=row.line)
    for written in row.items("needs"):
        kind, _colon, own_year = written.partition(":")
        if kind not in known.needs:
            raise Unreadable(
                f"The need “{kind[:40]}” is none of: {', '.join(sorted(known.needs))}.",
                line=row.line,
            )
        draft.ask(
            Kind(kind),
            year=_year(own_year, line=row.line) or table_year,
            source_url=draft.source_url,
            areas=draft.areas,
        )


def _year(written: str, *, line: int) -> int | None:
    if not written:
        return None
    if not (written.isdecimal() and len(written) == 4):
        raise Unreadable(f"The year “{written[:20]}” is not like 2015.", line=line)
    return int(written)
