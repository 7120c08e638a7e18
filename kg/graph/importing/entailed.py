"""Statements of a thesaurus that rules infer from the others: notes needn't repeat them."""

from __future__ import annotations

from collections import defaultdict

from kg import model
from kg.graph import Vocabulary
from kg.graph.importing.thesaurus import Thesaurus


def drop_entailed(thesaurus: Thesaurus, vocabulary: Vocabulary) -> None:
    """Remove statements that rules infer: super-properties, and one of two inverse or symmetric statements.

    The rules in ``ontology/rules/`` produce the same graph again.
    """
    if thesaurus.told:
        return
    relations = vocabulary.relations
    stated = {(e.iri, r.predicate, r.target) for e in thesaurus.concepts.values() for r in e.relations}
    by_pair: dict[tuple[str, str], set[str]] = defaultdict(set)
    for a, p, b in stated:
        by_pair[a, b].add(p)
    order = {entry.iri: entry.id for entry in thesaurus.concepts.values()}

    def entailed(a: str, p: str, b: str) -> bool:
        for q in by_pair[a, b]:
            if q != p and q in relations and p in relations[q].parents:
                # Of two properties that are sub-properties of each other, keep one.
                if p in relations and q in relations[p].parents:
                    return p > q
                return True
        relation = relations.get(p)
        if relation is None:
            return False
        if relation.symmetric and (b, p, a) in stated:
            return order[a] > order[b]
        inverse = relation.inverse
        if inverse is None:
            return False
        # A more specific statement in the opposite direction entails this one too.
        if any(q != inverse and q in relations and inverse in relations[q].parents for q in by_pair[b, a]):
            return True
        if (b, inverse, a) not in stated:
            return False
        return _rank(relation) > _rank(relations[inverse])

    for entry in thesaurus.concepts.values():
        entry.relations = [r for r in entry.relations if not entailed(entry.iri, r.predicate, r.target)]


def _rank(relation: model.Relation) -> tuple[bool, int, str]:
    """Return a sort key: of two inverse relations the first is kept, broader or the one with the shorter key ("uses")."""
    return relation.kind == "narrower", len(relation.key), relation.key
