"""The terms that RDF files use: they decide which rules have anything to check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import RDF, RDFS
from kg.graph.ask import select_own

if TYPE_CHECKING:
    from kg.graph.importing.syntax import ParsedTriple

_SUPER: Final = RDFS + "subPropertyOf"


class UsedTerms(NamedTuple):
    """The terms that RDF files use, as IRIs."""

    predicates: set[str]
    parents: set[str]
    """Properties that others are declared sub-properties of."""
    classes: set[str]
    """Those with instances."""
    subjects: set[str]
    files: frozenset[Path] = frozenset()
    """The files that these are all terms of."""

    @classmethod
    def in_store(cls, store: ox.Store, paths: Iterable[Path]) -> UsedTerms:
        """Return the terms of the default graph of a store with some files: much faster than from each statement."""

        def values(pattern: str) -> set[str]:
            rows = select_own(store, f"SELECT DISTINCT ?x {{ {pattern} }}")
            return {x.value for (x,) in rows if isinstance(x, ox.NamedNode)}

        return cls(
            values("?s ?x ?o"), values(f"?s <{_SUPER}> ?x"), values(f"?s <{RDF}type> ?x"), values("?x ?p ?o"), frozenset(paths)
        )

    def add_all(self, statements: Iterable[ParsedTriple]) -> None:
        """Add the terms of the statements of a file."""
        last: object = None
        for s in statements:
            if s.subject is not last or s.predicate.value not in self.predicates or s.predicate.value in (RDF + "type", _SUPER):
                last = s.subject
                self.add(s.subject, s.predicate, s.object)

    def add(self, subject: object, predicate: ox.NamedNode, object_: object) -> None:
        """Add the terms of a statement."""
        name = predicate.value
        self.predicates.add(name)
        if isinstance(subject, ox.NamedNode):
            self.subjects.add(subject.value)
        if name in (RDF + "type", _SUPER) and isinstance(object_, ox.NamedNode):
            (self.parents if name == _SUPER else self.classes).add(object_.value)
