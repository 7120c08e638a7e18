"""Names looked up in the store mean what they mean among all concepts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import pytest

from kg.base.errors import UsageError
from kg.base.names import DCTERMS, RDF, SKOS
from kg.graph import Graph
from kg.graph.concepts import concepts_of, find_concept, vocabulary_of
from kg.graph.lookup import Directory

_TEXTS = ("pod", "Pod", "POD", "容器", "é", "e\u0301", "É", "a  b", "A b", "urn:x:1", "URN:X:2", "1", "2", "urn:x/Pod", "x#pod")
_IRIS = ("urn:x:1", "urn:x:2", "urn:x/pod", "urn:x/Pod", "urn:y#pod", "urn:y#容器", "urn:z:2", "urn:z/1")


def _graph(seed: int) -> Graph:
    draw = random.Random(seed)
    graph = Graph(ox.Store(), "urn:x:")

    def add(s: str, p: str, o: ox.NamedNode | ox.Literal) -> None:
        graph.store.add(ox.Quad(ox.NamedNode(s), ox.NamedNode(p), o, ox.DefaultGraph()))

    for iri in draw.sample(_IRIS, draw.randint(1, 6)):
        if draw.random() < 0.85:
            add(iri, RDF + "type", ox.NamedNode(SKOS + "Concept"))
        for predicate, most in ((DCTERMS + "identifier", 1.4), (SKOS + "prefLabel", 2), (SKOS + "altLabel", 2)):
            for _ in range(int(draw.uniform(0, most + 1))):
                text, lang = draw.choice(_TEXTS), draw.choice([None, "en", "zh"])
                add(iri, predicate, ox.Literal(text, language=lang) if lang else ox.Literal(text))
    return graph


def _found(look: Callable[[Any, str], Any], where: Any, name: str) -> tuple[Any, tuple[str, str | None]]:
    """What is found, or how it is refused."""
    try:
        return look(where, name), ("", None)
    except UsageError as error:
        return None, (str(error), error.hint)


@pytest.mark.parametrize("seed", range(150))
def test_names_mean_what_they_mean_among_all_concepts(seed: int) -> None:
    graph = _graph(seed)
    directory = Directory(graph)
    concepts = concepts_of(graph, vocabulary_of(graph))
    for name in (*_TEXTS, *_IRIS, "nothing", "x", "po", "not an <iri>", 'a"b\\', ""):
        expected, said = _found(find_concept, concepts, name)
        found, also_said = _found(Directory.find, directory, name)
        assert also_said == said
        if expected is None or found is None:
            assert expected is found
            continue
        assert (found.iri, found.id) == (expected.iri, expected.id)
        assert (found.labels, found.alt_labels) == (expected.labels, expected.alt_labels)
        assert [found.label(lang) for lang in ("zh", "en", "")] == [expected.label(lang) for lang in ("zh", "en", "")]
