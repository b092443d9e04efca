"""The archive's five shapes, and every way in which a file can be refused."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from wagtail.models import ModelLogEntry

from core import search, versions
from organizations.domain import imports
from organizations.domain.import_drafts import Refusal
from organizations.domain.imports import Manner, Outcome
from organizations.models import Need, Organization
from tests.factories.accounts import UserFactory

SAMPLES = Path(__file__).parent / "archive_samples"
WHOLE = Manner()
NEEDS_OF_THE_SAMPLES = {
    ("sample-makers-of-nowhere", "marketing", 2015),
    ("sample-makers-of-nowhere", "network", 2015),
    ("sample-makers-of-nowhere", "space", 2015),
    ("sample-robotics-league", "board", 2016),
    ("sample-robotics-league", "funding", 2014),
    ("sample-robotics-league", "funding", 2016),
    ("sample-robotics-league", "hardware", 2014),
    ("sample-robotics-league", "other", 2016),
    ("sample-robotics-league", "space", 2016),
    ("sample-robotics-league", "volunteers", 2014),
    ("sample-robotics-league", "volunteers", 2016),
}

pytestmark = pytest.mark.django_db


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def take(*paths: Path, now: datetime, manner: Manner = WHOLE) -> Outcome:
    return imports.import_la2050(paths=paths, by=None, now=now, manner=manner, progress=silent)


def counts(outcome: Outcome) -> tuple[int, int, int, int, int]:
    both = (outcome.organizations, outcome.needs)
    return (
        sum(tally.created for tally in both),
        sum(tally.updated for tally in both),
        sum(tally.unchanged for tally in both),
        len(outcome.refusals),
        Organization.objects.count() + Need.objects.count(),
    )


def organization_file(folder: Path, **changes: str) -> Path:
    lines = {
        "organization_id": "2015990",
        "title": "Sample Kite Club",
        "org_type": "Nonprofit",
        "ein": "''",
        "zip": "''",
        **changes,
    }
    path = folder / "sample-kite-club.md"
    body = "\n".join(f"{key}: {value}" for key, value in lines.items())
    path.write_text(f"---\n{body}\n---\n", encoding="utf-8")
    return path


def test_import_reads_the_shape_of_each_year(now: datetime) -> None:
    outcome = take(SAMPLES, now=now)

    assert outcome.read == {"organizations": 3, "proposals": 5}
    assert counts(outcome) == (14, 0, 0, 0, 14)
    asked = Need.objects.values_list("organization__slug", "kind", "source_year")
    assert set(asked) == NEEDS_OF_THE_SAMPLES


def test_import_keeps_facts_and_maps_words(now: datetime) -> None:
    take(SAMPLES, now=now)

    league = Organization.objects.public().get(slug="sample-robotics-league")
    assert league.mission == (
        "A league that nobody ever founded.\n\nIt exists for tests & for nothing else."
    )
    assert (league.ein, league.zip_code) == ("123456789", "90011")
    assert (league.website, league.site_host) == (
        "http://www.robotics.example.org",
        "robotics.example.org",
    )
    assert league.source_url == "https://archive.la2050.org/sample-robotics-league/"
    assert league.latitude is not None
    assert set(league.areas.values_list("slug", flat=True)) == {
        "county-of-los-angeles",
        "san-gabriel-valley",
        "south-la",
    }
    assert league.areas_as_written == "Other:: The pier"
    assert list(league.focus_areas.values_list("slug", flat=True)) == ["stem-digital-literacy"]
    makers = Organization.objects.get(slug="sample-makers-of-nowhere")
    assert (makers.kind, makers.zip_code, makers.latitude) == ("business", "", None)
    assert makers.areas_as_written == "Old Harbor, South Bay"
    assert set(makers.areas.values_list("slug", flat=True)) == {"westside", "south-bay", "lausd"}


def test_import_marks_a_need_with_year_and_source(now: datetime) -> None:
    take(SAMPLES, now=now)

    need = Need.objects.open().get(slug="sample-robotics-league-hardware-2014")
    assert need.title == "Hardware, asked for in 2014"
    assert need.source_url == "https://archive.la2050.org/sample-robotics-league/"
    assert (need.why, need.quantity_wanted, need.is_demonstration) == ("", None, False)
    assert set(need.areas.values_list("slug", flat=True)) == {"south-la", "san-gabriel-valley"}
    # An ask of 2014 is no news of today.
    assert need.opened_at == datetime(2014, 1, 1, tzinfo=UTC)


def test_import_reports_what_a_person_should_look_at(now: datetime) -> None:
    notes = {(note.about, note.detail) for note in take(SAMPLES, now=now).notes}

    assert notes == {
        ("area kept as text", "“Old Harbor, South Bay”"),
        ("area kept as text", "“Other:: The pier”"),
        ("damaged EIN, left out", "“Pending”"),
        ("damaged ZIP code, left out", "“9005”"),
        ("help of another kind", "“A tame volcano”"),
        ("no question about help", "asked in 2013"),
        ("no question about help", "asked in 2018"),
        ("shared EIN", "123456789: sample-makers-of-nowhere, sample-robotics-league"),
        ("shared website", "robotics.example.org: sample-choir-of-tests, sample-robotics-league"),
    }


def test_import_makes_rows_findable_bumps_versions_and_keeps_a_record(now: datetime) -> None:
    before = versions.current("organizations", "needs")
    take(SAMPLES, now=now)

    assert versions.current("organizations", "needs") != before
    assert list(search.slugs("organization", "robotics league")) == ["sample-robotics-league"]
    assert ModelLogEntry.objects.filter(action="organizations.imported").count() == 3


def test_import_again_changes_nothing(now: datetime) -> None:
    take(SAMPLES, now=now)
    rows = list(Organization.objects.values()) + list(Need.objects.values())
    before = versions.current("organizations", "needs")

    outcome = take(SAMPLES, now=now.replace(year=2027))

    assert counts(outcome) == (0, 0, 14, 0, 14)
    assert list(Organization.objects.values()) + list(Need.objects.values()) == rows
    assert versions.current("organizations", "needs") == before


def test_import_brings_what_changed_into_step(now: datetime, tmp_path: Path) -> None:
    take(organization_file(tmp_path, zip="'90012'"), now=now)
    outcome = take(organization_file(tmp_path, zip="'90013'"), now=now)

    assert counts(outcome) == (0, 1, 0, 0, 1)
    assert Organization.objects.get().zip_code == "90013"


def test_import_leaves_alone_what_people_look_after(now: datetime, tmp_path: Path) -> None:
    take(organization_file(tmp_path), now=now)
    club = Organization.objects.get()
    club.mission = "Our own words."
    club.save()
    club.memberships.create(user=UserFactory(), role="admin", state="active")

    outcome = take(organization_file(tmp_path, org_summary="Others'"), now=now)

    assert counts(outcome) == (0, 0, 1, 0, 1)
    assert Organization.objects.get().mission == "Our own words."


def test_dry_run_says_what_would_happen_and_writes_nothing(now: datetime) -> None:
    outcome = take(SAMPLES, now=now, manner=Manner(dry_run=True))

    assert counts(outcome) == (14, 0, 0, 0, 0)
    assert not outcome.written


def test_a_refusal_stops_everything_unless_told_to_skip(now: datetime, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_bytes(b"")
    refusal = Refusal(str(tmp_path / "empty.md"), 0, "The file is empty.")

    stopped = take(SAMPLES, tmp_path, now=now)
    assert stopped.refusals == [refusal]
    assert (stopped.written, Organization.objects.count()) == (False, 0)

    skipping = take(SAMPLES, tmp_path, now=now, manner=Manner(skip_refused=True))
    assert skipping.refusals == [refusal]
    assert (skipping.written, Organization.objects.count()) == (True, 3)


def test_import_by_anybody_but_staff_is_denied(now: datetime) -> None:
    with pytest.raises(PermissionDenied):
        imports.import_la2050(
            paths=[SAMPLES], by=UserFactory(), now=now, manner=WHOLE, progress=silent
        )


BOMB = b"---\na: &a [x, x]\nb: &b [*a, *a]\n---\n"
DEEP = b"---\na: " + b"[" * 100_000 + b"\n---\n"
REFUSED = [
    (b"", 0, "The file is empty."),
    (b" \n \n", 0, "The file is empty."),
    (b"---\ntitle: a\x00b\n---\n", 2, "This is not text: it holds a NUL byte."),
    (b"\x89PNG\r\n\x1a\n\xff\xd8", 1, "This is not UTF-8 text. Save the file as UTF-8."),
    (b"---\ntitle: \xff\n---\n", 2, "This is not UTF-8 text. Save the file as UTF-8."),
    (b"# A heading\n", 1, "There is no front matter: the first line must be “---”."),
    (b"---\ntitle: x\n", 1, "The front matter has no end: a second line “---” is missing."),
    (b"---\n- x\n---\n", 2, "The front matter must be lines such as “title: A name”."),
    (b"---\n---\n", 2, "The front matter must be lines such as “title: A name”."),
    (BOMB, 2, "Anchors and aliases (& and *) are not accepted."),
    (DEEP, 2, "This is nested too deep or too long to be front matter."),
    (b"---\ntitle: x\ntitle: y\n---\n", 3, "The key “title” stands here a second time."),
    (b"---\ntitle:\n  a: b\n---\n", 3, "A value must be text or a list of texts."),
    (b"---\n? [a]\n: b\n---\n", 2, "A key must be plain text."),
    (b"---\ntitle: \x07\n---\n", 2, "This is not YAML: it holds a control character."),
    (
        b"---\ntitle: x\n---\n",
        1,
        "This is neither a proposal (project_id) nor an organization (organization_id).",
    ),
    (b"---\norganization_id: '1'\ntitle:\n---\n", 3, "“title” is missing or empty."),
    (
        b"---\nproject_id: '1'\norganization_id: '1'\nyear_submitted: soon\n---\n",
        4,
        "“year_submitted” must be a year such as 2015, not “soon”.",
    ),
    (
        b"---\nproject_id: '1'\norganization_id: '77'\nyear_submitted: 2015\n---\n",
        3,
        "No file among these is the organization 77. Give the folder of organizations as well.",
    ),
]


@pytest.mark.parametrize(("content", "line", "reason"), REFUSED)
def test_import_refuses_a_file_by_line_and_reason(
    now: datetime, tmp_path: Path, content: bytes, line: int, reason: str
) -> None:
    path = tmp_path / "odd.md"
    path.write_bytes(content)

    outcome = take(path, now=now)

    assert outcome.refusals == [Refusal(str(path), line, reason)]
    assert Organization.objects.count() == 0


@pytest.mark.parametrize(
    "content", [b"---\na: 'x\n---\n", b"---\na: b: c\n---\n", b"---\n\ta: b\n---\n"]
)
def test_import_refuses_what_is_not_yaml_by_line(
    now: datetime, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "odd.md"
    path.write_bytes(content)

    (refusal,) = take(path, now=now).refusals

    assert refusal.reason.startswith("This is not YAML: ")
    assert refusal.line in {2, 3}


def test_import_refuses_a_huge_file_unread(now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "huge.md"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    (refusal,) = take(path, now=now).refusals

    assert refusal.reason == (
        "The file has 100,000,000 bytes; at most 1,000,000 are read from one."
    )


def test_import_refuses_what_is_no_ordinary_file(now: datetime, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")

    reasons = {one.reason for one in take(tmp_path, tmp_path / "absent.md", now=now).refusals}

    assert reasons == {"This is not an ordinary file.", "There is no such file."}


def test_import_refuses_an_empty_folder_and_names_other_files(
    now: datetime, tmp_path: Path
) -> None:
    assert [one.reason for one in take(tmp_path, now=now).refusals] == [
        "There is no Markdown file here."
    ]
    (tmp_path / "photo.jpg").write_bytes(b"")
    organization_file(tmp_path)
    assert [note.about for note in take(tmp_path, now=now).notes] == ["not a Markdown file"]


def test_import_refuses_a_second_file_of_one_proposal(now: datetime, tmp_path: Path) -> None:
    organization_file(tmp_path)
    proposal = "---\nproject_id: '1'\norganization_id: '2015990'\nyear_submitted: 2015\n---\n"
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(proposal, encoding="utf-8")

    reasons = [one.reason for one in take(tmp_path, now=now).refusals]

    assert reasons == [f"The project_id 1 is also that of {tmp_path / 'a.md'}."]


def test_import_takes_what_the_archive_withdrew_but_does_not_show_it(
    now: datetime, tmp_path: Path
) -> None:
    take(organization_file(tmp_path, published="false"), now=now)

    assert Organization.objects.count() == 1
    assert Organization.objects.public().count() == 0


def test_command_prints_counts_and_ends_with_an_error_when_anything_is_refused(
    tmp_path: Path,
) -> None:
    printed = io.StringIO()
    call_command("import_la2050", str(SAMPLES), stdout=printed)
    assert "3 organizations read, 5 proposals read" in printed.getvalue()
    assert "14 created, 0 updated, 0 unchanged, 0 refused" in printed.getvalue()

    (tmp_path / "empty.md").write_bytes(b"")
    printed = io.StringIO()
    with pytest.raises(CommandError, match=r"1 refused; nothing was written"):
        call_command("import_la2050", str(SAMPLES), str(tmp_path), stdout=printed)
    assert f"refused {tmp_path}/empty.md: The file is empty." in printed.getvalue()
    assert "0 created, 0 updated, 14 unchanged, 1 refused" in printed.getvalue()
