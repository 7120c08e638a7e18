"""The positions of concepts on the map, for those who draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg.base.deferred import DeferredMapping
from kg.base.memo import Memo, recall_answer
from kg.model import ConceptMeasures
from kg.network.edges import StatedEdges
from kg.network.force import Point
from kg.network.structure import positions_key

_POSITIONS: Final = "positions"


def positions_of(
    edges: StatedEdges, remembered: Mapping[str, Point], concepts: Mapping[str, ConceptMeasures], memo: Memo | None
) -> Mapping[str, Point]:
    """Return the positions of concepts on the map, computed when the first one is asked for: who measures draws nothing."""

    def place() -> dict[str, Point]:
        # start time: only maps need it
        from kg.network.layout import place_concepts

        communities = {iri: measures.community for iri, measures in concepts.items()}
        key = positions_key(edges, remembered, communities)
        return recall_answer(memo, _POSITIONS, key, dict[str, Point], lambda: place_concepts(edges, remembered, communities))

    return DeferredMapping(place)
