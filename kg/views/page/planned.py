"""What belongs to the plan rather than to the domain: maps show it only when asked, and communities don't count it."""

from __future__ import annotations

from collections.abc import Container, Sequence

from kg.model import Assessment


def part_of_plan(assessment: Assessment) -> frozenset[str]:
    """Plans, tasks, and what tasks produce."""
    network, relations = assessment.network, assessment.relations
    produced = {
        target
        for task in assessment.planned
        if task in network
        for target, keyed in network.adj[task].items()
        if any(relation in relations and relations[relation].key == "produces" for relation in keyed)
    }
    return assessment.planned | produced


def counted(members: Sequence[str], plan: Container[str]) -> Sequence[str]:
    """The members of a community that count, in their order: those outside the plan, or all if the plan is all there is.

    >>> counted(["raft", "task-7", "paxos"], {"task-7"}), counted(["task-7"], {"task-7"})
    (['raft', 'paxos'], ['task-7'])
    """
    return [iri for iri in members if iri not in plan] or members
