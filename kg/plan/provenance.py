"""The journal as linked data: activities that carry out the steps of a plan, in the terms of PROV and P-Plan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from kg.base.names import DCTERMS, FOAF, KG, P_PLAN, PROV, RDF, XSD
from kg.graph import Graph
from kg.graph.literals import format_literal
from kg.plan.state import PlanProgress
from kg.plan.tasks import Task

_TYPE = f"<{RDF}type>"


def graph_of(base: str) -> str:
    """The IRI of the named graph for the execution of a plan."""
    return f"{base}plan"


def add_plan(graph: Graph, tasks: Sequence[Task], state: PlanProgress) -> None:
    """Load the execution of a plan into its named graph; nothing if no task has been started."""
    name = f"<{graph_of(graph.base)}>"
    graph.load_lines(f"{line} {name} ." for line in _lines(graph_of(graph.base), tasks, state))


def _lines(base: str, tasks: Sequence[Task], state: PlanProgress) -> Iterator[str]:
    agents: dict[str, str] = {}
    for number, task in enumerate(tasks, 1):
        progress = state.of(task.id)
        if not progress.started:
            continue
        activity = f"<{base}/activity/{task.number or number}>"
        yield f"{activity} {_TYPE} <{P_PLAN}Activity>"
        yield f"{activity} {_TYPE} <{PROV}Activity>"
        yield f"{activity} <{P_PLAN}correspondsToStep> <{task.iri}>"
        yield f"{activity} <{KG}status> {format_literal(progress.state)}"
        yield f"{activity} <{PROV}startedAtTime> {_time(progress.started)}"
        if progress.done:
            yield f"{activity} <{PROV}endedAtTime> {_time(progress.done)}"
        agent = agents.setdefault(progress.actor, f"<{base}/agent/{_digest(progress.actor)}>")
        yield f"{activity} <{PROV}wasAssociatedWith> {agent}"
        for path, digest in sorted(progress.deliverables.items()):
            entity = f"<{base}/deliverable/{digest[:16]}>"
            yield f"{entity} {_TYPE} <{PROV}Entity>"
            yield f"{entity} <{DCTERMS}title> {format_literal(path)}"
            yield f"{entity} <{KG}digest> {format_literal(digest)}"
            yield f"{entity} <{PROV}wasGeneratedBy> {activity}"
    for actor, agent in agents.items():
        yield f"{agent} {_TYPE} <{PROV}Agent>"
        # The mail address is private, and the name is sufficient to distinguish people.
        yield f"{agent} <{FOAF}name> {format_literal(actor.partition(' <')[0])}"


def _time(text: str) -> str:
    return f'"{text}"^^<{XSD}dateTime>'


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
