import itertools
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from core import versions
from core.models import Area
from core.shared_pages import kept, shared_page

pytestmark = pytest.mark.django_db

PART = Template('{% load kept %}{% kept "part" by="needs" word %}{{ draw }}{% endkept %}')


@pytest.fixture
def draw() -> Callable[[], str]:
    """Say how often it was asked."""
    count = itertools.count(1)
    return lambda: f"drawn {next(count)}"


def page(template: Template, **context: object) -> str:
    """What a page of that template shows to somebody who was never here."""

    @shared_page("needs", "events")
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render(Context({"request": request, **context})))

    unseen = f"/?utm_source={next(UNSEEN)}"
    return view(RequestFactory().get(unseen)).content.decode()


UNSEEN = itertools.count(1)


def test_a_part_is_drawn_once_until_its_own_version_rises(draw: Callable[[], str]) -> None:
    first = page(PART, draw=draw)
    versions.bump("events")
    second = page(PART, draw=draw)
    versions.bump("needs")
    third = page(PART, draw=draw)

    assert (first, second, third) == ("drawn 1", "drawn 1", "drawn 2")


def test_a_part_may_name_areas_and_is_drawn_again_when_the_frame_changes(
    draw: Callable[[], str],
) -> None:
    page(PART, draw=draw)
    versions.bump("site")

    assert page(PART, draw=draw) == "drawn 2"


def test_a_part_is_kept_apart_for_each_value_and_each_language(draw: Callable[[], str]) -> None:
    found = [page(PART, draw=draw, word=word) for word in ("a", "b", "a")]
    with translation.override("es"):
        found.append(page(PART, draw=draw, word="a"))

    assert found == ["drawn 1", "drawn 2", "drawn 1", "drawn 3"]


def test_rows_inside_a_kept_part_are_not_read_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    names = Template(
        '{% load kept %}{% kept "areas" by="needs" %}{% for a in areas %}{{ a }},{% endfor %}'
        "{% endkept %}"
    )
    first = page(names, areas=Area.objects.all())

    with django_assert_num_queries(1):  # the versions
        second = page(names, areas=Area.objects.all())

    assert first == second
    assert first.count(",") == 12


def test_what_was_drawn_is_not_escaped_twice_and_not_less(draw: Callable[[], str]) -> None:
    found = {page(PART, draw="<b>&amp;</b>") for _ in range(2)}

    assert found == {"&lt;b&gt;&amp;amp;&lt;/b&gt;"}


def test_a_page_that_nobody_shares_is_drawn_anew(draw: Callable[[], str]) -> None:
    context = Context({"request": RequestFactory().get("/"), "draw": draw})

    assert [PART.render(context), PART.render(context)] == ["drawn 1", "drawn 2"]
    assert PART.render(Context({"draw": draw})) == "drawn 3"


def test_whoever_changes_a_template_sees_it(draw: Callable[[], str], settings: Settings) -> None:
    settings.DEBUG = True

    assert [page(PART, draw=draw), page(PART, draw=draw)] == ["drawn 1", "drawn 2"]


@pytest.mark.parametrize("bits", ["", '"part"', 'by="needs"'])
def test_a_part_without_name_or_versions_is_refused(bits: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="kept takes"):
        Template(f"{{% load kept %}}{{% kept {bits} %}}{{% endkept %}}")


def test_a_value_that_cannot_be_made_is_not_kept() -> None:
    request = RequestFactory().get("/")

    def fails() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        kept(request, "value", fails, "needs")
    assert kept(request, "value", lambda: "made", "needs") == "made"
    assert kept(request, "value", fails, "needs") == "made"
