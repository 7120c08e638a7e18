"""CSV: cells, columns and rows without end."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from kg.base.formats import FormatError

CELL: Final = 20_000_000
"""Characters of one cell."""
COLUMNS: Final = 4000
ROWS: Final = 1_000_000
CELLS: Final = 10_000_000


class CsvRow(NamedTuple):
    """A row that is not empty."""

    line: int
    """Where it begins, from 1."""
    cells: list[str]


def read_csv(text: str, separator: str = ",") -> Iterator[CsvRow]:
    r"""The rows of a table, the head among them; lines without anything are left out. Raises FormatError.

    >>> [tuple(row) for row in read_csv('a,b\n\n"x\ny",z')]
    [(1, ['a', 'b']), (3, ['x\ny', 'z'])]
    """
    csv.field_size_limit(CELL)  # of the process: nobody else reads CSV
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = rows = cells = 0
    try:
        for row in reader:
            rows += 1
            cells += len(row)
            if len(row) > COLUMNS:
                raise FormatError(f"a row of more than {COLUMNS:,} cells", line=before + 1, limit="columns")
            if rows > ROWS or cells > CELLS:
                raise FormatError(f"a table of more than {ROWS:,} rows or {CELLS:,} cells", line=before + 1, limit="nodes")
            if row:
                yield CsvRow(before + 1, row)
            before = reader.line_num
    except csv.Error as error:
        limit = "size" if "limit" in str(error) else ""
        raise FormatError(str(error), line=reader.line_num, limit=limit) from None


def read_table(text: str, separator: str = ",") -> tuple[list[str], list[dict[str, str]]]:
    """The names of the columns, and the rows by them; a short row lacks the last ones. Raises FormatError."""
    rows = read_csv(text, separator)
    head = next(rows, None)
    if head is None:
        return [], []
    return head.cells, [dict(zip(head.cells, row.cells, strict=False)) for row in rows]
