"""Organizations from a table of comma-separated values, row by row."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from organizations.archive.files import Unreadable, read_text

MOST_BYTES = 10_000_000
MOST_COLUMNS = 60
MOST_LETTERS = 10_000
#: Between the items of a cell that holds several.
SEPARATOR = "|"

#: Every column that is read, by the names that it may have.
COLUMNS = {
    "name": "name",
    "kind": "kind",
    "org_type": "kind",
    "website": "website",
    "ein": "ein",
    "zip": "zip",
    "zip_code": "zip",
    "areas": "areas",
    "focus": "focus",
    "tags": "focus",
    "mission": "mission",
    "populations_served": "populations_served",
    "address": "address",
    "contact_email": "contact_email",
    "needs": "needs",
    "needs_year": "needs_year",
    "source_url": "source_url",
    "archive_url": "source_url",
}
#: Columns that such tables have and that are worked out here instead.
LEFT_OUT = frozenset(
    {"spa", "spa_label", "lat", "lon", "latitude", "longitude", "years", "stem_tag", "stem_keyword"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the cells that are not empty, by column."""

    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """A cell's text, empty where there is none."""
        return self.cells.get(column, "")

    def items(self, column: str) -> list[str]:
        """A cell's items, which stand between upright strokes."""
        return [item.strip() for item in self.text(column).split(SEPARATOR) if item.strip()]


def read(path: Path) -> Iterator[Row | Unreadable]:
    """The table's rows; a row that cannot be taken comes as its refusal, the others go on.

    Raises:
        Unreadable: if the file, its header or its quoting is at fault, so that no row can be
            trusted.
    """
    text = read_text(path, most_bytes=MOST_BYTES)
    if len(text.split("\n", 1)[0]) > MOST_LETTERS:
        raise Unreadable("The first line is too long to be a header.", line=1)
    # strict: a quote that is never closed is an error and not half a file in one cell.
    lines = csv.reader(text.split("\n"), strict=True)
    try:
        columns = _header(next(lines, []))
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield _row(lines.line_num, columns, cells)
    except csv.Error as error:
        raise Unreadable(
            f"This is not a table of comma-separated values: {error}.", line=lines.line_num
        ) from error


def _header(cells: list[str]) -> list[str]:
    names = [re.sub(r"\s+", "_", cell.strip().lower()) for cell in cells]
    if len(names) > MOST_COLUMNS:
        raise Unreadable(f"{len(names):,} columns; at most {MOST_COLUMNS} are read.", line=1)
    columns = [COLUMNS.get(name, "") for name in names]
    for name, column in zip(names, columns, strict=True):
        if not column and name not in LEFT_OUT:
            raise Unreadable(
                f"The column “{name[:40]}” is not known. Known are: {', '.join(COLUMNS)}.", line=1
            )
    if "name" not in columns:
        raise Unreadable("The first line must name the columns, “name” among them.", line=1)
    named = [column for column in columns if column]
    if doubled := next((column for column in named if named.count(column) > 1), None):
        raise Unreadable(f"Two columns give the {doubled}.", line=1)
    return columns


def _row(line: int, columns: list[str], cells: list[str]) -> Row | Unreadable:
    if len(cells) != len(columns):
        return Unreadable(
            f"{len(cells)} cells where the header has {len(columns)} columns.", line=line
        )
    pairs = zip(columns, (cell.strip() for cell in cells), strict=True)
    found = {column: cell for column, cell in pairs if column and cell}
    for column, cell in found.items():
        if len(cell) > MOST_LETTERS:
            return Unreadable(f"The {column} is longer than {MOST_LETTERS:,} letters.", line=line)
    if "name" not in found:
        return Unreadable("The name is missing.", line=line)
    return Row(line, found)
