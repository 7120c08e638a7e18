"""Reads notes on the executors of a cluster: they parse notes, the driver names concepts, they resolve links.

Executors need kg, and the folders of the notes at the same paths. The names of all notes are one table, which the driver makes
of outlines and each executor holds: resolving is a join of links with it. The statements are those of a build of the same notes
on one machine, without its measures (`tests/scale/test_sharded.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

import pyoxigraph as ox

from kg.base.errors import UsageError
from kg.base.names import LINKS_TO
from kg.corpus import Resolver, name_concepts, names_in_diagrams, outline_note, read_diagrams
from kg.graph import concept_lines, link_lines, note_lines, scheme_lines, typed_lines
from kg.graph.rules import RuleStep, Stated
from kg.knowledge.graphs import graph_without_notes, own_rules_only
from kg.knowledge.steps import resolve_options
from kg.model import Assertion, Concept, Corpus, Note
from kg.notes.reading import list_jobs
from kg.notes.reading.cache import decode_notes, encode_notes
from kg.notes.reading.worker import ParsedFiles, run_job

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase

_CONCEPTS: Final = 1_000
"""Concepts whose statements are made together."""


class ShardedReport(NamedTuple):
    """What was written."""

    notes: int
    concepts: int
    statements: int
    unread: Sequence[tuple[str, str]]
    """Name of each file that can't be read, and the reason."""


class ShardNames(NamedTuple):
    """What an executor needs of all notes to resolve the links of some."""

    resolver: Resolver
    by_name: Mapping[str, set[str]]
    """See `names_in_diagrams`."""
    base: str


class ShardRules(NamedTuple):
    """What an executor needs of all statements to infer from some."""

    asserted: Set[Stated]
    steps: Mapping[str, Sequence[RuleStep]]
    """By relation, what follows from one statement."""
    base: str


_T_co = TypeVar("_T_co", covariant=True)


class Broadcast(Protocol[_T_co]):
    """What the driver sent to all executors."""

    @property
    def value(self) -> _T_co:
        """The same for each task."""


class ResolvedShard(NamedTuple):
    """Notes with resolved links."""

    lines: str
    """N-Quads of the notes and their plain links."""
    typed: Sequence[Assertion]


class TermsOfConcepts(NamedTuple):
    """What the statements of a concept contain of others."""

    concept_of: Mapping[str, str]
    types: Mapping[str, str]
    tops: Sequence[str]
    base: str


def check_shardable(base: KnowledgeBase) -> None:
    """Raise UsageError for a knowledge base whose statements don't follow from its notes one by one, or that has no notes."""
    if not base.inputs.listing.notes:
        raise UsageError("there are no notes (*.md)", hint="give their folder with --notes DIR")
    if not own_rules_only(base.settings, base.vocabulary) or base.inputs.foreign.names:
        raise UsageError(
            "thesauri, [uses], sections as concepts and rules with several premises need all statements in one place",
            hint="kg build && kg export nquads -o DIR",
        )


