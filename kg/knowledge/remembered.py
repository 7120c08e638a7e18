"""An assessment in the memo: one entry a field, each decoded at its first use.

A command that prints measures doesn't read the network. MessagePack holds only data, so a forged entry is wrong but harmless;
the memo checks digests anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from kg.base.deferred import DeferredMapping
from kg.model import (
    Answer,
    Assertion,
    Assessment,
    BlindList,
    Change,
    Community,
    Concept,
    ConceptMeasures,
    Corpus,
    Evidence,
    Fault,
    Finding,
    ForeignConcept,
    Gap,
    Hierarchy,
    Look,
    Measure,
    NetworkEdge,
    Note,
    PairMeasures,
    Relation,
    Reviews,
    Sampling,
    SkosData,
    Snapshot,
    Suggestion,
    TopicList,
)

if TYPE_CHECKING:
    import networkx as nx

T = TypeVar("T")


class StoredNetwork(NamedTuple):
    """The network."""

    nodes: list[str]
    edges: list[NetworkEdge]


ASSESSMENT_FORMS: Final[Mapping[str, object]] = {
    "network": StoredNetwork,
    "relations": dict[str, Relation],
    "concepts": dict[str, ConceptMeasures],
    "communities": tuple[Community, ...],
    "hierarchy": Hierarchy,
    "measures": tuple[Measure, ...],
    "findings": tuple[Finding, ...],
    "title": dict[str, str],
    "languages": tuple[str, ...],
    "claimed": dict[str, float],
    "pairs": tuple[PairMeasures, ...],
    "gaps": tuple[Gap, ...],
    "sampled": tuple[Sampling, ...],
    "remembered": dict[str, int],
    "gates": dict[str, float],
    "lists": tuple[TopicList, ...],
    "blind": tuple[BlindList, ...],
    "questions": tuple[Answer, ...],
    "reviews": Reviews | None,
    "prose": dict[str, float],
    "evidence": dict[str, str],
    "proofs": tuple[Evidence, ...],
    "look": Look,
    "changes": tuple[Change, ...],
    "history": tuple[Snapshot, ...],
    "suggestions": tuple[Suggestion, ...],
    "suggestion_caps": tuple[str, ...],
    "planned": frozenset[str],
    "covers": bool,
    "digests": dict[str, str],
    "blocks": dict[str, int],
    "skos": SkosData,
}
"""Field of `Assessment` → its type in the memo. The corpus and positions are remembered by themselves."""
CORPUS_FORMS: Final[Mapping[str, object]] = {
    "concepts": dict[str, Concept],
    "concept_of": dict[str, str],
    "assertions": tuple[Assertion, ...],
    "faults": tuple[tuple[str, Fault], ...],
    "attachments": frozenset[str],
    "foreign": dict[str, ForeignConcept],
    "foreign_assertions": tuple[Assertion, ...],
    "listed": frozenset[str],
}
"""Field of `Corpus` → its type in the memo. Notes have a cache of their own; links are resolved again if they are asked for."""
NOTES: Final = "notes"
"""The entry with the paths of the notes."""
TASK_NOTES: Final = "notes of tasks"
"""The entry with the notes of plans and tasks, by path: a few notes, of which a plan shows more than their concepts."""


def encode_field(name: str, value: object) -> bytes:
    """Encode a field of an assessment or a corpus; equal values give equal bytes, except for sets in reviews."""
    if name == "network":
        value = _edges_of(value)  # type: ignore[arg-type]  # the field of this name is a network
    elif isinstance(value, DeferredMapping):
        value = dict(value)
    return msgspec.msgpack.encode(sorted(value) if isinstance(value, frozenset) else value)


def decode_field(form: object, data: bytes) -> object:
    """Decode a field. Raises ValueError if the data has another form."""
    value = msgspec.msgpack.decode(data, type=form)
    return _network_of(value) if isinstance(value, StoredNetwork) else value


def decode_stored_edges(data: bytes) -> list[NetworkEdge]:
    """Decode the edges of an encoded network. Raises ValueError if the data has another form."""
    return msgspec.msgpack.decode(data, type=StoredNetwork).edges


def _edges_of(network: nx.MultiDiGraph[str]) -> StoredNetwork:
    # start time: who reads what is remembered encodes nothing
    from kg.network import list_edges

    return StoredNetwork(list(network), list(list_edges(network)))


def _network_of(stored: StoredNetwork) -> nx.MultiDiGraph[str]:
    # start time: networkx is only for those who walk a network
    import networkx as nx

    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    network.add_nodes_from(stored.nodes)
    for source, target, key, asserted, typed, path, line in stored.edges:
        network.add_edge(source, target, key=key, asserted=asserted, typed=typed, path=path, line=line)
    return network


def notes_of_tasks(assessment: Assessment) -> dict[str, Note]:
    """The notes of plans and tasks, by path."""
    concepts, notes = assessment.corpus.concepts, assessment.corpus.notes
    paths = {concepts[iri].path for iri in assessment.planned if iri in concepts}
    return {path: notes[path] for path in sorted(paths) if path in notes}


class RememberedNotes(Mapping[str, Note]):
    """Notes whose number and paths are known; all are read at the first use of one that isn't the note of a task."""

    def __init__(
        self, paths: Iterable[str], read: Callable[[], Mapping[str, Note]], read_tasks: Callable[[], Mapping[str, Note]]
    ) -> None:
        self._paths = dict.fromkeys(paths)
        self._read, self._read_tasks = read, read_tasks
        self._notes: Mapping[str, Note] | None = None
        self._tasks: Mapping[str, Note] | None = None

    def __getitem__(self, path: str) -> Note:
        if self._tasks is None:
            self._tasks = self._read_tasks()
        if path in self._tasks:
            return self._tasks[path]
        if self._notes is None:
            self._notes = self._read()
        return self._notes[path]

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


class RememberedCorpus(Corpus):
    """A corpus whose fields are read at their first use."""

    def __getattr__(self, name: str) -> object:
        return _fill(self, name)


class RememberedAssessment(Assessment):
    """An assessment whose fields are read at their first use."""

    def __getattr__(self, name: str) -> object:
        return _fill(self, name)


def remember_lazily(kind: type[T], load: Callable[[str], object]) -> T:
    """Return an instance of `RememberedCorpus` or `RememberedAssessment` whose fields are the results of `load`."""
    value = object.__new__(kind)
    value.__dict__["load"] = load
    return value


def _fill(value: Assessment | Corpus, name: str) -> object:
    """Load a field. Its slot is empty, so Python asks `__getattr__`; the next access finds it filled."""
    load = value.__dict__.get("load")
    if load is None or name not in {field.name for field in fields(value)}:
        raise AttributeError(name)
    loaded = load(name)
    object.__setattr__(value, name, loaded)  # frozen
    return loaded
