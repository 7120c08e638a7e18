"""Opens a folder of tables: complete, of a version that this kg reads, and unchanged since it was written."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa

from kg.base import files
from kg.base.errors import StoreError, UsageError
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.formats.parquet_file import decode_parquet
from kg.graph.tables.schema import MANIFEST, TABLES, VERSION

_LARGEST: Final = 16 << 30
_AGAIN: Final = "export it again: kg export parquet -o DIR"


class ManifestFile(msgspec.Struct, frozen=True):
    """A file in the manifest."""

    path: str
    rows: int
    size: int
    sha256: str


class ManifestTable(msgspec.Struct, frozen=True):
    """A table in the manifest."""

    rows: int
    files: tuple[ManifestFile, ...]


class TablesManifest(msgspec.Struct, frozen=True):
    """The content of manifest.json."""

    schema: str
    base: str
    salt: int
    tables: dict[str, ManifestTable]
    kg: str = ""


def decode_manifest(data: bytes, where: str) -> TablesManifest:
    """Return a manifest. Raises StoreError if it is damaged or of another version, or lacks a table."""
    try:
        manifest = read_typed(data, TablesManifest)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"can't read {where}: {error}", hint=_AGAIN) from None
    if manifest.schema != VERSION:
        raise StoreError(f"{where} has tables of the version '{manifest.schema}'; this kg reads '{VERSION}'", hint=_AGAIN)
    if missing := sorted(TABLES.keys() - manifest.tables.keys()):
        raise StoreError(f"{where} lacks the table {missing[0]}", hint=_AGAIN)
    return manifest


class GraphTables:
    """The tables of a graph in a local folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            data = files.read(folder / MANIFEST, files.LARGE, named=True)
        except FileNotFoundError:
            raise UsageError(
                f"there is no export at {folder}: it has no {MANIFEST}",
                hint=f"make one: kg export parquet -o {shlex.quote(str(folder))}",
            ) from None
        except OSError as error:
            raise StoreError(f"can't read {folder / MANIFEST}: {error}", hint=_AGAIN) from None
        self.digest = hashlib.sha256(data).hexdigest()
        self.manifest = decode_manifest(data, str(folder / MANIFEST))

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Return a table, or some of its columns, in its order. Raises StoreError if a file is missing or was changed."""
        listed = self.manifest.tables[name].files
        return pa.concat_tables([self._part(name, file, columns) for file in listed])

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table in its order; memory holds one part. Raises StoreError, as `table`."""
        for file in self.manifest.tables[name].files:
            yield from self._part(name, file, None).to_batches()

    def _part(self, name: str, file: ManifestFile, columns: list[str] | None) -> pa.Table:
        path = self.folder / file.path
        if ".." in Path(file.path).parts or Path(file.path).is_absolute():
            raise StoreError(f"{self.folder / MANIFEST} lists {file.path}, outside of its folder", hint=_AGAIN)
        try:
            data = files.read(path, _LARGEST, named=True)
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise StoreError(f"{path} is not the file that {MANIFEST} lists: it was changed or is damaged", hint=_AGAIN)
            part = decode_parquet(data, path.name, columns)
        except (OSError, FormatError) as error:
            raise StoreError(f"can't read {path}: {error}", hint=_AGAIN) from None
        for column in TABLES[name].columns:
            if columns is None or column.name in columns:
                found = part.column(column.name) if column.name in part.column_names else None
                if found is None or found.type != column.type or (found.null_count and not column.nullable):
                    raise StoreError(f"{path} has no column {column.name} as exports have it", hint=_AGAIN)
        return part
