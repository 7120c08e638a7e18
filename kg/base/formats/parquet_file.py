"""Parquet files of others: opened through the gate for files, with limits, and with the checksums of their pages compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.base import files
from kg.base.formats import FormatError

_LARGEST: Final = 16 << 30
_MOST_COLUMNS: Final = 1_000
_LONGEST_HEAD: Final = 64 << 20
_BATCH: Final = 65_536
_MOST_TEXT: Final = 1 << 30
"""Maximum bytes of all texts in a file."""
_MOST_UNPACKED: Final = 4 << 30
"""Maximum bytes of a file's pages after decompression, as the file states them."""


def read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return the rows of a Parquet file. Raises FormatError if it is damaged or no Parquet, OSError if it can't be read."""
    return pa.Table.from_batches(parquet_batches(path, columns), schema=_select(parquet_schema(path), columns))


def parquet_batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file in batches of bounded size. Raises FormatError if its texts are too long together.

    Texts are read as numbers into lists of different texts, and counted before they are written out: a file of a kilobyte can
    name one long text a million times.
    """
    left = _MOST_TEXT
    with _opened(path) as file:
        schema = _select(file.schema.to_arrow_schema(), columns)
        try:
            for batch in file.iter_batches(_BATCH, columns=columns, use_threads=False):
                left -= sum(map(_length, batch.columns))
                if left < 0:
                    raise FormatError(f"the texts of {path.name} are longer than {_MOST_TEXT:,} bytes together", limit="size")
                yield batch.cast(schema)
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"{path.name} is damaged: {_first_line(error)}") from None


def parquet_schema(path: Path) -> pa.Schema:
    """Return the columns of a Parquet file."""
    with _opened(path) as file:
        return file.schema.to_arrow_schema()


def parquet_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, from its footer."""
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def _length(column: pa.Array) -> int:
    """The bytes of the texts of a column, each as often as it is named."""
    while pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = column.flatten()
    if pa.types.is_struct(column.type):
        return sum(map(_length, column.flatten()))
    if not pa.types.is_dictionary(column.type) or not len(column.dictionary):
        return 0
    return int(pc.sum(pc.take(pc.binary_length(column.dictionary), column.indices)).as_py() or 0)


def _opened(path: Path) -> Any:
    """Open a Parquet file; the gate for files has read it, so that no link leads to another one while it is read."""
    data = files.read(path, _LARGEST, named=True)
    limits = {"thrift_string_size_limit": _LONGEST_HEAD, "thrift_container_size_limit": 1_000_000}
    try:
        leaves = pq.ParquetFile(pa.BufferReader(data), **limits).schema
        texts = [leaf.path for leaf in map(leaves.column, range(len(leaves))) if leaf.physical_type == "BYTE_ARRAY"]
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True, read_dictionary=texts, **limits)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path.name} is no Parquet file, or a damaged one: {_first_line(error)}") from None
    if len(file.schema_arrow) > _MOST_COLUMNS:
        raise FormatError(f"{path.name} has more than {_MOST_COLUMNS:,} columns", limit="columns")
    size = sum(file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups))
    if size > _MOST_UNPACKED:
        raise FormatError(f"{path.name} is unpacked larger than {_MOST_UNPACKED:,} bytes", limit="size")
    return file


def _select(schema: pa.Schema, columns: list[str] | None) -> pa.Schema:
    return schema if columns is None else pa.schema([schema.field(name) for name in columns])


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
