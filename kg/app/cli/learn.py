"""``kg path``: the order in which to learn the concepts between known concepts and a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts
from kg.app.cli.explain import ShownBuild
from kg.app.cli.options import common, display_path, join, output_file
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.network.learning import LearningStep


@click.command("path")
@click.argument("names", nargs=-1, metavar="[KNOWN]…", shell_complete=complete_concepts)
@click.argument("target", metavar="TARGET", shell_complete=complete_concepts)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_file
@common
def path(names: tuple[str, ...], target: str, form: str) -> None:
    """Print a learning path from KNOWN concepts to a TARGET.

    Concepts are given by id, IRI or label. Preferred are steps to a concept that requires, specialises, is part of or is built
    on an earlier one; further prerequisites are inserted before the step. Without KNOWN, all prerequisites of the target are
    listed.
    """
    # start time: only this command needs it
    from kg.network import project_edges
    from kg.network.learning import collect_ties, find_way

    base = ShownBuild()
    goal = base.concepts.find(target)
    start = [base.concepts.find(name) for name in names]
    if goal.iri in {c.iri for c in start}:
        raise UsageError(f"'{target}' is both known and the target", hint="give what you know first, what you want last")
    edges = knowledge.built_edges(base.settings)
    if edges is None:
        edges = project_edges(base.graph, base.vocabulary.relations, typed=True).edges
    ties_ = collect_ties(edges, base.vocabulary.relations)
    steps = find_way(ties_, [c.iri for c in start], goal.iri)
    if form == "json":
        click.echo(json_pretty({"version": 1, **_data(base, goal.iri, steps)}))
    else:
        for line in _text(base, [c.iri for c in start], goal.iri, steps):
            click.echo(line)
    if steps is None:
        raise SystemExit(1)


def _text(base: ShownBuild, start: Sequence[str], goal: str, steps: Sequence[LearningStep] | None) -> Iterator[str]:
    label = base.label
    if steps is None:
        yield printable(base.texts("no-chain", start=join(list(map(label, start))), goal=label(goal)))
        return
    if not start and len(steps) == 1:
        yield printable(base.texts("nothing-required", goal=label(goal)))
        return
    for number, step in enumerate(steps, 1):
        line = f"{number:>2}. {label(step.concept)}"
        if step.needed_for:
            line += base.texts("required-by", name=label(step.needed_for))
        elif step.tie is not None:
            tie = step.tie
            before = tie.then if tie.first == step.concept else tie.first
            from_before = (tie.first if tie.forward else tie.then) == before
            arrow = f"—{base.relation(tie.relation)}→" if from_before else f"←{base.relation(tie.relation)}—"
            line += f"  ({label(before)} {arrow})"
            line += f"  {display_path(base.settings, tie.path)}:{tie.line}" if tie.path else ""
        yield printable(line)


def _data(base: ShownBuild, goal: str, steps: Sequence[LearningStep] | None) -> dict[str, object]:
    rows = []
    for step in steps or ():
        row: dict[str, object] = base.named(base.concepts.names(step.concept))
        if step.needed_for:
            row["required_by"] = base.concepts.names(step.needed_for).id
        if step.tie is not None:
            tie = step.tie
            ends = (tie.first, tie.then) if tie.forward else (tie.then, tie.first)
            row["relation"] = {
                "subject": base.concepts.names(ends[0]).id,
                "relation": base.relation_key(tie.relation),
                "object": base.concepts.names(ends[1]).id,
                "path": tie.path,
                "line": tie.line,
            }
        rows.append(row)
    return {"target": base.named(base.concepts.names(goal)), "steps": None if steps is None else rows}
