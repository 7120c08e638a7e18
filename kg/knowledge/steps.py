"""The steps from files to an assessed knowledge base, in order. They write only caches."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.base.errors import UsageError
from kg.base.settings import DEFAULT_EXCLUDES, Settings
from kg.corpus import ResolveOptions, Resolver, VocabularyWords, resolve_notes
from kg.corpus.site import read_site
from kg.graph import Feed, Graph, ToMemory, Vocabulary, check_base, load_vocabulary
from kg.graph.importing import read_thesauri
from kg.knowledge.graphs import Read, findings_of, graph_from, head_of, own_rules_only, paths_of, sources_of
from kg.knowledge.texts import texts_on_disk
from kg.model import Assessment, Corpus, Finding, Note, Relation, verdicts_by_concept
from kg.notes.files import Listing, walk_folders
from kg.notes.reading import read_files
from kg.notes.reading.cache import Where

if TYPE_CHECKING:
    import networkx as nx

_PAIRS: Final = 100
_GAPS: Final = 10

Progress = Callable[[str, int, int], None]
"""Called with the name of the current step, the number of finished items and their total (0 if unknown)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """A progress callback that does nothing."""


@dataclass(frozen=True, slots=True)
class Built:
    """A knowledge base that was read and, if requested, measured."""

    corpus: Corpus
    graph: Graph
    findings: tuple[Finding, ...]
    relations: Mapping[str, Relation]
    languages: tuple[str, ...]
    assessment: Assessment | None = None
    """None if it wasn't measured."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Path of a note → its location on disk."""


@dataclass(frozen=True, slots=True)
class How:
    """Options that affect only the speed of a run, not its result."""

    jobs: int = 0
    """Number of processes that read notes and render pages; 0: one for each core."""
    cache: Path | None = None
    """The cache folder; None: no caching."""


class Clock:
    """Measures the seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.now = ""
        """The most recently started stage."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block; repeated stages are added up."""
        start = time.perf_counter()
        self.now = name
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def divide(self, seconds: float, work: Mapping[str, float]) -> None:
        """Add the seconds of a step whose parts ran at the same time: each part gets the share that it has of all work."""
        whole = sum(work.values()) or 1.0
        for name, part in work.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds * part / whole


ANYHOW: Final = How()


