import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import export

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"]
#: The same signs as East Asian keyboards write them; some spreadsheets run these too.
WIDE_FORMULAS = ["\uff1d1", "\uff0b1", "\uff0d1", "\uff20SUM"]


@pytest.mark.parametrize("text", [*FORMULAS, *WIDE_FORMULAS, "'quoted"])
def test_cell_guards_what_could_be_a_formula(text: str) -> None:
    assert export.cell(text) == f"'{text}"
    assert export.uncell(export.cell(text)) == text


def test_cell_leaves_words_and_numbers_alone() -> None:
    assert [export.cell(value) for value in ("Ada", -3, 2.5, None)] == ["Ada", "-3", "2.5", ""]


@given(st.text(st.characters(exclude_characters="\x00"), max_size=50))
def test_any_text_is_guarded_reversibly(text: str) -> None:
    guarded = export.cell(text)

    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert export.uncell(guarded) == text


def test_csv_lines_read_back_as_what_was_written() -> None:
    text = "".join(export.csv_lines(["name", "hours"], [["=A, “B”\n", 2.5]]))

    assert list(csv.reader([text.removeprefix("\ufeff").splitlines()[0]])) == [["name", "hours"]]
    assert text.endswith('"\'=A, “B”\n",2.5\r\n')
