"""XML, scanned by expat before the RDF parser: entities, depth, and namespaces that are expanded again and again."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from kg.base.formats import FormatError

# Older files use entities for namespaces (&skos;Concept): short texts. Longer or nested entities are rejected.
ENTITY: Final = 1000
"""Maximum characters of an entity."""
EXPANDED: Final = 10_000_000
"""Maximum bytes of all entities of a file after expansion."""
NESTING: Final = 500
"""Maximum nesting: RDF needs a few levels; both parsers take quadratic time and memory in the depth."""
ATTRIBUTES: Final = 1000
"""Maximum attributes of one element."""
NAMES: Final = 20_000
"""Maximum characters of all namespaces and bases in scope."""
WRITTEN: Final = 20_000_000
"""Maximum characters of namespaces in XML literals: each of their elements repeats all namespaces in scope."""

_ONLY_IRIS: Final = "entities may only abbreviate IRIs; write the text out, or save the file as Turtle"
_PARSE_TYPE: Final = "parseType"
_USE: Final = re.compile(rb"&([^&;\s]*+);")


class EntityError(FormatError):
    """An entity that is external, nested, too long or used too often."""

    @property
    def hint(self) -> str:
        """The way to avoid it."""
        return _ONLY_IRIS


def check_xml(data: bytes) -> None:
    """Reject XML that is expensive to parse and XML that isn't well-formed. Raises FormatError with the place.

    Malformed XML is rejected too, because another parser might continue past the place where expat stops.
    """
    look = _Look()
    try:
        look.parser.Parse(data, True)
    except expat.ExpatError as error:
        _check_size(data, look.entities)
        problem = expat.errors.messages[error.code] if error.code in expat.errors.messages else str(error)
        raise FormatError(f"invalid XML: {problem}", line=error.lineno, column=error.offset + 1) from None
    _check_size(data, look.entities)


def _check_size(data: bytes, entities: dict[str, str]) -> None:
    sizes = {name.encode(): len(value.encode()) for name, value in entities.items()}
    size = sum(sizes.get(m[1], 0) for m in _USE.finditer(data)) if sizes else 0
    if size > EXPANDED:
        raise EntityError(f"entities stand for {size:,} bytes of text", line=data.count(b"\n") + 1, limit="entities")


class _Look:
    """Counters for expat's events."""

    def __init__(self) -> None:
        self.entities: dict[str, str] = {}
        self.parser = expat.ParserCreate()
        self.parser.EntityDeclHandler = self.entity
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.names: list[int] = []  # for each open element: characters of the namespaces and bases in scope
        self.literal = 0  # depth of the outermost open literal; 0: none
        self.written = 0

    def refuse(self, problem: str, limit: str) -> None:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        raise (EntityError if limit == "entities" else FormatError)(problem, line=line, column=column, limit=limit)

    def entity(self, name: str, parameter: bool, value: str | None, *places: object) -> None:
        """Record an entity; `places` are its base, system id, public id and notation, as expat passes them."""
        if parameter or value is None or places[1] or places[2]:
            self.refuse(f"the entity '{name}' is read from elsewhere or part of the grammar, and is not followed", "entities")
        elif "&" in value or "%" in value or len(value) > ENTITY:
            self.refuse(f"the entity '{name}' is nested or long: it could expand to any amount of text", "entities")
        else:
            self.entities.setdefault(name, value)

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        own = 0
        if attributes:
            if len(attributes) > ATTRIBUTES:
                self.refuse(f"an element of more than {ATTRIBUTES:,} attributes", "keys")
            for name, value in attributes.items():
                if name.startswith(("xmlns", "xml:base")):
                    own += len(name) + len(value)
                elif name.endswith(_PARSE_TYPE) and not self.literal and value != "Resource" and value != "Collection":
                    self.literal = len(self.names) + 1
        holds = own + (self.names[-1] if self.names else 0)
        if holds > NAMES:
            self.refuse(f"namespaces and bases of more than {NAMES:,} characters", "names")
        self.names.append(holds)
        if self.literal:
            self.written += holds
            if self.written > WRITTEN:
                self.refuse(f"namespaces stand for more than {WRITTEN:,} characters in literals of XML", "names")
        if len(self.names) > NESTING:
            self.refuse(f"more than {NESTING} elements lie in each other", "nesting")

    def end(self, _tag: str) -> None:
        self.names.pop()
        if len(self.names) < self.literal:
            self.literal = 0
