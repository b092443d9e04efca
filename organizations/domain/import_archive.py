"""The LA2050 archive's files put together: each organization with what its proposals asked for."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from core.vocabulary import Kind
from organizations.archive import identifiers, la2050, words
from organizations.archive.files import Unreadable, walk
from organizations.archive.la2050 import Answer, ArchivedOrganization, ArchivedProposal
from organizations.domain.import_drafts import Gathered, OrganizationDraft, Progress

#: Of a field that holds all the spellings that fit no area of ours.
MOST_WRITTEN = 500


def gather(paths: Iterable[Path], *, progress: Progress) -> Gathered:
    """Read the archive's files and put the proposals to their organizations."""
    gathered = Gathered()
    organizations, proposals = _read(paths, gathered, progress)
    gathered.read = {"organizations": len(organizations), "proposals": len(proposals)}
    drafts = {file.stem: _draft(file, gathered) for file in organizations}
    by_id: dict[str, list[ArchivedOrganization]] = defaultdict(list)
    for organization in organizations:
        by_id[organization.organization_id].append(organization)
    for organization_id, sharing in by_id.items():
        if len(sharing) > 1:
            names = ", ".join(organization.stem for organization in sharing)
            gathered.note("shared organization_id", f"{organization_id}: {names}")
    seen: dict[str, str] = {}
    for proposal in proposals:
        if first := seen.get(proposal.project_id):
            gathered.refuse(
                proposal.file, 0, f"The project_id {proposal.project_id} is also that of {first}."
            )
            continue
        seen[proposal.project_id] = proposal.file
        if host := _host_of(proposal, by_id.get(proposal.organization_id, [])):
            _add(proposal, drafts[host.stem], gathered)
        else:
            gathered.refuse(
                proposal.file,
                proposal.line,
                f"No file among these is the organization {proposal.organization_id}. "
                "Give the folder of organizations as well.",
            )
    gathered.drafts = list(drafts.values())
    return gathered


def _read(
    paths: Iterable[Path], gathered: Gathered, progress: Progress
) -> tuple[list[ArchivedOrganization], list[ArchivedProposal]]:
    organizations: dict[str, ArchivedOrganization] = {}
    proposals: list[ArchivedProposal] = []
    files = list(walk(paths, suffix=".md"))
    for number, found in enumerate(files, 1):
        progress("Reading", number, len(files))
        if not found.wanted:
            gathered.note("not a Markdown file", "not read", file=str(found.path))
            continue
        try:
            thing = la2050.read(found.path)
        except Unreadable as error:
            gathered.refuse(str(found.path), error.line, error.reason)
            continue
        if isinstance(thing, ArchivedProposal):
            proposals.append(thing)
        elif (first := organizations.setdefault(thing.stem, thing)) is not thing:
            gathered.refuse(thing.file, 0, f"{first.file} has the same name.")
    if not files:
        gathered.refuse(", ".join(map(str, paths)), 0, "There is no Markdown file here.")
    return list(organizations.values()), proposals


def _host_of(
    proposal: ArchivedProposal, sharing: list[ArchivedOrganization]
) -> ArchivedOrganization | None:
    """Whose proposal it is. Where two files share an id, the likelier: named so, listing it."""
    return max(
        sharing,
        key=lambda one: (
            one.name == proposal.organization_name,
            proposal.project_id in one.project_ids,
            len(one.project_ids),
            one.stem,
        ),
        default=None,
    )


def _draft(file: ArchivedOrganization, gathered: Gathered) -> OrganizationDraft:
    if not file.published:
        gathered.note("withdrawn in the archive", "taken, but not shown", file=file.file)
    kind = words.ORGANIZATION_KINDS.get(file.kind.text.lower())
    if kind is None:
        gathered.note(
            "unknown org_type", f"“{file.kind.text}”", file=file.file, line=file.kind.line
        )
    websites = [identifiers.website(answer.text) for answer in file.websites]
    for answer, address in zip(file.websites, websites, strict=True):
        if address is None:
            _left_out("website", answer, file.file, gathered)
    topics = {topic.lower() for topic in file.topics}
    return OrganizationDraft(
        file=file.file,
        line=1,
        name=file.name,
        stem=file.stem,
        source_url=file.url,
        facts={
            "areas_as_written": "",
            "kind": kind or "other",
            "mission": file.mission,
            "website": next(filter(None, websites), ""),
            "ein": _checked("EIN", identifiers.ein(file.ein.text), file.ein, file.file, gathered),
            "zip_code": _checked(
                "ZIP code", identifiers.zip_code(file.zip_code.text), file.zip_code, file.file,
                gathered,
            ),
        },
        focus={words.TOPICS[topic] for topic in topics & words.TOPICS.keys()},
        published=file.published,
    )  # fmt: skip


def _checked(what: str, clean: str | None, answer: Answer, file: str, gathered: Gathered) -> str:
    if clean is None:
        _left_out(what, answer, file, gathered)
    return clean or ""


def _left_out(what: str, answer: Answer, file: str, gathered: Gathered) -> None:
    gathered.note(f"damaged {what}, left out", f"“{answer.text}”", file=file, line=answer.line)


def _add(proposal: ArchivedProposal, draft: OrganizationDraft, gathered: Gathered) -> None:
    if not proposal.published:
        gathered.note("withdrawn in the archive", "not taken", file=proposal.file)
        return
    areas: set[str] = set()
    for answer in proposal.areas:
        found, whole = words.areas(answer.text)
        areas |= found
        if not whole:
            _keep_as_written(answer.text, draft)
            gathered.note(
                "area kept as text", f"“{answer.text}”", file=proposal.file, line=answer.line
            )
    draft.areas |= areas
    for answer in proposal.help:
        try:
            kind = words.help_asked(answer.text)
        except LookupError:
            kind = Kind.OTHER
            gathered.note(
                "help of another kind", f"“{answer.text}”", file=proposal.file, line=answer.line
            )
        if kind is not None:
            draft.ask(kind, year=proposal.year, source_url=draft.source_url, areas=areas)
    if not proposal.asks:
        gathered.note("no question about help", f"asked in {proposal.year}", file=proposal.file)


def _keep_as_written(written: str, draft: OrganizationDraft) -> None:
    kept = draft.facts["areas_as_written"]
    if written not in kept.split("; "):
        together = f"{kept}; {written}" if kept else written
        draft.facts["areas_as_written"] = together[:MOST_WRITTEN]
