"""RDF by Oxigraph, whose parsers crash the whole process if quoted triples or lists of JSON-LD are nested too deeply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pyoxigraph as ox

from kg.base.formats import FormatError, place_in
from kg.base.formats.jsonld_text import check_jsonld
from kg.base.formats.xml_text import check_xml

NESTING: Final = 500
"""Maximum nesting of blank nodes, collections and graphs."""
QUOTED: Final = 32
"""Maximum nesting of quoted triples (statements about statements)."""
BASES: Final = 1000
"""Maximum number of base directives: each relative one makes the next one longer."""
WRITTEN: Final = 50_000_000
"""Maximum bytes after expansion of long prefixes and bases."""
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
_WHERE: Final = re.compile(r"\s*Parser error (?:at|between) line \d+ [^:]*?:\s*|\s*\(line \d+\)\s*\Z")


def parse_rdf(
    data: bytes, syntax: ox.RdfFormat, *, base: str | None = None, lenient: bool = False, reader: Any = None
) -> Iterator[ox.Quad]:
    """Yield the statements of a text. Relative IRIs are resolved against `base`; nothing is fetched.

    `reader` supplies the same bytes in pieces, so that a caller can follow the parser's position. Raises FormatError:
    for limits before the first statement, for syntax errors when the iteration reaches them.
    """
    check_rdf(data, syntax)
    try:
        yield from ox.parse(data if reader is None else reader, format=syntax, base_iri=base, lenient=lenient)
    except SyntaxError as error:
        raise FormatError(str(error.msg or error), line=error.lineno or 0, column=error.offset or 0) from None
    except MemoryError as error:
        if "buffer" not in str(error):
            raise
        raise FormatError("a text or IRI in it has more than 16 MB", limit="size") from None
    except (OSError, RuntimeError) as error:
        raise FormatError(str(error)) from None


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
