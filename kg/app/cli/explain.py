"""``kg why`` and ``kg impact``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts
from kg.app.cli.options import common, display_path, join, language, output_file, read_settings, texts
from kg.app.cli.tables import print_line
from kg.app.cli.terminal import hyperlink
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty
from kg.base.names import LINKS_TO, local_name, printable

if TYPE_CHECKING:
    from kg.graph.lookup import ConceptNames
    from kg.graph.provenance import StatementPlace
    from kg.graph.rules import Stated
    from kg.network.around import Statement
    from kg.network.bordered import Bordered
    from kg.network.paths import Affected, Meeting, PathStep

_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_PREMISES: Final = 6  # maximum number shown as text; JSON contains all


class ShownBuild:
    """The build, with functions to format its statements."""

    def __init__(self) -> None:
        # start time: `--help` doesn't need it
        from kg.graph.concepts import vocabulary_of
        from kg.graph.lookup import Directory
        from kg.network.stored import Stored

        self.settings = read_settings()
        self.graph, info = knowledge.open_build(self.settings.out)
        self.vocabulary = vocabulary_of(self.graph)
        self.concepts = Directory(self.graph)
        self.around = Stored(self.graph, self.vocabulary.relations)
        self.lang = language(info.summary.languages)
        self.origins: Mapping[Stated, str] = {}
        """Statement → the other knowledge base that states it."""
        self.texts = texts("explain")
        """Texts in the language of messages, which with `--lang` is also that of labels."""

    def beyond(self) -> Bordered:
        """The surroundings of concepts, with those in other knowledge bases; names of their concepts are known from now on."""
        # start time: only `kg impact` looks beyond the border
        from kg.knowledge.uses import read_foreign
        from kg.network.bordered import Bordered

        foreign = read_foreign(self.settings).bases.values()
        for base in foreign:
            self.concepts.add_foreign(base.concepts.values())
        around = Bordered(self.graph, self.vocabulary.relations, foreign)
        self.origins = around.origins
        return around

    def label(self, iri: str) -> str:
        """The label of a concept."""
        return self.concepts.names(iri).label(self.lang)

    def relation(self, iri: str) -> str:
        """The label of a relation."""
        # start time: `--help` doesn't need it
        from kg.graph.concepts import label_of

        relation = self.vocabulary.relations.get(iri)
        return label_of(self.graph, iri, self.lang) or (relation.key if relation else _key(iri))

    def relation_key(self, iri: str) -> str:
        """The key of a relation in notes."""
        relation = self.vocabulary.relations.get(iri)
        return relation.key if relation else _key(iri)

    def shown(self, statements: Sequence[Statement]) -> list[Statement]:
        """Drop inferred statements that only invert or generalise another inferred statement."""
        # start time: `--help` doesn't need it
        from kg.graph.provenance import is_restatement

        inferred = [s for s in statements if s.origin == "inferred"]
        first = [s for s in inferred if not is_restatement(self.graph, s.subject, s.predicate, s.object)] or inferred
        return [s for s in statements if s.origin != "inferred" or s in first]

    def line(self, statement: Statement, start: str) -> str:
        """A statement read from `start`, with an arrow in its written direction, and its evidence."""
        arrow = f"—{self.relation(statement.predicate)}→"
        end = statement.object
        if start != statement.subject:
            arrow, end = f"←{self.relation(statement.predicate)}—", statement.subject
        why = self.evidence(statement)
        # `why` is printable already, except for the links of its places.
        return printable(f"{self.label(start)} {arrow} {self.label(end)}") + (f"  {why}" if why else "")

    def evidence(self, statement: Statement) -> str:
        """The places of an asserted statement; the rule and the premises of an inferred one."""
        # start time: `--help` doesn't need it
        from kg.graph.provenance import asserted_at, find_derivations
        from kg.graph.rules import Stated

        if statement.origin == "suggested":
            return self.texts("suggested")
        triple = Stated(statement.subject, statement.predicate, statement.object)
        if statement.origin == "asserted":
            places = asserted_at(self.graph, *triple)
            if not places and triple in self.origins:
                return self.texts("stated-in", base=printable(self.origins[triple]))
            return self.where(places)
        ways = find_derivations(self.graph, *triple)
        if not ways:
            return self.texts("inferred")
        way = ways[0]
        text = self.texts("by-rule", rule=printable(way.rule))
        if way.after:
            text = self.texts("after", said=text, rules=printable(join(way.after)))
        if way.premises:
            text = self.texts("from", said=text, places=self.where(way.premises[:_PREMISES]))
        more = len(way.premises) - _PREMISES
        if more > 0:
            text = self.texts("more", said=text, n=more)
        return self.texts("ways", said=text, all=len(ways)) if len(ways) > 1 else text

    def where(self, places: Sequence[StatementPlace]) -> str:
        """Places in running text."""
        return join([self.at(place) for place in places])

    def at(self, place: StatementPlace) -> str:
        """A file and line, relative to the current folder; a link to the file, if the terminal shows links."""
        if not place.line and place.path.startswith("ontology/"):  # these files are outside the notes folders
            return hyperlink(printable(place.path), str(self.settings.root / place.path))
        path = display_path(self.settings, place.path)
        return hyperlink(printable(f"{path}:{place.line}" if place.line else path), self.settings.location_of(place.path))

    def data(self, statement: Statement) -> dict[str, object]:
        """A statement with its evidence, for JSON."""
        # start time: `--help` doesn't need it
        from kg.graph.provenance import asserted_at, find_derivations
        from kg.graph.rules import Stated

        triple = Stated(statement.subject, statement.predicate, statement.object)
        ways = find_derivations(self.graph, *triple) if statement.origin == "inferred" else ()
        return {
            "subject": self.concepts.names(statement.subject).id,
            "relation": self.relation_key(statement.predicate),
            "label": self.relation(statement.predicate),
            "object": self.concepts.names(statement.object).id,
            "typed": statement.typed,
            "origin": statement.origin,
            "places": _places(asserted_at(self.graph, *triple)),
            "base": self.origins.get(triple),
            "rule": ways[0].rule if ways else None,
            "premises": _places(ways[0].premises) if ways else [],
            "derivations": [{"rule": w.rule, "after": list(w.after), "premises": _places(w.premises)} for w in ways],
        }

    def named(self, concept: ConceptNames) -> dict[str, object]:
        """A concept, for JSON."""
        return {"id": concept.id, "iri": concept.iri, "label": concept.label(self.lang)}


def _places(places: Sequence[StatementPlace]) -> list[dict[str, object]]:
    return [{"path": path, "line": line} for path, line in places]


def _key(predicate: str) -> str:
    """The name of a predicate that is not in the vocabulary."""
    return "links-to" if predicate == LINKS_TO else local_name(predicate)


def _echo_json(value: Mapping[str, object]) -> None:
    click.echo(json_pretty({"version": 1, **value}))


@click.command()
@click.argument("first", metavar="A", shell_complete=complete_concepts)
@click.argument("second", metavar="B", shell_complete=complete_concepts)
@_FORMAT
@output_file
@common
def why(first: str, second: str, form: str) -> None:
    """Explain how two concepts are associated: the shortest paths, with file and line of each step.

    Concepts are given by id, IRI or label. Paths of relations are listed before paths with plain links; arrows show the
    direction of each relation. If no asserted path exists, inferred statements are included, with the rule and the file and
    line of each premise. Suggestions come last.
    """
    # start time: only this command needs it
    from kg.network import paths

    base = ShownBuild()
    a, b = base.concepts.find(first), base.concepts.find(second)
    if a.iri == b.iri:
        raise UsageError(f"'{first}' and '{second}' are one concept", hint="give two different ones")
    paths_ = tuple(
        tuple(step._replace(statements=tuple(base.shown(step.statements))) for step in path)
        for path in paths.find_paths(base.around, a.iri, b.iri)
    )
    near = () if paths_ else paths.find_meetings(base.around, a.iri, b.iri)
    if form == "json":
        _echo_json(_why_data(base, a, b, paths_, near))
        return
    for line in _why_text(base, a, b, paths_, near):
        print_line(line)


def _why_data(
    base: ShownBuild, a: ConceptNames, b: ConceptNames, paths: tuple[tuple[PathStep, ...], ...], near: tuple[Meeting, ...]
) -> dict[str, object]:
    steps = [
        [
            {
                "from": base.concepts.names(s.source).id,
                "to": base.concepts.names(s.target).id,
                "statements": [base.data(statement) for statement in s.statements],
            }
            for s in path
        ]
        for path in paths
    ]
    return {
        "from": base.named(a),
        "to": base.named(b),
        "paths": [{"length": len(path), "steps": path} for path in steps],
        "nearest": [base.named(base.concepts.names(m.concept)) | {"from": m.first, "to": m.second} for m in near],
    }


def _why_text(
    base: ShownBuild, a: ConceptNames, b: ConceptNames, paths: tuple[tuple[PathStep, ...], ...], near: tuple[Meeting, ...]
) -> Iterator[str]:
    # start time: only this command needs it
    from kg.network.paths import LONGEST

    t = base.texts
    first_name, second_name = printable(base.label(a.iri)), printable(base.label(b.iri))
    if paths and not all(any(s.origin == "asserted" for s in step.statements) for step in paths[0]):
        yield t("no-stated-path", steps=t("n-steps", n=LONGEST), a=first_name, b=second_name)
    for number, path in enumerate(paths, 1):
        head = f"{number}."
        for step in path:
            for statement in step.statements:
                yield f"{head:3}{base.line(statement, step.source)}"
                head = ""
    if paths:
        return
    yield t("no-path", steps=t("n-steps", n=LONGEST), a=first_name, b=second_name)
    if not near:
        yield t("no-longer-path")
        return
    yield t("nearest")
    for m in near:
        first = t("n-steps", n=m.first)
        yield t("near", concept=printable(base.label(m.concept)), first=first, a=first_name, second=m.second, b=second_name)


@click.command()
@click.argument("concept", shell_complete=complete_concepts)
@click.option("--depth", type=click.IntRange(1), metavar="N", help="Maximum number of steps (default: no limit).")
@_FORMAT
@output_file
@common
def impact(concept: str, depth: int | None, form: str) -> None:
    """List the concepts that a change of a concept affects, directly and transitively, with file and line.

    kg:impact in the ontology defines which relations propagate a change. Concepts of the knowledge bases in [uses]
    are among them, and can be given: cncf:container.
    """
    # start time: only this command needs it
    from kg.network import paths

    base = ShownBuild()
    around = base.beyond()
    start = base.concepts.find(concept)
    affected = paths.trace_impact(around, base.vocabulary.relations, start.iri, depth)
    if form == "json":
        rows = [
            base.named(base.concepts.names(f.concept)) | {"level": f.level, "statements": [base.data(s) for s in f.statements]}
            for f in affected
        ]
        _echo_json({"concept": base.named(start), "affected": rows})
        return
    for line in _impact_text(base, start, affected, depth):
        print_line(line)


def _impact_text(base: ShownBuild, start: ConceptNames, affected: tuple[Affected, ...], depth: int | None) -> Iterator[str]:
    t, name = base.texts, printable(base.label(start.iri))
    if not affected:
        yield t("no-impact", name=name)
        return
    direct = sum(1 for f in affected if f.level == 1)
    if depth is None:
        yield t("impact", name=name, n=len(affected), direct=direct)
    else:
        yield t("impact-within", name=name, n=len(affected), direct=direct, levels=t("n-levels", n=depth))
    level = 0
    for f in affected:
        if f.level != level:
            level = f.level
            yield t("level", level=level)
        for statement in f.statements:
            yield f"   {base.line(statement, f.concept)}"
