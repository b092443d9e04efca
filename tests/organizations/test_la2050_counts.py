"""The whole archive, against a count that shares nothing with the importer.

This file reads YAML with a dozen lines of its own: top-level keys, and the items of their lists.
"""

import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from organizations.domain import imports
from organizations.domain.imports import Manner
from organizations.models import Need, Organization

SOUTH_LA = re.compile(r"^south la$", re.IGNORECASE)
VOLUNTEERS = re.compile(r"^(volunteers|volunteers/staff .*|staff)$", re.IGNORECASE)
COMPUTERS = re.compile(r"^technical infrastructure\b", re.IGNORECASE)
WHERE = ("project_areas", "Which area", "Where will you be", "In what areas")
HELP = ("What resources does", "How can the LA2050 community")

pytestmark = [pytest.mark.data, pytest.mark.django_db]


def lists_of(path: Path) -> dict[str, list[str]]:
    """Each top-level key with its items; a plain value is its only item."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        if line == "---":
            break
        if match := re.match(
            r"""^(?P<quote>['"]?)(?P<key>[^\s#-].*?)(?P=quote):(?: (?P<value>.*))?$""", line
        ):
            key = match["key"]
            value = (match["value"] or "").strip()
            found[key] = [value.strip("'\"")] if value and value not in {">-", "|-", "[]"} else []
        elif key and (item := re.match(r"^  - (.*)$", line)):
            found[key].append(item[1].strip().strip("'\"").strip())
    return found


def independent_count(archive: Path) -> dict[str, set[str]]:
    """The slugs of organizations with South LA, by what they ask for."""
    slugs: dict[str, tuple[int, str]] = {}
    for path in (archive / "organizations").glob("*.md"):
        about = lists_of(path)
        # Two ids stand in two files each; the fuller file is the one that is kept up.
        rank = len(about.get("project_ids", []))
        number = about["organization_id"][0]
        slugs[number] = max(slugs.get(number, (-1, "")), (rank, path.stem))
    south: set[str] = set()
    asks: dict[str, set[str]] = defaultdict(set)
    for path in (archive / "projects").glob("*/*.md"):
        about = lists_of(path)
        slug = slugs[about["organization_id"][0]][1]
        for key, items in about.items():
            if key.startswith(WHERE) and any(map(SOUTH_LA.match, items)):
                south.add(slug)
            if key.startswith(HELP):
                if any(map(VOLUNTEERS.match, items)):
                    asks["volunteers"].add(slug)
                if any(map(COMPUTERS.match, items)):
                    asks["hardware"].add(slug)
    return {kind: asking & south for kind, asking in asks.items()}


def listed(client: Client, address: str) -> set[str]:
    """The slugs on all pages of a list."""
    found: set[str] = set()
    for page in range(1, 100):
        answer = client.get(f"{address}&page={page}")
        if answer.status_code == 404:
            break
        text = answer.content.decode()
        found |= set(re.findall(r'href="/organizations/([a-z0-9_-]+)/"', text)) - {"submit"}
    return found


def test_the_archive_comes_in_whole_and_as_an_independent_count_says(
    shared_data: Path, now: datetime, client: Client
) -> None:
    archive = shared_data / "la2050"
    paths = [archive / "projects", archive / "organizations"]

    def run() -> imports.Outcome:
        return imports.import_la2050(
            paths=paths,
            by=None,
            now=now,
            manner=Manner(),
            progress=lambda _step, _done, _total: None,
        )

    first = run()
    assert first.read == {"organizations": 972, "proposals": 1270}
    assert (first.refusals, first.organizations.created) == ([], 972)
    assert Need.objects.count() == first.needs.created
    assert not Need.objects.filter(opened_at__gte=datetime(2019, 1, 1, tzinfo=UTC)).exists()

    expected = independent_count(archive)
    assert {kind: len(slugs) for kind, slugs in expected.items()} == {
        "hardware": 186,
        "volunteers": 303,
    }
    for kind, slugs in expected.items():
        rows = Organization.objects.public().filter(
            areas="south-la", pk__in=Need.objects.open().filter(kind=kind).values("organization")
        )
        assert set(rows.values_list("source_url", flat=True)) == {
            f"https://archive.la2050.org/{quote(slug)}/" for slug in slugs
        }

        slugs_here = set(rows.values_list("slug", flat=True))
        assert listed(client, f"/organizations/?area=south-la&need={kind}") == slugs_here

    second = run()
    assert (second.organizations.created, second.organizations.updated) == (0, 0)
    assert (second.needs.created, second.needs.updated) == (0, 0)
