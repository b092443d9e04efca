"""The map and the charts: the right numbers, in the picture and as text."""

import re

import pytest
from django.template import Context, Template

from core.models import Area
from core.templatetags import charts


def _render(tag: str, **context: object) -> str:
    return Template("{% load charts %}" + tag).render(Context(context))


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_the_map_links_each_area_with_its_count() -> None:
    html = _render("{% area_map counts '/needs/' %}", counts={"south-la": 7, "lausd": 99})
    drawn = re.findall(r'href="/needs/\?area=([\w-]+)"\s+aria-label="([^"]+)"', html)
    assert len(drawn) == 8
    assert ("south-la", "South LA: 7") in drawn
    assert ("westside", "Westside: 0") in drawn


def test_the_map_shades_by_the_share_of_the_fullest_area() -> None:
    counts = {"south-la": 100, "east-la": 51, "central-la": 50, "westside": 1}
    areas = charts.area_map(counts, "/")["areas"]
    shades = {area.slug: area.shade for area in areas}  # type: ignore[attr-defined]
    assert shades == {
        "south-la": 4,
        "east-la": 3,
        "central-la": 2,
        "westside": 1,
        "antelope-valley": 0,
        "san-fernando-valley": 0,
        "san-gabriel-valley": 0,
        "south-bay": 0,
    }


def test_the_map_without_any_count_is_all_of_the_lightest_shade() -> None:
    areas = charts.area_map({}, "/")["areas"]
    assert {area.shade for area in areas} == {0}  # type: ignore[attr-defined]


def test_the_map_repeats_its_numbers_as_a_table() -> None:
    table = _words(_render("{% area_map counts '/needs/' %}", counts={"east-la": 12}))
    assert "The map as a table" in table
    assert table.endswith("South Bay 0")
    assert "East LA 12" in table


@pytest.mark.django_db
def test_the_map_draws_the_areas_that_the_site_filters_by() -> None:
    slugs = {area["slug"]: area["number"] for area in charts.outlines()["areas"]}
    stored = Area.objects.exclude(planning_area=None).values_list("slug", "planning_area")
    assert slugs == dict(stored)


def test_the_outlines_stay_small() -> None:
    assert charts.OUTLINES.stat().st_size < 15_000


def test_a_sparkline_spans_its_box_and_says_its_numbers() -> None:
    html = _render("{% sparkline values 'Hours a month' %}", values=[2, 6, 4])
    assert 'points="3.0,29.0 60.0,3.0 117.0,16.0"' in html
    assert _words(html) == "Hours a month: 2, 6, 4"


@pytest.mark.parametrize("values", [[], [5]])
def test_a_sparkline_of_fewer_than_two_numbers_is_nothing(values: list[int]) -> None:
    assert _render("{% sparkline values 'Hours' %}", values=values).strip() == ""


def test_a_sparkline_of_equal_numbers_is_flat() -> None:
    assert charts.sparkline([4, 4], "Hours")["points"] == "3.0,29.0 117.0,29.0"


def test_a_bar_chart_measures_against_the_longest() -> None:
    bars = charts.bar_chart([("Volunteers", 40), ("Hardware", 10, "10 asks"), ("Space", 0)], "Kind")
    assert bars["bars"] == [
        charts.Bar("Volunteers", "40", 100),
        charts.Bar("Hardware", "10 asks", 25),
        charts.Bar("Space", "0", 0),
    ]


def test_a_bar_chart_without_rows_has_no_bars() -> None:
    assert charts.bar_chart([], "Kind")["bars"] == []


def test_charts_escape_their_words() -> None:
    html = _render("{% bar_chart rows '<b>' %}", rows=[("<script>", 1)])
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