def write_sharded(base: KnowledgeBase, session: Any, place: str, *, main: str = "", parts: int = 1) -> ShardedReport:
    """Write the statements of a knowledge base as N-Quads to a new folder, `place`, a URL that Spark can write.

    `session`: a session of Spark; `main`: the graph for the default graph of a build, empty: the base of the knowledge base.
    The knowledge base has passed `check_shardable`.
    """
    settings, listing = base.settings, base.inputs.listing
    context = session.sparkContext
    jobs = list_jobs(listing.notes, base.inputs.site.dialects)
    parsed = _persist(context.parallelize(jobs, max(1, len(jobs))).map(run_job))
    by_path = {note.path: note for data in parsed.map(_outlines).collect() for note in decode_notes(data)}
    notes = {file.name: by_path[file.name] for file in listing.notes if file.name in by_path}
    options = resolve_options(base, notes)[0]._replace(near_misses=False)
    named = name_concepts(notes, options, tuple(listing.attachments))

    names = context.broadcast(ShardNames(named.resolver(), names_in_diagrams(named.listed), settings.base))
    resolved = _persist(parsed.map(partial(_resolve, names)))
    steps = base.vocabulary.steps(sorted(resolved.flatMap(_relations).distinct().collect()))
    concluded = frozenset(step.predicate for follow in steps.values() for step in follow)
    asserted = frozenset(resolved.flatMap(partial(_statements, concluded)).distinct().collect())
    rules = context.broadcast(ShardRules(asserted, steps, settings.base))
    terms = context.broadcast(TermsOfConcepts(named.concept_of, base.vocabulary.types, settings.top_concepts, settings.base))
    concepts = list(named.concepts.values())
    shards = [concepts[i : i + _CONCEPTS] for i in range(0, len(concepts), _CONCEPTS)]
    corpus = Corpus(notes, named.concepts, named.concept_of, (), (), ())
    lines = context.union(
        [
            context.parallelize([_lines_of_all(base, corpus)], 1),
            context.parallelize(shards, max(1, len(shards))).map(partial(_lines_of_concepts, terms)),
            resolved.map(partial(_lines_of_notes, rules)),
        ]
    ).flatMap(partial(_statements_in, main or settings.base))
    rows = session.createDataFrame(lines.map(_row), "value string").repartition(parts, "value").dropDuplicates()
    rows.write.text(place)
    unread = parsed.flatMap(_failed).collect()
    return ShardedReport(len(notes), len(concepts), session.read.text(place).count(), sorted(unread))


def _persist(rows: Any) -> Any:
    # start time: pyspark is there if there is a session
    from pyspark import StorageLevel

    return rows.persist(StorageLevel.DISK_ONLY)


def _outlines(parsed: ParsedFiles) -> bytes:
    return encode_notes(map(outline_note, decode_notes(parsed.notes)))


def _failed(parsed: ParsedFiles) -> list[tuple[str, str]]:
    return parsed.failed


def _resolve(names: Broadcast[ShardNames], parsed: ParsedFiles) -> ResolvedShard:
    """Resolve the links of some notes."""
    shared = names.value
    notes: list[Note] = decode_notes(parsed.notes)
    assertions: list[Assertion] = []
    for note in notes:
        shared.resolver.read(note.path, note, [], assertions, [])
    assertions += read_diagrams(notes, lambda: shared.by_name, shared.resolver.words)
    lines = chain(note_lines(notes, shared.resolver.concept_of, shared.base), link_lines(assertions, shared.base))
    return ResolvedShard("\n".join(lines), [a for a in assertions if a.predicate != LINKS_TO])


def _relations(shard: ResolvedShard) -> Iterable[str]:
    return {a.predicate for a in shard.typed}


def _statements(concluded: Set[str], shard: ResolvedShard) -> Iterable[Stated]:
    return {Stated(*a[:3]) for a in shard.typed if a.predicate in concluded}


def _lines_of_notes(rules: Broadcast[ShardRules], shard: ResolvedShard) -> str:
    shared = rules.value
    return "\n".join((shard.lines, *typed_lines(shard.typed, shared.base, shared.asserted, shared.steps)))


def _lines_of_concepts(terms: Broadcast[TermsOfConcepts], concepts: Sequence[Concept]) -> str:
    shared = terms.value
    lines = concept_lines(concepts, shared.concept_of, base=shared.base, types=shared.types, tops=shared.tops)
    return "\n".join(lines)


def _lines_of_all(base: KnowledgeBase, corpus: Corpus) -> str:
    """N-Quads of the scheme, the vocabulary and the scope lists."""
    settings = base.settings
    others = ox.serialize(graph_without_notes(settings, base.vocabulary).store, format=ox.RdfFormat.N_QUADS) or b""
    return "\n".join((*scheme_lines(corpus, base=settings.base, title=settings.title), others.decode()))


def _statements_in(main: str, lines: str) -> Iterator[str]:
    """Yield the statements in N-Quads, each once; those of the default graph get the graph `main`."""
    graph = ox.NamedNode(main)
    quads = {
        q if q.graph_name != ox.DefaultGraph() else ox.Quad(q.subject, q.predicate, q.object, graph)
        for q in ox.parse(lines.encode("utf-8", "replace"), format=ox.RdfFormat.N_QUADS, lenient=True)
    }
    yield from (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").decode().splitlines()


def _row(line: str) -> tuple[str]:
    return (line,)
