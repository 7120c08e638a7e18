"""Writes the files of a build: a knowledge base that was read and measured becomes a staging folder."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.about import VERSION
from kg.base.clock import fixed_time
from kg.base.extras import has_extra
from kg.base.json_forms import json_line
from kg.base.names import LINKS_TO
from kg.base.progress import advance_step, begin_step
from kg.base.settings import Settings
from kg.base.staging import Staging
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.checking import sarif_of
from kg.knowledge.declared import FieldDigests, declare_reads
from kg.knowledge.graph_files import TRIG, TURTLE, write_graph
from kg.knowledge.inventory import render_inventory
from kg.knowledge.media import media_files, shown_media
from kg.knowledge.noted_changes import first_days, noted_changes
from kg.knowledge.planning import plan_of, plan_state
from kg.knowledge.running import Clock
from kg.knowledge.suggesting import suggestion_row
from kg.knowledge.summary import Summary
from kg.knowledge.texts import texts_as_read
from kg.model import Artifact, Assessment, Change

if TYPE_CHECKING:
    from kg.knowledge.rendering import RenderTask
    from kg.views.page.reuse import Reuse


class OutputRun(NamedTuple):
    """A run that writes an output."""

    settings: Settings
    stage: str
    staging: Staging
    clock: Clock


def write_graph_only(run: OutputRun, base: KnowledgeBase, pages: Reuse) -> int:
    """Write all files of the stage of the graph but `build.json` and return their number."""
    # start time: only this step needs it
    from kg.views.export import findings_json

    clock = run.clock

    def check() -> None:
        with clock.stage("check"):
            _ = base.graph_findings

    _ = base.graph  # has a stage of its own
    with begin_step("writing the graph", 3):
        written, seconds = write_graph(base, run.staging, pages.last, check)
    seconds["store"] -= clock.seconds["check"]
    clock.divide(sum(seconds.values()), seconds)
    pages.add(written)
    findings = base.graph_findings
    sarif = sarif_of(run.settings, findings, base.files)
    inventory = render_inventory(run.settings, base.corpus)
    return len((TURTLE, TRIG)) + run.staging.write_all((findings_json(findings), sarif, inventory))


def write_output(run: OutputRun, base: KnowledgeBase, assessment: Assessment, pages: Reuse) -> int:
    """Write all files of a later stage but `build.json` and return their number."""
    # start time: only this step needs it
    from kg.knowledge.rendering import Renderer, count_processes

    staging = run.staging
    sarif = sarif_of(run.settings, assessment.findings, base.files)
    started = time.perf_counter()
    with begin_step("preparing pages", _PREPARED[run.stage]):
        tasks = _tasks(run, base, assessment, pages)
    # The renderer forks before Oxigraph and the thread of its files start: in a fork, the locks that they hold stay locked.
    with (
        Renderer(staging, tasks, pages, count_processes(base.how.jobs)) as renderer,
        ThreadPoolExecutor(1) as pool,
        begin_step("writing files", renderer.size + 1),
    ):
        saved = pool.submit(write_graph, base, staging, pages.last)
        count, seconds = renderer.render()
        inventory = render_inventory(run.settings, base.corpus)
        count += len((TURTLE, TRIG)) + staging.write_all((sarif, inventory, *_plan(run, base, assessment)))
        written, graph_seconds = saved.result()
        pages.add(written)
        if run.stage == "site":
            count += staging.write_all(_published_files(run, base, assessment))
        seconds |= graph_seconds
    run.clock.divide(time.perf_counter() - started, seconds)
    return count


_PREPARED: Final = {"metrics": 1, "maps": 2, "site": 6}
"""What is counted while pages are prepared, by stage: measures; maps; then media, history, pages and what they share."""


def _tasks(run: OutputRun, base: KnowledgeBase, assessment: Assessment, pages: Reuse) -> list[RenderTask]:
    """All files of a stage but the graph's, as work for any process; what takes long comes first."""
    # start time: only this step needs it
    from kg.knowledge.rendering import RenderTask, split_tasks
    from kg.views.page.jobs import PageJob

    digests = FieldDigests(assessment, base.field_digests)

    def whole(stage: str, name: str, part: OutputPart, *more: str, shard: str = "") -> RenderTask:
        """A part of the output that is made again only if what it reads has changed."""
        render, reads = part
        address = "reports/" if shard else ""
        job = PageJob(lambda: render(declare_reads(assessment, reads), pages), address)
        return RenderTask(stage, [job], shard, digests.key(f"{stage} {name}", reads, *more))

    stage, searchable = run.stage, run.settings.site.search
    plan = plan_of(run.settings, base.corpus).counts
    counts = repr((len(assessment.corpus.notes), sorted(plan.items())))
    measured = OutputPart(partial(_measure_files, len(assessment.corpus.notes), plan), _MEASURES_READ)
    tasks = [whole("metrics files", "measures", measured, counts)]
    tasks += [whole("metrics files", name, part) for name, part in _METRICS_FILES.items()]
    advance_step()
    if stage in ("maps", "site"):
        # start time: only this step needs it
        from kg.views import maps

        # History is an input of the whole site only.
        days = first_days(base) if stage == "site" else {}
        part = OutputPart(lambda assessment, _pages: maps.render_maps(assessment, days), maps.READS)
        tasks.insert(0, whole("maps", "", part, repr(sorted(days.items()))))
        advance_step()
    if stage == "maps":
        # start time: only this step needs it
        from kg.views.site import render_map_companions

        tasks.append(RenderTask("maps", [PageJob(partial(render_map_companions, assessment))]))
    if stage == "site":
        # start time: only this step needs it
        from kg.views import reports, site

        texts = texts_as_read(base.files, base.corpus.notes)
        published = shown_media(base.corpus, base.inputs.media())
        tasks.append(RenderTask("media", [PageJob(partial(media_files, published.places))]))
        advance_step()
        noted = noted_changes(base)
        advance_step()
        jobs = site.site_jobs(
            assessment,
            texts,
            site.SiteSources(
                published.media, base.inputs.bibliography.references, noted, digests.key("pages", site.PAGES_READ)
            ),
            searchable=searchable,
            reuse=pages,
        )
        advance_step()
        languages = len(assessment.languages or ("en",))
        shards = (
            site.choose_shards(("reports/", *(job.address for job in jobs)), languages)
            if searchable and has_extra("search")
            else {}
        )
        for name, report in reports.REPORTS.items():
            part = OutputPart(partial(reports.render_report, name), report.reads)
            tasks.append(whole("reports", name, part, shard=shards.get("reports/", "")))
        for name, shown in site.PARTS.items():
            changes = site.newest(assessment, noted) if shown.shows_changes else ()
            render = partial(_render_part, shown.render, changes)
            tasks.append(whole("site", name, OutputPart(render, shown.reads), repr(changes)))
        tasks += split_tasks("site", jobs, shards)
        advance_step()
    return tasks


