"""The composition root: the only module that knows every step of a build and their order."""

from __future__ import annotations

import gc
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.about import VERSION
from kg.checks import check, is_media
from kg.errors import StoreError, UsageError
from kg.model import Artifact, Assessment, Broken, Corpus, Finding, Measure, Note, Relation, Resolved
from kg.notes.files import Listing, listing
from kg.rdf import Graph, Vocabulary, lines
from kg.rdf import load as load_vocabulary
from kg.reading import read_files
from kg.resolve import Words, resolve
from kg.resolve.site import read as read_site
from kg.settings import DEFAULT_EXCLUDES, Settings
from kg.store import MARKER, Staging, lock

if TYPE_CHECKING:
    import networkx as nx

STAGES: Final = ("graph", "metrics", "maps", "site")
STORE: Final = "graph/store"
_PAIRS: Final = 100

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0 where unknown)."""


def _silent(_what: str, _done: int, _total: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Internal links of a corpus by what they mean."""

    resolved: int
    own: int
    """Links to headings of the same note: tables of contents; no association."""
    broken: int
    broken_anchor: int
    broken_attachment: int
    ambiguous: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gave."""

    corpus: Corpus
    graph: Graph
    findings: tuple[Finding, ...]
    relations: Mapping[str, Relation]
    languages: tuple[str, ...]
    assessment: Assessment | None = None
    """None where the build stopped at the graph."""
    gates: tuple[tuple[Measure, float], ...] = ()
    """Gates that are not met, with the share that they ask for."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    out: Path | None = None
    artifacts: int = 0


@dataclass(frozen=True, slots=True)
class How:
    """How a run goes about its work; the result is the same."""

    jobs: int = 0
    """Number of processes that read notes; 0: one for each core."""
    cache: Path | None = None
    """Folder of caches; None: nothing is looked up or kept."""


class _Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


_ANYHOW: Final = How()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Do without the cyclic garbage collector: notes and graphs are millions of objects and no cycles.

    With it, reading takes twice the time: each collection walks everything that was read so far.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def read_notes(settings: Settings, how: How, progress: Progress = _silent) -> tuple[dict[str, Note], Listing]:
    """All notes of the knowledge base by path; unreadable ones become faults of the listing."""
    exclude = (*DEFAULT_EXCLUDES, *settings.exclude)
    found = listing(settings.notes, exclude, never=(settings.out, settings.cache), root=settings.root)
    dialect = read_site(found.configurations).dialect
    notes, failed = read_files(
        found.notes, dialect, how.cache, how.jobs, lambda done, total: progress("reading notes", done, total)
    )
    if not notes:
        where = ", ".join(str(n) for n in settings.notes)
        raise UsageError(
            f"there are no notes (*.md) in {where}",
            hint="write one, give another folder with --notes DIR, or make a small knowledge base with 'kg init'",
        )
    return notes, found._replace(faults=(*found.faults, *failed))


def _graph(settings: Settings, how: How, clock: _Clock, progress: Progress) -> tuple[Corpus, Graph, Vocabulary]:
    with clock.stage("read"):
        notes, files = read_notes(settings, how, progress)
    with clock.stage("resolve"):
        progress("resolving links", 0, 0)
        vocabulary = load_vocabulary(settings.ontology)
        corpus = resolve(
            notes,
            attachments=files.attachments,
            base=settings.base,
            words=Words(vocabulary.relations.values(), vocabulary.types, vocabulary.cues),
            roots=tuple(n.name for n in settings.notes),
            site=read_site(files.configurations),
            faults=files.faults,
        )
    with clock.stage("rdf"):
        progress("building the graph", 0, 0)
        graph = Graph.build(
            lines(corpus, base=settings.base, types=vocabulary.types, tops=settings.top_concepts, title=settings.title),
            vocabulary,
            settings.base,
            scopes=sorted((settings.ontology / "scope").glob("*.ttl")),
        )
    return corpus, graph, vocabulary


