"""What a rule is: a code, a name after the fault, a severity, and the function that finds it in a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kg.model import Assertion, Concept, Corpus, Finding, Hierarchy, Severity
from kg.rdf import built_in


@dataclass(frozen=True, slots=True)
class Context:
    """What rules look at."""

    corpus: Corpus
    hierarchy: Hierarchy | None = None
    """None where the build stops before the network."""
    _pairs: dict[frozenset[str], list[Assertion]] = field(default_factory=dict, compare=False, repr=False)

    def place(self, iri: str) -> tuple[str, int]:
        """Path and line at which a concept is named."""
        concept = self.corpus.concepts[iri]
        return concept.path, concept.line

    def concept(self, iri: str) -> Concept:
        """The concept of an IRI."""
        return self.corpus.concepts[iri]

    def broader_line(self, child: str, parent: str) -> tuple[str, int, int]:
        """Where an author says that `parent` is broader than `child` (or the other way round), else the concept's place."""
        found = self._between(child, parent)
        if found:
            best = min(found, key=lambda a: _rank(a.predicate))
            return best.path, best.line, best.column
        return (*self.place(child), 1)

    def _between(self, a: str, b: str) -> list[Assertion]:
        """The typed relations that authors stated between two concepts, either way round."""
        if not self._pairs:
            for assertion in self.corpus.assertions:
                if not assertion.predicate.endswith("#linksTo"):
                    self._pairs.setdefault(frozenset((assertion.subject, assertion.object)), []).append(assertion)
        return self._pairs.get(frozenset((a, b)), [])


def _rank(predicate: str) -> int:
    """0 for hierarchical relations, 1 for those that a knowledge base adds and may be, 2 for the others."""
    relation = built_in().relations.get(predicate)
    return 1 if relation is None else 0 if relation.hierarchical else 2


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
