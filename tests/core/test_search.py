import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core import search


@pytest.mark.django_db
def test_slugs_finds_by_the_start_of_a_word_in_title_or_body() -> None:
    search.index("need", "laptops", title="Twenty laptops", body="for a coding club", url="/n/")
    search.index("need", "van", title="A van", body="to bring robots", url="/v/")

    assert list(search.slugs("need", "lap")) == ["laptops"]
    assert list(search.slugs("need", "robot")) == ["van"]
    assert list(search.slugs("organization", "lap")) == []


@pytest.mark.django_db
def test_index_again_replaces_and_remove_forgets() -> None:
    search.index("need", "laptops", title="Twenty laptops", body="", url="/n/")
    search.index("need", "laptops", title="Twenty tablets", body="", url="/n/")
    assert list(search.slugs("need", "laptops")) == []
    assert list(search.slugs("need", "tablets")) == ["laptops"]

    search.remove("need", "laptops")
    assert search.results("tablets") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ['"', "a AND (", "NEAR/3", "' OR 1=1 --", "*", "\x00", "-x:y^2", "é"]
)
def test_any_text_is_a_search_and_never_an_error(text: str) -> None:
    search.index("need", "laptops", title="Twenty laptops", body="", url="/n/")

    assert list(search.slugs("need", text)) == []
    assert search.results(text, kind="need") == []
    assert "need" not in search.counts(text)


class AnyTextTest(TestCase):
    """Text that nobody thought of."""

    @given(st.text(max_size=300))
    def test_results_of_any_text(self, text: str) -> None:
        assert isinstance(search.results(text), list)
