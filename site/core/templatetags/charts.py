"""Pictures of numbers: inline SVG that needs no script, with the same numbers as text.

{% area_map counts "/organizations/" %} {% sparkline values label %} {% bar_chart rows label %}
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

register = template.Library()

OUTLINES = Path(__file__).resolve().parents[1] / "data" / "planning_areas.json"
#: The shades of the map beside "none"; `tokens.css` has a colour for each.
SHADES = 4
#: How far above its count an area's name stands, in the map's units.
NAME_RISE = 21
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 120, 32, 3


@dataclass(frozen=True)
class DrawnArea:
    """One area of the map, with how many things it counts and how dark that makes it."""

    slug: str
    name: str
    outline: str
    x: float
    y: float
    name_y: float
    count: int
    shade: int


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart; `percent` is its length beside the longest."""

    label: str
    words: str
    percent: float


@cache
def outlines() -> dict[str, Any]:
    """The drawn map as its data file describes it, read once."""
    drawn: dict[str, Any] = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return drawn


def _shade(count: int, most: int) -> int:
    """0 for none, else 1 to `SHADES` by the share of the fullest area."""
    return -(-count * SHADES // most) if count else 0


def area_map(counts: Mapping[str, int], url: str, label: str = "") -> dict[str, object]:
    """What the map of the county's eight Service Planning Areas shows, each a link into a list.

    Args:
        counts: how many by the area's slug; an area that is not in it counts none.
        url: the list that an area leads to, as `url?area=slug`.
        label: what is counted, such as "Organizations by area".
    """
    drawn = outlines()
    most = max((counts.get(area["slug"], 0) for area in drawn["areas"]), default=0)
    areas = [
        DrawnArea(
            slug=area["slug"],
            name=area["name"],
            outline=area["outline"],
            x=area["label"][0],
            y=area["label"][1],
            name_y=area["label"][1] - NAME_RISE,
            count=counts.get(area["slug"], 0),
            shade=_shade(counts.get(area["slug"], 0), most),
        )
        for area in drawn["areas"]
    ]
    return {
        "areas": areas,
        "height": drawn["height"],
        "label": label or gettext("Los Angeles County by area"),
        "shades": range(SHADES + 1),
        "url": url,
        "width": drawn["width"],
    }


@register.simple_tag(name="area_map")
def drawn_map(counts: Mapping[str, int], url: str, label: str = "") -> SafeString:
    """The same as HTML, drawn once for each set of counts."""
    return _map(tuple(counts.items()), url, str(label), get_language())


@lru_cache(maxsize=64)
def _map(
    counts: tuple[tuple[str, int], ...],
    url: str,
    label: str,
    language: str | None,  # noqa: ARG001  (the map's words are in it)
) -> SafeString:
    return render_to_string("components/area_map.html", area_map(dict(counts), url, label))


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Iterable[float], label: str) -> dict[str, object]:
    """Draw a small line of values, oldest first; nothing where there are fewer than two.

    Args:
        values: numbers at even steps.
        label: what they are, such as "Hours a month".
    """
    numbers = list(values)
    low, high = min(numbers, default=0), max(numbers, default=0)
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / max(len(numbers) - 1, 1)
    rise = (SPARK_HEIGHT - 2 * SPARK_EDGE) / ((high - low) or 1)
    points = [
        (round(SPARK_EDGE + i * step, 1), round(SPARK_HEIGHT - SPARK_EDGE - (n - low) * rise, 1))
        for i, n in enumerate(numbers)
    ]
    return {
        "height": SPARK_HEIGHT,
        "label": label,
        "last": points[-1] if points else None,
        "numbers": numbers,
        "points": " ".join(f"{x},{y}" for x, y in points),
        "width": SPARK_WIDTH,
    }


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    rows: Iterable[Sequence[Any]], label: str, heading: str = "", unit: str = ""
) -> dict[str, object]:
    """Draw a table whose numbers are also bars.

    Args:
        rows: (label, number) or (label, number, the number in words such as "40 hours").
        label: the table's caption.
        heading: the name of the first column.
        unit: the name of the second column.
    """
    given = [(str(row[0]), row[1], str(row[2] if len(row) > 2 else row[1])) for row in rows]
    most = max((number for _label, number, _words in given), default=0) or 1
    bars = [Bar(name, words, round(100 * max(n, 0) / most, 1)) for name, n, words in given]
    return {
        "bars": bars,
        "heading": heading or gettext("What"),
        "label": label,
        "unit": unit or gettext("How many"),
    }
