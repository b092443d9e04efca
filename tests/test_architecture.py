"""The house's law, read from import-linter's own contract, and what that cannot see."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
FLOORS = next(c for c in CONTRACTS["contracts"] if c["id"] == "floors")["layers"]
#: How high each app stands; those of one floor share a number and may not know each other.
HEIGHT = {name.strip(): -number for number, floor in enumerate(FLOORS) for name in floor.split("|")}
OURS = sorted(HEIGHT)


def sources() -> Iterator[Path]:
    for name in OURS:
        folder = Path(str(importlib.import_module(name).__file__)).parent
        yield from (p for p in folder.rglob("*.py") if "migrations" not in p.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_root_package_stands_on_a_floor() -> None:
    assert sorted(CONTRACTS["root_packages"]) == OURS


@pytest.mark.parametrize("name", OURS)
def test_our_packages_are_the_ones_imported(name: str) -> None:
    found = Path(str(importlib.import_module(name).__file__))
    assert found.parent in {ROOT / name, ROOT / "site" / name}


def test_site_is_a_place_on_the_path_and_no_package() -> None:
    assert not (ROOT / "site" / "__init__.py").exists()


def test_relations_point_down_the_house_or_out_of_it() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in HEIGHT
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and _climbs(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert upward == []


def _climbs(from_app: str, to_app: str) -> bool:
    if to_app not in HEIGHT or from_app == to_app:
        return False
    return HEIGHT[to_app] >= HEIGHT[from_app]


def test_a_relation_to_a_higher_floor_would_be_seen() -> None:
    assert _climbs("events", "pledges")
    assert _climbs("companies", "organizations")
    assert not _climbs("pledges", "events")
    assert not _climbs("events", "auth")


#: What only one place may do: a pattern, and where it is allowed.
SINGLE_DOORS = {
    r"\bdateutil\b.*\brrule|\brrulestr\(": {"events/recurrence.py"},
    r"\bcore_search_fts\b": {"site/core/search.py"},
    r"\bPosting\.objects\.(bulk_)?create|(?<!class )\bPosting\(": {"pledges/domain/ledger.py"},
    r"\bsys\.path\b": set(),
    # PostgreSQL's FOR UPDATE also keeps out every row that refers to this one: two rules that hold
    # a series and one of its dates then wait for each other. NO KEY lets references through.
    r"select_for_update\((?![^\n]*(no_key|skip_locked)=)": set(),
    # An address that somebody typed is asked by `core.fetch`; Mailchimp's is in the settings.
    r"\brequests\.(get|post|request|Session)\(|\burlopen\(|\bhttp\.client\b": {
        "site/core/fetch.py",
        "newsletter/channels/mailchimp_client.py",
    },
    r"\bmark_safe\(|\bformat_html\(": {
        "organizations/models/shown.py",  # rich text, cleaned
        "events/views/embed.py",  # lines to copy, each value escaped
        "site/core/templatetags/kept.py",  # what a template drew
        "site/core/linked_data.py",  # JSON that cannot close its script
        "site/pages/domain/results.py",  # excerpts, escaped, with the words marked
    },
}


@pytest.mark.parametrize("pattern", SINGLE_DOORS)
def test_doors_to_danger_are_single(pattern: str) -> None:
    elsewhere = [
        name_of(path)
        for path in sources()
        if re.search(pattern, path.read_text()) and name_of(path) not in SINGLE_DOORS[pattern]
    ]
    assert elsewhere == []


@pytest.mark.parametrize(
    ("room", "call"),
    [
        ("domain", "timezone.now("),
        ("domain", "datetime.now("),
        ("domain", "HttpRequest"),
        ("models", "timezone.now("),
    ],
)
def test_rules_and_tables_know_no_clock_and_no_request(room: str, call: str) -> None:
    guilty = [
        name_of(path)
        for path in sources()
        if f"/{room}/" in f"/{name_of(path)}".replace(".py", "/") and call in path.read_text()
    ]
    assert guilty == []


def test_nothing_calls_the_clock_at_import() -> None:
    guilty = []
    for path in sources():
        tree = ast.parse(path.read_text())
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                text = ast.unparse(statement)
                if re.search(r"(timezone|datetime|date)\.(now|today)\(\)", text):
                    guilty.append(f"{name_of(path)}:{statement.lineno}")
    assert guilty == []


def test_models_do_not_override_save() -> None:
    guilty = [
        f"{name_of(path)}: {node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(part, ast.FunctionDef) and part.name == "save" for part in node.body)
        and "models" in path.as_posix()
    ]
    assert guilty == []
