"""What every page loads: small, our own, and nothing inline."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

ROOT = Path(settings.ROOT)
STATIC = ROOT / "site/static"
FRAME = (ROOT / "templates/components/assets.html").read_text(encoding="utf-8")
#: Mails carry their own styles; Wagtail's admin has a policy of its own.
TEMPLATES = sorted(
    path
    for path in (ROOT / "templates").rglob("*.html")
    if path.relative_to(ROOT / "templates").parts[0] not in {"emails", "wagtailadmin"}
)


def _found(name: str) -> Path:
    path = finders.find(name)
    assert path, name
    return Path(path)


def _loaded(ending: str) -> set[Path]:
    names = re.findall(r"\{% static '([^']+)' %\}", FRAME)
    return {_found(name) for name in names if name.endswith(ending)}


def test_the_css_of_every_page_stays_under_40_kb() -> None:
    sheets = _loaded(".css")
    assert len(sheets) == 6
    assert sum(len(path.read_bytes()) for path in sheets) < 40 * 1024


def test_the_script_of_every_page_stays_under_25_kb_gzipped() -> None:
    scripts = _loaded(".js") | set((STATIC / "js").glob("*.js"))
    assert "htmx-2.min.js" in {path.name for path in scripts}
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < 25 * 1024


def test_the_css_calls_for_nothing_from_elsewhere() -> None:
    asked = {
        target
        for path in STATIC.rglob("*.css")
        for target in re.findall(r"url\(([^)]*)\)|@import", path.read_text(encoding="utf-8"))
    }
    assert {target for target in asked if not target.startswith('"#')} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_nothing_that_the_policy_forbids(path: Path) -> None:
    words = path.read_text(encoding="utf-8")
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:|\shx-on", words) == []
    assert re.findall(r"(?:src|srcset)=[\"']?(?:https?:)?//", words) == []
    assert re.findall(r"<link[^>]+href=[\"']?(?:https?:)?//", words) == []
    for tag, body in re.findall(r"<script([^>]*)>(.*?)</script>", words, re.DOTALL):
        assert "src=" in tag or re.search(r'type="application/(ld\+)?json"', tag), body


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_asks_for_icons_that_are_drawn(path: Path) -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    asked = re.findall(
        r'components/icon\.html" with name="([\w-]+)"', path.read_text(encoding="utf-8")
    )
    assert set(asked) - drawn == set()
