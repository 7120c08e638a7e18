"""Repairs of the statements of a thesaurus, as edits of its text in Turtle or N-Triples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.names import RDF, SKOS, SKOS_XL
from kg.graph.places.turtle import ObjectSpan, PredicateSpan, SubjectBlock, TurtleBlocks, read_blocks_of

_LABELS: Final = frozenset((*(SKOS + n for n in ("prefLabel", "altLabel", "hiddenLabel")), SKOS_XL + "literalForm"))
_INVERSES: Final = {
    SKOS + a: SKOS + b
    for a, b in (
        *(("broader", "narrower"), ("narrower", "broader"), ("related", "related")),
        *(("hasTopConcept", "topConceptOf"), ("topConceptOf", "hasTopConcept")),
    )
}
_TYPE: Final = RDF + "type"


class RepairedStatement(NamedTuple):
    """A statement; a literal has a quotation mark before it, and language and datatype behind it."""

    subject: str
    predicate: str
    object: str


class RepairEdit(NamedTuple):
    """A replacement in a text."""

    start: int
    end: int
    text: str


class _ObjectPlace(NamedTuple):
    """An object of a statement: numbers of its block, its predicate and itself, and the two."""

    block_number: int
    predicate_number: int
    number: int
    block: SubjectBlock
    predicate: PredicateSpan


def named_statements(quads: Iterable[ox.Quad]) -> set[RepairedStatement]:
    """The statements without blank nodes, whose names differ each time they are read."""
    return {
        RepairedStatement(q.subject.value, q.predicate.value, _value(q.object))
        for q in quads
        if isinstance(q.subject, ox.NamedNode) and not isinstance(q.object, ox.BlankNode)
    }


def _value(term: object) -> str:
    if isinstance(term, ox.Literal):
        return f'"{term.value}@{term.language or ""}^{term.datatype.value}'
    return str(getattr(term, "value", ""))


class ThesaurusRepairs:
    """Repairs of Turtle; those of N-Triples, if each statement is a line of its own."""

    def __init__(self, text: str, base: str, quads: Sequence[ox.Quad], *, lines: bool = False) -> None:
        self.text, self.lines = text, lines
        self.written = written = self.read_blocks(text, base)
        self.edits: list[RepairEdit] = []
        self.count = 0
        self._removed: set[RepairedStatement] = set()
        self._added: set[RepairedStatement] = set()
        self._gone: dict[int, set[tuple[int, int]]] = defaultdict(set)
        """Block → predicate and object to remove, by their numbers."""
        self._more: dict[str, list[str]] = defaultdict(list)
        """Subject → predicates and objects to add."""
        self.stated = named_statements(quads)
        self.block_of: dict[str, int] = {}
        for number, block in enumerate(written.blocks):
            self.block_of.setdefault(block.subject, number)
        self.broader: dict[str, set[str]] = defaultdict(set)
        for s, p, o in self.stated:
            if p == SKOS + "broader":
                self.broader[s].add(o)
            elif p == SKOS + "narrower":
                self.broader[o].add(s)

    def read_blocks(self, text: str, base: str) -> TurtleBlocks:
        """The places of all statements."""
        return read_blocks_of(text, base)

    def _objects(self) -> Iterator[_ObjectPlace]:
        for b, block in enumerate(self.written.blocks):
            for p, predicate in enumerate(block.predicates):
                for o in range(len(predicate.objects)):
                    yield _ObjectPlace(b, p, o, block, predicate)

    def trim_labels(self) -> None:
        """Remove white space at the ends of labels."""
        for _, _, o, block, predicate in self._objects():
            span = predicate.objects[o]
            start, end = span.text
            inner = self.text[start:end]
            if predicate.value in _LABELS and end and inner.strip() and inner != inner.strip():
                left = start + len(inner) - len(inner.lstrip())
                right = end - len(inner) + len(inner.rstrip())
                self.edits += [RepairEdit(start, left, ""), RepairEdit(right, end, "")]
                self.count += 1
                value = span.value[1:]
                for s in [
                    s for s in self.stated if s[:2] == (block.subject, predicate.value) and s[2].startswith(f'"{value}@')
                ]:
                    self._removed.add(s)
                    self._added.add(s._replace(object=f'"{value.strip()}{s[2][len(value) + 1 :]}'))

    def _texts_of(self, subject: str, predicate: str) -> list[RepairedStatement]:
        return self._by_subject[subject, predicate]

    @cached_property
    def _by_subject(self) -> Mapping[tuple[str, str], list[RepairedStatement]]:
        texts: dict[tuple[str, str], list[RepairedStatement]] = defaultdict(list)
        for s in sorted(self.stated):
            if s[1] in _LABELS:
                texts[s[:2]].append(s)
        return texts

    def demote_labels(self, policy: str) -> None:
        """Turn all but one of several preferred labels in a language into alternative labels."""
        by_language: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
        for b, p, o, block, predicate in self._objects():
            if predicate.value == SKOS + "prefLabel" and predicate.objects[o].text[1]:
                by_language[block.subject, predicate.objects[o].tag.lower()].append((b, p, o))
        sign = {"shortest": 1, "longest": -1}.get(policy, 0)
        for (subject, lang), places in by_language.items():
            spans = [self.written.blocks[b].predicates[p].objects[o] for b, p, o in places]
            if len({s.value for s in spans}) < len(spans) or any(s.value[1:] != s.value[1:].strip() for s in spans):
                continue
            for i in sorted(range(len(spans)), key=lambda i: (len(spans[i].value) * sign, i))[1:]:
                self.demote(subject, places[i], spans[i])
                for s in self._texts_of(subject, SKOS + "prefLabel"):
                    if s[2].startswith(f"{spans[i].value}@{lang}^"):
                        self._removed.add(s)
                        self._added.add(s._replace(predicate=SKOS + "altLabel"))
                self.count += 1

    def demote(self, subject: str, place: tuple[int, int, int], span: ObjectSpan) -> None:
        """Turn a preferred label into an alternative one."""
        self._gone[place[0]].add(place[1:])
        self._more[subject].append(f"{self.skos('altLabel')} {self.text[span.start : span.end]}")

    def remove_redundant(self) -> None:
        """Remove broader relations that others entail over several steps; within cycles nothing is redundant."""
        several = ((child, parent) for child, parents in self.broader.items() if len(parents) > 1 for parent in parents)
        redundant = {pair for pair in several if self._is_redundant(*pair)}
        for b, p, o, block, predicate in self._objects():
            value = predicate.objects[o].value
            pair = {SKOS + "broader": (block.subject, value), SKOS + "narrower": (value, block.subject)}.get(predicate.value)
            if pair in redundant and self.may_empty(block):
                self._gone[b].add((p, o))
                self._removed.add(RepairedStatement(block.subject, predicate.value, value))
                self.count += 1
        for child, parent in redundant:
            self.broader[child].discard(parent)

    def may_empty(self, block: SubjectBlock) -> bool:
        """Whether a block may lose its last statement."""
        return self.lines or len(block.predicates) > 1

    def _is_redundant(self, child: str, parent: str) -> bool:
        above = self._above([p for p in self.broader[child] if p != parent])
        if parent not in above or child in above:
            return False
        higher = self._above(self.broader.get(parent, ()))
        return child not in higher and parent not in higher

    def _above(self, start: Iterable[str]) -> set[str]:
        """What is reached upwards from some concepts, these included."""
        reached: set[str] = set()
        queue = list(start)
        while queue:
            concept = queue.pop()
            if concept not in reached:
                reached.add(concept)
                queue += self.broader.get(concept, ())
        return reached

    def add_inverses(self) -> None:
        """State the inverse of each relation between things that the file describes."""
        for s, p, o in sorted(self.stated - self._removed):
            inverse = RepairedStatement(o, _INVERSES[p], s) if p in _INVERSES and s != o else None
            if inverse and inverse not in self.stated and o in self.block_of and s in self.written.raw:
                self._add(inverse)

    def add_to_scheme(self) -> None:
        """State that concepts without a scheme are in the only one of the file."""
        schemes = {s for s, p, o in self.stated if p == _TYPE and o == SKOS + "ConceptScheme"}
        if len(schemes) != 1 or not schemes <= self.written.raw.keys():
            return
        (scheme,) = schemes
        inside = {s for s, p, _ in self.stated if p in (SKOS + "inScheme", SKOS + "topConceptOf")}
        inside |= {o for _, p, o in self.stated if p == SKOS + "hasTopConcept"}
        for concept in sorted(s for s, p, o in self.stated if p == _TYPE and o == SKOS + "Concept"):
            if concept not in inside and concept in self.block_of:
                self._add(RepairedStatement(concept, SKOS + "inScheme", scheme))

    def _add(self, statement: RepairedStatement) -> None:
        subject, predicate, object_ = statement
        self._added.add(statement)
        self._more[subject].append(self.row(predicate[len(SKOS) :], self.written.raw[object_]))
        self.count += 1

    def row(self, name: str, raw: str) -> str:
        """A statement to add to a subject."""
        return f"{self.skos(name)} {raw}"

    def skos(self, name: str) -> str:
        """The name of a SKOS property, as the file may write it."""
        prefix = next((p for p, iri in self.written.prefixes.items() if iri == SKOS), None)
        return f"<{SKOS}{name}>" if prefix is None else f"{prefix}:{name}"

    def expected(self, before: set[RepairedStatement]) -> set[RepairedStatement]:
        """What the repaired text has to state."""
        return (before - self._removed) | self._added

    def apply(self) -> str:
        """Return the text with all edits."""
        edits = [*self.edits]
        for b, places in self._gone.items():
            edits += self.removals(self.written.blocks[b], places)
        for subject, rows in self._more.items():
            edits.append(self.addition(self.written.blocks[self.block_of[subject]], rows))
        parts: list[str] = []
        position = 0
        for edit in sorted(edits):
            parts += (self.text[position : max(position, edit.start)], edit.text)
            position = max(position, edit.end)
        return "".join((*parts, self.text[position:]))

    def addition(self, block: SubjectBlock, rows: Sequence[str]) -> RepairEdit:
        """The edit that adds statements to a block."""
        if self.lines:
            end = self.text.find("\n", block.stop)
            at = end if end >= 0 else len(self.text)
            return RepairEdit(at, at, "".join(f"\n{block.raw} {row} ." for row in rows))
        space = "" if self.text[block.stop - 1].isspace() else " "
        return RepairEdit(block.stop, block.stop, space + "".join(f";\n    {row} " for row in rows))

    def removals(self, block: SubjectBlock, places: set[tuple[int, int]]) -> Iterator[RepairEdit]:
        """The edits that remove statements of a block."""
        if self.lines:
            start = self.text.rfind("\n", 0, block.predicates[0].start) + 1
            yield RepairEdit(start, self.text.find("\n", block.stop) + 1 or len(self.text), "")
            return
        last = 0
        for number, predicate in enumerate(block.predicates):
            gone = {o for p, o in places if p == number}
            if len(gone) < len(predicate.objects):
                yield from _within(predicate, gone)
                last = predicate.objects[-1].end
            elif number + 1 < len(block.predicates):
                yield RepairEdit(predicate.start, block.predicates[number + 1].start, "")
            else:
                yield RepairEdit(last, predicate.objects[-1].end, "")


def _within(predicate: PredicateSpan, gone: set[int]) -> Iterator[RepairEdit]:
    """Remove some of the objects of a predicate, with their commas."""
    objects = predicate.objects
    kept = [o for o in range(len(objects)) if o not in gone]
    for o in sorted(gone):
        if o < kept[-1]:
            yield RepairEdit(objects[o].start, objects[o + 1].start, "")
        else:
            yield RepairEdit(objects[kept[-1]].end, objects[o].end, "")
