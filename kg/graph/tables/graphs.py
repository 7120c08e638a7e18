"""What the IRI of a named graph says of the statements in it: the line that states them, or the rule that inferred them."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote

from kg.base.names import inferred_iri, notes_iri

DECLARED_RULE: Final = "skos-sub-property"
"""A thesaurus that states a sub-property of its own states the relation: what this rule infers counts as asserted."""


class GraphOrigin(NamedTuple):
    """The origin of the statements in a named graph."""

    kind: str
    """note, inferred or other."""
    rule: str = ""
    path: str = ""
    line: int = 0


class GraphNames:
    """Reads the IRIs of named graphs of a knowledge base.

    >>> names = GraphNames("https://example.org/kb/")
    >>> names.origin("https://example.org/kb/notes/a%20b.md#L7")
    GraphOrigin(kind='note', rule='', path='a b.md', line=7)
    >>> names.origin("https://example.org/kb/inferred/inverse/notes/raft.md#L2").rule
    'inverse'
    """

    def __init__(self, base: str) -> None:
        self._notes = notes_iri(base)
        self._folder = self._notes[: -len("notes/")]
        self._inferred = inferred_iri(base)

    def is_note(self, iri: str) -> bool:
        """Return whether an IRI is that of a note."""
        return iri.startswith(self._notes)

    def note_path(self, iri: str) -> str:
        """Return the path of a note from its IRI; any other IRI is returned unchanged."""
        return unquote(iri[len(self._notes) :]) if iri.startswith(self._notes) else iri

    def origin(self, iri: str) -> GraphOrigin:
        """Return the origin of the statements in a graph."""
        if iri.startswith(self._notes):
            note, _, line = iri.partition("#L")
            return GraphOrigin("note", "", self.note_path(note), int(line) if line.isdigit() else 0)
        if iri.startswith(self._inferred):
            rule, _, place = iri[len(self._inferred) :].partition("/")
            premise = self.origin(self._folder + place) if place.startswith("notes/") else GraphOrigin("inferred")
            return GraphOrigin("inferred", unquote(rule), premise.path, premise.line)
        return GraphOrigin("other")
