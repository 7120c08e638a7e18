"""Repairs of a thesaurus as edits of its text in RDF/XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from kg.base.errors import UsageError
from kg.base.formats.rdfxml_spans import ElementSpan, read_spans
from kg.base.names import RDF, SKOS
from kg.checks.rdf_repairs import RepairEdit, ThesaurusRepairs
from kg.graph.places.turtle import ObjectSpan, PredicateSpan, SubjectBlock, TurtleBlocks

_XML_NAME: Final = re.compile(r"[^\s<>\"'/]+")


class XmlRepairs(ThesaurusRepairs):
    """Repairs of RDF/XML: property elements are renamed, removed with their line, and added before the end of their node."""

    def read_blocks(self, text: str, base: str) -> TurtleBlocks:
        """The places of all statements of property elements: each is a predicate with one object."""
        spans = read_spans(text.encode(), base)
        written = TurtleBlocks([], {name: iri for name, iri in spans.prefixes.items() if iri != RDF}, spans.raw)
        self._rdf = next((name for name, iri in spans.prefixes.items() if iri == RDF and name), "")
        blocks: dict[str, SubjectBlock] = {}
        for element in spans.elements:
            if not element.is_property and not element.subject.startswith("_:"):
                inner = element.text[1] if element.text[1] < element.end else element.end
                block = SubjectBlock(element.subject, element.name, inner, [])
                written.blocks.append(block)
                self._nodes.append(element)
                blocks[element.subject] = block
            elif element.is_property and element.subject in blocks:
                value, (start, end) = element.value, element.text
                plain = value.startswith('"') and not {"<", "&"} & set(text[start:end])
                span = ObjectSpan(value, element.start, element.end, (start, end) if plain else (0, 0), element.language)
                blocks[element.subject].predicates.append(PredicateSpan(element.predicate, element.start, [span]))
        return written

    @cached_property
    def _nodes(self) -> list[ElementSpan]:
        return []

    def demote(self, subject: str, place: tuple[int, int, int], span: ObjectSpan) -> None:
        """Turn a preferred label into an alternative one."""
        del subject, place
        old = self._name_at(span.start + 1)
        end = self.text.rfind(old, span.text[1], span.end)
        for at in (span.start + 1, end):
            self.edits.append(RepairEdit(at, at + len(old), self.skos("altLabel")))

    def _before_space(self, at: int) -> int:
        while at and self.text[at - 1].isspace():
            at -= 1
        return at

    def _name_at(self, start: int) -> str:
        m = _XML_NAME.match(self.text, start)
        return m.group() if m is not None else ""

    def may_empty(self, block: SubjectBlock) -> bool:
        """Whether a block may lose its last statement."""
        del block
        return True

    def row(self, name: str, raw: str) -> str:
        """A statement to add to a subject."""
        quote = "'" if '"' in raw else '"'
        return f"<{self.skos(name)} {self._rdf}:resource={quote}{raw}{quote}/>"

    def skos(self, name: str) -> str:
        """The name of a SKOS property, as the file may write it."""
        prefix = next((p for p, iri in self.written.prefixes.items() if iri == SKOS), None)
        if prefix is None or not self._rdf:
            raise UsageError(
                "the file declares no prefix of SKOS or RDF in its first element", hint=f'add xmlns:skos="{SKOS}" there'
            )
        return f"{prefix}:{name}" if prefix else name

    def addition(self, block: SubjectBlock, rows: Sequence[str]) -> RepairEdit:
        """The edit that adds statements to a block."""
        node = self._nodes[self.block_of[block.subject]]
        line = self.text.rfind("\n", 0, node.start) + 1
        indent = self.text[line : node.start] if not self.text[line : node.start].strip() else ""
        first = block.predicates[0].start if block.predicates else 0
        before = self.text[self.text.rfind("\n", 0, first) + 1 : first]
        inner = before if block.predicates and not before.strip() else f"{indent}  "
        added = "".join(f"\n{inner}{row}" for row in rows)
        if node.text[0] == node.end:  # <skos:Concept …/>
            at = self.text.rfind("/", node.start, node.end)
            return RepairEdit(at, node.end, f">{added}\n{indent}</{node.name}>")
        at = self._before_space(node.text[1])
        return RepairEdit(at, at, added if self.text[at : node.text[1]] else f"{added}\n{indent}")

    def removals(self, block: SubjectBlock, places: set[tuple[int, int]]) -> Iterator[RepairEdit]:
        """The edits that remove statements of a block."""
        for number, _ in places:
            span = block.predicates[number].objects[0]
            yield RepairEdit(self._before_space(span.start), span.end, "")
