"""What a rule is: a code, a name after the fault, a severity, and the function that finds it in a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kg.model import Assertion, Concept, Corpus, Finding, Hierarchy, Severity


@dataclass(frozen=True, slots=True)
class Context:
    """What rules look at."""

    corpus: Corpus
    hierarchy: Hierarchy | None = None
    """None where the build stops before the network."""

    def place(self, iri: str) -> tuple[str, int]:
        """Path and line at which a concept is named."""
        concept = self.corpus.concepts[iri]
        return concept.path, concept.line

    def concept(self, iri: str) -> Concept:
        """The concept of an IRI."""
        return self.corpus.concepts[iri]

    def broader_line(self, child: str, parent: str) -> tuple[str, int, int]:
        """Where an author says that `parent` is broader than `child` (or the other way round), else the concept's place."""
        for a in self._between(child, parent):
            return a.path, a.line, a.column
        return (*self.place(child), 1)

    def _between(self, a: str, b: str) -> Iterator[Assertion]:
        ends = {a, b}
        for assertion in self.corpus.assertions:
            if {assertion.subject, assertion.object} == ends and not assertion.predicate.endswith("#linksTo"):
                yield assertion


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what is wrong, how bad, why, and how to mend it."""

    code: str
    name: str
    severity: Severity
    what: str
    why: str
    mend: str
    find: Callable[[Rule, Context], Iterator[Finding]]

    def at(self, path: str, line: int, column: int, message: str, hint: str = "") -> Finding:
        """A finding of this rule."""
        return Finding(self.code, self.name, self.severity, path, line, column, message, hint or self.mend)
