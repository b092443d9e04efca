"""Organizations from a table, and every way in which a line can be refused."""

import io
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from organizations.domain import imports
from organizations.domain.import_drafts import Refusal
from organizations.domain.imports import Manner, Outcome
from organizations.models import Need, Organization

WHOLE = Manner()
HEADER = "name,kind,website,ein,zip,areas,focus,mission,contact_email,needs,needs_year,source_url"
KITES = (
    "Sample Kite Club,school,kites.example.org,12-3456789,90012,South LA|east-la|The pier,"
    "STEM & Digital literacy|robotics,We fly.,kites@example.org,volunteers|hardware,2015,"
    "https://kites.example.org/about"
)

pytestmark = pytest.mark.django_db


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def table(folder: Path, *lines: str) -> Path:
    path = folder / "organizations.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def take(path: Path, *, now: datetime, manner: Manner = WHOLE) -> Outcome:
    return imports.import_organizations(path=path, by=None, now=now, manner=manner, progress=silent)


def test_import_takes_a_row_with_all_of_its_facts(now: datetime, tmp_path: Path) -> None:
    outcome = take(table(tmp_path, HEADER, KITES), now=now)

    assert (outcome.organizations.created, outcome.needs.created) == (1, 2)
    club = Organization.objects.public().get(slug="sample-kite-club")
    assert (club.kind, club.ein, club.zip_code) == ("school", "123456789", "90012")
    assert (club.website, club.contact_email) == ("http://kites.example.org", "kites@example.org")
    assert (club.mission, club.areas_as_written) == ("We fly.", "The pier")
    assert set(club.areas.values_list("slug", flat=True)) == {"south-la", "east-la"}
    assert set(club.focus_areas.values_list("slug", flat=True)) == {
        "robotics",
        "stem-digital-literacy",
    }
    asked = Need.objects.open().values_list("kind", "source_year", "source_url")
    assert set(asked) == {
        ("hardware", 2015, "https://kites.example.org/about"),
        ("volunteers", 2015, "https://kites.example.org/about"),
    }


def test_import_again_changes_nothing(now: datetime, tmp_path: Path) -> None:
    path = table(tmp_path, HEADER, KITES, "Sample Choir" + "," * 11)
    take(path, now=now)
    rows = list(Organization.objects.values()) + list(Need.objects.values())

    outcome = take(path, now=now.replace(year=2027))

    assert (outcome.organizations.unchanged, outcome.needs.unchanged) == (2, 2)
    assert not outcome.written
    assert list(Organization.objects.values()) + list(Need.objects.values()) == rows


def test_an_empty_cell_leaves_what_is_known(now: datetime, tmp_path: Path) -> None:
    take(table(tmp_path, "name,ein,areas", "Sample Kite Club,123456789,South LA"), now=now)
    outcome = take(table(tmp_path, "name,ein,areas,mission", "Sample Kite Club,,,We fly."), now=now)

    club = Organization.objects.get()
    assert outcome.organizations.updated == 1
    assert (club.ein, club.mission, club.areas.count()) == ("123456789", "We fly.", 1)


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (["colour"], 1, "The column “colour” is not known."),
        (["ein"], 1, "The first line must name the columns, “name” among them."),
        (["name,name"], 1, "Two columns give the name."),
        (["name" + ",name" * 100], 1, "101 columns; at most 60 are read."),
        (["name," * 1_000_000], 1, "The first line is too long to be a header."),
        (["name"], 1, "The table has a header and no rows."),
        (["name,ein", "A"], 2, "1 cells where the header has 2 columns."),
        (["name,ein", ",123456789"], 2, "The name is missing."),
        (["name", "A", "!!!"], 3, "The name has no letters to make an address of."),
        (["name", "A", "B", "a"], 4, "Line 2 is the same organization."),
        (["name,ein", "A,12345"], 2, "The ein “12345” is damaged."),
        (["name,zip", "A,9005"], 2, "The zip “9005” is damaged."),
        (["name,website", "A,see below"], 2, "The website “see below” is damaged."),
        (["name,website", "A,javascript:alert(1)"], 2, "The website “javascript:alert(1)” is"),
        (["name,contact_email", "A,nobody"], 2, "“nobody” is no e-mail address."),
        (["name,kind", "A,circus"], 2, "The kind “circus” is none of: agency, business,"),
        (["name,needs", "A,elephants"], 2, "The need “elephants” is none of: board, funding,"),
        (["name,needs_year", "A,soon"], 2, "The year “soon” is not like 2015."),
        (["name", "A" * 201], 2, "The name is longer than 200 letters."),
        (["name", '"A'], 3, "This is not a table of comma-separated values:"),
        (["name", "B", "A" * 200_000], 3, "This is not a table of comma-separated values:"),
    ],
)
def test_import_refuses_a_line_by_its_reason(
    now: datetime, tmp_path: Path, lines: list[str], line: int, reason: str
) -> None:
    path = table(tmp_path, *lines)

    outcome = take(path, now=now)

    (refusal,) = outcome.refusals
    assert (refusal.file, refusal.line) == (str(path), line)
    assert refusal.reason.startswith(reason)
    assert Organization.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 0, "The file is empty."),
        (b"name\nA\x00\n", 2, "This is not text: it holds a NUL byte."),
        (b"name\nA\nM\xfcller\n", 3, "This is not UTF-8 text. Save the file as UTF-8."),
    ],
)
def test_import_refuses_a_file_that_is_no_table(
    now: datetime, tmp_path: Path, content: bytes, line: int, reason: str
) -> None:
    path = tmp_path / "organizations.csv"
    path.write_bytes(content)

    assert take(path, now=now).refusals == [Refusal(str(path), line, reason)]


def test_a_refused_line_stops_the_others_unless_told_to_skip(now: datetime, tmp_path: Path) -> None:
    path = table(tmp_path, "name,ein", "A,123456789", "B,12")

    assert (take(path, now=now).written, Organization.objects.count()) == (False, 0)
    skipping = take(path, now=now, manner=Manner(skip_refused=True))
    assert (skipping.written, Organization.objects.get().name) == (True, "A")


def test_command_takes_a_table(tmp_path: Path) -> None:
    path = table(tmp_path, HEADER, KITES)
    printed = io.StringIO()

    call_command("import_organizations", str(path), "--dry-run", stdout=printed)
    assert "3 created, 0 updated, 0 unchanged, 0 refused" in printed.getvalue()
    assert Organization.objects.count() == 0

    with pytest.raises(CommandError, match="1 refused; nothing was written"):
        call_command("import_organizations", str(tmp_path / "absent.csv"), stdout=printed)
