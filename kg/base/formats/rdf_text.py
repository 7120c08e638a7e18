"""RDF by Oxigraph, whose parsers crash the whole process if quoted triples or lists of JSON-LD are nested too deeply."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, NamedTuple, cast

import pyoxigraph as ox

from kg.base.formats import FormatError, place_in
from kg.base.formats.jsonld_text import check_jsonld
from kg.base.formats.tag_case import TagCase
from kg.base.formats.xml_text import check_xml

NESTING: Final = 500
"""Maximum nesting of blank nodes, collections and graphs."""
QUOTED: Final = 32
"""Maximum nesting of quoted triples (statements about statements)."""
BASES: Final = 1000
"""Maximum number of base directives: each relative one makes the next one longer."""
WRITTEN: Final = 50_000_000
"""Maximum bytes after expansion of long prefixes and bases."""
FAULTS: Final = 100
"""Maximum number of faults reported in one file; reading ends there."""
_USUAL: Final = 300
"""Length in characters up to which prefixes and bases aren't counted."""

# An unclosed token ends the scan, since it ends the parser too.
_TOKEN: Final = re.compile(
    rb'''"""(?:[^"\\]|\\.|"(?!""))*+"{3}|\'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
      | (?P<open>"{3}|'{3})
      | "(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+'
      | (?P<broken>["'])
      | <(?:[^<>"{}|^`\\\x00-\x20]|\\[uU][0-9A-Fa-f]++)*+>
      | \#[^\r\n]*+
      | \\.
      | (?P<quote><<) | (?P<unquote>>>)
      | (?P<down>[\[({]) | (?P<up>[\])}])''',
    re.VERBOSE | re.DOTALL,
)
_BASE: Final = re.compile(rb"base\s*<([^<>\s]*)>")
_PREFIX: Final = re.compile(rb"prefix\s+[^\s:<\"]*:\s*<([^<>\s]*)>")
_SCHEME: Final = re.compile(rb"[a-z][a-z0-9+.-]*:")
_PLAIN_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9/._~#?=&:;,@+!$'()*-]*")
_ENTITY: Final = re.compile(rb"""(<!ENTITY\s+[^\s'">]+\s+)'([^'"]*)'(?=\s*>)""")
_BAD_IN_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|^`\\]|%(?![0-9A-Fa-f]{2})")
_WHERE: Final = re.compile(r"\s*Parser error (?:at|between) line \d+ [^:]*?:\s*|\s*\(line \d+\)\s*\Z")


def parse_rdf(
    data: bytes, syntax: ox.RdfFormat, *, base: str | None = None, lenient: bool = False, reader: Any = None
) -> Iterator[ox.Quad]:
    """Yield the statements of a text. Relative IRIs are resolved against `base`; nothing is fetched.

    `reader` supplies the same bytes in pieces, so that a caller can follow the parser's position. Raises FormatError:
    for limits before the first statement, for syntax errors when the iteration reaches them.
    """
    check_rdf(data, syntax)
    if syntax == ox.RdfFormat.RDF_XML and reader is None:
        data = quote_entities(data)
    try:
        yield from ox.parse(data if reader is None else reader, format=syntax, base_iri=base, lenient=lenient)
    except SyntaxError as error:
        raise FormatError(str(error.msg or error), line=error.lineno or 0, column=error.offset or 0) from None
    except MemoryError as error:
        raise _too_long(error) from None
    except (OSError, RuntimeError) as error:
        raise FormatError(str(error)) from None


class ReadQuad(NamedTuple):
    """A statement of a document."""

    quad: ox.Quad
    line: int
    """The line on which it ends; 0 in JSON-LD."""
    tag: str = ""
    """The language tag of its object as the document spells it, if that isn't lower case."""


class LineReader(io.RawIOBase):
    """A file that is read line by line and counts: the parser streams, so the count is its position."""

    def __init__(self, data: bytes) -> None:
        self.line = 0
        self._file = io.BytesIO(data)

    def readable(self) -> bool:
        """Return True, as the parser asks."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next line, or `size` bytes of it."""
        text = self._file.readline(size)
        # A line longer than the parser's buffer counts as one line.
        if text.endswith(b"\n") or (text and self._file.tell() == len(self._file.getbuffer())):
            self.line += 1
        return text


def parse_readable_rdf(
    data: bytes, syntax: ox.RdfFormat, base: str, report: Callable[[FormatError], None]
) -> Iterator[ReadQuad]:
    """Yield the statements that can be read.

    What can't be read is passed to `report` with its place: a statement of Turtle or N-Triples that isn't well-formed is left
    out, an IRI with characters that no IRI may contain is escaped. RDF/XML and JSON-LD end at the first other fault.
    Raises FormatError for limits, and for XML that isn't well-formed.
    """
    check_rdf(data, syntax)
    case = TagCase(data, syntax)
    lines = LineReader(quote_entities(case.data) if syntax == ox.RdfFormat.RDF_XML else case.data)
    whole = syntax == ox.RdfFormat.JSON_LD  # read before the first statement: the line of every statement would be the last one
    quads = ox.parse(case.data if whole else cast("IO[bytes]", lines), format=syntax, base_iri=base, lenient=True)
    escaped: dict[str, str] = {}
    # The subject and graph of the last statement, and all predicates, whose IRIs are plain.
    ends: tuple[object, object] | None = None
    predicates: set[object] = set()
    faults = 0
    while faults < FAULTS:
        try:
            quad = next(quads)
        except StopIteration:
            return
        except SyntaxError as error:
            line = error.lineno or lines.line
            report(FormatError(_cause(error), line=line, column=case.column(line, error.offset or 0)))
            faults += 1
            if syntax in (ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD):
                return
            continue
        except MemoryError as error:
            raise _too_long(error) from None
        except (OSError, RuntimeError) as error:
            raise FormatError(str(error)) from None
        subject, predicate, text, graph = quad
        new = quad if predicate not in predicates or (subject, graph) != ends else (text,)
        iris = [t.value for t in new if isinstance(t, ox.NamedNode) and not _PLAIN_IRI.fullmatch(t.value)]
        if not iris and new is quad:
            ends = subject, graph
            predicates.add(predicate)
        for iri in iris:
            if iri not in escaped:
                escaped[iri] = escape_iri(iri)
                if escaped[iri] != iri:
                    at = data.find(f"{iri}".encode())
                    line, column = place_in(data, at) if at >= 0 else (lines.line, 0)
                    report(
                        FormatError(f"the IRI '{iri}' contains characters that no IRI may contain", line=line, column=column)
                    )
                    faults += 1
        if any(escaped.get(iri, iri) != iri for iri in iris):
            quad = ox.Quad(*(ox.NamedNode(escaped.get(t.value, t.value)) if isinstance(t, ox.NamedNode) else t for t in quad))
            text = quad.object
        tag = ""
        if isinstance(text, ox.Literal) and text.language:
            language, tag = case.spelling(text.language)
            if language != text.language:
                text = ox.Literal(text.value, language=language, direction=text.direction)
                quad = ox.Quad(quad.subject, quad.predicate, text, quad.graph_name)
        yield ReadQuad(quad, 0 if whole else lines.line, tag)
    report(FormatError(f"more than {FAULTS} faults; the rest of the file is not read", line=lines.line))


def quote_entities(data: bytes) -> bytes:
    """Return XML with the values of entities in double quotes: XML allows both, Oxigraph's parser only these. No byte moves.

    >>> quote_entities(b"<!DOCTYPE r [<!ENTITY skos 'http://a#'>]><r/>")
    b'<!DOCTYPE r [<!ENTITY skos "http://a#">]><r/>'
    """
    end = data.find(b"]", data.find(b"<!DOCTYPE"))
    return _ENTITY.sub(rb'\1"\2"', data[:end]) + data[end:] if b"<!DOCTYPE" in data[: max(end, 0)] else data


def escape_iri(iri: str) -> str:
    """Return an IRI with the characters percent-encoded that no IRI may contain (RFC 3987, 2.2).

    >>> escape_iri("http://e.org/a b"), escape_iri("http://e.org/ä%20")
    ('http://e.org/a%20b', 'http://e.org/ä%20')
    """
    return _BAD_IN_IRI.sub(lambda m: "".join(f"%{byte:02X}" for byte in m.group().encode()), iri)


def _too_long(error: MemoryError) -> Exception:
    """Return the error for a token that the parser's buffer can't hold; another lack of memory is returned as it is."""
    return FormatError("a text or IRI in it has more than 16 MB", limit="size") if "buffer" in str(error) else error


def _cause(error: SyntaxError) -> str:
    return " ".join(_WHERE.sub("", str(error.msg or error)).split())


def check_rdf(data: bytes, syntax: ox.RdfFormat) -> None:
    """Reject input that would take more than linear time and memory. Raises FormatError."""
    if syntax == ox.RdfFormat.RDF_XML:
        check_xml(data)
    elif syntax == ox.RdfFormat.JSON_LD:
        check_jsonld(data)
    else:
        openers = data.count(b"[") + data.count(b"(") + data.count(b"{")
        if openers > NESTING or data.count(b"<<") > QUOTED:
            _check_depth(data)
        if syntax not in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
            _check_names(data)


def _check_depth(data: bytes) -> None:
    depth = quoted = 0
    for m in _TOKEN.finditer(data):
        kind = m.lastgroup
        if kind is None:
            continue
        if kind == "down":
            depth += 1
        elif kind == "up":
            depth -= 1
        elif kind == "quote":
            quoted += 1
        elif kind == "unquote":
            quoted -= 1
        else:
            return
        if depth > NESTING or quoted > QUOTED:
            line, column = place_in(data, m.start())
            what = f"more than {NESTING} blank nodes, lists and graphs" if depth > NESTING else f"more than {QUOTED} statements"
            raise FormatError(f"{what} lie in each other", line=line, column=column, limit="nesting")


def _check_names(data: bytes) -> None:
    lowered = data.lower()
    bases = [len(m[1]) if _SCHEME.match(m[1]) else -len(m[1]) for m in _BASE.finditer(lowered)]
    if len(bases) > BASES:
        raise FormatError(f"more than {BASES:,} directives of a base", limit="names")
    # The lengths of relative bases add up.
    base = max((n for n in bases if n > 0), default=0) - sum(n for n in bases if n < 0)
    prefix = max((len(m[1]) for m in _PREFIX.finditer(lowered)), default=0)
    for length, mark in ((base, b"<"), (base + prefix, b":")):
        if length > _USUAL and length * data.count(mark) > WRITTEN:
            raise FormatError(
                f"a prefix or base of {length:,} characters expands to more than {WRITTEN:,} in total", limit="names"
            )
