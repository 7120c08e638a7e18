"""The measures and tables that an engine computes from a graph in Parquet, without notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kg.metrics.association import association_measure, linkage_measure
from kg.model import Measure
from kg.network.compute.protocol import HUB, PAIRS, TOLERANCE, Compute, Rows

RESULTS: Final = ("degrees", "components", "pagerank", "core", "clustering", "label_propagation", "similar_pairs")
"""Tables of results, by the name of the method that computes them."""


def compute_measures(engine: Compute, targets: Mapping[str, float]) -> tuple[Measure, ...]:
    """Return the measures of relations between concepts; the others need notes."""
    return (
        association_measure(engine.association(), targets.get("concept_association")),
        linkage_measure(engine.linkage()),
    )


def compute_results(engine: Compute, tolerance: float = TOLERANCE, hub: int = HUB) -> Iterator[tuple[str, Rows]]:
    """Yield the name and the rows of each table of results."""
    for name in RESULTS:
        match name:
            case "pagerank":
                yield name, engine.pagerank(tolerance)
            case "similar_pairs":
                yield name, engine.similar_pairs(PAIRS, hub)
            case _:
                yield name, getattr(engine, name)()
