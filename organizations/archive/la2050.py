"""The LA2050 archive's two kinds of file: organizations, and what they proposed year by year."""

import html
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from organizations.archive.files import Unreadable, read_text
from organizations.archive.front_matter import Field, parse

#: Bodies and answers are prose; the archive's longest file has 26 kB.
MOST_BYTES = 1_000_000
ARCHIVE = "https://archive.la2050.org"
FIRST_YEAR, LAST_YEAR = 2011, 2100

# The questions changed every year; the keys are the questions. Each is known by how it begins,
# in lower case, so that a question mark or a stray space more or less makes no difference.
AREA_QUESTIONS = (
    "project_areas",
    "project_proposal_area",
    "areas_impacted",
    "which area(s) of la does your project benefit",  # 2014
    "where will you be working",  # 2015
    "in what areas of los angeles will you be directly working",  # 2016, 2018
)
HELP_QUESTIONS = (
    "project_proposal_help",
    "what resources does your project need",  # 2014
    "how can the la2050 community and other stakeholders help",  # 2015, 2016
)

_TAGS = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing said in answer to a question, and where."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ArchivedOrganization:
    """An organization's file, as facts. Numbers and addresses are still as written."""

    file: str
    stem: str
    organization_id: str
    name: str
    kind: Answer
    mission: str
    topics: tuple[str, ...]
    websites: tuple[Answer, ...]
    ein: Answer
    zip_code: Answer
    project_ids: frozenset[str]
    published: bool

    @property
    def url(self) -> str:
        """Its page in the archive."""
        return f"{ARCHIVE}/{quote(self.stem)}/"


@dataclass(frozen=True, slots=True)
class ArchivedProposal:
    """A proposal's file, as facts: whose, when, where, and what help was asked for."""

    file: str
    organization_id: str
    organization_name: str
    project_id: str
    year: int
    areas: tuple[Answer, ...]
    help: tuple[Answer, ...]
    asks: bool
    published: bool
    line: int


def read(path: Path) -> ArchivedOrganization | ArchivedProposal:
    """What a file of the archive says.

    Raises:
        Unreadable: naming the line, if it is no file of the archive.
    """
    fields = parse(read_text(path, most_bytes=MOST_BYTES))
    if "project_id" in fields:
        return _proposal(path, fields)
    if "organization_id" in fields:
        return _organization(path, fields)
    raise Unreadable(
        "This is neither a proposal (project_id) nor an organization (organization_id).", line=1
    )


def plain_text(prose: str, *, most: int) -> str:
    """Prose without markup, paragraphs kept, cut at a word."""
    text = html.unescape(_TAGS.sub(" ", re.sub(r"<(br|/p)\b[^<>]*>", "\n\n", prose)))
    text = _BLANK_LINES.sub("\n\n", _SPACES.sub(" ", text)).strip()
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(None, 1)[0] + "…"


def _organization(path: Path, fields: dict[str, Field]) -> ArchivedOrganization:
    return ArchivedOrganization(
        file=str(path),
        stem=path.stem,
        organization_id=_required(fields, "organization_id"),
        name=_required(fields, "title"),
        kind=_answer(fields, "org_type"),
        mission=plain_text("\n\n".join(_texts(fields, "org_summary")), most=2000),
        topics=_texts(fields, "tags_indicators"),
        websites=_answers(fields, "organization_website"),
        ein=_answer(fields, "ein"),
        zip_code=_answer(fields, "zip"),
        project_ids=frozenset(_texts(fields, "project_ids")),
        published=_published(fields),
    )


def _proposal(path: Path, fields: dict[str, Field]) -> ArchivedProposal:
    helps = [key for key in fields if key.lower().startswith(HELP_QUESTIONS)]
    places = [key for key in fields if key.lower().startswith(AREA_QUESTIONS)]
    return ArchivedProposal(
        file=str(path),
        organization_id=_required(fields, "organization_id"),
        organization_name=_answer(fields, "organization_name").text,
        project_id=_required(fields, "project_id"),
        year=_year(fields),
        areas=tuple(answer for key in places for answer in _answers(fields, key)),
        help=tuple(answer for key in helps for answer in _answers(fields, key)),
        asks=bool(helps),
        published=_published(fields),
        line=fields["organization_id"].line,
    )


def _required(fields: dict[str, Field], key: str) -> str:
    field = fields.get(key)
    if field is None or not field.text:
        raise Unreadable(f"“{key}” is missing or empty.", line=field.line if field else 1)
    return field.text


def _texts(fields: dict[str, Field], key: str) -> tuple[str, ...]:
    return fields[key].texts if key in fields else ()


def _answers(fields: dict[str, Field], key: str) -> tuple[Answer, ...]:
    return tuple(Answer(text, fields[key].line) for text in _texts(fields, key))


def _answer(fields: dict[str, Field], key: str) -> Answer:
    field = fields.get(key, Field((), 0))
    return Answer(field.text, field.line)


def _published(fields: dict[str, Field]) -> bool:
    return _answer(fields, "published").text.lower() != "false"


def _year(fields: dict[str, Field]) -> int:
    written = _required(fields, "year_submitted")
    if not written.isdecimal() or not FIRST_YEAR <= int(written) <= LAST_YEAR:
        raise Unreadable(
            f"“year_submitted” must be a year such as 2015, not “{written[:20]}”.",
            line=fields["year_submitted"].line,
        )
    return int(written)
