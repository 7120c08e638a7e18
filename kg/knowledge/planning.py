"""A plan for commands and pages: its tasks, its journal, and the facts for acceptance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from kg.base.errors import UsageError
from kg.base.settings import Settings
from kg.knowledge.base import KnowledgeBase, open_base
from kg.metrics import benchmark
from kg.model import Corpus
from kg.plan import facts
from kg.plan.facts import PlanState
from kg.plan.folder import is_delivered, plan_folder
from kg.plan.journal import PlanEvents, read_journal
from kg.plan.state import PlanProgress, replay_journal
from kg.plan.tasks import Task, tasks_of
from kg.plan.tasks.acceptance import AcceptanceFacts, ClauseResult, judge_clause


class Plan(NamedTuple):
    """The current state of a plan: tasks from the notes, progress from the journal."""

    tasks: tuple[Task, ...]
    journal: PlanEvents
    state: PlanProgress

    @property
    def counts(self) -> dict[str, int]:
        """Number of tasks by state, and of open interrupts; empty without tasks."""
        if not self.tasks:
            return {}
        states = Counter(self.state.of(t.id).state for t in self.tasks)
        return {s: states[s] for s in ("open", "started", "paused", "done")} | {"interrupts": len(self.state.open_interrupts)}


def plan_of(settings: Settings, corpus: Corpus) -> Plan:
    """The plan in a corpus; empty without tasks."""
    if not settings.notes:
        return Plan((), PlanEvents(()), PlanProgress())
    journal = read_journal(plan_folder(settings))
    return Plan(tasks_of(corpus)[0], journal, replay_journal(journal.events))


def load_plan(settings: Settings) -> Plan:
    """Load tasks and journal of a knowledge base. Raises UsageError if there are no tasks."""
    corpus = open_base(settings).corpus
    return _whole(corpus, plan_of(settings, corpus))


class JudgedPlan(NamedTuple):
    """A plan with the facts for its acceptance."""

    plan: Plan
    base: KnowledgeBase
    facts: AcceptanceFacts

    def results(self, task: Task) -> tuple[ClauseResult, ...]:
        """The result of each clause in a task's acceptance."""
        return tuple(judge_clause(c, self.facts, self.plan.state.of(task.id).records) for c in task.acceptance)


def judge_plan(settings: Settings) -> JudgedPlan:
    """Measure the knowledge base and collect the facts for acceptance. Raises UsageError if there are no tasks."""
    base = open_base(settings)
    return JudgedPlan(_whole(base.corpus, plan_of(settings, base.corpus)), base, judged_facts(base))


def judged_facts(base: KnowledgeBase, exists: Callable[[str], bool] | None = None) -> AcceptanceFacts:
    """The facts for acceptance in a measured knowledge base."""
    runs = benchmark.read_runs(base.settings.ontology)
    last = (len(runs), len(benchmark.find_excesses(runs[-1], benchmark.find_comparable(runs[-1], runs)))) if runs else None
    return facts.facts_of(base.settings, base.assessment, base.findings, exists, last)


def plan_state(base: KnowledgeBase, written: Callable[[str], bool]) -> PlanState:
    """The content of the plan's page. `written` tells whether this build writes a path; an older output doesn't count."""
    plan = plan_of(base.settings, base.corpus)
    facts_ = judged_facts(base, lambda path: is_delivered(base.settings, path) or written(path))
    results = {t.id: tuple(judge_clause(c, facts_, plan.state.of(t.id).records) for c in t.acceptance) for t in plan.tasks}
    return PlanState(plan.tasks, plan.state, results)


def deliverables(base: KnowledgeBase) -> dict[str, bool]:
    """The files named by acceptance conditions that a build doesn't write, each with whether it exists."""
    named = {o.name for t in tasks_of(base.corpus)[0] for c in t.acceptance for o in c.options if o.kind == "file"}
    return {name: is_delivered(base.settings, name) for name in sorted(named)}


def _whole(corpus: Corpus, plan: Plan) -> Plan:
    for fault in tasks_of(corpus)[1]:
        raise UsageError(f"{fault.path}:{fault.line}: {fault.message}", hint=fault.hint)
    if not plan.tasks:
        raise UsageError("there is no plan", hint="a task is a note with 'type: task' in its front matter: docs/plan.md")
    return plan
