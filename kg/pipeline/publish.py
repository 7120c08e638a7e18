"""Building: what was assessed is rendered and appears as the output folder at once; what is up to date stays."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from kg import parcels
from kg.about import VERSION, code_stamp
from kg.checks import Context, Plan
from kg.claims import LANGUAGES
from kg.errors import StoreError
from kg.metrics.gates import check_names
from kg.model import Artifact, Assessment
from kg.notes.files import Listing
from kg.page.reuse import Reuse
from kg.pipeline import increment
from kg.pipeline import state as kept
from kg.pipeline.checking import graph_from, paths_of, sarif_of, sources_of
from kg.pipeline.look import theme_files
from kg.pipeline.pages import last_pages, remember_pages
from kg.pipeline.planning import deliverables, plan_of, plan_state
from kg.pipeline.quality import add_results
from kg.pipeline.steps import (
    ANYHOW,
    Built,
    Clock,
    How,
    Progress,
    assess,
    corpus_of,
    languages_of,
    list_files,
    silent,
    without_collector,
)
from kg.pipeline.suggesting import suggested, suggestion_row
from kg.pipeline.summary import Summary, summarise, updated
from kg.plan.facts import delivered
from kg.plan.journal import FILE as JOURNAL
from kg.plan.provenance import add_plan
from kg.rdf import Graph, ontology_folder, splice
from kg.rdf import load as load_vocabulary
from kg.rdf.built import STORE
from kg.reading.cache import Where
from kg.settings import FILE, Settings
from kg.store import MARKER, Staging, lock, write_file
from kg.tasks import folder as plan_folder

STAGES: Final = ("graph", "metrics", "maps", "site")
_LAST: Final = "last.json"
_TURTLE: Final = "graph/kg.ttl"
_TRIG: Final = "graph/kg.trig"


@dataclass(frozen=True, slots=True)
class Published:
    """A build that stands in the output folder."""

    out: Path
    summary: Summary
    seconds: Mapping[str, float]
    files: int
    changed: bool
    """False where the output was up to date and nothing was done."""
    pages: tuple[int, int] = (0, 0)
    """Pages of the site that were rendered, and those that show nothing new and were taken over."""
    built: Built | None = field(default=None, repr=False, compare=False)
    """What was read and measured; None where nothing was done."""


def build(
    settings: Settings, *, stage: str = "site", how: How = ANYHOW, full: bool = False, progress: Progress = silent
) -> Published:
    """Build everything up to a stage and publish it as the output folder in one step.

    Where nothing has changed since the last build, nothing is done; `full` builds anyhow. Raises KgError for a run that
    can't go on; the output folder is then as it was.
    """
    clock = Clock()
    started = time.time()
    with lock(settings.cache), without_collector():
        with clock.stage("look"):
            listing = list_files(settings)
            frame = _frame(settings, stage, listing)
            inputs = _inputs(settings, frame, listing)
            last = None if full else _last(settings)
            same = last is not None and last["inputs"] == inputs and last.get("deliverables", "") == _there(settings, last)
            done = _up_to_date(settings) if same else None
        if done is not None:
            return done
        if last is not None and stage == "graph" and how.cache is not None:
            with clock.stage("change"):
                change = increment.update(settings, listing, frame, last["inputs"], inputs)
            published = (
                None if change is None else _publish_change(settings, change, listing, frame, inputs, started, clock, progress)
            )
            if published is not None:
                return published
        staging = Staging(settings.out)
        try:
            keep: Callable[[], None] = lambda: kept.forget(settings)  # noqa: E731  # set again below
            if stage == "graph":
                built, keep = _graph(settings, how, clock, progress, staging, frame, inputs)
            else:
                built = assess(settings, how, clock, progress)
                if built.assessment is not None:
                    check_names(settings.gates, built.assessment)
                    progress("suggesting", 0, 0)
                    with clock.stage("suggest"):
                        built, found = suggested(settings, built, built.assessment, how.cache)
                    add_results(settings, built.graph, found)
                    plan = plan_of(settings, built.corpus)
                    add_plan(built.graph, plan.tasks, plan.state)
            summary = summarise(settings, built)
            pages = last_pages(settings, full=full)
            count = _write(settings, built, stage, staging, clock, progress, pages) + 1
            with clock.stage("publish"):
                progress("publishing", 0, 0)
                staging.write(_build_json(settings, summary, stage, started, clock.seconds, count))
                staging.publish()
        except KeyboardInterrupt:
            staging.discard()
            raise KeyboardInterrupt(f"it was at '{clock.now}': notes that were read are kept, the rest is made anew") from None
        except BaseException:
            staging.discard()
            raise
        keep()
        remember_pages(settings, pages)
        _remember(settings, inputs, stage, _notes(frame, listing), deliverables(settings, built) if stage == "site" else {})
    return Published(settings.out, summary, clock.seconds, count, changed=True, built=built, pages=(pages.rendered, pages.kept))


def _graph(
    settings: Settings, how: How, clock: Clock, progress: Progress, staging: Staging, frame: str, inputs: str
) -> tuple[Built, Callable[[], None]]:
    """The graph with its files, and the findings without measures; and what keeps what the next build can go on from."""
    where: dict[str, Where] = {}
    read = corpus_of(settings, how, progress, clock, where)
    with clock.stage("rdf"):
        progress("building the graph", 0, 0)
        graph = graph_from(settings, read, staging.folder / STORE)
    files = paths_of(settings, read)
    with clock.stage("graph files"):
        # Oxigraph works outside of Python's lock: the store is written meanwhile.
        staging.write_all(_documents(graph))
    with clock.stage("check"):
        context = Context(read.corpus, None, settings, read.vocabulary, lambda: graph, sources_of(settings), files)
        plan = Plan.of(settings, context.outside)
        found = plan.find(context)
        findings = plan.finish(found, len(read.corpus.concepts))
    with clock.stage("store"):
        progress("writing the graph", 0, 0)
        _ = graph.store
    built = Built(
        read.corpus, graph, findings, read.vocabulary.relations, languages_of(settings, read.corpus), seconds=clock.seconds,
        files=files,
    )  # fmt: skip

    def keep() -> None:
        if how.cache is None:
            kept.forget(settings)
        else:
            kept.remember(settings, read, plan, found, where, frame, inputs)

    return built, keep


def _publish_change(
    settings: Settings,
    change: increment.Update,
    listing: Listing,
    frame: str,
    inputs: str,
    started: float,
    clock: Clock,
    progress: Progress,
) -> Published | None:
    """Publish the last build of the graph with some changes; None where it can't be told to be what a clean build gives."""
    from kg.export import findings_json

    progress("writing what changed", 0, 0)
    last = _up_to_date(settings)
    if last is None:
        return None
    out = settings.out
    staging = Staging(out)
    try:
        with clock.stage("graph files"):
            documents = splice.Documents((out / _TURTLE).read_bytes(), (out / _TRIG).read_bytes())
            store = splice.copied(out / STORE, staging.folder / STORE)
            documents, more = splice.apply(store, settings.base, change.removed, change.added, documents)
            findings = change.find(Graph(store, settings.base))
            store.flush()
            del store
            files = {f.name: f.path for f in listing.notes}
            artifacts = (Artifact(_TURTLE, documents.turtle), Artifact(_TRIG, documents.trig))
            count = 1 + staging.write_all((*artifacts, findings_json(findings), sarif_of(settings, findings, files)))
        summary = updated(
            last.summary, findings, change.links, change.links_before, change.untyped, change.typed, more,
            load_vocabulary(settings.ontology, settings.transitive).relations if any(change.typed.values()) else {},
        )  # fmt: skip
        with clock.stage("publish"):
            staging.write(_build_json(settings, summary, "graph", started, clock.seconds, count))
            staging.publish()
    except splice.Unsure:
        staging.discard()
        return None
    except BaseException:
        staging.discard()
        raise
    kept.keep(settings, change.state())
    _remember(settings, inputs, "graph", _notes(frame, listing))
    return Published(out, summary, clock.seconds, count, changed=True)


