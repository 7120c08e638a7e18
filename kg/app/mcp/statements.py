"""The concepts and statements of answers: their names, the lines that state them, the rules that infer them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from kg.app.mcp import answers
from kg.app.mcp.pages import shorten
from kg.base.names import LINKS_TO, local_name
from kg.base.settings import Settings
from kg.graph.concepts import find_concept
from kg.knowledge import KnowledgeBase
from kg.model import Assertion, Concept, text_in

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.model.foreign import ForeignConcept
    from kg.network.around import Statement, StatementsByConcept
    from kg.network.bordered import Bordered
    from kg.network.learning import Tie

_DEFINITION_TOKENS: Final = 300
_MOST_PLACES: Final = 5


class StatementReader:
    """The statements of a knowledge base at one moment, as answers show them."""

    def __init__(self, base: KnowledgeBase, lang: str) -> None:
        self.base = base
        self.settings: Settings = base.settings
        self.lang = lang

    # What is there

    @cached_property
    def concepts(self) -> dict[str, Concept]:
        """By IRI."""
        return dict(self.base.corpus.concepts)

    @cached_property
    def graph(self) -> Graph:
        """The graph with asserted and inferred statements."""
        return self.base.graph

    @cached_property
    def around(self) -> StatementsByConcept:
        """Statements by concept."""
        # start time: most questions need no graph
        from kg.network.stored import Stored

        return Stored(self.graph, self.base.relations)

    @cached_property
    def beyond(self) -> Bordered:
        """Statements by concept, with those of other knowledge bases."""
        # start time: most questions need no graph
        from kg.network.bordered import Bordered

        return Bordered(self.graph, self.base.relations, self.base.inputs.foreign.bases.values())

    @cached_property
    def _foreign(self) -> dict[str, ForeignConcept]:
        """Concepts of other knowledge bases by IRI; none of the own ones."""
        bases = self.base.inputs.foreign.bases.values()
        return {c.iri: c for base in bases for c in base.concepts.values() if c.iri not in self.concepts}

    def find(self, name: str) -> Concept:
        """Return the concept with an id, IRI, label or path. Raises UsageError with near names."""
        iri = self.base.corpus.concept_of.get(name)
        return self.concepts[iri] if iri is not None else find_concept(self.concepts, name)

    def name(self, iri: str) -> answers.ConceptName:
        """Return the name of a concept."""
        concept = self.concepts.get(iri)
        if concept is None:
            foreign = self._foreign.get(iri)
            names = (foreign.name, text_in(foreign.labels, self.lang)) if foreign else (iri, iri)
            return answers.ConceptName(*names, "", 0)
        return answers.ConceptName(concept.id, concept.label(self.lang), concept.path, concept.line)

    def _quote(self, text: str, path: str, line: int) -> answers.Quote:
        return answers.Quote(shorten(text, _DEFINITION_TOKENS), path, line)

    def _relation(self, predicate: str) -> str:
        relation = self.base.relations.get(predicate)
        if relation is not None:
            return relation.key
        return "links-to" if predicate == LINKS_TO else local_name(predicate)

    def _statement(self, statement: Statement) -> answers.StatementAnswer:
        """A statement with the lines that state it, or the rule and the lines of its premises."""
        # start time: most questions need no graph
        from kg.graph.provenance import asserted_at, find_derivations
        from kg.graph.rules import Stated

        triple = Stated(statement.subject, statement.predicate, statement.object)
        rule, places = "", asserted_at(self.graph, *triple)
        if statement.origin == "inferred" and (ways := find_derivations(self.graph, *triple)):
            rule, places = ways[0].rule, tuple(ways[0].premises)
        shown = [answers.SourceLine(place.path, place.line) for place in places[:_MOST_PLACES]]
        subject, object_ = self.name(statement.subject).id, self.name(statement.object).id
        stated_by = self.beyond.origins.get(triple, "") if self._foreign and not places else ""
        return answers.StatementAnswer(
            subject, self._relation(statement.predicate), object_, statement.origin, shown, rule, stated_by
        )

    def _shown(self, statements: Sequence[Statement]) -> list[answers.StatementAnswer]:
        """Statements without inferred ones that only invert or generalise another inferred one."""
        # start time: most questions need no graph
        from kg.graph.provenance import is_restatement

        inferred = [s for s in statements if s.origin == "inferred"]
        first = [s for s in inferred if not is_restatement(self.graph, s.subject, s.predicate, s.object)] or inferred
        return [self._statement(s) for s in statements if s.origin != "inferred" or s in first]

    def _asserted(self, assertion: Assertion) -> answers.StatementAnswer:
        subject, object_ = self.name(assertion.subject).id, self.name(assertion.object).id
        places = [answers.SourceLine(assertion.path, assertion.line)]
        return answers.StatementAnswer(subject, self._relation(assertion.predicate), object_, "asserted", places)

    def _tied(self, tie: Tie) -> answers.StatementAnswer:
        subject, object_ = (tie.first, tie.then) if tie.forward else (tie.then, tie.first)
        places = [answers.SourceLine(tie.path, tie.line)] if tie.path else []
        ends = self.name(subject).id, self.name(object_).id
        return answers.StatementAnswer(ends[0], self._relation(tie.relation), ends[1], "asserted", places)
