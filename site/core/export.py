"""Tables that leave as spreadsheets: no cell is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

#: A spreadsheet takes a cell that starts so for a formula and may run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def cell(value: object) -> str:
    """A value as text that a spreadsheet shows and never runs; `uncell` takes the guard away.

    An apostrophe goes before what could be a formula, and before an apostrophe of its own.
    """
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.startswith((*_FORMULA_STARTS, "'")) else text


def uncell(text: str) -> str:
    """What `cell` was given, read back from a file that we wrote."""
    return text.removeprefix("'")


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A CSV file line by line, in UTF-8 with a mark that makes Excel read it as such."""
    yield "\ufeff" + _line(header)
    for row in rows:
        yield _line([cell(value) for value in row])


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
