"""Writes the files of a build: a knowledge base that was read and measured becomes a staging folder."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.about import VERSION
from kg.base.clock import fixed_time
from kg.base.errors import StoreError
from kg.base.json_forms import json_line
from kg.base.names import LINKS_TO
from kg.base.settings import Settings
from kg.base.staging import Staging
from kg.graph import Graph, SortedDocuments
from kg.graph.built import STORE
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.checking import sarif_of
from kg.knowledge.planning import plan_of, plan_state
from kg.knowledge.steps import Clock, Progress
from kg.knowledge.suggesting import suggestion_row
from kg.knowledge.summary import Summary
from kg.knowledge.texts import texts_as_read
from kg.model import Artifact, Assessment

if TYPE_CHECKING:
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
    from kg.views.export import findings_json

    graph, staging, clock = base.graph, run.staging, run.clock
    run.progress("writing the graph", 0, 0)
    findings = base.graph_findings if assessment is None else assessment.findings
    sarif = sarif_of(run.settings, findings, base.files)
    if assessment is None or pages is None:
        return len((TURTLE, TRIG)) + staging.write_all((findings_json(findings), sarif))
    with ThreadPoolExecutor(1) as pool:
        graph.keep_text(staging.folder)
        with clock.stage("graph files"):
            write_documents(graph, staging)
            count = len((TURTLE, TRIG)) + staging.write_all((sarif,))
        # Oxigraph releases the GIL, so the store is written while measures and pages are computed. It doesn't overlap with the
        # documents, since both need most of a build's memory.
        saved = pool.submit(_save, graph, staging.folder / STORE)
        count += _write_assessed(run, base, assessment, pages)
        with clock.stage("store"):
            saved.result()
    return count


def _save(graph: Graph, folder: Path) -> None:
    graph.save(folder)
    graph.text = None


def write_documents(graph: Graph, staging: Staging) -> None:
    """Write the graph as Turtle, and with its named graphs as TriG, to the staging folder."""
    try:
        documents = SortedDocuments(graph.pieces(), graph.base, staging.folder)
    except OSError as error:
        raise StoreError(f"can't write in {staging.folder}: {error.strerror}", hint="is the disk full?") from error
    staging.write_pieces(TURTLE, documents.turtle())
    staging.write_pieces(TRIG, documents.named(), behind=TURTLE)


def _write_assessed(run: OutputRun, base: KnowledgeBase, assessment: Assessment, pages: Reuse) -> int:
    # start time: only this step needs it
    from kg.views.export import MeasuredBase, all_files, render_graphml

    settings, stage, staging, clock, progress = run
    with clock.stage("metrics files"):
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
        rows = (json_line(suggestion_row(s, assessment.corpus)) + "\n" for s in assessment.suggestions)
        suggestions = Artifact("suggestions.jsonl", "".join(rows).encode("utf-8", "replace"))
        count = staging.write_all((*all_files(measured), suggestions, render_graphml(assessment.network, concepts, keys)))
    for name, artifacts in _views(run, base, assessment, pages):
        with clock.stage(name):
            for artifact in artifacts:
                staging.write(artifact)
                count += 1
                if count % 20 == 0:
                    progress(f"writing {name}", count, 0)
    if stage == "site" and settings.site.search:
        # start time: only this step needs it
        from kg.views.site import make_index

        with clock.stage("search"):
            progress("indexing for search", 0, 0)
            count += make_index(staging.folder)
    return count


def _views(
    run: OutputRun, base: KnowledgeBase, assessment: Assessment, pages: Reuse
) -> Iterator[tuple[str, Iterator[Artifact]]]:
    settings, stage, staging = run.settings, run.stage, run.staging
    if stage in ("maps", "site"):
        # start time: only this step needs it
        from kg.views import maps

        yield "maps", maps.render_maps(assessment)
    if stage == "site":
        # start time: only this step needs it
        from kg.views import reports, site

        yield "reports", reports.render_reports(assessment, pages)
        yield (
            "site",
            site.render_site(
                assessment, texts_as_read(base.files, base.corpus.notes), searchable=settings.site.search, reuse=pages
            ),
        )
        # Last, since acceptance conditions can name files that the other views write.
        yield (
            "plan",
            site.plan_pages(assessment, plan_state(base, lambda path: files.is_file(staging.folder / path))),
        )


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
