"""Writes the files of a build: a knowledge base that was read and measured becomes a staging folder."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.about import VERSION
from kg.base.clock import fixed_time
from kg.base.errors import StoreError
from kg.base.formats.media_bytes import MEDIA_ENDINGS
from kg.base.json_forms import json_line
from kg.base.names import LINKS_TO
from kg.base.settings import Settings
from kg.base.staging import STORE, Staging
from kg.graph import Graph, SortedDocuments
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.checking import sarif_of
from kg.knowledge.media import media_files, shown_media
from kg.knowledge.planning import plan_of, plan_state
from kg.knowledge.running import Clock, Progress
from kg.knowledge.suggesting import suggestion_row
from kg.knowledge.summary import Summary
from kg.knowledge.texts import texts_as_read
from kg.model import Artifact, Assessment

if TYPE_CHECKING:
    from kg.knowledge.rendering import RenderTask
    from kg.views.page.reuse import Reuse

TURTLE: Final = "graph/kg.ttl"
TRIG: Final = "graph/kg.trig"


class OutputRun(NamedTuple):
    """A run that writes an output."""

    settings: Settings
    stage: str
    staging: Staging
    clock: Clock
    progress: Progress


def write_output(run: OutputRun, base: KnowledgeBase, assessment: Assessment | None, pages: Reuse | None) -> int:
    """Write all files of a stage but `build.json` and return their number. Without an assessment, `pages` is None too."""
    # start time: only this step needs it
    from kg.knowledge.rendering import Renderer, count_processes
    from kg.views.export import findings_json

    graph, staging, progress = base.graph, run.staging, run.progress
    progress("writing the graph", 0, 0)
    findings = base.graph_findings if assessment is None else assessment.findings
    sarif = sarif_of(run.settings, findings, base.files)
    if assessment is None or pages is None:
        return len((TURTLE, TRIG)) + staging.write_all((findings_json(findings), sarif))
    started = time.perf_counter()
    tasks = _tasks(run, base, assessment, pages)
    # The renderer forks before Oxigraph and the thread of its files start: in a fork, the locks that they hold stay locked.
    with Renderer(staging, tasks, pages, count_processes(base.how.jobs)) as renderer, ThreadPoolExecutor(1) as pool:
        saved = pool.submit(_write_graph, graph, staging)
        count, seconds = renderer.render(progress)
        count += len((TURTLE, TRIG)) + staging.write_all((sarif, *_plan(run, base, assessment)))
        seconds |= saved.result()
    run.clock.divide(time.perf_counter() - started, seconds)
    return count


def _write_graph(graph: Graph, staging: Staging) -> dict[str, float]:
    """Write documents and store, and return the seconds of each. One after the other: both need most of a build's memory."""
    started = time.perf_counter()
    graph.keep_text(staging.folder)
    write_documents(graph, staging)
    between = time.perf_counter()
    graph.save(staging.folder / STORE)
    graph.text = None
    return {"graph files": between - started, "store": time.perf_counter() - between}


def write_documents(graph: Graph, staging: Staging) -> None:
    """Write the graph as Turtle, and with its named graphs as TriG, to the staging folder."""
    try:
        documents = SortedDocuments(graph.pieces(), graph.base, staging.folder)
    except OSError as error:
        raise StoreError(f"can't write in {staging.folder}: {error.strerror}", hint="is the disk full?") from error
    staging.write_pieces(TURTLE, documents.turtle())
    staging.write_pieces(TRIG, documents.named(), behind=TURTLE)


def _tasks(run: OutputRun, base: KnowledgeBase, assessment: Assessment, pages: Reuse) -> list[RenderTask]:
    """All files of a stage but the graph's, as work for any process; what takes long comes first."""
    # start time: only this step needs it
    from kg.knowledge.rendering import RenderTask, split_tasks
    from kg.views.page.jobs import PageJob

    stage, searchable = run.stage, run.settings.site.search
    tasks = [RenderTask("metrics files", [PageJob(partial(_metrics_files, run.settings, assessment))])]
    if stage in ("maps", "site"):
        # start time: only this step needs it
        from kg.views import maps

        tasks.insert(0, RenderTask("maps", [PageJob(partial(maps.render_maps, assessment))]))
    if stage == "site":
        # start time: only this step needs it
        from kg.views import reports, site

        texts = texts_as_read(base.files, base.corpus.notes)
        shown = shown_media(base.corpus, base.inputs.attachments(MEDIA_ENDINGS))
        tasks.append(RenderTask("media", [PageJob(partial(media_files, shown.places))]))
        jobs = site.site_jobs(assessment, texts, media=shown.media, searchable=searchable, reuse=pages)
        languages = len(assessment.languages or ("en",))
        reported = PageJob(partial(reports.render_reports, assessment, pages), "reports/")
        shards = site.choose_shards((job.address for job in (reported, *jobs)), languages) if searchable else {}
        tasks += (*split_tasks("reports", [reported], shards), *split_tasks("site", jobs, shards))
    return tasks


def _metrics_files(settings: Settings, assessment: Assessment) -> Iterator[Artifact]:
    # start time: only this step needs it
    from kg.views.export import MeasuredBase, all_files, render_graphml

    keys = {iri: r.key for iri, r in assessment.relations.items()} | {LINKS_TO: "links-to"}
    concepts = assessment.corpus.concepts
    measured = MeasuredBase(
        assessment.measures,
        assessment.findings,
        concepts,
        counted=len(concepts) - len(assessment.planned),
        notes=len(assessment.corpus.notes),
        gates=settings.gates,
        claimed=settings.claimed,
        plan=plan_of(settings, assessment.corpus).counts,
    )
    yield from all_files(measured)
    rows = (json_line(suggestion_row(s, assessment.corpus)) + "\n" for s in assessment.suggestions)
    yield Artifact("suggestions.jsonl", "".join(rows).encode("utf-8", "replace"))
    yield render_graphml(assessment.network, concepts, keys)


def _plan(run: OutputRun, base: KnowledgeBase, assessment: Assessment) -> Iterator[Artifact]:
    """The page of the plan. Last, since acceptance conditions can name files that the other views write."""
    if run.stage == "site":
        # start time: only this step needs it
        from kg.views import site

        folder = run.staging.folder
        yield from site.plan_pages(assessment, plan_state(base, lambda path: files.is_file(folder / path)))


def build_info(
    settings: Settings, summary: Summary, stage: str, started: str, seconds: Mapping[str, float], files: int
) -> dict[str, object]:
    """The content of `build.json`, the only file with times. With SOURCE_DATE_EPOCH set, it is reproducible too."""
    value: dict[str, object] = {
        "kg": VERSION,
        "python": platform.python_version(),
        "stage": stage,
        "built": started,
        "base": settings.base,
        "files": files,
        "summary": msgspec.to_builtins(summary),
    }
    if fixed_time() is None:
        value["seconds"] = {k: round(v, 3) for k, v in seconds.items()}
    return value
