"""Literals as files have them, kept beside the store, which has one form for each value: ``"007"^^xsd:integer`` becomes ``7``.

Queries see values; documents and exports of the graph have the forms of the files, and blank nodes where the files have some.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base import files
from kg.base.names import BLANK_PATH, XSD

LITERALS: Final = "graph/literals.tsv"
"""File of a build: statement as the store has it, tab, statement as a file has it; only where they differ. In N-Triples."""
_TAG: Final = re.compile(rb'"@[a-z0-9-]+\Z')


class StatedLiteral(NamedTuple):
    """A statement about a literal, as a file has it."""

    subject: ox.NamedNode | ox.BlankNode
    predicate: ox.NamedNode
    literal: ox.Literal
    tag: str = ""
    """The language tag as it is spelled, if that isn't lower case."""
    stored: ox.Literal | None = None
    """The literal that the store has for it, if that is another one: a label of a note, without the spaces at its end."""


class LiteralForm(NamedTuple):
    """The parts of a literal as a file has it."""

    value: str
    language: str
    datatype: str


def find_changed_literals(statements: Iterable[StatedLiteral]) -> list[str]:
    """Return the lines of LITERALS for statements that a store changes.

    >>> integer = ox.NamedNode(XSD + "integer")
    >>> stated = StatedLiteral(ox.NamedNode("a:a"), ox.NamedNode("a:b"), ox.Literal("007", datatype=integer))
    >>> find_changed_literals([stated])[0].replace(f"^^<{XSD}integer>", "").split(chr(9))
    ['<a:a> <a:b> "7"', '<a:a> <a:b> "007"']
    """
    every = list(statements)
    changed = {s[:3] for s in every if s.tag or s.stored is not None}
    candidates = [s for s in every if s[:3] in changed or _has_value(s.literal)]
    if not candidates:
        return []
    store = ox.Store()
    store.extend(
        ox.Quad(s.subject, s.predicate, s.stored or s.literal, ox.NamedNode(f"n:{number}"))
        for number, s in enumerate(candidates)
    )
    stored = [b""] * len(candidates)
    for line in (store.dump(format=ox.RdfFormat.N_QUADS) or b"").split(b"\n"):
        if line:
            statement, _, number = line.rpartition(b" <n:")
            stored[int(number[:-3])] = statement
    exact = (ox.serialize([ox.Triple(*s[:3]) for s in candidates], format=ox.RdfFormat.N_TRIPLES) or b"").split(b"\n")
    forms: dict[bytes, dict[bytes, None]] = defaultdict(dict)
    for before, line, s in zip(stored, exact, candidates, strict=False):
        forms[before][_TAG.sub(b'"@' + s.tag.encode(), line[:-2]) if s.tag else line[:-2]] = None
    # Where "007" and "7" are both stated, both are listed.
    lines = ((before, after) for before, afters in forms.items() if list(afters) != [before] for after in afters)
    return [f"{before.decode()}\t{after.decode()}" for before, after in lines]


def _has_value(literal: ox.Literal) -> bool:
    """Whether a store may keep the value of a literal instead of its text."""
    datatype = literal.datatype.value
    return datatype.startswith(XSD) and datatype != XSD + "string"


class LexicalForms:
    """The statements of files where the store has another form. `lines` are those of LITERALS."""

    def __init__(self, base: str, lines: Sequence[str] = ()) -> None:
        self._blank = f"<{base}{BLANK_PATH}".encode()
        self.lines = lines
        self._forms: dict[bytes, list[bytes]] = defaultdict(list)
        for line in dict.fromkeys(lines):
            before, _, after = line.partition("\t")
            self._forms[before.encode()].append(after.encode())

    @classmethod
    def read(cls, out: Path, base: str) -> LexicalForms:
        """Return those of a build; none if it has no such file. Raises OSError if it can't be read."""
        try:
            return cls(base, files.read(out / LITERALS, files.LARGE).decode("utf-8", "replace").split("\n")[:-1])
        except FileNotFoundError:
            return cls(base)

    def restore(self, nquads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield pieces of whole lines of N-Quads with the forms of the files."""
        for piece in nquads:
            if self._forms:
                piece = b"\n".join(line for old in piece.split(b"\n") for line in self._lines(old))
            yield self._with_blank_nodes(piece) if self._blank in piece else piece

    def _lines(self, line: bytes) -> Sequence[bytes]:
        if b'"' not in line:
            return (line,)
        if forms := self._forms.get(line[:-2]):
            return [form + b" ." for form in forms]
        at = line.rfind(b" <") if line.endswith(b"> .") else -1
        forms = self._forms.get(line[:at]) if at > 0 else None
        return [form + line[at:] for form in forms] if forms else (line,)

    def _with_blank_nodes(self, piece: bytes) -> bytes:
        return re.sub(re.escape(self._blank) + rb"([0-9A-Za-z]+)>", rb"_:\1", piece)

    @cached_property
    def _terms(self) -> dict[tuple[str, str, ox.Literal], list[LiteralForm]]:
        result: dict[tuple[str, str, ox.Literal], list[LiteralForm]] = {}
        for before, forms in self._forms.items():
            key = _triple(before)
            result[str(key.subject), key.predicate.value, key.object] = [_form_of(form) for form in forms]  # type: ignore[index]
        return result

    def literal(self, subject: object, predicate: str, literal: ox.Literal) -> Sequence[LiteralForm]:
        """Return the forms of a literal of the store: usually one, its own."""
        forms = self._terms.get((str(subject), predicate, literal)) if self._forms else None
        return forms or (LiteralForm(literal.value, literal.language or "", literal.datatype.value),)


def _triple(statement: bytes) -> ox.Quad:
    quad: ox.Quad = next(iter(ox.parse(statement + b" .", format=ox.RdfFormat.N_TRIPLES, lenient=True)))
    return quad


def _form_of(statement: bytes) -> LiteralForm:
    literal = _triple(statement).object
    if not isinstance(literal, ox.Literal):
        raise TypeError(statement)
    tag = statement.rpartition(b'"@')[2].decode() if literal.language else ""
    return LiteralForm(literal.value, tag, literal.datatype.value)
