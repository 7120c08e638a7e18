"""Sorted, partitioned tables, written in bounded memory: rows go to one spill file for each part, then each part is sorted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kg.base import files
from kg.base.errors import StoreError
from kg.graph.tables.schema import TableSchema

_BATCH: Final = 50_000
"""Rows in memory before they are spilled."""
ROW_GROUP: Final = 100_000
ROWS_OF_A_PART: Final = 1_000_000
_MOST_PARTS: Final = 64
"""Six tables have a spill file for each part, and a process may usually have 1,024 files open."""
_LARGEST: Final = 1 << 40

Refine = Callable[[pa.Table], pa.Table]
"""What is done with the rows of a part before they are sorted."""


class PartFile(NamedTuple):
    """A file of a table, as the manifest lists it."""

    path: str
    rows: int
    size: int
    sha256: str


def parts_for(rows: int) -> int:
    """Return the number of parts of a table, a power of two.

    >>> parts_for(0), parts_for(3_000_000), parts_for(10**9)
    (1, 4, 64)
    """
    return min(_MOST_PARTS, 1 << max(0, -(-rows // ROWS_OF_A_PART) - 1).bit_length())


def part_of(ids: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Return the part of each id: parts are equal, consecutive ranges of int64.

    >>> part_of(np.array([-(2**63), -1, 0, 2**63 - 1]), 4).tolist()
    [0, 1, 2, 3]
    """
    bits = parts.bit_length() - 1
    if not bits:
        return np.zeros(len(ids), dtype=np.int64)
    unsigned = ids.view(np.uint64) ^ np.uint64(1 << 63)
    return (unsigned >> np.uint64(64 - bits)).astype(np.int64)


class PartitionedTable:
    """A table while it is written. `spilled` is the schema of its rows before `refine`, by default that of the table."""

    def __init__(
        self, name: str, table: TableSchema, folder: Path, parts: int, refine: Refine | None = None, spilled: pa.Schema = None
    ) -> None:
        self.name, self._table, self._folder, self._parts = name, table, folder, parts
        self._refine = refine or (lambda rows: rows)
        self._spilled = spilled or table.arrow
        self._columns: list[list[Any]] = [[] for _ in self._spilled]
        self._writers: dict[int, Any] = {}

    def add(self, *row: Any) -> None:
        """Append a row; the first value decides on its part."""
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        if len(self._columns[0]) >= _BATCH:
            self._spill()

    def _spill(self) -> None:
        if not self._columns[0]:
            return
        rows = pa.table([pa.array(c, f.type) for c, f in zip(self._columns, self._spilled, strict=True)], self._spilled)
        numbers = part_of(rows.column(0).to_numpy(), self._parts)
        for part in np.unique(numbers).tolist():
            if part not in self._writers:
                self._writers[part] = pa.ipc.new_stream(str(self._spill_file(part)), self._spilled)
            self._writers[part].write_table(rows.filter(pa.array(numbers == part)))
        for column in self._columns:
            column.clear()

    def _spill_file(self, part: int) -> Path:
        return self._folder / f".spill-{self.name}-{part}"

    def finish(self) -> list[PartFile]:
        """Write the parts, sorted, and return them; parts without rows have no file, but an empty table has one."""
        self._spill()
        for writer in self._writers.values():
            writer.close()
        made = []
        for part in sorted(self._writers) or [0]:
            made.append(self._write(part, self._rows_of(part)))
        return made

    def _rows_of(self, part: int) -> pa.Table:
        if part not in self._writers:
            return self._spilled.empty_table()
        path = self._spill_file(part)
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            rows = stream.read_all()
        path.unlink()
        return rows

    def _write(self, part: int, rows: pa.Table) -> PartFile:
        rows = self._refine(rows).select(self._table.arrow.names).sort_by([(name, "ascending") for name in self._table.order])
        return write_part(self._folder, f"{self.name}/part-{part:05d}.parquet", rows, self._table)


def write_part(folder: Path, path: str, rows: pa.Table, table: TableSchema) -> PartFile:
    """Write a file of a table: compressed, with statistics and with a checksum for each page."""
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    pq.write_table(
        rows.cast(table.arrow), target, row_group_size=ROW_GROUP, compression="zstd", write_statistics=True,
        write_page_checksum=True, write_page_index=True,
        sorting_columns=pq.SortingColumn.from_ordering(table.arrow, [(name, "ascending") for name in table.order]),
    )  # fmt: skip
    try:
        data = files.read(target, _LARGEST, named=True)
    except OSError as error:
        raise StoreError(f"can't read {target}: {error.strerror}", hint="export it again") from error
    return PartFile(path, rows.num_rows, len(data), hashlib.sha256(data).hexdigest())


def without_repeated_rows(rows: pa.Table, columns: Sequence[str], order: Sequence[str] = ()) -> pa.Table:
    """Return the rows sorted by columns and, of rows with equal values in these, the first one by `order`."""
    rows = rows.sort_by([(name, "ascending") for name in (*columns, *order)])
    if rows.num_rows < 2:
        return rows
    rows = rows.combine_chunks()
    changed = None
    for name in columns:
        column = rows.column(name)
        differs = pc.fill_null(pc.not_equal(column.slice(1), column.slice(0, rows.num_rows - 1)), True)
        changed = differs if changed is None else pc.or_(changed, differs)
    return rows.filter(pa.concat_arrays([pa.array([True]), pa.chunked_array(changed).combine_chunks()]))
