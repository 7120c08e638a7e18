"""The words of the vocabulary: what notes, tables and diagrams call relations and types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kg.base.names import fold, key_form
from kg.model import Link, Relation

FIELD_WORDS: Final[Mapping[str, str]] = {
    "up": "broader", "parent": "broader", "parents": "broader", "down": "narrower", "child": "narrower", "children": "narrower",
    "same": "related", "sibling": "related", "siblings": "related",
    "next": "precedes", "prev": "succeeds", "previous": "succeeds",
}  # fmt: skip
"""Keys of Obsidian's plugin Breadcrumbs → keys of relations. They only count for links, since other tools have texts there."""


class VocabularyWords:
    """The words of the vocabulary: keys, labels and other words of relations, flow conditions, keys of types."""

    def __init__(self, relations: Iterable[Relation], types: Mapping[str, str], cues: Iterable[str]) -> None:
        self.types = types
        """Key of a class → its IRI."""
        keys: dict[str, str] = {}
        words: dict[str, set[str]] = {}
        for relation in relations:
            keys[key_form(relation.key)] = relation.iri
            for word in (*relation.labels.values(), *(w for w, _ in relation.words)):
                words.setdefault(key_form(word), set()).add(relation.iri)
        self.keys = keys
        """Key of a relation, in the form for comparison → its IRI."""
        # A word that names two relations states neither.
        self.words = {word: next(iter(iris)) for word, iris in words.items() if len(iris) == 1} | keys
        """Key, label or other word of a relation, in any language → its IRI."""
        # What Breadcrumbs means goes before a word for edges of diagrams, such as "next".
        self.fields = self.words | {word: keys[key] for word, key in FIELD_WORDS.items() if key in keys and word not in keys}
        """The same for keys of links in front matter and inline fields."""
        self.cues = frozenset(fold(c) for c in cues)

    def relation(self, link: Link) -> str | None:
        """Return the IRI of the relation that a link states, or None for a plain link."""
        if link.relation is None:
            return None
        key = key_form(link.relation)
        if link.context not in ("front-matter", "field"):
            return self.words.get(key)
        return (self.keys if link.kind == "name" and key in FIELD_WORDS else self.fields).get(key)

    def is_key(self, text: str) -> bool:
        """Return whether this is the key of a relation itself, so that its value must name a note."""
        return key_form(text) in self.keys

    def edge(self, label: str) -> str | None:
        """Return the IRI of the relation that the label of a diagram's edge states; None for a flow condition."""
        return None if fold(label) in self.cues else self.words.get(key_form(label))
