"""Where node and property elements of RDF/XML begin and end, for edits in place."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kg.base.formats import FormatError
from kg.base.formats.rdfxml_places import XML_NAMES, XmlReader, resource_of
from kg.base.formats.xml_text import check_xml
from kg.base.names import RDF

_TAG: Final = re.compile(rb"""<([^\s<>"'/]+)(?:[^<>"']|"[^"]*"|'[^']*')*?(/?)>""")
_ATTRIBUTE: Final = re.compile(rb"""([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DECLARED: Final = re.compile(rb"xmlns(?::([^\s=]+))?\Z")


class ElementSpan(NamedTuple):
    """A node element with an IRI, or a property element of one. Offsets are in characters."""

    is_property: bool
    subject: str
    predicate: str
    value: str
    """Of a property: IRI, or text prefixed with a quotation mark; empty for content with elements of its own."""
    start: int
    end: int
    text: tuple[int, int]
    """The content between the two tags; empty, at the end of the tag, for ``<tag/>``."""
    name: str
    """The element's name as it is written."""
    language: str


class XmlSpans(NamedTuple):
    """The elements of a document, in its order."""

    elements: list[ElementSpan]
    prefixes: dict[str, str]
    """Of the root element."""
    raw: dict[str, str]
    """IRI → as it is written in an attribute somewhere."""


class _Open:
    """An open element: offsets in bytes."""

    def __init__(self, start: int, language: str) -> None:
        self.start, self.language = start, language
        self.value: str | None = None
        self.number = -1


class _SpanReader(XmlReader):
    """Keeps the offsets of elements beside their statements."""

    def __init__(self, data: bytes, base: str) -> None:
        super().__init__(base)
        self.data = data
        self.open = [_Open(0, "")]
        self.elements: list[ElementSpan | None] = []
        self.raw: dict[str, str] = {}
        self.base = ""
        self.root = -1
        """Offset of the root element, in bytes."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        offset = self.parser.CurrentByteIndex
        self.root = offset if self.root < 0 else self.root
        language = attributes.get(f"{XML_NAMES}\nlang", self.open[-1].language)
        super().start(tag, attributes)
        frame, opened = self.frames[-1], _Open(offset, language)
        about = {name.replace("\n", ""): value for name, value in attributes.items()}
        self.base = self.base or frame.base
        resource = resource_of(about, frame.base)
        if frame.predicate:
            opened.value = resource if resource is not None else ""
            if set(about) - {RDF + "resource"} - {f"{XML_NAMES}lang", RDF + "datatype"}:
                opened.value = ""  # statements of the object, or another kind of content
        if frame.base == self.base and (m := _TAG.match(self.data, offset)):
            iri = resource if resource is not None else frame.subject
            for attribute in _ATTRIBUTE.finditer(m.group()):
                if attribute[1].endswith((b":about", b":resource")) and iri:
                    self.raw.setdefault(iri, (attribute[2] or attribute[3] or b"").decode())
        if frame.predicate or (frame.kind == "node" and frame.subject):
            opened.number = len(self.elements)
            self.elements.append(None)
        self.open.append(opened)

    def end(self, tag: str) -> None:
        offset, frame, opened = self.parser.CurrentByteIndex, self.frames[-1], self.open.pop()
        text = frame.text
        super().end(tag)
        m = _TAG.match(self.data, opened.start)
        if opened.number < 0 or m is None:
            return
        empty = bool(m[2])
        closing = m.end() if empty else self.data.find(b">", offset) + 1
        value = opened.value or ""
        if frame.predicate and not value and text is not None:
            value = '"' + "".join(text)
        inner = (m.end(), m.end() if empty else offset)
        self.elements[opened.number] = ElementSpan(
            bool(frame.predicate), frame.subject, frame.predicate, value, opened.start, closing, inner,
            m[1].decode(), opened.language,
        )  # fmt: skip


def read_spans(data: bytes, base: str) -> XmlSpans:
    """Return the elements of a document in UTF-8. Raises FormatError."""
    check_xml(data)
    reader = _SpanReader(data, base)
    reader.parser.Parse(data, True)
    spans = [element for element in reader.elements if element is not None]
    offsets = sorted({offset for s in spans for offset in (s.start, s.end, *s.text)})
    characters: dict[int, int] = {}
    before = count = 0
    for offset in offsets:
        try:
            count += len(data[before:offset].decode())
        except UnicodeDecodeError as error:
            raise FormatError(str(error)) from None
        characters[offset], before = count, offset
    root = _TAG.match(data, reader.root)
    declared = _ATTRIBUTE.finditer(root.group()) if root is not None else ()
    prefixes = {(m[1] or b"").decode(): value for a in declared if (m := _DECLARED.match(a[1])) and (value := _value(a, data))}
    return XmlSpans(
        [
            s._replace(start=characters[s.start], end=characters[s.end], text=(characters[s.text[0]], characters[s.text[1]]))
            for s in spans
        ],
        prefixes,
        reader.raw,
    )


def _value(attribute: re.Match[bytes], data: bytes) -> str:
    """Return the value of a declaration, with entities that stand for it."""
    value = attribute[2] or attribute[3] or b""
    if value.startswith(b"&") and (m := re.search(rb"<!ENTITY\s+" + re.escape(value[1:-1]) + rb"\s+[\"']([^\"']*)", data)):
        value = m[1]
    return value.decode("utf-8", "replace")
