"""The snapshot, kept between builds: positions on the map, names of communities, a history of measures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kg.base import journal, jsonl
from kg.base.errors import UsageError
from kg.base.formats.json_text import JsonReader
from kg.base.notefile import edit_file, overwrite_file
from kg.base.process.git import find_repository
from kg.model import Change, Community, Corpus, Snapshot

FOLDER: Final = "snapshot"
"""Relative to `ontology/`; committed. Only `kg snapshot` and `kg suggest --reject` write the files of this module."""
POSITIONS: Final = "positions.jsonl"
COMMUNITIES: Final = "communities.jsonl"
HISTORY: Final = "history.jsonl"
NOTES: Final = "notes.jsonl"
_HINT: Final = "kg writes this file; git has the last good one"
_READER: Final = JsonReader(dict[str, Any])
REJECTED: Final = "rejected.jsonl"
"""The rejected suggestions; written by `kg suggest --reject`."""


class SnapshotEntry(NamedTuple):
    """A concept in the last snapshot."""

    digest: str
    """Digest of its notes, see `digest_concepts`."""
    changed: str
    """Date of the first snapshot with this digest."""
    new: bool
    """Whether that snapshot was also the first with the concept, and not the first snapshot at all."""


class RejectedSuggestion(NamedTuple):
    """A suggestion that an author rejected."""

    source: str
    """Id of the concept from which the association would start."""
    target: str
    relation: str = ""
    """Key of the proposed relation; empty for a plain link."""


class SnapshotContent(NamedTuple):
    """The content that `write_snapshot` stores."""

    row: Snapshot
    """The row to append to the history."""
    positions: Mapping[str, tuple[float, float]]
    """Positions by IRI."""
    communities: Sequence[Community]
    ids: Mapping[str, str]
    """IRI of a concept → its id."""
    notes: Mapping[str, str]
    """Id of a concept → the digest of its notes."""


class Remembered(NamedTuple):
    """The last snapshot: position and community of each concept by IRI, names of communities, and all rows of history."""

    positions: Mapping[str, tuple[float, float]]
    communities: Mapping[str, int]
    """Concept → number of its community."""
    names: Mapping[int, Mapping[str, str]]
    """Number of a community → its name by language."""
    history: tuple[Snapshot, ...]
    notes: Mapping[str, SnapshotEntry]
    """Entries by concept id, including removed concepts."""
    members: Mapping[str, int]
    """Id → community number, for all concepts in the snapshot."""


def read_snapshot(ontology: Path, iris: Mapping[str, str], *, fresh: bool = False) -> Remembered:
    """Read the snapshot. `iris` maps concept ids to IRIs; concepts that no longer exist are dropped.

    With `fresh`, only the history is read, so that maps and communities are computed from scratch.

    Raises UsageError with file and line for a row that can't be read.
    """
    positions: dict[str, tuple[float, float]] = {}
    communities: dict[str, int] = {}
    names: dict[int, Mapping[str, str]] = {}
    members: dict[str, int] = {}
    folder = ontology / FOLDER
    if fresh:
        return Remembered({}, {}, {}, read_history(ontology), read_entries(ontology), {})
    for where, row in _rows(folder / POSITIONS):
        with _Row(where):
            if row["id"] in iris:
                positions[iris[row["id"]]] = (float(row["x"]), float(row["y"]))
    for place, (where, row) in enumerate(_rows(folder / COMMUNITIES)):
        with _Row(where):
            number = int(row.get("index", place))  # rows of earlier versions have no index
            if number in names:
                raise ValueError(f"two communities have the index {number}")
            names[number] = {str(k): str(v) for k, v in row["name"].items()}
            members.update((str(m), number) for m in row["members"])
            communities.update((iris[m], number) for m in row["members"] if m in iris)
    return Remembered(positions, communities, names, read_history(ontology), read_entries(ontology), members)


def read_entries(ontology: Path) -> dict[str, SnapshotEntry]:
    """The concepts in the last snapshot, by id."""
    entries = {}
    for where, row in _rows(ontology / FOLDER / NOTES):
        with _Row(where):
            entries[str(row["id"])] = SnapshotEntry(str(row["digest"]), str(row["changed"])[:10], bool(row.get("new", False)))
    return entries


def digest_concepts(corpus: Corpus) -> dict[str, str]:
    """Concept id → digest of its notes."""
    by_id = {}
    for concept in corpus.concepts.values():
        paths = sorted({concept.path, *concept.paths} & corpus.notes.keys())
        # A concept of a thesaurus has no note, so its labels and definitions are digested.
        parts = [corpus.notes[p].digest for p in paths] or [repr((sorted(concept.labels.items()), concept.definitions))]
        by_id[concept.id] = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
    return by_id


def list_changes(notes: Mapping[str, SnapshotEntry], current: Mapping[str, str]) -> list[Change]:
    """The changes: first those since the last snapshot, then earlier ones, newest first. `current` maps ids to current digests.

    >>> a, b = SnapshotEntry("1", "2026-01-02", new=False), SnapshotEntry("1", "2026-01-01", new=True)
    >>> before = {"a": a, "b": b, "c": b}
    >>> [(c.kind, c.id, c.date) for c in list_changes(before, {"a": "1", "b": "2", "d": "1"})]
    [('new', 'd', ''), ('changed', 'b', ''), ('removed', 'c', ''), ('changed', 'a', '2026-01-02')]
    """
    if not notes:
        return []
    since = [Change("new", i, "") for i in sorted(current.keys() - notes.keys())]
    since += [Change("changed", i, "") for i in sorted(current) if i in notes and notes[i].digest != current[i]]
    since += [Change("removed", i, "") for i in sorted(notes.keys() - current.keys())]
    told = {c.id for c in since}
    rest = [Change("new" if s.new else "changed", i, s.changed) for i, s in sorted(notes.items()) if i not in told]
    return since + sorted(rest, key=lambda c: c.date, reverse=True)


def read_history(ontology: Path) -> tuple[Snapshot, ...]:
    """The rows of history, oldest first."""
    rows = []
    for where, row in _rows(ontology / FOLDER / HISTORY, appended=True):
        with _Row(where):
            measures = {str(k): None if v is None else float(v) for k, v in row["measures"].items()}
            counts = {str(k): int(v) for k, v in row.get("counts", {}).items()}
            rows.append(Snapshot(str(row["time"]), str(row.get("commit", "")), measures, counts))
    return tuple(sorted(rows, key=lambda s: s.time))


def read_rejections(ontology: Path) -> frozenset[RejectedSuggestion]:
    """Return the rejected suggestions."""
    suggestions = set()
    for where, row in _rows(ontology / FOLDER / REJECTED):
        with _Row(where):
            suggestions.add(RejectedSuggestion(str(row["source"]), str(row["target"]), str(row.get("relation", ""))))
    return frozenset(suggestions)


def record_rejections(ontology: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Record rejected suggestions: rows with ``id``, ``source``, ``target`` (concept ids) and, if a type
    was proposed, ``relation``; sorted by id.
    """
    path = ontology / FOLDER / REJECTED
    with edit_file(path, inside=(ontology.parent,), make=True) as edit:
        by_id = {str(row["id"]): row for _, row in _rows(path, edit.data or b"") if "id" in row}
        by_id |= {row["id"]: dict(row) for row in rows}
        edit.write(b"".join(_line(by_id[name]) for name in sorted(by_id)))
    return path


