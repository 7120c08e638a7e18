"""The engine on one machine: the arrays and algorithms of this wing, on a graph in Parquet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kg.graph.tables.reading import GraphTables
from kg.model import Hierarchy, Relation
from kg.network.centrality import core_numbers, pagerank
from kg.network.compute.protocol import ALPHA, HUB, LISTED, PAIRS, ROUNDS_OF_LABELS, TOLERANCE
from kg.network.criteria import AssociationCounts, LinkageCounts, count_association, count_linkage
from kg.network.edges import StatedEdges
from kg.network.hierarchy import analyse_hierarchy
from kg.network.neighbours import adjacency_matrix, strongest_pairs
from kg.network.plain import Plain, connected_components

Ids = NDArray[np.int64]


class LocalCompute:
    """Implements `Compute` in memory: 500 bytes for each edge."""

    name = "local"

    def __init__(self, tables: GraphTables) -> None:
        nodes = tables.table("nodes", ["id", "iri", "top", "planned"])
        nodes = nodes.filter(pc.invert(nodes.column("planned")))
        self.ids: Ids = nodes.column("id").to_numpy()
        self._iris: list[str] = nodes.column("iri").to_pylist()
        self._tops = [iri for iri, top in zip(self._iris, nodes.column("top").to_pylist(), strict=True) if top]
        edges = tables.table("edges", ["source", "target", "relation", "asserted", "typed"])
        known = pc.and_(*(pc.is_in(edges.column(end), nodes.column("id").combine_chunks()) for end in ("source", "target")))
        edges = edges.filter(pc.and_(edges.column("asserted"), known))
        relations = tables.table("relations").to_pylist()
        self._kinds = {row["iri"]: row["kind"] for row in relations}
        by_iri = sorted(relations, key=lambda row: str(row["iri"]))
        order = np.array([row["id"] for row in by_iri], dtype=np.int64)
        place = np.argsort(order)
        self.edges = StatedEdges(
            tuple(self._iris),
            np.searchsorted(self.ids, edges.column("source").to_numpy()),
            np.searchsorted(self.ids, edges.column("target").to_numpy()),
            place[np.searchsorted(order[place], edges.column("relation").to_numpy())],
            edges.column("typed").to_numpy(zero_copy_only=False),
            tuple(row["iri"] for row in by_iri),
        )

    @cached_property
    def _relations(self) -> dict[str, Relation]:
        """The relations of the vocabulary, with their kind only."""
        return {
            iri: Relation(iri, "", {}, {}, (), (), None, False, False, kind)
            for iri, kind in self._kinds.items()
            if kind in ("broader", "narrower", "associative", "mapping")
        }

    def _table(self, **columns: Any) -> pa.Table:
        return pa.table({"id": self.ids, **columns})

    def degrees(self) -> pa.Table:
        """See `Compute`."""
        n = len(self.ids)
        graph, typed = self.edges.graph, self.edges.typed_graph
        weighted = np.bincount(graph.ends.ravel(), weights=np.repeat(graph.weights, 2), minlength=n)
        return self._table(
            degree=np.bincount(graph.ends.ravel(), minlength=n),
            typed_degree=np.bincount(typed.ends.ravel(), minlength=n),
            weighted_degree=weighted.astype(np.int64),
        )

    def components(self, *, typed: bool = False) -> pa.Table:
        """See `Compute`."""
        graph = self.edges.typed_graph if typed else self.edges.graph
        component = np.empty(len(self.ids), dtype=np.int64)
        for members in connected_components(len(self.ids), graph.edges):
            component[members] = self.ids[members[0]]
        return self._table(component=component)

    def pagerank(self, tolerance: float = TOLERANCE) -> pa.Table:
        """See `Compute`."""
        # A step of size d leaves an error of at most d · α / (1 − α).
        ranks = pagerank(self.edges, ALPHA, tolerance * (1 - ALPHA) / ALPHA)
        return self._table(pagerank=np.array([ranks[iri] for iri in self._iris]))

    def core(self) -> pa.Table:
        """See `Compute`."""
        return self._table(core=np.array(core_numbers(self.edges.graph), dtype=np.int64))

    def clustering(self) -> pa.Table:
        """See `Compute`."""
        graph, n = self.edges.graph, len(self.ids)
        triangles = np.zeros(n, dtype=np.int64)
        if graph.edges:
            matrix = adjacency_matrix(graph)
            triangles = (np.asarray((matrix @ matrix).multiply(matrix).sum(axis=1)).ravel() / 2).astype(np.int64)
        degree = np.bincount(graph.ends.ravel(), minlength=n)
        possible = degree * (degree - 1.0)
        share = np.divide(2.0 * triangles, possible, out=np.zeros(n), where=degree > 1)
        return self._table(triangles=triangles, clustering=share)

    def label_propagation(self) -> pa.Table:
        """See `Compute`."""
        return self._table(label=propagate_labels(self.edges.graph, self.ids))

    def similar_pairs(self, limit: int = PAIRS, hub: int = HUB) -> pa.Table:
        """See `Compute`."""
        best = strongest_pairs(self.edges.graph, limit, hub)
        ends = np.array(best.pairs, dtype=np.int64).reshape(-1, 2)
        return pa.table({"first": self.ids[ends[:, 0]], "second": self.ids[ends[:, 1]], "adamic_adar": np.array(best.scores)})

    def association(self, listed: int = LISTED) -> AssociationCounts:
        """See `Compute`."""
        counts = count_association(self._by_iri, self._relations, self._hierarchy)
        return counts._replace(reasons={iri: counts.reasons[iri] for iri in sorted(counts.reasons)[:listed]})

    def linkage(self, listed: int = LISTED) -> LinkageCounts:
        """See `Compute`."""
        counts = count_linkage(self._by_iri)
        return counts._replace(outside=counts.outside[:listed])

    @cached_property
    def _by_iri(self) -> StatedEdges:
        """The edges with nodes in the order of IRIs, which decides between components of equal size."""
        order = sorted(range(len(self._iris)), key=self._iris.__getitem__)
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        e = self.edges
        return StatedEdges(
            tuple(self._iris[i] for i in order), place[e.sources], place[e.targets], e.relations, e.typed, e.keys
        )

    @cached_property
    def _hierarchy(self) -> Hierarchy:
        e = self.edges
        broader: dict[str, set[str]] = {}
        for source, target, key in zip(e.sources.tolist(), e.targets.tolist(), e.relations.tolist(), strict=True):
            kind = self._kinds[e.keys[key]]
            if kind == "broader":
                broader.setdefault(self._iris[source], set()).add(self._iris[target])
            elif kind == "narrower":
                broader.setdefault(self._iris[target], set()).add(self._iris[source])
        return analyse_hierarchy(self._iris, broader, self._tops)

    def arrow(self, rows: pa.Table) -> pa.Table:
        """See `Compute`."""
        return rows

    def write(self, rows: pa.Table, path: str) -> None:
        """See `Compute`."""
        Path(path).mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, Path(path) / "part-00000.parquet", compression="zstd", write_page_checksum=True)


def propagate_labels(graph: Plain, ids: Ids) -> Ids:
    """Return the label of each node after label propagation; see `Compute.label_propagation`.

    >>> ends = ((0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5))
    >>> two = Plain(tuple("abcdef"), ends, (2.0, 2.0, 2.0, 1.0, 2.0, 2.0, 2.0))
    >>> propagate_labels(two, np.arange(6)).tolist()
    [0, 0, 0, 3, 3, 3]
    """
    n = len(ids)
    ends, weights = graph.ends, np.array(graph.weights)
    nodes = np.concatenate((ends[:, 0], ends[:, 1], np.arange(n)))
    others = np.concatenate((ends[:, 1], ends[:, 0], np.arange(n)))
    # Half a vote for the own label: numbers of edges are whole, so it decides ties only.
    votes = np.concatenate((weights, weights, np.full(n, 0.5)))
    label = np.arange(n)
    for _ in range(ROUNDS_OF_LABELS):
        keys, at = np.unique(nodes * n + label[others], return_inverse=True)
        total = np.bincount(at, weights=votes)
        owner, candidate = np.divmod(keys, max(n, 1))
        best = np.lexsort((candidate, -total, owner))
        _, first = np.unique(owner[best], return_index=True)
        new = candidate[best][first]
        if np.array_equal(new, label):
            break
        label = new
    return ids[label]
