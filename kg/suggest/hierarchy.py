"""Lane ``hierarchy``: proposes broader concepts (is-a, part-of, instance-of, broader), each with the words that say it.

Pieces of evidence for the same pair add up: 1 − Π (1 − score). Proposals are never statements.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from kg.evidence.snapshot import RejectedSuggestion
from kg.model import Corpus, Reason, Relation, Suggestion
from kg.suggest import identity
from kg.suggest.broader import BroaderPiece, PieceFinder
from kg.suggest.genus import BROADER
from kg.suggest.ties import ancestors, hierarchical_relations

LEAST: Final = 0.75
"""Minimum score of a proposal to be shown; chosen on the training half of benchmarks/wordnet_relations.py."""
_NEIGHBOURS: Final = 0.3
"""Score of a concept that is broader than neighbours."""
_GUESSES: Final = ("first-link", "neighbours")
"""Evidence that counts only without any other: the first link is often the word that the definition names, too."""


def propose_broader(
    corpus: Corpus,
    text_of: Callable[[str], str],
    relations: Mapping[str, Relation],
    rejected: Collection[RejectedSuggestion] = (),
    least: float = LEAST,
) -> list[Suggestion]:
    """The proposals for all concepts, strongest first; one for each pair.

    A pair that a typed relation ties in either direction, or that is on one line of the hierarchy, gets none. `relations` is
    the vocabulary by IRI. `rejected` contains the proposals that an author rejected.
    """
    iris = {r.key: iri for iri, r in relations.items()}
    tied = {frozenset((a.subject, a.object)) for a in corpus.assertions if a.predicate in relations}
    tied |= {frozenset(pair) for pair in ancestors(corpus, hierarchical_relations(relations))}
    barred, concepts = set(rejected), corpus.concepts
    pieces: dict[tuple[str, str], list[BroaderPiece]] = defaultdict(list)
    for piece in chain(PieceFinder(corpus, text_of).find(), _from_chains(corpus, relations)):
        if frozenset((piece.below, piece.above)) not in tied and piece.relation in iris:
            pieces[piece.below, piece.above].append(piece)
    proposals = []
    for (below, above), own in pieces.items():
        relation, score, why = _combined(own)
        source, target = concepts[below], concepts[above]
        if score < least or (source.id, target.id, relation) in barred:
            continue
        name = identity(source.id, target.id, relation)
        proposals.append(Suggestion(name, below, above, "hierarchy", score, why, source.path, target.path, iris[relation]))
    proposals.sort(key=lambda s: (-s.score, s.path, s.id))
    return _without_opposites(proposals)


def _combined(pieces: Sequence[BroaderPiece]) -> tuple[str, float, tuple[Reason, ...]]:
    """The relation, the score and the reasons of a pair. Each kind of evidence counts once; contributions sum to the score."""
    best: dict[str, BroaderPiece] = {}
    if any(piece.kind not in _GUESSES for piece in pieces):
        pieces = [piece for piece in pieces if piece.kind not in _GUESSES]
    for piece in sorted(pieces, key=lambda p: (-p.score, p.path, p.line, p.relation)):
        best.setdefault(piece.kind, piece)
    ordered = sorted(best.values(), key=lambda p: (-p.score, p.kind))
    relation = next((p.relation for p in ordered if p.relation != BROADER), BROADER)
    why, total = [], 0.0
    for piece in ordered:
        if piece.relation not in (relation, BROADER):
            continue
        added = round((1 - total) * piece.score, 4)
        total = round(total + added, 4)
        why.append(Reason(piece.kind, added, piece.path, piece.line, piece.column, piece.text))
    return relation, total, tuple(why)


def _without_opposites(proposals: Sequence[Suggestion]) -> list[Suggestion]:
    """Proposals without those whose pair a stronger one has the other way round."""
    kept: dict[frozenset[str], Suggestion] = {}
    for row in proposals:
        kept.setdefault(frozenset((row.source, row.target)), row)
    return list(kept.values())


def _from_chains(corpus: Corpus, relations: Mapping[str, Relation]) -> Iterator[BroaderPiece]:
    """What most of a concept's neighbours have as broader concept, for concepts without one."""
    parents: dict[str, set[str]] = defaultdict(set)
    near: dict[str, set[str]] = defaultdict(set)
    for a in corpus.assertions:
        kind = relations[a.predicate].kind if a.predicate in relations else ""
        if kind in ("broader", "narrower"):
            below, above = (a.subject, a.object) if kind == "broader" else (a.object, a.subject)
            parents[below].add(above)
        else:
            near[a.subject].add(a.object)
            near[a.object].add(a.subject)
    for iri in sorted(near.keys() - parents.keys()):
        votes = Counter(above for other in near[iri] for above in parents.get(other, ()) if above != iri)
        if votes and iri in corpus.concepts:
            above = min(votes, key=lambda candidate: (-votes[candidate], candidate))
            concept = corpus.concepts[iri]
            words = f"{votes[above]} / {len(near[iri])}"
            yield BroaderPiece(iri, above, BROADER, "neighbours", _NEIGHBOURS, concept.path, concept.line, 1, words)
