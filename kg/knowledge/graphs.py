"""The data read from a knowledge base, the graph built from it, and the findings in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kg.base import files
from kg.base.listing import Listing
from kg.base.settings import Settings
from kg.corpus import Resolver
from kg.graph import (
    FOREIGN_RULES,
    Feed,
    Graph,
    ToDisk,
    Vocabulary,
    foreign_lines,
    head_lines,
    is_copy,
    link_lines,
    relation_lines,
)
from kg.graph.ask import Allowance
from kg.graph.lexical import LexicalForms
from kg.graph.scopes import FOLDER, scope_files
from kg.graph.used_terms import UsedTerms
from kg.model import Corpus, Finding, Hierarchy

if TYPE_CHECKING:
    import pyoxigraph as ox

_OWN: tuple[str, ...] = ("kg.ttl", "relations.ttl", "extension.ttl")


@dataclass(frozen=True, slots=True)
class Read:
    """The data read from a knowledge base, before the graph is built."""

    corpus: Corpus
    vocabulary: Vocabulary
    listing: Listing
    own: Corpus
    """The corpus of the notes, without thesauri."""
    lines: Sequence[str]
    """N-Quads from thesauri and from SKOS statements in notes."""
    triples: Sequence[ox.Triple]
    """Statements with blank nodes."""
    forms: Sequence[str]
    """Literals as files have them, if the store changes them: lines of `kg.graph.lexical.LITERALS`."""
    resolver: Resolver
    used: UsedTerms | None = None
    """The terms of the thesauri."""
    feed: Feed | None = None
    """Already contains the statements about concepts and notes, and plain links."""

    @property
    def paths(self) -> dict[str, str]:
        """Path of a note → its location on disk."""
        return {f.name: f.path for f in self.listing.notes}


def sources_of(settings: Settings) -> tuple[Path, ...]:
    """The RDF files of a knowledge base that are loaded into its graph, besides the built-in vocabulary."""
    folder = settings.ontology
    own = [path for path in (folder / name for name in _OWN) if files.is_there(path) and not is_copy(path)]
    return (*settings.thesauri, *own, *scope_files(folder / FOLDER))


def graph_from(settings: Settings, read: Read, folder: Path | None = None) -> Graph:
    """Build the graph of the data, as a build does: in memory or, with `folder`, on disk."""
    vocabulary = read.vocabulary
    foreign = bool(read.lines or read.triples)
    feed = read.feed
    if foreign and isinstance(feed, ToDisk):  # the rules query a store in memory
        feed.drop()
        feed = None
    assertions = (*read.own.assertions, *read.own.foreign_assertions)
    related = relation_lines(assertions, settings.base, vocabulary.steps, read.lines)
    plain = () if feed is not None else chain(head_of(settings, vocabulary, read.own), link_lines(assertions, settings.base))
    # What follows from one typed relation is in the lines; from foreign statements, the rules derive the rest.
    rules = vocabulary.rules if foreign else _own_rules(vocabulary)
    graph = Graph.build(
        chain(plain, related, foreign_lines(read.own.foreign.values(), settings.base), read.lines),
        replace(vocabulary, triples=(*vocabulary.triples, *read.triples), rules=rules),
        settings.base,
        scopes=scope_files(settings.ontology / FOLDER),
        closed=not foreign,
        folder=folder,
        feed=feed,
        allowance=allowance_of(settings),
    )
    graph.forms = LexicalForms(settings.base, read.forms)
    return graph


def graph_without_notes(settings: Settings, vocabulary: Vocabulary) -> Graph:
    """Build what the graph of a knowledge base contains whatever its notes say: the vocabulary and the scope lists."""
    own = replace(vocabulary, rules=_own_rules(vocabulary))
    return Graph.build((), own, settings.base, scopes=scope_files(settings.ontology / FOLDER), closed=True)


def _own_rules(vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Return the rules for statements of notes."""
    return tuple(rule for rule in vocabulary.rules if rule[0] not in FOREIGN_RULES)


def allowance_of(settings: Settings) -> Allowance:
    """Limits for rules, checks and questions of a knowledge base."""
    seconds = settings.check.query_timeout
    return Allowance(seconds=seconds, left=10 * seconds)


def head_of(settings: Settings, vocabulary: Vocabulary, corpus: Corpus) -> Iterator[str]:
    """Yield N-Quads with a corpus's statements about concepts and notes."""
    return head_lines(corpus, base=settings.base, types=vocabulary.types, tops=settings.top_concepts, title=settings.title)


def own_rules_only(settings: Settings, vocabulary: Vocabulary) -> bool:
    """Whether the settings guarantee that only rules with one premise apply to the graph."""
    simple = all(vocabulary.simple(rule) for rule in _own_rules(vocabulary))
    return not settings.thesauri and not settings.sections_as_concepts and simple


def hierarchy_of(corpus: Corpus, vocabulary: Vocabulary, tops: Sequence[str]) -> Hierarchy:
    """The stated hierarchy, directly from the statements; the same as that of the network."""
    # start time: only this step needs it
    from kg.network.hierarchy import analyse_hierarchy, find_anchored_concepts

    broader: dict[str, set[str]] = {}
    for a in corpus.assertions:
        relation = vocabulary.relations.get(a.predicate)
        if relation is not None and relation.hierarchical:
            child, parent = (a.subject, a.object) if relation.kind == "broader" else (a.object, a.subject)
            broader.setdefault(child, set()).add(parent)
    by_id = {c.id: c.iri for c in corpus.concepts.values()} if tops else {}
    anchored = find_anchored_concepts(corpus, vocabulary.relations)
    return analyse_hierarchy(corpus.concepts, broader, [by_id[t] for t in tops if t in by_id], anchored)


def findings_of(
    settings: Settings,
    read: Read,
    graph: Graph,
    files: Mapping[str, str],
) -> tuple[Finding, ...]:
    """The findings of a build without measures, filtered by its settings."""
    # start time: only this step needs it
    from kg.checks import Context, run_rules

    sources = sources_of(settings)
    return run_rules(Context(read.corpus, None, settings, read.vocabulary, lambda: graph, sources, files, used_terms=read.used))
