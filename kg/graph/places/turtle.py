"""Places of subjects and statements in Turtle, TriG, N-Triples and N-Quads, which RDF parsers don't keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import urljoin

from kg.base.names import RDF
from kg.graph.rules import Stated

_TOKEN: Final = re.compile(
    r"""(?:\s+|\#[^\n]*)*+(?:
        (?P<text>\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3}
            |'{3}(?:[^'\\]|\\.|'(?!''))*'{3}|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')
        (?:@(?P<lang>[A-Za-z]+(?:-[A-Za-z0-9]+)*))?
      | <(?P<iri>[^<>\"{}|^`\\\s]*)>
      | (?P<type>\^\^)
      | (?P<directive>(?i:@prefix|@base|PREFIX\b|BASE\b))
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?<!\.))
      | (?P<punctuation>[.;,\[\](){}])
      | (?P<name>(?:[^\s.;,\[\](){}<>\"'\#^@\\]|\.(?=[^\s;,\[\](){}<>\"'\#])|\\.)+)
      | (?P<end>\Z) | (?P<other>.))
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SHORT: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


Named = Callable[[str, str], str]
"""A function from a prefix, and what stands for it if it isn't declared, to an IRI."""


def match_token(text: str, position: int) -> re.Match[str] | None:
    """Return the match of the next token; its last group names its kind."""
    return _TOKEN.match(text, position)


def locate_statements(
    text: str, base: str, named: Named | None = None, start: int = 0, stop: int | None = None
) -> Iterator[tuple[str, int, Stated]]:
    """Yield subjects and statements of Turtle with their offsets, if they have names; content of brackets is skipped.

    A literal object is its text prefixed with a quotation mark. For text that isn't Turtle, the result is incomplete. `named`
    gives the prefixes that are declared before the offset `start`.

    >>> [(k, at, t[2]) for k, at, t in locate_statements("@prefix : <x:> . :a :p :b , 'c'@en .", "")]
    [('subject', 17, ''), ('statement', 23, 'x:b'), ('statement', 28, '"c')]
    >>> [at for _, at, _ in locate_statements("<x:a> <x:p> <x:b> .", "")]
    [0, 12]
    """
    prefixes: dict[str, str] = {}
    named = named or prefixes.get
    stop = len(text) if stop is None else stop
    subject = predicate = ""
    role, depth = 0, 0
    directive, parts = "", [""]
    # Every character belongs to a token: each match begins where the last one ended.
    tokens = _TOKEN.finditer(text, start, stop)
    for m in tokens:
        kind = m.lastgroup
        if kind is None or kind == "end":
            return
        if kind == "lang":
            kind = "text"
        if kind == "other":
            continue
        if kind == "directive":
            directive, parts = m[kind].lower().lstrip("@"), []
            continue
        if directive:
            if kind in ("iri", "name"):
                parts.append(m["iri"] if kind == "iri" else m["name"])
            if directive == "base" and parts:
                base, directive = join_iri(base, parts[0]), ""
            elif directive == "prefix" and len(parts) == 2:
                prefixes[parts[0].removesuffix(":")], directive = join_iri(base, parts[1]), ""
            continue
        if kind == "punctuation":
            mark = m[kind]
            if mark in "[(":
                depth += 1
                if depth == 1 and role == 0:
                    subject, role = "", 1
            elif mark in "])":
                depth = max(0, depth - 1)
            elif mark in "{}":  # TriG: the name before a graph is not a subject, and its end ends a statement
                role = depth = 0
            elif depth == 0:
                role = {".": 0, ";": 1}.get(mark, role)
            continue
        if depth or kind == "type":
            if kind == "type":  # the datatype isn't an object of its own
                next(tokens, None)
            continue
        value = value_of(m, kind, named, base)
        if role == 1:
            predicate, role = RDF + "type" if value == "a" and kind == "name" else value, 2
        else:
            at = m.start(kind) - (kind == "iri")  # from the angle bracket on
            if role == 0:
                subject, role = value, 1
                yield "subject", at, Stated(subject, "", "")
            elif subject:
                yield "statement", at, Stated(subject, predicate, value)


def value_of(m: re.Match[str], kind: str, named: Named, base: str) -> str:
    """Return the IRI of a token, or its text prefixed with a quotation mark."""
    if kind == "iri":
        return join_iri(base, m["iri"])
    if kind == "text":
        quoted = m["text"]
        size = 3 if quoted[:3] in ('"""', "'''") else 1
        return '"' + (_ESCAPE.sub(_unescape, quoted[size:-size]) if "\\" in quoted else quoted[size:-size])
    if kind == "name":
        prefix, colon, local = m["name"].partition(":")
        return named(prefix, prefix + ":") + local.replace("\\", "") if colon else m["name"]
    return m[kind]


def join_iri(base: str, iri: str) -> str:
    """Resolve an IRI against a base; `urljoin` would drop a "#" at the end.

    >>> join_iri("https://a/b#", "c#"), join_iri("https://a/b", "urn:x:y"), join_iri("https://a/b", "#")
    ('https://a/c#', 'urn:x:y', 'https://a/b#')
    """
    if _ABSOLUTE.match(iri):
        return iri
    joined = urljoin(base, iri)
    return joined + "#" if iri.endswith("#") and not joined.endswith("#") else joined


def _unescape(m: re.Match[str]) -> str:
    code = m[1] or m[2]
    return chr(min(int(code, 16), 0x10FFFF)) if code else _SHORT.get(m[3], m[3])


class ObjectSpan(NamedTuple):
    """An object of a statement, from its first to behind its last character, with datatype or language."""

    value: str
    """IRI, or text prefixed with a quotation mark; empty for content of brackets."""
    start: int
    end: int
    text: tuple[int, int]
    """Offsets of the text between the quotation marks; both 0 without one."""
    tag: str


class PredicateSpan(NamedTuple):
    """A predicate with its objects."""

    value: str
    start: int
    objects: list[ObjectSpan]


class SubjectBlock(NamedTuple):
    """The statements from a subject up to their full stop."""

    subject: str
    raw: str
    """The subject as it is written."""
    stop: int
    """Offset of the full stop."""
    predicates: list[PredicateSpan]


class TurtleBlocks(NamedTuple):
    """What is written in a text in Turtle."""

    blocks: list[SubjectBlock]
    prefixes: dict[str, str]
    raw: dict[str, str]
    """IRI → as it is written somewhere."""


def read_blocks_of(text: str, base: str) -> TurtleBlocks:
    """Return the blocks of a text in Turtle or N-Triples whose subjects have IRIs, with the offsets of their parts.

    >>> (block,) = read_blocks_of("@prefix : <x:> . :a :p :b , 'c'@en .", "").blocks
    >>> block.subject, block.stop, [(o.value, o.tag) for o in block.predicates[0].objects]
    ('x:a', 35, [('x:b', ''), ('"c', 'en')])
    """
    written = TurtleBlocks([], {}, {})
    block: SubjectBlock | None = None
    role, depth, position, opened = 0, 0, 0, 0
    directive, parts, typed = "", [""], False
    while True:
        m = _TOKEN.match(text, position)
        kind = m.lastgroup if m is not None else None
        if m is None or kind is None or kind == "end":
            return written
        kind = "text" if kind == "lang" else kind
        start, position = m.start(kind), m.end()
        if kind == "directive":
            directive, parts = m[kind].lower().lstrip("@"), []
        elif directive:
            if kind in ("iri", "name"):
                parts.append(m["iri"] if kind == "iri" else m["name"])
            if directive == "base" and parts:
                base, directive = join_iri(base, parts[0]), ""
            elif directive == "prefix" and len(parts) == 2:
                written.prefixes[parts[0].removesuffix(":")], directive = join_iri(base, parts[1]), ""
        elif kind == "punctuation":
            mark = m[kind]
            if mark in "[(":
                opened = start if depth == 0 else opened
                depth += 1
            elif mark in "])" and depth:
                depth -= 1
                if depth == 0 and role == 0:
                    block, role = SubjectBlock("", "", 0, []), 1
                elif depth == 0 and role == 2 and block is not None:
                    block.predicates[-1].objects.append(ObjectSpan("", opened, position, (0, 0), ""))
            elif depth == 0:
                if mark == "." and block is not None and block.subject:
                    written.blocks.append(block._replace(stop=start))
                role = {".": 0, ";": 1}.get(mark, role)
        elif kind == "type":
            typed = True
        elif typed:  # the datatype belongs to the text before it
            typed = False
            if depth == 0 and block is not None and block.predicates and block.predicates[-1].objects:
                objects = block.predicates[-1].objects
                objects[-1] = objects[-1]._replace(end=position)
        elif depth == 0 and kind != "other":
            value = value_of(m, kind, written.prefixes.get, base)
            if role == 0:
                block, role = (
                    SubjectBlock("" if value.startswith("_:") else value, text[start - (kind == "iri") : position], 0, []),
                    1,
                )
            elif role == 1 and block is not None:
                block.predicates.append(PredicateSpan(RDF + "type" if m[kind] == "a" else value, start - (kind == "iri"), []))
                role = 2
            elif block is not None and block.predicates:
                size = 3 if kind == "text" and m["text"][:3] in ('"""', "'''") else 1
                inner = (m.start("text") + size, m.end("text") - size) if kind == "text" else (0, 0)
                span = ObjectSpan(value, start - (kind == "iri"), position, inner, m["lang"] or "")
                block.predicates[-1].objects.append(span)
            if kind in ("iri", "name"):
                written.raw.setdefault(value, text[start - (kind == "iri") : position])
