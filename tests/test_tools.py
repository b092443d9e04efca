"""The commands of the README, on a machine as bare as a test can make one."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def sh(*command: str, path: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "HOME": str(home)}
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_make_alone_lists_every_command_of_the_contract() -> None:
    listed = subprocess.run(
        ["make"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    named = re.findall(r"^  make ([a-z-]+) ", listed, re.MULTILINE)
    promised = {"run", "test", "check", "test-postgres", "bench", "format"}
    assert promised <= set(named)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs with nothing but what a shell script needs."""
    for name in ("sh", "cat", "rm", "echo", "env"):
        found = next(p for p in (Path("/bin"), Path("/usr/bin")) if (p / name).exists())
        (tmp_path / name).symlink_to(found / name)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod((folder / name).stat().st_mode | stat.S_IEXEC)


def test_find_python_passes_over_a_shim_that_does_not_run(bare: Path) -> None:
    program(bare, "python3.13", "echo 'version not installed' >&2; exit 127")
    assert sh("sh", "scripts/find-python", path=str(bare), home=bare).stdout == ""


def test_find_python_names_one_that_runs(bare: Path) -> None:
    program(bare, "python3.13", 'case "$2" in *version_info*) exit 0;; esac; echo /here/python')
    found = sh("sh", "scripts/find-python", path=str(bare), home=bare).stdout.strip()
    assert found == "/here/python"


def test_get_uv_says_in_one_sentence_that_python_is_missing(
    bare: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    answer = subprocess.run(  # noqa: S603
        ["/bin/sh", str(ROOT / "scripts" / "get-uv")],
        cwd=elsewhere,
        env={"PATH": str(bare), "HOME": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Python 3 is missing: ")
    assert answer.stderr.count("\n") == 1


def test_scripts_can_be_run() -> None:
    scripts = [ROOT / ".ci" / "run", *sorted((ROOT / "scripts").iterdir())]
    assert [p.name for p in scripts if not os.access(p, os.X_OK)] == []
