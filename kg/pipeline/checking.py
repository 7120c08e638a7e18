"""What is wrong with a knowledge base or with RDF files, without measuring anything and without writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kg import files
from kg.errors import UsageError
from kg.model import Artifact, Corpus, Evidence, Finding, Hierarchy, Severity
from kg.notes.files import Listing
from kg.rdf import FOREIGN_RULES, Feed, Graph, ToDisk, Vocabulary, head, is_copy, tail
from kg.rdf.ask import Allowance
from kg.resolve import Resolver
from kg.settings import Settings

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kg.checks import TrustedChange
    from kg.pipeline.steps import How, Progress

_OWN: tuple[str, ...] = ("kg.ttl", "relations.ttl")


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings, and what they are about."""

    corpus: Corpus
    findings: tuple[Finding, ...]
    files: Mapping[str, str]
    """Path of a note → where it is on the disk."""
    what: str
    """What was looked at, for readers: "94 notes"."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a knowledge base, before there is a graph."""

    corpus: Corpus
    vocabulary: Vocabulary
    listing: Listing
    own: Corpus
    """The corpus of the notes alone, without thesauri."""
    lines: Sequence[str]
    """N-Quads of thesauri and of what notes say in terms of SKOS."""
    triples: Sequence[ox.Triple]
    """Statements with blank nodes."""
    resolver: Resolver
    feed: Feed | None = None
    """Has what the graph says of concepts and notes already."""

    @property
    def paths(self) -> dict[str, str]:
        """Path of a note → where it is on the disk."""
        return {f.name: f.path for f in self.listing.notes}


def sources_of(settings: Settings) -> tuple[Path, ...]:
    """The RDF files of a knowledge base that its graph holds besides the built-in vocabulary."""
    folder = settings.ontology
    own = [path for path in (folder / name for name in _OWN) if files.is_there(path) and not is_copy(path)]
    return (*settings.thesauri, *own, *files.entries(folder / "scope", ".ttl"))


def findings_of(
    settings: Settings,
    corpus: Corpus,
    graph: Graph | Callable[[], Graph],
    vocabulary: Vocabulary,
    files: Mapping[str, str],
    hierarchy: Hierarchy | None = None,
    proofs: tuple[Evidence, ...] | None = None,
) -> tuple[Finding, ...]:
    """The findings of a build, as its settings want them."""
    from kg.checks import check

    return check(
        corpus,
        hierarchy,
        graph=graph,
        vocabulary=vocabulary,
        settings=settings,
        files=files,
        sources=sources_of(settings),
        proofs=proofs,
    )