def read(settings: Settings, how: How = _ANYHOW) -> Built:
    """Read a knowledge base into memory: notes, graph, findings; nothing is written."""
    clock = _Clock()
    with _without_collector():
        corpus, graph, vocabulary = _graph(settings, how, clock, _silent)
        found = check(corpus)
    return Built(corpus, graph, found, vocabulary.relations, _languages(settings, corpus), seconds=clock.seconds)


def assess(settings: Settings, how: How = _ANYHOW, clock: _Clock | None = None, progress: Progress = _silent) -> Built:
    """Read and measure a knowledge base; nothing is written."""
    clock = clock or _Clock()
    with _without_collector():
        corpus, graph, vocabulary = _graph(settings, how, clock, progress)
        with clock.stage("assess"):
            progress("measuring", 0, 0)
            assessment = _assess(settings, corpus, graph, vocabulary)
    gates = []
    by_name = {m.name: m for m in assessment.measures}
    for name, share in settings.gates.items():
        measure = by_name.get(name)
        if measure is None:
            raise UsageError(
                f"there is no measure '{name}' to hold a gate against", hint=f"measures: {', '.join(sorted(by_name))}"
            )
        if measure.value is None or measure.value < share:
            gates.append((measure, share))
    return Built(
        corpus, graph, assessment.findings, vocabulary.relations, assessment.languages, assessment, tuple(gates), clock.seconds
    )


def _assess(settings: Settings, corpus: Corpus, graph: Graph, vocabulary: Vocabulary) -> Assessment:
    from kg.metrics import all_measures
    from kg.network import project
    from kg.network.centrality import measure, pagerank
    from kg.network.communities import find as find_communities
    from kg.network.hierarchy import find as find_hierarchy
    from kg.network.layout import positions
    from kg.network.pairs import missing

    network: nx.MultiDiGraph[str] = project(graph, vocabulary.relations)
    languages = _languages(settings, corpus)
    by_id = {c.id: c.iri for c in corpus.concepts.values()}
    hierarchy = find_hierarchy(network, vocabulary.relations, [by_id[t] for t in settings.top_concepts if t in by_id])
    communities, number = find_communities(network, pagerank(network), corpus.concepts, languages)
    concepts = measure(network, number)
    return Assessment(
        corpus=corpus,
        network=network,
        relations=vocabulary.relations,
        concepts=concepts,
        communities=communities,
        hierarchy=hierarchy,
        measures=all_measures(graph, network, vocabulary.relations, corpus.concepts, hierarchy, settings.targets),
        findings=check(corpus, hierarchy),
        positions=positions(network),
        title=settings.title or {"": settings.root.name},
        languages=languages,
        claimed=settings.claimed,
        pairs=missing(network, _PAIRS),
    )


def _languages(settings: Settings, corpus: Corpus) -> tuple[str, ...]:
    """Languages of the views: those set, or else zh and en as far as labels use them, the more frequent one first."""
    if settings.languages:
        return settings.languages
    counts = Counter(lang for c in corpus.concepts.values() for lang in c.labels)
    used = [lang for lang in ("zh", "en") if counts[lang]]
    return tuple(sorted(used, key=lambda lang: -counts[lang])) or ("en",)


def link_counts(corpus: Corpus) -> LinkCounts:
    """Internal links counted by what they mean."""
    counts: Counter[str] = Counter()
    for source, link, found in corpus.links:
        if isinstance(found, Resolved):
            counts["own" if found.path == source else "resolved"] += 1
        elif isinstance(found, Broken):
            counts["anchor" if found.path is not None else "attachment" if is_media(link) else "broken"] += 1
        else:
            counts["ambiguous"] += 1
    return LinkCounts(
        counts["resolved"], counts["own"], counts["broken"], counts["anchor"], counts["attachment"], counts["ambiguous"]
    )