@contextmanager
def without_collector() -> Iterator[None]:
    """Disable the cyclic garbage collector: notes and graphs are millions of objects without cycles.

    With it, reading takes twice the time, since each collection traverses everything read so far.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            # New objects are in the youngest generation and would all be traversed at once. Freezing and unfreezing moves them
            # to the oldest generation without a traversal.
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def list_files(settings: Settings) -> Listing:
    """List the notes and other files of a knowledge base; files that kg wrote are excluded."""
    exclude = (*DEFAULT_EXCLUDES, *settings.exclude)
    return walk_folders(settings.notes, exclude, never=(settings.out, settings.cache), root=settings.root)


def read_notes(
    settings: Settings, how: How, progress: Progress = silent, where: dict[str, Where] | None = None
) -> tuple[dict[str, Note], Listing]:
    """Read all notes by path; unreadable notes become faults of the listing. For `where`, see `read_files`."""
    files = list_files(settings)
    dialect = read_site(files.configurations).dialect
    notes, failed = read_files(
        files.notes, dialect, how.cache, how.jobs, lambda done, total: progress("reading notes", done, total), where
    )
    if not notes and not settings.thesauri:
        folders = ", ".join(str(n) for n in settings.notes)
        raise UsageError(
            f"there are no notes (*.md) in {folders}",
            hint="write one, give another folder with --notes DIR, or make a small knowledge base with 'kg init'",
        )
    return notes, files._replace(faults=(*files.faults, *failed))


def corpus_of(
    settings: Settings,
    how: How,
    progress: Progress = silent,
    clock: Clock | None = None,
    where: dict[str, Where] | None = None,
    feed: Callable[[], Feed] | None = None,
) -> Read:
    """Return the notes with resolved links, thesauri, the vocabulary, and the listed files.

    `feed` returns a store that receives the statements about concepts while links are being resolved.
    """
    clock = clock or Clock()
    with clock.stage("read"):
        notes, listed = read_notes(settings, how, progress, where)
    fed: list[Feed] = []
    try:
        with clock.stage("resolve"):
            progress("resolving links", 0, 0)
            vocabulary = load_vocabulary(settings.ontology, settings.transitive)
            corpus, resolver = _resolve(settings, notes, listed, vocabulary, feed, fed)
        with clock.stage("thesauri"):
            direct = read_thesauri(settings, vocabulary, corpus)
    except BaseException:
        for begun in fed:
            begun.stop()
        raise
    return Read(direct.corpus, vocabulary, listed, corpus, direct.lines, direct.triples, resolver, fed[0] if fed else None)


def _resolve(
    settings: Settings,
    notes: dict[str, Note],
    listed: Listing,
    vocabulary: Vocabulary,
    feed: Callable[[], Feed] | None,
    fed: list[Feed],
) -> tuple[Corpus, Resolver]:
    """The corpus of the notes, with resolved links; the store of `feed` is appended to `fed` as soon as it is open."""

    def early(corpus: Corpus) -> None:
        if feed is not None and own_rules_only(settings, vocabulary):
            check_base(settings.base)
            fed.append(feed())
            fed[0].put(head_of(settings, vocabulary, corpus))
            fed[0].begin()

    site = read_site(listed.configurations)
    words = VocabularyWords(vocabulary.relations.values(), vocabulary.types, vocabulary.cues)
    corpus, resolver = resolve_notes(
        notes,
        ResolveOptions.from_settings(settings, words, site),
        attachments=listed.attachments,
        faults=(*listed.faults, *site.faults),
        early=early,
    )
    if settings.sections_as_concepts:
        # start time: only this step needs it
        from kg.suggest.extract import with_sections

        corpus = with_sections(corpus, words, settings.base, texts_on_disk({f.name: f.path for f in listed.notes}))
    return corpus, resolver


def graph_of(
    settings: Settings, how: How, clock: Clock, progress: Progress
) -> tuple[Corpus, Graph, Vocabulary, dict[str, str]]:
    """Return the corpus, the graph in memory, the vocabulary, and the location of each note on disk."""
    read = corpus_of(settings, how, progress, clock, feed=ToMemory)
    with clock.stage("rdf"):
        progress("building the graph", 0, 0)
        graph = graph_from(settings, read)
    return read.corpus, graph, read.vocabulary, paths_of(settings, read)


def read_base(settings: Settings, how: How = ANYHOW, *, findings: bool = True) -> Built:
    """Read a knowledge base into memory: notes, graph and optionally findings. Writes nothing."""
    clock = Clock()
    with without_collector():
        corpus, graph, vocabulary, files = graph_of(settings, how, clock, silent)
        findings_ = findings_of(settings, corpus, graph, vocabulary, files) if findings else ()
    return Built(
        corpus, graph, findings_, vocabulary.relations, languages_of(settings, corpus), seconds=clock.seconds, files=files
    )


def assess_base(settings: Settings, how: How = ANYHOW, clock: Clock | None = None, progress: Progress = silent) -> Built:
    """Read and measure a knowledge base. Writes nothing."""
    clock = clock or Clock()
    with without_collector():
        corpus, graph, vocabulary, files = graph_of(settings, how, clock, progress)
        with clock.stage("assess"):
            progress("measuring", 0, 0)
            assessment = _assess(settings, corpus, graph, vocabulary, files)
    return Built(
        corpus, graph, assessment.findings, vocabulary.relations, assessment.languages, assessment, clock.seconds, files
    )


def _assess(settings: Settings, corpus: Corpus, graph: Graph, vocabulary: Vocabulary, files: Mapping[str, str]) -> Assessment:
    # start time: only this step needs it
    from kg.checks import Context, run_rules
    from kg.evidence import claims, snapshot
    from kg.knowledge.look import look_of
    from kg.knowledge.quality import judge
    from kg.metrics.competency import answer_questions
    from kg.metrics.subject import planned_concepts
    from kg.network import project_network
    from kg.network.centrality import measure_concepts, pagerank, plan_sampling
    from kg.network.communities import RememberedCommunities, find_communities
    from kg.network.gaps import find_gaps
    from kg.network.hierarchy import find_hierarchy
    from kg.network.layout import place_concepts
    from kg.network.pairs import find_missing_pairs
    from kg.network.plain import is_asserted, simple_graph
    from kg.network.terms import terms_of

    network: nx.MultiDiGraph[str] = project_network(graph, vocabulary.relations)
    languages = languages_of(settings, corpus)
    by_id = {c.id: c.iri for c in corpus.concepts.values()}
    hierarchy = find_hierarchy(network, vocabulary.relations, [by_id[t] for t in settings.top_concepts if t in by_id])
    remembered = snapshot.read_snapshot(settings.ontology, by_id, fresh=not settings.remember)
    terms = terms_of(corpus)
    communities, number = find_communities(
        network,
        pagerank(network),
        corpus.concepts,
        languages,
        RememberedCommunities(remembered.communities, remembered.names),
        terms,
    )
    sampled = plan_sampling(simple_graph(network, is_asserted))
    concepts = measure_concepts(network, number)
    proofs = claims.read_evidence(settings.ontology, corpus, files, vocabulary.relations, settings.cache)
    # The questions see asserted and inferred statements, but no measures.
    answered = answer_questions(graph, settings.ontology / "questions")
    assessment = Assessment(
        corpus=corpus,
        network=network,
        relations=vocabulary.relations,
        concepts=concepts,
        communities=communities,
        hierarchy=hierarchy,
        measures=(),
        findings=run_rules(
            Context(
                corpus,
                hierarchy,
                settings,
                vocabulary,
                lambda: graph,
                sources_of(settings),
                files,
                known_proofs=proofs,
                questions=answered,
            )
        ),
        questions=answered,
        positions=place_concepts(network, remembered.positions, number),
        title=settings.title or {"": settings.root.name},
        languages=languages,
        claimed=settings.claimed,
        pairs=find_missing_pairs(network, _PAIRS, terms),
        gaps=find_gaps(network, communities, terms, _GAPS),
        sampled=(sampled,) if sampled else (),
        remembered=remembered.members,
        gates=settings.gates,
        changes=tuple(snapshot.list_changes(remembered.notes, snapshot.digest_concepts(corpus))),
        history=remembered.history,
        look=look_of(settings),
        evidence=verdicts_by_concept(proofs),
        proofs=proofs,
        planned=planned_concepts(graph) & corpus.concepts.keys(),
    )
    return judge(settings, graph, assessment, files)


def languages_of(settings: Settings, corpus: Corpus) -> tuple[str, ...]:
    """The languages of the views: those in the settings; otherwise zh and en if labels use them, most frequent first."""
    if settings.languages:
        return settings.languages
    counts = Counter(lang.partition("-")[0] for c in corpus.concepts.values() for lang in c.labels)
    used = [lang for lang in ("zh", "en") if counts[lang]]
    return tuple(sorted(used, key=lambda lang: -counts[lang])) or ("en",)
