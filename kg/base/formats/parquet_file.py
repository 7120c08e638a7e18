"""Parquet files of others: opened through the gate for files, with limits, and with the checksums of their pages compared.

A kilobyte of Parquet can state a gigabyte, and its metadata needn't be true. So a file is first decoded in a fork, whose memory
and time the system limits; it is read here only if that process got to its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.base import files
from kg.base.errors import KgError
from kg.base.formats import FormatError
from kg.base.process.forked import Bounds, run_forked

_MOST_COLUMNS: Final = 1_000
"""Maximum number of columns, those within others included."""
_LONGEST_HEAD: Final = 64 << 20
_MOST: Final = 512 << 20
"""Maximum bytes of all values of a file, as `_size` counts them."""
_MOST_AT_ONCE: Final = 64 << 20
"""Maximum bytes of the values of a batch."""
_ROWS: Final = 4_096
_CELLS: Final = 1 << 17
"""Maximum rows, and cells, of a batch."""
_VALUE: Final = 16
"""Bytes that a value counts at least: also those that aren't there take time, and memory in Python."""
_CHECKED: Final = Bounds(seconds=120, memory=_MOST, size=1 << 20, lines=1 << 20)
_LIMITED, _DAMAGED = 1, 2


def decode_parquet(data: bytes, name: str, columns: list[str] | None = None) -> pa.Table:
    """Return the rows of the content of a Parquet file. Raises FormatError, as `parquet_batches`."""
    with _checked(data, name, columns) as file:
        return pa.Table.from_batches(_batches(file, columns), schema=_schema(file, columns))


def parquet_batches(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file in batches of bounded size.

    Raises FormatError if it is not Parquet, damaged or, with a `limit`, too large; OSError if it can't be read.
    """
    # Read once, so that no link leads to another file meanwhile.
    with _checked(files.read(path, files.NAMED, named=True), path.name, columns) as file:
        yield from _batches(file, columns)


def _checked(data: bytes, name: str, columns: list[str] | None) -> pq.ParquetFile:
    """Open the content of a Parquet file after a process of its own has read it to the end, within its limits."""
    try:
        status, problem = run_forked(lambda out: _check(data, columns, out), _CHECKED)
    except KgError as error:
        raise FormatError(f"{name} can't be unpacked: {error}", limit="size") from None
    if status:
        raise FormatError(f"{name} {problem.decode()}", limit="size" if status == _LIMITED else "")
    return _opened(data)


def _check(data: bytes, columns: list[str] | None, out: IO[bytes]) -> int:
    """Read a file to the end; write what is wrong with it, and return its kind."""
    # Arrow's own pools have reserved memory before this process was limited.
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        with _opened(data) as file:
            _check_metadata(file.metadata)
            for _ in _batches(file, columns):
                pass
    except FormatError as error:
        out.write(error.problem.encode())
        return _LIMITED
    except MemoryError:  # also Arrow's
        out.write(f"needs more than {_MOST >> 20:,} MB of memory".encode())
        return _LIMITED
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        out.write(f"is not a Parquet file, or a damaged one: {str(error).partition(chr(10))[0][:200]}".encode())
        return _DAMAGED
    return 0


def _check_metadata(metadata: Any) -> None:
    """Raise FormatError if a file states to be too large; that it doesn't state so means nothing."""
    if metadata.num_columns > _MOST_COLUMNS:
        raise FormatError(f"has more than {_MOST_COLUMNS:,} columns")
    size = 0
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        size += sum(_VALUE * group.column(number).num_values for number in range(group.num_columns))
        if size > _MOST:
            raise _too_large()


def _batches(file: pq.ParquetFile, columns: list[str] | None) -> Iterator[pa.RecordBatch]:
    """Yield the rows. Raises FormatError if there are too many values, or the texts are too long together.

    Texts are read as numbers into lists of different texts, and counted before they are written out: a file of a kilobyte can
    name one long text a million times.
    """
    left = _MOST
    schema = _schema(file, columns)
    for batch in file.iter_batches(_rows_at_once(file.metadata), columns=columns, use_threads=False):
        size = max(_VALUE * batch.num_rows, sum(map(_size, batch.columns)))
        if size > _MOST_AT_ONCE:
            raise FormatError(f"has more than {_MOST_AT_ONCE:,} bytes of values in {batch.num_rows:,} rows")
        left -= size
        if left < 0:
            raise _too_large()
        yield batch.cast(schema)


def _rows_at_once(metadata: Any) -> int:
    """The rows of a batch that is far from the limits, if the file states its sizes truly."""
    stated = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    of_row = max(1, stated // max(1, metadata.num_rows))
    return int(max(1, min(_ROWS, _CELLS // max(1, metadata.num_columns), (_MOST_AT_ONCE >> 3) // of_row)))


def _too_large() -> FormatError:
    return FormatError(f"has more than {_MOST:,} bytes of values")


def _size(column: pa.Array) -> int:
    """The bytes of the values of a column, those within others included; a text counts as often as it is named."""
    kind = column.type
    own = _VALUE * len(column)
    if isinstance(kind, pa.BaseExtensionType):
        return _size(column.storage)
    if pa.types.is_dictionary(kind):
        words = column.dictionary
        named = pc.take(pc.binary_length(words), column.indices) if len(words) and _is_text(words.type) else None
        return own + (int(pc.sum(named).as_py() or 0) if named is not None else 0)
    if pa.types.is_map(kind):
        return own + _size(column.keys) + _size(column.items)
    if pa.types.is_struct(kind):
        return own + sum(map(_size, column.flatten()))
    if pa.types.is_nested(kind):
        return own + _size(column.flatten())
    return max(own, int(column.nbytes))


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    )


def _opened(data: bytes) -> pq.ParquetFile:
    """Open a Parquet file, all its texts as numbers into lists of texts."""
    limits = {"thrift_string_size_limit": _LONGEST_HEAD, "thrift_container_size_limit": 1_000_000}
    leaves = pq.ParquetFile(pa.BufferReader(data), **limits).schema
    texts = [leaf.path for leaf in map(leaves.column, range(len(leaves))) if leaf.physical_type == "BYTE_ARRAY"]
    return pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True, read_dictionary=texts, **limits)


def _schema(file: pq.ParquetFile, columns: list[str] | None) -> pa.Schema:
    schema = file.schema.to_arrow_schema()
    return schema if columns is None else pa.schema([schema.field(name) for name in columns])
