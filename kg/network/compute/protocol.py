"""What an engine computes, and how its results are named."""

from __future__ import annotations

from typing import Any, Final, Protocol

import pyarrow as pa

from kg.network.criteria import AssociationCounts, LinkageCounts

Rows = Any
"""Rows of an engine: a table of Arrow or a data frame of Spark."""

ALPHA: Final = 0.85
HUB: Final = 200
"""Shared neighbours with more links don't count for pairs: a self-join over them would be quadratic."""
PAIRS: Final = 1_000
ROUNDS_OF_LABELS: Final = 20
TOLERANCE: Final = 1e-6
LISTED: Final = 10_000
"""Offenders that a measure lists; the results in Parquet have all."""


class Compute(Protocol):
    """Measures of the asserted edges between concepts; plans and tasks don't count. Ids are those of the tables.

    The undirected graph has an edge for each pair of concepts with a relation or a plain link, weighted by their number.
    """

    name: str

    def degrees(self) -> Rows:
        """Return id, degree, typed_degree (different neighbours) and weighted_degree of each concept."""
        ...

    def components(self, *, typed: bool = False) -> Rows:
        """Return id and component, which is the least id in it; with `typed`, plain links don't connect."""
        ...

    def pagerank(self, tolerance: float = TOLERANCE) -> Rows:
        """Return id and pagerank, whose sum is 1; the sum of all errors is at most `tolerance`."""
        ...

    def core(self) -> Rows:
        """Return id and core: the largest k such that the concept is in a subgraph of degrees of at least k (Seidman 1983)."""
        ...

    def clustering(self) -> Rows:
        """Return id, triangles and clustering (Watts & Strogatz 1998; 0 below degree two)."""
        ...

    def label_propagation(self) -> Rows:
        """Return id and label: groups by synchronous label propagation (after Raghavan et al. 2007).

        Each concept takes the label of most edges to its neighbours; its own label wins ties, then the least one. It ends when
        no label changes, or after `ROUNDS_OF_LABELS` rounds.
        """
        ...

    def similar_pairs(self, limit: int = PAIRS, hub: int = HUB) -> Rows:
        """Return first, second and adamic_adar of the `limit` unlinked pairs with the highest index.

        Indices are compared to nine digits; equal ones are ordered by id.
        """
        ...

    def association(self, listed: int = LISTED) -> AssociationCounts:
        """Return the counts of `concept_association`; the first `listed` offenders by IRI."""
        ...

    def linkage(self, listed: int = LISTED) -> LinkageCounts:
        """Return the counts of `linkage`; the first `listed` offenders by IRI."""
        ...

    def arrow(self, rows: Rows) -> pa.Table:
        """Return rows as a table in memory."""
        ...

    def write(self, rows: Rows, path: str) -> None:
        """Write rows as Parquet."""
        ...