class OutputPart(NamedTuple):
    """A part of the output, and what it reads of an assessment; ``render`` gets nothing else of it."""

    render: Callable[[Assessment, Reuse], Iterable[Artifact]]
    reads: tuple[str, ...]


def _render_part(
    render: Callable[[Assessment, Reuse, Sequence[Change]], Iterable[Artifact]],
    changes: Sequence[Change],
    assessment: Assessment,
    pages: Reuse,
) -> Iterable[Artifact]:
    return render(assessment, pages, changes)


_MEASURES_READ: Final = ("measures", "findings", "corpus.concepts", "planned", "gates", "claimed")


def _measure_files(notes: int, plan: Mapping[str, int], assessment: Assessment, _pages: Reuse) -> Iterator[Artifact]:
    # start time: only this step needs it
    from kg.views.export import MeasuredBase, all_files

    concepts = assessment.corpus.concepts
    yield from all_files(
        MeasuredBase(
            assessment.measures,
            assessment.findings,
            concepts,
            counted=len(concepts) - len(assessment.planned),
            notes=notes,
            gates=assessment.gates,
            claimed=assessment.claimed,
            plan=plan,
        )
    )


def _suggestions_file(assessment: Assessment, _pages: Reuse) -> Iterator[Artifact]:
    rows = (json_line(suggestion_row(s, assessment.corpus)) + "\n" for s in assessment.suggestions)
    yield Artifact("suggestions.jsonl", "".join(rows).encode("utf-8", "replace"))


def _network_file(assessment: Assessment, _pages: Reuse) -> Iterator[Artifact]:
    # start time: only this step needs it
    from kg.views.export import render_graphml

    keys = {iri: r.key for iri, r in assessment.relations.items()} | {LINKS_TO: "links-to"}
    yield render_graphml(assessment.network, assessment.corpus.concepts, keys)


_METRICS_FILES: Final[Mapping[str, OutputPart]] = {
    "suggestions": OutputPart(_suggestions_file, ("suggestions", "corpus.concepts")),
    "network": OutputPart(_network_file, ("network", "relations", "corpus.concepts")),
}


def _plan(run: OutputRun, base: KnowledgeBase, assessment: Assessment) -> Iterator[Artifact]:
    """The page of the plan. Last, since acceptance conditions can name files that the other views write."""
    if run.stage == "site":
        # start time: only this step needs it
        from kg.views import site

        folder = run.staging.folder
        yield from site.plan_pages(assessment, plan_state(base, lambda path: files.is_file(folder / path)))


def _published_files(run: OutputRun, base: KnowledgeBase, assessment: Assessment) -> Iterator[Artifact]:
    """What the site says of itself. It counts statements, so it comes after the graph."""
    # start time: only this step needs it
    from kg.views.export import note_schema
    from kg.views.export.published import PublishedBase, published_files
    from kg.views.page import View, paths
    from kg.views.site import newest
    from kg.views.site.recent import describe_change

    settings, vocabulary = run.settings, base.notes_read.vocabulary
    views = {lang: View(assessment, lang, "views.site") for lang in assessment.languages or ("en",)}
    yield note_schema(vocabulary.relations, vocabulary.types, vocabulary.type_labels)
    yield from published_files(
        PublishedBase(
            base=settings.base,
            title=assessment.title,
            languages=assessment.languages or ("en",),
            concepts=assessment.corpus.concepts,
            relations=assessment.relations,
            changes=newest(assessment, noted_changes(base)),
            statements=base.graph.count_default(),
            url=settings.site.url,
            license=settings.site.license,
            describe=lambda change, lang: describe_change(views[lang], paths.RECENT, change).striptags(),
            others=_other_pages(assessment),
        )
    )


def _other_pages(assessment: Assessment) -> list[str]:
    """Paths of the pages besides those of concepts, in the default language."""
    # start time: only this step needs it
    from kg.views.page import View, paths
    from kg.views.site.note import plain_notes

    view = View(assessment, (assessment.languages or ("en",))[0], "views.site")
    pages = [
        paths.INDEX,
        paths.BROWSE,
        paths.LAYERS,
        paths.AREAS,
        paths.TAGS,
        paths.A_Z,
        paths.READING,
        paths.RECENT,
        paths.LEARN,
    ]
    return [*pages, paths.ASSOCIATION, paths.HIERARCHY, paths.QUALITY, *(paths.note_path(p, "", ()) for p in plain_notes(view))]


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