def findings_later(settings: Settings, corpus: Corpus, graph: Graph, files: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings of what was read without them."""
    from kg.rdf import load

    return findings_of(settings, corpus, graph, load(settings.ontology), files)


def check_notes(
    settings: Settings,
    how: How,
    progress: Progress,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    changes: Sequence[TrustedChange] = (),
    no_suppressions: frozenset[Severity] = frozenset(),
) -> Checked:
    """The findings of the notes of a knowledge base. The graph is made only where a rule has something to look for in it.

    `changes` and `no_suppressions` are as `kg.checks.check` has them.
    """
    from kg.checks import check
    from kg.pipeline.steps import corpus_of, without_collector

    with without_collector():
        read = corpus_of(settings, how, progress)
        corpus, vocabulary, files = read.corpus, read.vocabulary, paths_of(settings, read)
        progress("checking", 0, 0)
        found = check(
            corpus,
            hierarchy_of(corpus, vocabulary, settings.top_concepts),
            graph=lambda: graph_from(settings, read),
            vocabulary=vocabulary,
            settings=settings,
            files=files,
            sources=sources_of(settings),
            select=select,
            ignore=ignore,
            changes=changes,
            no_suppressions=no_suppressions,
        )
    books = len(settings.thesauri)
    what = f"{len(corpus.notes):,} notes" + (f", {books:,} RDF file{'' if books == 1 else 's'}" if books else "")
    return Checked(corpus, found, files, what)


def paths_of(settings: Settings, read: Read) -> dict[str, str]:
    """Path of a note or thesaurus, as findings name it → where it is on the disk."""
    return {**read.paths, **{settings.name_of(path): str(path) for path in settings.thesauri}}


def graph_from(settings: Settings, read: Read, folder: Path | None = None) -> Graph:
    """The graph of what was read, as a build has it: in memory, or else in a folder."""
    vocabulary = read.vocabulary
    foreign = bool(read.lines or read.triples)
    feed = read.feed
    if foreign and isinstance(feed, ToDisk):  # the rules need a store that can be asked
        feed.drop()
        feed = None
    # What follows beside foreign statements only the rules can tell.
    related = tail(read.own, base=settings.base, steps=None if foreign else vocabulary.steps)
    stated = related if feed is not None else chain(head_of(settings, vocabulary, read.own), related)
    rules = vocabulary.rules if foreign else tuple(r for r in vocabulary.rules if r[0] not in FOREIGN_RULES)
    return Graph.build(
        chain(stated, read.lines),
        replace(vocabulary, triples=(*vocabulary.triples, *read.triples), rules=rules),
        settings.base,
        scopes=files.entries(settings.ontology / "scope", ".ttl"),
        closed=not foreign,
        folder=folder,
        feed=feed,
        allowance=allowance_of(settings),
    )


def allowance_of(settings: Settings) -> Allowance:
    """What rules, checks and questions of a knowledge base may take."""
    seconds = settings.check.query_timeout
    return Allowance(seconds=seconds, left=10 * seconds)


def head_of(settings: Settings, vocabulary: Vocabulary, corpus: Corpus) -> Iterator[str]:
    """N-Quads of what a corpus says of concepts and notes."""
    return head(corpus, base=settings.base, types=vocabulary.types, tops=settings.top_concepts, title=settings.title)


def own_rules_only(settings: Settings, vocabulary: Vocabulary) -> bool:
    """Whether nothing but rules of one premise is to be asked of the graph of notes, as far as settings tell."""
    rules = (r for r in vocabulary.rules if r[0] not in FOREIGN_RULES)
    return not settings.thesauri and not settings.sections_as_concepts and all(vocabulary.simple(r) for r in rules)


def hierarchy_of(corpus: Corpus, vocabulary: Vocabulary, tops: Sequence[str]) -> Hierarchy:
    """The hierarchy that authors stated, straight from their statements: the same as that of the network."""
    from kg.network.hierarchy import analyse

    broader: dict[str, set[str]] = {}
    for a in corpus.assertions:
        relation = vocabulary.relations.get(a.predicate)
        if relation is not None and relation.hierarchical:
            child, parent = (a.subject, a.object) if relation.kind == "broader" else (a.object, a.subject)
            broader.setdefault(child, set()).add(parent)
    by_id = {c.id: c.iri for c in corpus.concepts.values()} if tops else {}
    return analyse(corpus.concepts, broader, [by_id[t] for t in tops if t in by_id])


def check_rdf(
    settings: Settings,
    paths: Sequence[Path],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    changes: Sequence[TrustedChange] = (),
) -> Checked:
    """The findings of RDF files in any syntax, in the place of notes. Raises UsageError for one that can't be read."""
    import pyoxigraph as ox

    from kg.checks import check
    from kg.formats import FormatError
    from kg.formats.rdf_text import parse_rdf
    from kg.network import project
    from kg.network.hierarchy import find
    from kg.rdf import load
    from kg.rdf.concepts import concepts_of
    from kg.rdf.places import format_of

    vocabulary = load(settings.ontology)
    store = ox.Store()
    default = ox.DefaultGraph()
    store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in vocabulary.triples)
    for path in paths:
        try:
            quads = parse_rdf(files.read(path, files.NAMED, named=True), format_of(path), base=path.absolute().as_uri())
            store.extend(ox.Quad(q.subject, q.predicate, q.object, default) for q in quads)
        except OSError as error:
            raise UsageError(
                f"can't read {path}: {error.strerror}", hint="give RDF files: Turtle, RDF/XML, JSON-LD, …"
            ) from None
        except FormatError as error:
            raise UsageError(
                f"{path}:{error.line}:{error.column}: {error.problem}",
                hint=error.hint or "the ending of the name tells the syntax: .ttl, .rdf, .jsonld",
            ) from None
    graph = Graph(store, settings.base, allowance=allowance_of(settings))
    graph.infer(vocabulary.rules)
    concepts = concepts_of(graph, vocabulary)
    corpus = Corpus({}, concepts, {}, (), (), ())
    hierarchy = find(project(graph, vocabulary.relations), vocabulary.relations, ())
    found = check(
        corpus, hierarchy, graph=graph, vocabulary=vocabulary, settings=settings, sources=[p.absolute() for p in paths],
        select=select, ignore=ignore, changes=changes,
    )  # fmt: skip
    return Checked(corpus, found, {}, f"{len(concepts):,} concepts")


def sarif_of(settings: Settings, findings: tuple[Finding, ...], files: Mapping[str, str]) -> Artifact:
    """`findings.sarif` of a build: paths are relative to the knowledge base, so that equal inputs give equal bytes."""
    from kg.checks import RULES, own_rules
    from kg.export import sarif

    start = settings.notes[0] if len(settings.notes) == 1 else settings.root

    def locate(path: str) -> str:
        full = os.path.normpath(files.get(path) or start / path)
        relative = os.path.relpath(full, settings.root)
        return Path(full if relative.startswith("..") else relative).as_posix()

    return sarif(findings, (*RULES, *own_rules(settings, Path.as_posix)[0]), locate)
