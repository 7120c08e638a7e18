"""Parquet files of others: opened through the gate for files, with limits, and with the checksums of their pages compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from kg.base import files
from kg.base.formats import FormatError

_LARGEST: Final = 16 << 30
_MOST_COLUMNS: Final = 1_000
_LONGEST_HEAD: Final = 64 << 20
_BATCH: Final = 65_536


def read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return the rows of a Parquet file. Raises FormatError if it is damaged or no Parquet, OSError if it can't be read."""
    return pa.Table.from_batches(parquet_batches(path, columns), schema=_select(parquet_schema(path), columns))


def parquet_batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file in batches of bounded size."""
    with _opened(path) as file:
        try:
            yield from file.iter_batches(_BATCH, columns=columns, use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"{path.name} is damaged: {_first_line(error)}") from None


def parquet_schema(path: Path) -> pa.Schema:
    """Return the columns of a Parquet file."""
    with _opened(path) as file:
        return file.schema_arrow


def parquet_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, from its footer."""
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def _opened(path: Path) -> Any:
    """Open a Parquet file; the gate for files has read it, so that no link leads to another one while it is read."""
    data = files.read(path, _LARGEST, named=True)
    try:
        file = pq.ParquetFile(
            pa.BufferReader(data), page_checksum_verification=True,
            thrift_string_size_limit=_LONGEST_HEAD, thrift_container_size_limit=1_000_000,
        )  # fmt: skip
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path.name} is no Parquet file, or a damaged one: {_first_line(error)}") from None
    if len(file.schema_arrow) > _MOST_COLUMNS:
        raise FormatError(f"{path.name} has more than {_MOST_COLUMNS:,} columns", limit="columns")
    return file


def _select(schema: pa.Schema, columns: list[str] | None) -> pa.Schema:
    return schema if columns is None else pa.schema([schema.field(name) for name in columns])


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
