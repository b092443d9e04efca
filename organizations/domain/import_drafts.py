"""What an import means to write, before anything is written, and what it has to say about it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.vocabulary import Kind

#: Told of each step: what is being done, how many are done, how many there are.
type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or a line of one that was not taken, and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something taken that a person should look at.

    Args:
        about: what sort of thing it is; notes are counted by it.
        detail: which one, in a sentence.
        file: where it comes from, empty where from several.
        line: the line of the file, 0 where no line is to blame.
    """

    about: str
    detail: str
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class NeedDraft:
    """One kind of help that an organization asked for in one year."""

    kind: Kind
    year: int | None
    source_url: str
    areas: set[str] = field(default_factory=set)


@dataclass(slots=True)
class OrganizationDraft:
    """An organization as its source describes it."""

    file: str
    line: int
    name: str
    #: What its slug is made from: an address's last part, or the name.
    stem: str
    #: The page that says so; names the organization from one import to the next.
    source_url: str
    facts: dict[str, str]
    areas: set[str] = field(default_factory=set)
    focus: set[str] = field(default_factory=set)
    needs: dict[tuple[Kind, int | None], NeedDraft] = field(default_factory=dict)
    #: Whether its source shows it; what is withdrawn there is not shown here.
    published: bool = True

    def ask(self, kind: Kind, *, year: int | None, source_url: str, areas: set[str]) -> None:
        """Add a kind of help; asked twice in a year it is one need, for all areas named."""
        draft = self.needs.setdefault((kind, year), NeedDraft(kind, year, source_url))
        draft.areas |= areas


@dataclass(slots=True)
class Gathered:
    """What the files said, put together."""

    drafts: list[OrganizationDraft] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    #: How many of each sort of thing were read.
    read: dict[str, int] = field(default_factory=dict)

    def refuse(self, file: str, line: int, reason: str) -> None:
        """Say that a file or line is not taken."""
        self.refusals.append(Refusal(file, line, reason))

    def note(self, about: str, detail: str, *, file: str = "", line: int = 0) -> None:
        """Say that something should be looked at."""
        self.notes.append(Note(about, detail, file, line))
