"""Files with one JSON object per line, as in the snapshot of a knowledge base; errors state the line."""

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
    """Return the bytes of a file; empty if there is no file. Raises StoreError if it can't be read."""
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
    """Yield each row with its line number, from 1; empty lines are skipped, and a missing file has no rows.

    `data` are the bytes of the file if the caller has read them. If the file is only `appended` to, a last line that a crash
    cut off is skipped. Raises StoreError if the file can't be read, and UsageError with the line for an invalid row:
    `expected` says what a row should be, `hint` what to do.
    """
    data = data_of(path) if data is None else data
    for number, line in enumerate((split_journal(data)[0] if appended else data).splitlines(), 1):
        if line.strip():
            try:
                row = reader.read(line)
            except FormatError as error:
                raise UsageError(f"{path}:{number}: {expected}{error}", hint=hint) from None
            yield number, row
