from dataclasses import dataclass

from django.template import Context, Template
from django.utils.safestring import mark_safe

from core.templatetags.drawn import drawn

PROGRESS = "components/progress.html"


@dataclass
class Row:
    """Something that is drawn by one of its two columns."""

    name: str
    beside: str

    @property
    def drawn_by(self) -> str:
        return self.name


def test_a_component_is_drawn_once_for_each_value() -> None:
    first = drawn(PROGRESS, percent=10, words="one")

    assert drawn(PROGRESS, percent=10, words="one") is first
    assert drawn(PROGRESS, percent=11, words="one") != first
    assert drawn(PROGRESS, percent=10, words="two") != first


def test_a_row_is_drawn_by_what_is_shown_of_it() -> None:
    page = Template("{% load drawn %}{% drawn 'components/mark.html' row=row %}")

    texts = [page.render(Context({"row": Row(name, beside)})) for name in "ab" for beside in "cd"]

    assert len(set(texts)) == 1
    assert drawn("components/mark.html", row=Row("a", "c")) is drawn(
        "components/mark.html", row=Row("a", "d")
    )


def test_plain_text_is_escaped_also_where_equal_safe_text_was_drawn_before() -> None:
    safe = drawn(PROGRESS, percent=1, words=mark_safe("<b>bold</b>"))
    plain = drawn(PROGRESS, percent=1, words="<b>bold</b>")

    assert "<b>bold</b>" in safe
    assert "<b>bold</b>" not in plain
    assert "&lt;b&gt;bold" in plain


def test_what_surrounds_a_component_does_not_reach_it() -> None:
    page = Template("{% load drawn %}{% drawn 'components/progress.html' words='x' %}")

    assert page.render(Context({"percent": 40})) == page.render(Context({"percent": 80}))
