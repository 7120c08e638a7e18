"""Builds what changed: renders the assessment and replaces the output folder in one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kg.base import files
from kg.base.staging import STORE, Staging
from kg.checks import CheckPlan, Context
from kg.graph import Graph, load_vocabulary, splice
from kg.graph.suggested import add_suggestions
from kg.knowledge import increment
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.checking import sarif_of
from kg.knowledge.current import BuildRun, Published, notes_key, remember, up_to_date
from kg.knowledge.graph_files import TRIG, TURTLE, write_documents
from kg.knowledge.graphs import sources_of
from kg.knowledge.inputs import InputDigests, Inputs
from kg.knowledge.pages import last_pages, remember_pages
from kg.knowledge.planning import deliverables, plan_of
from kg.knowledge.quality import add_results
from kg.knowledge.state import forget_state, keep_state, remember_state
from kg.knowledge.summarising import summarise_build, updated
from kg.knowledge.wanted import show_wanted
from kg.knowledge.writing import OutputRun, build_info, write_output
from kg.metrics.gates import check_names
from kg.model import Artifact
from kg.plan.provenance import add_plan


def build_changed(run: BuildRun, inputs: Inputs, digests: InputDigests, last: Mapping[str, str] | None) -> Published:
    """Build and publish. `last` is the record of the last build; None if its output can't be used."""
    settings, stage, how, full, progress, clock, started = run
    if last is not None and stage == "graph" and how.cache is not None:
        with clock.stage("change"):
            change = increment.update(settings, inputs.listing, digests, last["inputs"])
        before = up_to_date(settings) if change is not None else None
        if change is not None and before is not None:
            progress("writing what changed", 0, 0)
            output = OutputRun(settings, stage, Staging(settings.out), clock, progress)
            published = _publish_change(output, before, change, inputs, digests, started)
            if published is not None:
                return published
    staging = Staging(settings.out)
    output = OutputRun(settings, stage, staging, clock, progress)
    try:
        keep: Callable[[], None] = lambda: forget_state(settings)  # noqa: E731  # set again below
        assessment = None
        if stage == "graph":
            base = KnowledgeBase(settings, how, clock=clock, progress=progress, store=staging.folder / STORE)
            keep = _check_graph(base, staging, digests)
        else:
            base = KnowledgeBase(settings, how, clock=clock, progress=progress, scratch=staging.folder)
            if how.wanted is not None and stage == "site":
                show_wanted(how.wanted, base)
            check_names(settings.gates, base.assessment)
            assessment = base.assessment_with_suggestions
            add_results(settings, base.graph, assessment)
            plan = plan_of(settings, base.corpus)
            add_plan(base.graph, plan.tasks, plan.state)
            add_suggestions(base.graph, assessment.suggestions)
        summary = summarise_build(base, assessment)
        pages = last_pages(settings, last, full=full) if assessment is not None else None
        count = write_output(output, base, assessment, pages) + 2
        with clock.stage("publish"):
            progress("publishing", 0, 0)
            staging.publish(build_info(settings, summary, stage, started, clock.seconds, count))
    except KeyboardInterrupt:
        staging.discard()
        raise KeyboardInterrupt(f"it was at '{clock.now}': notes that were read are kept, the rest is made anew") from None
    except BaseException:
        staging.discard()
        raise
    keep()
    named = deliverables(base) if stage == "site" else {}
    out = remember(settings, digests.inputs, stage, notes_key(inputs, stage), named)
    if pages is not None:
        remember_pages(settings, pages, out)
    shown = (pages.now.rendered, pages.now.kept) if pages is not None else (0, 0)
    return Published(settings.out, summary, clock.seconds, count, changed=True, base=base, pages=shown)


def _check_graph(base: KnowledgeBase, staging: Staging, digests: InputDigests) -> Callable[[], None]:
    """Build the graph, its files and the findings. Return a function that stores the state for the next build."""
    settings, graph, clock = base.settings, base.graph, base.clock
    with clock.stage("graph files"):
        # Oxigraph releases the GIL, so the store is written concurrently.
        write_documents(graph, staging)
        graph.text = None
    read = base.notes_read
    with clock.stage("check"):
        context = Context(read.corpus, None, settings, read.vocabulary, lambda: graph, sources_of(settings), base.files)
        plan = CheckPlan.of(settings, context.outside)
        unmerged = plan.find(context)
        base.graph_findings = plan.finish(unmerged, len(read.corpus.concepts))
    with clock.stage("store"):
        base.progress("writing the graph", 0, 0)
        _ = graph.store

    def keep() -> None:
        if base.how.cache is None:
            forget_state(settings)
        else:
            remember_state(settings, read, plan, unmerged, base.where, digests)

    return keep


def _publish_change(
    run: OutputRun, before: Published, change: increment.Update, inputs: Inputs, digests: InputDigests, started: str
) -> Published | None:
    """Publish the last build of the graph with an update; None if the result may differ from a clean build."""
    # start time: only this step needs it
    from kg.views.export import findings_json

    settings, _, staging, clock, _ = run
    out = settings.out
    try:
        with clock.stage("graph files"):
            documents = splice.SplicedDocuments(files.read(out / TURTLE, files.LARGE), files.read(out / TRIG, files.LARGE))
            store = splice.copy_store(out / STORE, staging.folder / STORE)
            documents, more = splice.apply_changes(store, settings.base, change.removed, change.added, documents)
            findings = change.find(Graph(store, settings.base))
            store.flush()
            del store
            places = {f.name: f.path for f in inputs.listing.notes}
            artifacts = (Artifact(TURTLE, documents.turtle), Artifact(TRIG, documents.trig))
            count = 2 + staging.write_all((*artifacts, findings_json(findings), sarif_of(settings, findings, places)))
        vocabulary = load_vocabulary(settings.ontology, settings.transitive) if any(change.typed.values()) else None
        summary = updated(before.summary, findings, change, more, vocabulary.relations if vocabulary else {})
        with clock.stage("publish"):
            staging.publish(build_info(settings, summary, "graph", started, clock.seconds, count))
    except splice.Unsure:
        staging.discard()
        return None
    except BaseException:
        staging.discard()
        raise
    keep_state(settings, change.state())
    remember(settings, digests.inputs, "graph", notes_key(inputs, "graph"))
    return Published(out, summary, clock.seconds, count, changed=True)
