"""Stored verdicts: one JSON object a line in `ontology/snapshot/evidence.jsonl`."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from kg.base import files, journal, jsonl
from kg.base.errors import StoreError
from kg.base.formats import FormatError
from kg.base.formats.json_text import JsonReader
from kg.base.notefile import edit_file
from kg.model import VERDICTS, EvidencePart, Trace

FILE: Final = "snapshot/evidence.jsonl"
"""Below the `ontology/` folder of a knowledge base; only `kg verify` writes it."""


class TraceRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A counterexample; each state after the first contains only the changed values."""

    states: list[dict[str, str]]
    loop: int | None = None


class PartRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A theorem, a specification, or a rejected formula."""

    name: str
    expected: bool = True
    holds: bool | None = None
    note: str = ""
    line: int = 0
    trace: TraceRow | None = None


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict of a tool on a piece with a given digest."""

    key: str
    digest: str
    language: str
    verdict: str
    tool: str = ""
    version: str = ""
    why: str = ""
    at: int | None = None
    """The faulty line of the piece, from 0."""
    parts: list[PartRow] = []
    claims: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"'{self.verdict}' is not a verdict")


_READER: Final = JsonReader(Record)


def read_verdicts(ontology: Path) -> tuple[Record, ...]:
    """Return all records; empty if nothing has been verified. Raises UsageError for a line that is not a valid record."""
    return tuple(record for _, record in _rows(ontology / FILE))


def _rows(path: Path, data: bytes | None = None) -> Iterator[tuple[int, Record]]:
    hint = "'kg verify' makes this file anew when it is deleted"
    return jsonl.rows(path, _READER, expected="no evidence: ", hint=hint, data=data)


def write_verdicts(ontology: Path, records: Iterable[Record], before: Collection[Record] | None = None) -> bool:
    """Write all records, sorted by key. Return whether the file has changed.

    `before` is the content of the file when this run read it. Records that another run has written since are kept, unless
    this run judged the same piece. None means the current content.
    """
    path = ontology / FILE
    new = {r.key: r for r in records}
    if not new and not path.exists():
        return False
    with edit_file(path, inside=(ontology.parent,), make=True) as edit:
        if before is not None:
            old = {r.key: r for r in before}
            judged = {key for key, r in new.items() if old.get(key) != r}
            for _, there in _rows(path, edit.data or b""):
                if old.get(there.key) != there and there.key not in judged:
                    new[there.key] = there
        data = b"".join(msgspec.json.encode(new[key]) + b"\n" for key in sorted(new))
        if (edit.data or b"") == data:
            return False
        edit.write(data)
    return True


class Unfinished:
    """Verdicts of an unfinished run of `kg verify`, cached one by one, so that the next run can continue."""

    def __init__(self, cache: Path) -> None:
        self._path = cache / "verdicts.jsonl"
        self.count = 0
        """How many were kept."""

    def read(self) -> tuple[Record, ...]:
        """Return the verdicts of an interrupted run; an incomplete last line is ignored."""
        records = []
        with contextlib.suppress(OSError):
            for line in files.read(self._path).splitlines():
                with contextlib.suppress(FormatError):
                    records.append(_READER.read(line))
        return tuple(records)

    def keep(self, record: Record) -> None:
        """Store a verdict."""
        try:
            with journal.open_journal(self._path, inside=(self._path.parent,)) as file:
                file.append([msgspec.json.encode(record)], durable=False)
            self.count += 1
        except StoreError:
            return  # without the cache, only time is lost

    def end(self) -> None:
        """Delete the stored verdicts, since all of them are now in the file of records."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def rows_of(parts: Iterable[EvidencePart]) -> list[PartRow]:
    """Convert parts to rows of the file."""
    return [PartRow(p.name, p.expected, p.holds, p.note, p.line, _trace_row(p.trace)) for p in parts]


def parts_of(rows: Iterable[PartRow]) -> tuple[EvidencePart, ...]:
    """Convert rows of the file to parts.

    >>> trace = Trace(({"x": "a", "y": "b"}, {"x": "c", "y": "b"}), 0)
    >>> parts = (EvidencePart("AG x = a", True, False, trace=trace),)
    >>> parts_of(rows_of(parts)) == parts, rows_of(parts)[0].trace.states
    (True, [{'x': 'a', 'y': 'b'}, {'x': 'c'}])
    """
    return tuple(EvidencePart(r.name, r.expected, r.holds, r.note, r.line, _trace(r.trace)) for r in rows)


def _trace_row(trace: Trace | None) -> TraceRow | None:
    if trace is None:
        return None
    states: list[dict[str, str]] = []
    last: Mapping[str, str] = {}
    for state in trace.states:
        states.append({k: v for k, v in state.items() if last.get(k) != v})
        last = state
    return TraceRow(states, trace.loop)


def _trace(row: TraceRow | None) -> Trace | None:
    if row is None:
        return None
    states: list[dict[str, str]] = []
    for changed in row.states:
        states.append({**(states[-1] if states else {}), **changed})
    return Trace(tuple(states), row.loop)
