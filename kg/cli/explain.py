"""``kg why`` and ``kg impact``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from kg import pipeline
from kg.cli.options import common, display_path, language, printable, settings
from kg.errors import UsageError
from kg.model import Concept
from kg.rdf.concepts import concepts_of, find, label_of, vocabulary_of

if TYPE_CHECKING:
    import networkx as nx

    from kg.network.paths import Affected, Meeting, Statement, Step

_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


class _Base:
    """The build, and how its statements are shown."""

    def __init__(self) -> None:
        self.settings = settings()
        self.graph, info = pipeline.open_build(self.settings.out)
        self.vocabulary = vocabulary_of(self.graph)
        self.concepts = concepts_of(self.graph, self.vocabulary)
        self.lang = language(tuple(info.get("summary", {}).get("languages", ())))

    @cached_property
    def network(self) -> nx.MultiDiGraph[str]:
        from kg.network import project

        return project(self.graph, self.vocabulary.relations)

    def label(self, iri: str) -> str:
        return self.concepts[iri].label(self.lang)

    def relation(self, iri: str) -> str:
        found = self.vocabulary.relations.get(iri)
        return label_of(self.graph, iri, self.lang) or (found.key if found else iri)

    def line(self, statement: Statement, start: str) -> str:
        """A statement read from `start`, with an arrow in the direction in which it is written, and its places."""
        arrow = f"—{self.relation(statement.predicate)}→"
        other = statement.object
        if start != statement.subject:
            arrow, other = f"←{self.relation(statement.predicate)}—", statement.subject
        places = self.graph.asserted_at(statement.subject, statement.predicate, statement.object)
        where = ", ".join(display_path(self.settings, path) + (f":{line}" if line else "") for path, line in places)
        return printable(f"{self.label(start)} {arrow} {self.label(other)}" + (f"  {where}" if where else ""))

    def data(self, statement: Statement) -> dict[str, Any]:
        relation = self.vocabulary.relations.get(statement.predicate)
        places = self.graph.asserted_at(statement.subject, statement.predicate, statement.object)
        return {
            "subject": self.concepts[statement.subject].id,
            "relation": relation.key if relation else "links-to",
            "label": self.relation(statement.predicate),
            "object": self.concepts[statement.object].id,
            "typed": statement.typed,
            "places": [{"path": path, "line": line} for path, line in places],
        }

    def named(self, concept: Concept) -> dict[str, Any]:
        return {"id": concept.id, "iri": concept.iri, "label": concept.label(self.lang)}


def _echo_json(value: Mapping[str, Any]) -> None:
    click.echo(json.dumps({"version": 1, **value}, ensure_ascii=False, indent=2))


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@_FORMAT
@common
def why(first: str, second: str, form: str) -> None:
    """Say how two concepts are associated: the shortest paths between them, each step with its file and line.

    A concept is named by its id, IRI or label. Relations come first, plain links behind them; an arrow shows which way a
    relation is written.
    """
    from kg.network import paths

    base = _Base()
    a, b = find(base.concepts, first), find(base.concepts, second)
    if a.iri == b.iri:
        raise UsageError(f"'{first}' and '{second}' are one concept", hint="give two different ones")
    found = paths.paths(base.network, a.iri, b.iri)
    near = () if found else paths.meetings(base.network, a.iri, b.iri)
    if form == "json":
        _echo_json(_why_data(base, a, b, found, near))
        return
    for line in _why_text(base, a, b, found, near):
        click.echo(line)


def _why_data(
    base: _Base, a: Concept, b: Concept, found: tuple[tuple[Step, ...], ...], near: tuple[Meeting, ...]
) -> dict[str, Any]:
    steps = [
        [
            {
                "from": base.concepts[s.source].id,
                "to": base.concepts[s.target].id,
                "statements": [base.data(statement) for statement in s.statements],
            }
            for s in path
        ]
        for path in found
    ]
    return {
        "from": base.named(a),
        "to": base.named(b),
        "paths": [{"length": len(path), "steps": path} for path in steps],
        "nearest": [base.named(base.concepts[m.concept]) | {"from": m.first, "to": m.second} for m in near],
    }


def _why_text(
    base: _Base, a: Concept, b: Concept, found: tuple[tuple[Step, ...], ...], near: tuple[Meeting, ...]
) -> Iterator[str]:
    for number, path in enumerate(found, 1):
        head = f"{number}."
        for step in path:
            for statement in step.statements:
                yield f"{head:3}{base.line(statement, step.source)}"
                head = ""
    if found:
        return
    from kg.network.paths import LONGEST

    one, other = printable(base.label(a.iri)), printable(base.label(b.iri))
    yield f"no path of at most {_steps(LONGEST)} joins {one} and {other}"
    if not near:
        yield "and no longer one: no concept is connected to both"
        return
    yield "nearest to both:"
    for m in near:
        yield f"   {printable(base.label(m.concept))}  {_steps(m.first)} from {one}, {m.second} from {other}"


@click.command()
@click.argument("concept")
@click.option("--depth", type=click.IntRange(1), metavar="N", help="Levels to follow (default: all).")
@_FORMAT
@common
def impact(concept: str, depth: int | None, form: str) -> None:
    """Say what is affected if a concept changes, directly and transitively, each with its file and line.

    The vocabulary says which relations carry a change: kg:impact in ontology/relations.ttl.
    """
    from kg.network import paths

    base = _Base()
    start = find(base.concepts, concept)
    found = paths.impact(base.network, base.vocabulary.relations, start.iri, depth)
    if form == "json":
        rows = [
            base.named(base.concepts[f.concept]) | {"level": f.level, "statements": [base.data(s) for s in f.statements]}
            for f in found
        ]
        _echo_json({"concept": base.named(start), "affected": rows})
        return
    for line in _impact_text(base, start, found, depth):
        click.echo(line)


def _impact_text(base: _Base, start: Concept, found: tuple[Affected, ...], depth: int | None) -> Iterator[str]:
    name = printable(base.label(start.iri))
    if not found:
        yield f"nothing is stated to depend on {name}"
        return
    direct = sum(1 for f in found if f.level == 1)
    within = "" if depth is None else f" within {depth} level{'' if depth == 1 else 's'}"
    yield f"{name} affects {len(found):,} concept{'' if len(found) == 1 else 's'}{within}, {direct:,} directly"
    level = 0
    for f in found:
        if f.level != level:
            level = f.level
            yield f"level {level}"
        for statement in f.statements:
            yield f"   {base.line(statement, f.concept)}"
