"""Blind lists: scope lists that no note was written for when they were committed, and their first measurement.

They are files of ``ontology/scope/blind/`` in the form of other scope lists, with their mapping. They enter neither the graph
nor a measure, a gate or a floor. ``measured.jsonl`` beside them holds the first measurement of each, which never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import pyoxigraph as ox

from kg.base import files, jsonl
from kg.base.formats.json_text import JsonReader
from kg.base.journal import open_journal
from kg.graph import Graph
from kg.graph.scopes import read_scope_triples, scope_files
from kg.metrics.coverage import topic_lists
from kg.metrics.subject import Subject
from kg.model import BlindList, BlindMeasurement, TopicList

FOLDER: Final = "scope/blind"
"""Relative to `ontology/`."""
RECORDS: Final = "measured.jsonl"
_HINT: Final = "kg writes this file; git has the last good one"


class _Row(msgspec.Struct, frozen=True):
    """A line of the file."""

    list: str
    met: int
    topics: int
    digest: str
    committed: str
    measured: str
    time: str


_READER: Final = JsonReader(_Row)


def read_blind_lists(subject: Subject) -> tuple[BlindList, ...]:
    """Return the blind lists with the state of each topic in the present notes, and with their first measurements.

    Raises UsageError with file and line for a file that can't be parsed.
    """
    folder = subject.settings.ontology / FOLDER
    if not files.is_folder(folder):
        return ()
    store = ox.Store()
    for path in scope_files(folder):
        triples = read_scope_triples(path, subject.settings.base)
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    first = read_measurements(folder)
    result = []
    for topics in topic_lists(replace(subject, graph=Graph(store, subject.settings.base))):
        record = first.get(topics.key)
        same = record is not None and record.digest == digest_topics(topics)
        result.append(BlindList(topics, record if same else None, changed=record is not None and not same))
    return tuple(result)


def digest_topics(topics: TopicList) -> str:
    """Return a digest of edition, numbers and names of a list: what must not change after it was measured."""
    rows = [topics.iri, topics.edition, *(f"{t.iri}\0{t.notation}\0{t.label}" for t in topics.topics)]
    return "sha256:" + hashlib.sha256("\n".join(rows).encode()).hexdigest()


def read_measurements(folder: Path) -> dict[str, BlindMeasurement]:
    """Return the first measurement of each list. A later record of the same list doesn't count."""
    first: dict[str, BlindMeasurement] = {}
    for _, row in jsonl.rows(folder / RECORDS, _READER, hint=_HINT, appended=True):
        first.setdefault(row.list, BlindMeasurement(*msgspec.structs.astuple(row)))
    return first


def append_measurements(ontology: Path, records: Iterable[BlindMeasurement]) -> Path:
    """Append first measurements; those of lists that have one are left out. Returns the file."""
    folder = ontology / FOLDER
    with open_journal(folder / RECORDS, inside=(ontology.parent,)) as file:
        before = read_measurements(folder)
        file.append([msgspec.json.encode(record._asdict()) for record in records if record.list not in before])
    return folder / RECORDS
