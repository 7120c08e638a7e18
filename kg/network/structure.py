"""What the edges of a network determine: measures, communities, unlinked pairs. One result, which can be stored.

The result is a function of `StatedEdges` (nodes and edges, without the places that state them), and of the communities that a
snapshot remembers. It doesn't read texts, labels, settings or languages: `describe_structure` adds what depends on these. So an
edit of text computes nothing here again. Positions are computed only for those who draw: `positions_key`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kg.base.progress import advance_step
from kg.model import Community, Concept, ConceptMeasures, Gap, PairMeasures, Sampling
from kg.network.centrality import measure_concepts, pagerank, plan_sampling
from kg.network.communities import CommunityGroup, find_groups, name_communities
from kg.network.edges import StatedEdges
from kg.network.force import Point
from kg.network.gaps import find_gaps
from kg.network.pairs import compare_terms, find_missing_pairs
from kg.network.terms import ConceptTerms

_PAIRS: Final = 100
_GAPS: Final = 10
STRUCTURE_PARTS: Final = 6
"""Maximum number of parts that `find_structure` and `describe_structure` count as finished."""


class RememberedNetwork(NamedTuple):
    """The communities of an earlier state, as stored in a snapshot."""

    members: Mapping[str, int] = {}
    """IRI of each concept → index of its community."""
    names: Mapping[int, Mapping[str, str]] = {}
    """Index of a community → its name by language. Only `describe_structure` reads it."""


class NetworkStructure(NamedTuple):
    """All that edges and remembered communities determine."""

    concepts: dict[str, ConceptMeasures]
    groups: tuple[CommunityGroup, ...]
    pairs: tuple[PairMeasures, ...]
    """Without the similarity of texts."""
    sampled: Sampling | None
    """How betweenness was sampled; None if it is exact."""


class NetworkDescription(NamedTuple):
    """What depends on texts and labels too."""

    communities: tuple[Community, ...]
    pairs: tuple[PairMeasures, ...]
    gaps: tuple[Gap, ...]


def structure_key(edges: StatedEdges, remembered: RememberedNetwork) -> bytes:
    """Return a digest of all that `find_structure` reads."""
    return _digest((edges.digest, sorted(remembered.members.items())))


def positions_key(edges: StatedEdges, remembered: Mapping[str, Point], communities: Mapping[str, int]) -> bytes:
    """Return a digest of all that `place_concepts` reads."""
    return _digest((edges.digest, sorted(remembered.items()), sorted(communities.items())))


def find_structure(edges: StatedEdges, remembered: RememberedNetwork) -> NetworkStructure:
    """Compute everything that only edges, and what a snapshot remembers, determine."""
    groups = find_groups(edges, pagerank(edges), remembered.members)
    advance_step()
    number = {member: group.number for group in groups for member in group.members}
    concepts = measure_concepts(edges, number)
    advance_step()
    pairs = find_missing_pairs(edges, _PAIRS)
    advance_step()
    return NetworkStructure(concepts, groups, pairs, plan_sampling(edges.graph))


def description_key(
    structure: bytes,
    remembered: RememberedNetwork,
    texts: Sequence[tuple[object, ...]],
    languages: tuple[str, ...],
) -> bytes:
    """Return a digest of all that `describe_structure` reads; `structure` is the result of `structure_key`.

    Terms and labels of concepts are functions of `texts`, the result of `term_texts`.
    """
    names = sorted((index, sorted(name.items())) for index, name in remembered.names.items())
    return _digest((structure, languages, names, texts))


def describe_structure(
    structure: NetworkStructure,
    edges: StatedEdges,
    remembered: RememberedNetwork,
    terms: ConceptTerms,
    concepts: Mapping[str, Concept],
    languages: tuple[str, ...],
) -> NetworkDescription:
    """Add what depends on texts: names and terms of communities, the similarity of pairs, gaps between communities."""
    communities = name_communities(structure.groups, concepts, languages, remembered.names, terms)
    advance_step()
    pairs = compare_terms(structure.pairs, terms)
    advance_step()
    return NetworkDescription(communities, pairs, find_gaps(edges, communities, terms, _GAPS))


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()
