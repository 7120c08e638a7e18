"""A few notes as measures see them, without a graph of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import networkx as nx
import pyoxigraph as ox
import pytest

from kg.base import settings
from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
from kg.graph import Graph
from kg.metrics.subject import Subject
from kg.model import Evidence, Hierarchy, Reviews
from kg.notes import parse_note

NONE = Reviews(0, (), 0, None, (), (), frozenset())
FLAT = Hierarchy({}, {}, (), (), {}, (), (), (), ())
TYPES = {"theorem": "https://x.org/Theorem"}


@pytest.fixture
def subject(tmp_path: Path) -> Callable[..., Subject]:
    """A subject of some notes (by path), settings (TOML), evidence and statements (Turtle)."""

    def make(
        notes: Mapping[str, str], toml: str = "", evidence: Iterable[Evidence] = (), turtle: str = "", reviews: Reviews = NONE
    ) -> Subject:
        (tmp_path / "kg.toml").write_text(toml, encoding="utf-8")
        read = {path: parse_note(path, text.encode()) for path, text in sorted(notes.items())}
        corpus, _ = resolve_notes(read, ResolveOptions("https://x.org/", VocabularyWords((), TYPES, ())))
        graph = Graph(ox.Store(), "https://x.org/")
        graph.store.load(turtle.encode(), ox.RdfFormat.TURTLE, base_iri="https://x.org/")
        network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        network.add_nodes_from(corpus.concepts)
        return Subject(
            settings.load_settings(tmp_path),
            graph,
            network,
            {},
            corpus,
            FLAT,
            reviews,
            tuple(evidence),
            lambda path: notes.get(path, ""),
        )

    return make
