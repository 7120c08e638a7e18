"""Gaps: pairs of communities with similar terms and few edges between them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from kg.model import Community, Gap
from kg.network.edges import StatedEdges
from kg.network.plain import Plain
from kg.network.terms import ConceptTerms, term_weights

_LEAST_MEMBERS: Final = 3
_LEAST_EXPECTED: Final = 1.0
"""Minimum number of expected edges: below it, missing edges aren't a gap."""
_HARDLY: Final = 0.25
_TERMS: Final = 5


def find_gaps(edges: StatedEdges, communities: Sequence[Community], terms: ConceptTerms, limit: int) -> tuple[Gap, ...]:
    """Return pairs of communities more similar than most pairs, with less than a quarter of the expected edges.

    Similarity is the cosine of their terms, each weighted by its share of the members' texts times its inverse document
    frequency (Salton & Buckley 1988); the expected number of edges is that of modularity (Newman & Girvan 2004): d₁·d₂ / 2m for
    communities with sums of degrees d₁ and d₂, and m edges in all. Ordered by similarity times the missing share of expected
    edges.
    """
    groups = [c for c in communities if len(c.members) >= _LEAST_MEMBERS]
    index = {member: c.index for c in groups for member in c.members}
    ties, degree, total = _ties(edges.graph, index)
    weight = term_weights(terms.of)
    vectors = {c.index: _vector(c, terms, weight) for c in groups}
    likeness = {
        (a.index, b.index): _cosine(vectors[a.index], vectors[b.index]) for i, a in enumerate(groups) for b in groups[i + 1 :]
    }
    if not likeness or not total:
        return ()
    usual = sorted(likeness.values())[len(likeness) // 2]
    result = []
    for (a, b), like in likeness.items():
        expected = degree[a] * degree[b] / (2 * total)
        count = ties[min(a, b), max(a, b)]
        if like >= usual and like > 0 and expected >= _LEAST_EXPECTED and count < _HARDLY * expected:
            both = {t: min(vectors[a][t], vectors[b][t]) for t in vectors[a].keys() & vectors[b].keys()}
            telling = sorted(both, key=lambda t: (t not in terms.names, -round(both[t], 9), t))[:_TERMS]
            result.append(Gap(a, b, like, count, expected, tuple(telling)))
    return tuple(sorted(result, key=lambda g: (-round(g.likeness * (1 - g.ties / g.expected), 9), g.first, g.second))[:limit])


def _ties(graph: Plain, index: Mapping[str, int]) -> tuple[Counter[tuple[int, int]], Counter[int], int]:
    """Return the number of edges between communities, the sum of degrees of each, and the number of edges."""
    between: Counter[tuple[int, int]] = Counter()
    degree: Counter[int] = Counter()
    for a, b in graph.edges:
        first, second = index.get(graph.nodes[a], -1), index.get(graph.nodes[b], -1)
        degree[first] += 1
        degree[second] += 1
        between[min(first, second), max(first, second)] += 1
    return between, degree, len(graph.edges)


def _vector(community: Community, terms: ConceptTerms, weight: Mapping[str, float]) -> dict[str, float]:
    counts = Counter(t for m in community.members for t in terms.of.get(m, ()))
    return {t: n / len(community.members) * weight[t] for t, n in counts.items() if weight[t] > 0}


def _cosine(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    both = math.fsum(first[t] * second[t] for t in first.keys() & second.keys())
    norms = [math.sqrt(math.fsum(v * v for v in side.values())) for side in (first, second)]
    return both / (norms[0] * norms[1]) if both else 0.0
