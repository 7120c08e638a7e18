"""The concepts named in the definition of each concept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from kg.base.names import fold
from kg.checks.context import Context

_PIECE: Final = re.compile(r"[a-z0-9\u00c0-\u024f]+(?:[-'’][a-z0-9\u00c0-\u024f]+)*|[\u3400-\u9fff\uf900-\ufaff]")
_LEAST_LATIN: Final = 4
_LEAST_HAN: Final = 3
"""Minimum length of Chinese names: those of two characters occur in longer words, such as 服务 in 服务器."""
_SEVERAL: Final = "*"
"""Marks a name of several concepts."""

_Tree = dict[str, "str | dict[str, Any]"]
"""Piece of a name → possible continuations; the key "" gives the concept whose name ends there."""


class DefinitionTerms:
    """Names of concepts that occur in definitions; the longest name wins, a name of two concepts is ignored."""

    def __init__(self, context: Context) -> None:
        self._tree: _Tree = {}
        for concept in context.corpus.concepts.values():
            for text in (*concept.labels.values(), *(t for t, _ in concept.alt_labels)):
                pieces = _PIECE.findall(fold(text))
                if _telling(pieces):
                    node = self._tree
                    for piece in pieces:
                        node = node.setdefault(piece, {})  # type: ignore[assignment]  # only "" leads to a name
                    node[""] = concept.iri if node.get("", concept.iri) == concept.iri else _SEVERAL
        self.used: dict[str, tuple[str, ...]] = {}
        """Concept → the concepts named in its definition, in order of occurrence."""
        for concept in context.corpus.concepts.values():
            uses: dict[str, None] = {}
            for text in concept.definitions.values():
                uses.update(dict.fromkeys(self._in(text)))
            uses.pop(concept.iri, None)
            if uses:
                self.used[concept.iri] = tuple(uses)

    @classmethod
    def of(cls, context: Context) -> DefinitionTerms:
        """Return the terms of a context, computed once."""
        if context.terms is None:
            context.terms = cls(context)
        assert isinstance(context.terms, cls)  # noqa: S101  # nothing else is ever kept there
        return context.terms

    def _in(self, text: str) -> list[str]:
        pieces = _PIECE.findall(fold(text))
        iris = []
        i = 0
        while i < len(pieces):
            node: Any = self._tree.get(pieces[i])
            iri, end, j = "", i + 1, i + 1
            while node is not None:
                if "" in node:
                    iri, end = node[""], j
                node = node.get(pieces[j]) if j < len(pieces) else None
                j += 1
            if iri != _SEVERAL and iri:
                iris.append(iri)
            i = end
        return iris


def _telling(pieces: Sequence[str]) -> bool:
    """Return whether a name is long enough to refer to the concept wherever it occurs: not "go", not "服务".

    >>> _telling(("raft",)), _telling(("go",)), _telling(("服", "务")), _telling(("状", "态", "机"))
    (True, False, False, True)
    """
    if not pieces:
        return False
    if any(not p.isascii() and len(p) == 1 for p in pieces):
        return len(pieces) >= _LEAST_HAN
    return sum(map(len, pieces)) >= _LEAST_LATIN
