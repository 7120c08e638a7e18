"""Builds what changed: renders the assessment and replaces the output folder in one step."""

from __future__ import annotations

from collections.abc import Mapping

from kg.base.staging import STORE, Staging
from kg.graph.suggested import add_suggestions
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.current import BuildRun, Published, last_files, notes_key, remember
from kg.knowledge.graph_files import is_updatable
from kg.knowledge.inputs import Inputs
from kg.knowledge.planning import deliverables, plan_of
from kg.knowledge.quality import add_results
from kg.knowledge.suggesting import suggesting_meanwhile
from kg.knowledge.summarising import summarise_build
from kg.knowledge.wanted import show_wanted
from kg.knowledge.writing import OutputRun, build_info, write_graph_only, write_output
from kg.metrics.gates import check_names
from kg.model import Assessment
from kg.plan.provenance import add_plan


def build_changed(run: BuildRun, inputs: Inputs, digest: str, last: Mapping[str, str] | None) -> Published:
    """Build and publish. `last` is the record of the last build; None if its output can't be used."""
    settings, stage, how, full, clock, started = run
    staging = Staging(settings.out)
    output = OutputRun(settings, stage, staging, clock)
    try:
        pages = last_files(settings, last, full=full)
        # From nothing, a store on disk is made at once. An update compares statements, and so needs those of a store in memory.
        direct = stage == "graph" and not is_updatable(inputs, pages.last)
        store = staging.folder / STORE if direct else None
        base = KnowledgeBase(settings, how, clock=clock, store=store, scratch=staging.folder)
        assessment = None
        if stage == "graph":
            count = write_graph_only(output, base, pages)
        else:
            assessment = _assess(base, stage)
            count = write_output(output, base, assessment, pages)
        count += 2
        summary = summarise_build(base, assessment)
        with clock.stage("publish"):
            staging.publish(build_info(settings, summary, stage, started, clock.seconds, count))
    except KeyboardInterrupt:
        staging.discard()
        raise KeyboardInterrupt(f"it was at '{clock.now}': notes that were read are kept, the rest is made anew") from None
    except BaseException:
        staging.discard()
        raise
    named = deliverables(base) if stage == "site" else {}
    remember(settings, digest, stage, notes_key(inputs, stage), pages, named)
    shown = (pages.now.rendered, pages.now.kept)
    return Published(settings.out, summary, clock.seconds, count, changed=True, base=base, pages=shown)


def _assess(base: KnowledgeBase, stage: str) -> Assessment:
    """Measure a knowledge base, and add the results to its graph."""
    settings = base.settings
    with suggesting_meanwhile(base):
        if stage == "site" and base.how.wanted is not None:
            show_wanted(base.how.wanted, base)
        check_names(settings.gates, base.assessment)
    assessment = base.assessment_with_suggestions
    add_results(settings, base.graph, assessment)
    plan = plan_of(settings, base.corpus)
    add_plan(base.graph, plan.tasks, plan.state)
    add_suggestions(base.graph, assessment.suggestions)
    return assessment
