"""CSV, with limits on the size of a cell and on the numbers of columns and rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from kg.base.formats import FormatError

CELL: Final = 20_000_000
"""Maximum characters of one cell."""
COLUMNS: Final = 4000
ROWS: Final = 1_000_000
CELLS: Final = 10_000_000


class CsvRow(NamedTuple):
    """A row that is not empty."""

    line: int
    """The line on which it starts, from 1."""
    cells: list[str]


def read_csv(text: str, separator: str = ",") -> Iterator[CsvRow]:
    r"""Yield the rows of a table, including the header; empty lines are skipped. Raises FormatError.

    >>> [tuple(row) for row in read_csv('a,b\n\n"x\ny",z')]
    [(1, ['a', 'b']), (3, ['x\ny', 'z'])]
    """
    csv.field_size_limit(CELL)  # for the whole process: no other code reads CSV
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
    """Return the column names and the rows as dicts; a short row lacks the last columns. Raises FormatError."""
    rows = read_csv(text, separator)
    head = next(rows, None)
    if head is None:
        return [], []
    return head.cells, [dict(zip(head.cells, row.cells, strict=False)) for row in rows]
