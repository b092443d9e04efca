import ast
import os
import re
import subprocess
import sys

from django.conf import settings

ROOT = settings.ROOT


def read_by_the_settings() -> set[str]:
    tree = ast.parse((ROOT / "site/config/settings.py").read_text())
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def described() -> dict[str, str]:
    """Each variable with the comment above it."""
    found: dict[str, str] = {}
    comment = ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        name = re.match(r"# ([A-Z][A-Z0-9_]+)=", line)
        if name:
            found[name[1]] = comment
        elif line.startswith("# "):
            comment += line[2:]
        else:
            comment = ""
    return found


def test_every_setting_of_the_environment_is_described_and_nothing_else() -> None:
    assert set(described()) == read_by_the_settings()
    assert [name for name, comment in described().items() if not comment] == []


def load(**environment: str) -> subprocess.CompletedProcess[str]:
    code = (
        "from config import settings as s;"
        "print(s.DEBUG, s.REQUIRE_MFA, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE)"
    )
    kept = {"PATH": os.environ["PATH"]}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        env=kept | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_set_is_a_laptop_and_production_is_strict() -> None:
    assert load().stdout.split() == ["True", "False", "False", "False"]
    strict = load(DEBUG="false", SECRET_KEY="x" * 50, BASE_URL="https://techlacares.example")
    assert strict.stdout.split() == ["False", "True", "True", "True"]


def test_without_debug_there_is_no_key_that_everybody_knows() -> None:
    assert "SECRET_KEY" in load(DEBUG="false").stderr


def test_an_unknown_queue_is_refused_by_name() -> None:
    assert "TASKS_URL must start with" in load(TASKS_URL="carrier-pigeon://").stderr