def write_snapshot(
    ontology: Path, content: SnapshotContent, tell: Callable[[str], None] = lambda _text: None
) -> tuple[Path, ...]:
    """Write a snapshot: replace positions and communities, append a row of history, record which concepts are new or changed.

    `tell` receives a message if an incomplete row, left by a crash, is dropped.
    """
    row, positions, communities, ids, notes = content
    folder = ontology / FOLDER
    places = [{"id": ids[iri], "x": x, "y": y} for iri, (x, y) in positions.items() if iri in ids]
    groups = [
        {"index": c.index, "name": dict(c.name), "members": sorted(ids[m] for m in c.members if m in ids)} for c in communities
    ]
    inside = (ontology.parent,)
    path = folder / HISTORY
    # One lock, that of the history, protects all four files, since together they form one state.
    with journal.open_journal(path, inside=inside, tell=tell) as file:
        read_history(ontology)  # a file that can't be parsed is not appended to
        before, day = read_entries(ontology), row.time[:10]
        file.append([msgspec.json.encode(row._asdict())])
        overwrite_file(folder / POSITIONS, b"".join(map(_line, sorted(places, key=lambda p: str(p["id"])))), inside=inside)
        overwrite_file(folder / COMMUNITIES, b"".join(map(_line, groups)), inside=inside)
        rows = []
        for name, digest in sorted(notes.items()):
            last = before.get(name)
            same = last is not None and last.digest == digest
            now_seen = last if last is not None and same else SnapshotEntry(digest, day, bool(before) and last is None)
            rows.append({"id": name, "digest": digest, "changed": now_seen.changed, **({"new": True} if now_seen.new else {})})
        overwrite_file(folder / NOTES, b"".join(map(_line, rows)), inside=inside)
    return path, folder / POSITIONS, folder / COMMUNITIES, folder / NOTES


def describe_revision(root: Path) -> str:
    """The git revision of a folder, with the suffix ``-dirty`` if files differ from it; empty outside a repository."""
    repository = find_repository(root)
    head = repository.commit_of("HEAD") if repository is not None else None
    if repository is None or head is None:
        return ""
    return head + ("-dirty" if repository.differs(head) else "")


def _line(row: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(row) + b"\n"


def _rows(path: Path, data: bytes | None = None, *, appended: bool = False) -> list[tuple[str, dict[str, Any]]]:
    rows = jsonl.rows(path, _READER, hint=_HINT, data=data, appended=appended)
    return [(f"{path}:{number}", row) for number, row in rows]


class _Row:
    """A context manager that adds file and line to errors raised inside."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, msgspec.DecodeError | KeyError | TypeError | ValueError | AttributeError):
            raise UsageError(f"{self.where}: {error}", hint=_HINT) from None
