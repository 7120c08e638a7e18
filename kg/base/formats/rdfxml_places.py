"""Places of statements in RDF/XML, which RDF parsers don't keep: the striped syntax, followed by expat's events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urljoin
from xml.parsers import expat

from kg.base.formats.xml_text import check_xml
from kg.base.names import RDF

XML_NAMES: Final = "http://www.w3.org/XML/1998/namespace"
_NAMES: Final = frozenset(RDF + name for name in ("about", "ID", "nodeID", "resource", "parseType", "datatype"))


class XmlStatement(NamedTuple):
    """A statement, or a mention of a resource as subject if the predicate is empty."""

    line: int
    column: int
    subject: str
    """IRI, or the label of a blank node after ``_:``; empty for one without a label."""
    predicate: str
    object: str
    """IRI, blank node as above, or a text after a quotation mark."""


class _Frame:
    """An open element: a node, a property, or neither."""

    def __init__(self, kind: str, base: str, subject: str = "", predicate: str = "") -> None:
        self.kind, self.base, self.subject, self.predicate = kind, base, subject, predicate
        self.text: list[str] | None = None
        """Of a property that may have a text as value."""
        self.line = self.column = 0


def locate_statements(data: bytes, base: str) -> Iterator[XmlStatement]:
    """Yield statements and subjects in the order of the file; literals of XML are left out. Raises FormatError."""
    check_xml(data)
    reader = XmlReader(base)
    reader.parser.Parse(data, True)
    yield from reader.statements


class XmlReader:
    """Follows the striped syntax; `statements` has what it has read so far."""

    def __init__(self, base: str) -> None:
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.frames = [_Frame("root", base)]
        self.statements: list[XmlStatement] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Handle a start tag."""
        parent = self.frames[-1]
        about = {name.replace("\n", ""): value for name, value in attributes.items()}
        base = _join(parent.base, about.pop(f"{XML_NAMES}base", "") or parent.base)
        name = tag.replace("\n", "")
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        if parent.kind == "literal" or name == RDF + "RDF":
            self.frames.append(_Frame("literal" if parent.kind == "literal" else "root", base))
        elif parent.kind == "node":
            self.property(name, about, _Frame("property", base, parent.subject, name), (line, column))
        else:
            self.node(name, about, parent, base, (line, column))

    def node(self, name: str, about: dict[str, str], parent: _Frame, base: str, place: tuple[int, int]) -> None:
        """Handle the start of a node element."""
        subject = _subject(about, base)
        if parent.kind == "property":
            parent.text = None
            self.statements.append(XmlStatement(parent.line, parent.column, parent.subject, parent.predicate, subject))
        self.statements.append(XmlStatement(*place, subject, "", ""))
        if name != RDF + "Description":
            self.statements.append(XmlStatement(*place, subject, RDF + "type", name))
        self.values(subject, about, place)
        self.frames.append(_Frame("node", base, subject))

    def property(self, name: str, about: dict[str, str], frame: _Frame, place: tuple[int, int]) -> None:
        """Handle the start of a property element."""
        frame.line, frame.column = place
        kind = about.get(RDF + "parseType", "")
        resource = resource_of(about, frame.base)
        if kind == "Literal":
            frame.kind = "literal"
        elif kind == "Resource":
            frame.kind, frame.subject = "node", ""
        elif resource is not None:
            self.statements.append(XmlStatement(*place, frame.subject, name, resource))
            self.values(resource, about, place)
        elif kind != "Collection":
            frame.text = []
        self.frames.append(frame)

    def values(self, subject: str, about: dict[str, str], place: tuple[int, int]) -> None:
        """Handle attributes that state texts."""
        for name, value in about.items():
            if name not in _NAMES and not name.startswith(XML_NAMES):
                self.statements.append(XmlStatement(*place, subject, name, f'"{value}'))

    def characters(self, text: str) -> None:
        """Handle text."""
        if (collected := self.frames[-1].text) is not None:
            collected.append(text)

    def end(self, _tag: str) -> None:
        """Handle an end tag."""
        frame = self.frames.pop()
        if frame.text is not None:
            text = "".join(frame.text)
            self.statements.append(XmlStatement(frame.line, frame.column, frame.subject, frame.predicate, f'"{text}'))


def _subject(about: dict[str, str], base: str) -> str:
    if (iri := about.get(RDF + "about")) is not None:
        return _join(base, iri)
    if name := about.get(RDF + "ID"):
        return _join(base, f"#{name}")
    return f"_:{about[RDF + 'nodeID']}" if RDF + "nodeID" in about else ""


def resource_of(about: dict[str, str], base: str) -> str | None:
    """Return the resource that a property element names: IRI, or the label of a blank node after ``_:``."""
    if (iri := about.get(RDF + "resource")) is not None:
        return _join(base, iri)
    return f"_:{about[RDF + 'nodeID']}" if RDF + "nodeID" in about else None


def _join(base: str, iri: str) -> str:
    joined = urljoin(base, iri)
    return joined + "#" if iri.endswith("#") and not joined.endswith("#") else joined