def build(settings: Settings, *, stage: str = "site", how: How = _ANYHOW, progress: Progress = _silent) -> Built:
    """Build everything up to a stage and publish it as the output folder in one step.

    Raises KgError for a run that can't go on; the output folder is then as it was.
    """
    clock = _Clock()
    started = time.time()
    with lock(settings.cache), _without_collector():
        staging = Staging(settings.out)
        try:
            if stage == "graph":
                corpus, graph, vocabulary = _graph(settings, how, clock, progress)
                found = check(corpus)
                built = Built(corpus, graph, found, vocabulary.relations, _languages(settings, corpus), seconds=clock.seconds)
            else:
                built = assess(settings, how, clock, progress)
            count = _write(settings, built, stage, staging, clock, progress)
            with clock.stage("publish"):
                progress("publishing", 0, 0)
                staging.write(_build_json(settings, built, stage, started, clock.seconds, count))
                staging.publish()
        except BaseException:
            staging.discard()
            raise
    return Built(
        built.corpus, built.graph, built.findings, built.relations, built.languages, built.assessment, built.gates,
        clock.seconds, settings.out, count + 1,
    )  # fmt: skip


def _write(settings: Settings, built: Built, stage: str, staging: Staging, clock: _Clock, progress: Progress) -> int:
    from kg.export import findings_json

    with clock.stage("graph files"):
        progress("writing the graph", 0, 0)
        turtle = built.graph.turtle()
        trig = built.graph.trig(turtle)
        count = staging.write_all((Artifact("graph/kg.ttl", turtle), Artifact("graph/kg.trig", trig)))
        built.graph.save(staging.folder / STORE)
    assessment = built.assessment
    if assessment is None:
        return count + staging.write_all((findings_json(built.findings),))
    from kg.export import all_files, graphml

    with clock.stage("metrics files"):
        keys = {iri: r.key for iri, r in built.relations.items()} | {_links_to(): "links-to"}
        count += staging.write_all(
            (
                *all_files(
                    assessment.measures, built.findings, built.corpus.concepts, len(built.corpus.notes),
                    settings.gates, settings.claimed,
                ),
                graphml(assessment.network, built.corpus.concepts, keys),
            )
        )  # fmt: skip
    for name, artifacts in _views(settings, assessment, stage):
        with clock.stage(name):
            for artifact in artifacts:
                staging.write(artifact)
                count += 1
                if count % 20 == 0:
                    progress(f"writing {name}", count, 0)
    return count


def _links_to() -> str:
    from kg.resolve import LINKS_TO

    return LINKS_TO


def _views(settings: Settings, assessment: Assessment, stage: str) -> Iterator[tuple[str, Iterator[Artifact]]]:
    if stage in ("maps", "site"):
        from kg import maps

        yield "maps", maps.render(assessment)
    if stage == "site":
        from kg import reports, site

        paths = {f.name: f.path for f in listing(settings.notes, (*DEFAULT_EXCLUDES, *settings.exclude)).notes}

        def text_of(path: str) -> str:
            try:
                return Path(paths[path]).read_bytes().decode("utf-8", "replace")
            except (OSError, KeyError) as error:
                raise StoreError(f"can't read {path} again: {error}", hint="was it removed during the build?") from error

        yield "reports", reports.render(assessment)
        yield "site", site.render(assessment, text_of)


def _build_json(
    settings: Settings, built: Built, stage: str, started: float, seconds: Mapping[str, float], files: int
) -> Artifact:
    """`build.json`: the only file with times; with SOURCE_DATE_EPOCH set, equal builds have it equal too."""
    from kg.export import to_json

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    fixed = epoch.isdigit()
    stamp = int(epoch) if fixed else int(started)
    value: dict[str, Any] = {
        "kg": VERSION,
        "python": platform.python_version(),
        "stage": stage,
        "built": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp)),
        "base": settings.base,
        "notes": len(built.corpus.notes),
        "concepts": len(built.corpus.concepts),
        "statements": len(built.graph),
        "files": files + 1,
        "languages": list(built.languages),
    }
    if not fixed:
        value["seconds"] = {k: round(v, 3) for k, v in seconds.items()}
    return Artifact(MARKER, to_json(value))


def open_build(out: Path) -> tuple[Graph, dict[str, Any]]:
    """The graph of a build, read-only, and what `build.json` says of it."""
    marker = out / MARKER
    try:
        info = json.loads(marker.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"there is no build at {out}", hint="run 'kg build' first") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"can't read {marker}: {error}", hint="run 'kg build' again") from error
    return Graph.open(out / STORE, str(info.get("base", ""))), info
