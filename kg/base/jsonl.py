"""Files of one JSON object a line, as the snapshot of a knowledge base has them: read with the line of whatever is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from kg.base import files
from kg.base.errors import StoreError, UsageError
from kg.base.formats import FormatError
from kg.base.formats.json_text import JsonReader
from kg.base.journal import split_journal

T = TypeVar("T")


def data_of(path: Path) -> bytes:
    """The bytes of a file; none where there is no file. Raises StoreError for one that can't be read."""
    try:
        return files.read(path)
    except FileNotFoundError:
        return b""
    except files.Refused as refused:
        raise StoreError(str(refused), hint=refused.hint) from None


def rows(
    path: Path,
    reader: JsonReader[T],
    *,
    expected: str = "",
    hint: str,
    data: bytes | None = None,
    appended: bool = False,
) -> Iterator[tuple[int, T]]:
    """Each row with the number of its line, from 1; empty lines are left out, and where there is no file there is none.

    `data` are the bytes of the file where they are read already. Of a file that is only `appended` to, a last line that a crash
    cut off is left out. Raises StoreError for a file that can't be read, and UsageError with the line for a row that is none:
    `expected` says what it should have been, `hint` what to do.
    """
    data = data_of(path) if data is None else data
    for number, line in enumerate((split_journal(data)[0] if appended else data).splitlines(), 1):
        if line.strip():
            try:
                row = reader.read(line)
            except FormatError as error:
                raise UsageError(f"{path}:{number}: {expected}{error}", hint=hint) from None
            yield number, row
