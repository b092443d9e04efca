"""The contrast of every pair of colours that meet, computed from the file that defines them."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.ROOT) / "site/static/css/tokens.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")
WORDS, LARGE = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken")

PAIRS = [
    *((ink, ground, WORDS) for ink in ("ink", "muted", "pacific") for ground in GROUNDS),
    *((ink, ground, WORDS) for ink in ("good", "warn", "bad") for ground in ("paper", "surface")),
    ("sunset-ink", "surface", WORDS),
    ("sunset-ink", "paper", WORDS),
    ("sunset-ink", "sunset-wash", WORDS),
    ("jacaranda", "jacaranda-wash", WORDS),
    ("jacaranda", "paper", WORDS),
    ("pacific-deep", "pacific-wash", WORDS),
    ("on-pacific", "pacific", WORDS),
    ("on-pacific", "pacific-deep", WORDS),
    ("on-bad", "bad", WORDS),
    *((kind, f"{kind}-wash", WORDS) for kind in ("good", "warn", "bad")),
    *(("ink", f"{wash}-wash", WORDS) for wash in ("pacific", "sunset", "good", "warn", "bad")),
    ("muted", "sunset-wash", WORDS),
    ("on-night", "night", WORDS),
    ("on-night-muted", "night", WORDS),
    ("on-map-light", "map-0", WORDS),
    ("on-map-light", "map-1", WORDS),
    ("on-map-light", "map-2", WORDS),
    ("on-map-mid", "map-3", WORDS),
    ("on-map-dark", "map-4", WORDS),
    ("on-amber", "amber", WORDS),
    ("sunset", "paper", LARGE),
    ("sunset", "surface", LARGE),
    ("control-line", "paper", LARGE),
    ("control-line", "surface", LARGE),
    ("control-line", "sunken", LARGE),
    ("pacific", "pacific-wash", LARGE),
]


def _colours() -> dict[str, dict[str, str]]:
    both = re.findall(r"--([\w-]+):\s*light-dark\((#\w+),\s*(#\w+)\);", TOKENS)
    return {theme: {name: pair[i] for name, *pair in both} for i, theme in enumerate(THEMES)}


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2, from 0 (black) to 1 (white)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """The ratio by WCAG 2.2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_gives_the_ratios_of_the_standard() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("words", "ground", "least"), PAIRS)
def test_colours_that_meet_have_enough_contrast(
    theme: str, words: str, ground: str, least: float
) -> None:
    colours = _colours()[theme]
    assert _contrast(colours[words], colours[ground]) >= least


def test_no_other_file_names_a_colour() -> None:
    named = {
        path.name: re.findall(r"#[0-9a-f]{3,8}\b(?!\")", path.read_text(encoding="utf-8"))
        for path in (Path(settings.ROOT) / "site/static/css").glob("*.css")
        if path.name not in {"tokens.css", "print.css"}
    }
    assert {name: found for name, found in named.items() if found} == {}