# What is up to date


def fingerprint(settings: Settings, stage: str) -> str:
    """A digest of all that a build depends on, the journal of the plan included."""
    listing = list_files(settings)
    return _inputs(settings, _frame(settings, stage, listing), listing)


def is_current(settings: Settings) -> bool:
    """Whether the output is of the notes as they are; what the journal of the plan says doesn't matter for that."""
    try:
        last = msgspec.json.decode((settings.cache / _LAST).read_bytes(), type=dict[str, str])
    except (OSError, ValueError):
        return False
    return last.get("out") == _state_of(settings.out) and last.get("notes") == _without_journal(settings, last.get("stage", ""))


def _journal(settings: Settings) -> Path | None:
    return plan_folder(settings) / JOURNAL if settings.notes else None


def _inputs(settings: Settings, frame: str, listing: Listing) -> str:
    journal = _journal(settings)
    data = journal.read_bytes() if journal is not None and journal.is_file() else b""
    return hashlib.sha256(f"{_notes(frame, listing)}\n".encode() + data).hexdigest()


def _without_journal(settings: Settings, stage: str) -> str:
    """A digest of all that a build depends on but the journal, from names, sizes and times of change alone."""
    listing = list_files(settings)
    return _notes(_frame(settings, stage, listing), listing)


def _notes(frame: str, listing: Listing) -> str:
    digest = hashlib.sha256(frame.encode())
    for file in listing.notes:
        digest.update(f"{file.name}\0{file.size} {file.mtime_ns} {file.inode}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _frame(settings: Settings, stage: str, found: Listing) -> str:
    """A digest of all that a build depends on, but for the notes and the journal."""
    own = (_journal(settings) or Path()).relative_to(settings.notes[0]).as_posix() if settings.notes else ""
    digest = hashlib.sha256(f"{code_stamp()} {stage} {settings!r}\n".encode())
    digest.update("\n".join(a for a in found.attachments if a != own).encode("utf-8", "surrogateescape"))
    digest.update(repr((found.faults, found.configurations)).encode("utf-8", "surrogateescape"))
    for path in (
        settings.root / FILE,
        *settings.thesauri,
        *theme_files(settings),
        parcels.MERMAID.path,
        *_evidence_files(settings, found),
        *sorted((*settings.ontology.rglob("*"), *ontology_folder().rglob("*.*"))),
    ):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path}\0{stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _evidence_files(settings: Settings, found: Listing) -> Iterator[Path]:
    """Files beside the notes that the notes may link as evidence: their text is part of what a verdict is bound to."""
    for name in found.attachments:
        if name.rpartition("/")[2].lower().rpartition(".")[2] in LANGUAGES:
            for folder in settings.notes:
                yield folder / name if len(settings.notes) == 1 else folder.parent / name


def _state_of(out: Path) -> str:
    """A digest of names, sizes and times of change of all files of an output folder."""
    digest = hashlib.sha256()
    queue = [str(out)]
    while queue:
        with os.scandir(queue.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                    continue
                stat = entry.stat(follow_symlinks=False)
                # Opening the store for reading touches its log and lock.
                if "/graph/store/" not in entry.path:
                    digest.update(f"{entry.path}\0{stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _last(settings: Settings) -> dict[str, str] | None:
    """What is remembered of the last build, where the output is still as it left it."""
    try:
        last = msgspec.json.decode((settings.cache / _LAST).read_bytes(), type=dict[str, str])
        same = "inputs" in last and (settings.out / STORE).is_dir() and last.get("out") == _state_of(settings.out)
    except (OSError, ValueError):
        return None
    return last if same else None


def _up_to_date(settings: Settings) -> Published | None:
    """The build that stands in the output folder."""
    try:
        info = msgspec.json.decode((settings.out / MARKER).read_bytes())
        summary = msgspec.convert(info["summary"], Summary)
        return Published(settings.out, summary, {}, info["files"], changed=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _there(settings: Settings, last: Mapping[str, str]) -> str:
    """Which of the files that the plan of the last build names are there now, as `_remember` wrote it."""
    named = msgspec.json.decode(last.get("deliverables") or "{}", type=dict[str, bool])
    return msgspec.json.encode({n: delivered(settings, n) for n in named}).decode() if named else ""


def _remember(
    settings: Settings, inputs: str, stage: str, notes: str, named: Mapping[str, bool] = MappingProxyType({})
) -> None:
    state = {"inputs": inputs, "out": _state_of(settings.out), "notes": notes, "stage": stage}
    if named:
        state["deliverables"] = msgspec.json.encode(dict(named)).decode()
    write_file(settings.cache / _LAST, msgspec.json.encode(state), durable=False)


# Writing


def _write(
    settings: Settings, built: Built, stage: str, staging: Staging, clock: Clock, progress: Progress, pages: Reuse
) -> int:
    from kg.export import findings_json

    graph = built.graph
    progress("writing the graph", 0, 0)
    sarif = sarif_of(settings, built.findings, built.files)
    if built.assessment is None:
        return len((_TURTLE, _TRIG)) + staging.write_all((findings_json(built.findings), sarif))
    with ThreadPoolExecutor(1) as pool:
        graph.text = graph.nquads()
        with clock.stage("graph files"):
            count = staging.write_all((*_documents(graph), sarif))
        # Oxigraph works outside of Python's lock: the store is written while measures and pages are. Not while the documents
        # are made: both take most of the memory that a build takes.
        saved = pool.submit(_save, graph, staging.folder / STORE)
        count += _write_assessed(settings, built, built.assessment, stage, staging, clock, progress, pages)
        with clock.stage("store"):
            saved.result()
    return count


def _save(graph: Graph, folder: Path) -> None:
    graph.save(folder)
    graph.text = None  # a tenth of the memory of a large build, which nobody asks for again


def _documents(graph: Graph) -> tuple[Artifact, Artifact]:
    turtle, trig = graph.documents()
    return Artifact(_TURTLE, turtle), Artifact(_TRIG, trig)


def _write_assessed(
    settings: Settings,
    built: Built,
    assessment: Assessment,
    stage: str,
    staging: Staging,
    clock: Clock,
    progress: Progress,
    pages: Reuse,
) -> int:
    from kg.export import all_files, graphml
    from kg.resolve import LINKS_TO

    with clock.stage("metrics files"):
        keys = {iri: r.key for iri, r in built.relations.items()} | {LINKS_TO: "links-to"}
        concepts = built.corpus.concepts
        files = all_files(
            assessment.measures,
            built.findings,
            concepts,
            len(built.corpus.notes),
            settings.gates,
            settings.claimed,
            plan_of(settings, built.corpus).counts,
        )
        rows = (json.dumps(suggestion_row(s, built.corpus), ensure_ascii=False) + "\n" for s in assessment.suggestions)
        suggestions = Artifact("suggestions.jsonl", "".join(rows).encode("utf-8", "replace"))
        count = staging.write_all((*files, suggestions, graphml(assessment.network, concepts, keys)))
    for name, artifacts in _views(settings, built, assessment, stage, staging, pages):
        with clock.stage(name):
            for artifact in artifacts:
                staging.write(artifact)
                count += 1
                if count % 20 == 0:
                    progress(f"writing {name}", count, 0)
    if stage == "site" and settings.site.search:
        from kg.site import make_index

        with clock.stage("search"):
            progress("indexing for search", 0, 0)
            count += make_index(staging.folder)
    return count


def _views(
    settings: Settings, built: Built, assessment: Assessment, stage: str, staging: Staging, pages: Reuse
) -> Iterator[tuple[str, Iterator[Artifact]]]:
    if stage in ("maps", "site"):
        from kg import maps

        yield "maps", maps.render(assessment, pages)
    if stage == "site":
        from kg import reports, site

        yield "reports", reports.render(assessment, pages)
        yield "site", site.render(assessment, _text_of(built), searchable=settings.site.search, reuse=pages)
        # Last, since acceptance may name what the others have written.
        yield "plan", site.plan_pages(assessment, plan_state(settings, built, lambda path: (staging.folder / path).is_file()))


def _text_of(built: Built) -> Callable[[str], str]:
    """Source text of a note by path, as it was read: positions of links hold for no other."""

    def text_of(path: str) -> str:
        try:
            data = Path(built.files[path]).read_bytes()
        except OSError as error:
            raise StoreError(
                f"can't read {path} again: {error.strerror}", hint="was it removed meanwhile? build again"
            ) from None
        if hashlib.sha256(data).hexdigest() != built.corpus.notes[path].digest:
            raise StoreError(f"{path} was changed while it was being built", hint="build again")
        return data.decode("utf-8", "replace")

    return text_of


def _build_json(
    settings: Settings, summary: Summary, stage: str, started: float, seconds: Mapping[str, float], files: int
) -> Artifact:
    """`build.json`: the only file with times; with SOURCE_DATE_EPOCH set, equal builds have it equal too."""
    from kg.export import to_json

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    stamp = int(epoch) if epoch.isdigit() else int(started)
    value: dict[str, Any] = {
        "kg": VERSION,
        "python": platform.python_version(),
        "stage": stage,
        "built": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp)),
        "base": settings.base,
        "files": files,
        "summary": msgspec.to_builtins(summary),
    }
    if not epoch.isdigit():
        value["seconds"] = {k: round(v, 3) for k, v in seconds.items()}
    return Artifact(MARKER, to_json(value))
