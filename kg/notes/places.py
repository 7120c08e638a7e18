"""The exact places at which a note names the targets of its links, so that a target can be replaced and no other byte.

Beside the links of the `Note` these are what the parser resolves links with, but doesn't report: definitions of reference
links, ``src`` of HTML, links and labels of diagrams, and links in comments, which are no links until they are shown.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from typing import Final, Literal, NamedTuple

from kg.base.names import fold
from kg.model import Block, Link, Note
from kg.notes import mermaid
from kg.notes.comments import may_hold_comments, read_comments
from kg.notes.dialect import Dialect
from kg.notes.hidden import read_visible
from kg.notes.inline import Ranges
from kg.notes.okf.paths import KIND
from kg.notes.source import Source, file_offsets
from kg.notes.structure import Structure
from kg.notes.target import split_target, split_wikilink

HIDDEN: Final = frozenset(("definition", "attribute", "diagram", "comment"))
"""Contexts of places that are not links of the `Note`."""
Syntax = Literal["wikilink", "destination", "attribute", "text", "label"]


class Span(NamedTuple):
    """A range of bytes of a file."""

    start: int
    end: int


class LinkPlace(NamedTuple):
    """A place in the bytes of a file that names the target of a link."""

    link: Link
    """The link, with offsets in the text as parsed; of a definition or a diagram, how it would be written as a link."""
    syntax: Syntax
    """``wikilink``: between double brackets; ``destination``: of Markdown or a tag of a generator; ``attribute``: of HTML;
    ``text``: a name in front matter or a table; ``label``: of a diagram's node."""
    target: Span
    """The target without its fragment, as written; empty for a link to the own note."""
    fragment: Span | None
    """What follows ``#``, as written."""
    name: str = ""
    """Of a definition, and of a link by one: the name between its brackets."""
    name_at: Span | None = None
    """Where that name is: in the definition, or in the double brackets of a link that a definition leads to a file."""


_BEFORE_FRAGMENT: Final = re.compile(rb"(?:[^#&]|&(?:#(?:\d{1,7}|[xX][0-9a-fA-F]{1,6});)?)*")
REFERENCE: Final = re.compile(
    rb"^[ \t>*+\-]{0,40}\[(?P<name>(?:[^\[\]\\\r\n]|\\.){1,500})\]:[ \t]*(?:\r?\n[ \t>]*)?"
    rb"(?:<(?P<angle>[^<>\r\n]*)>|(?P<bare>[^\s<>]\S*))",
    re.MULTILINE,
)
"""A definition of a reference link, or of a footnote."""
_ATTRIBUTE: Final = re.compile(
    rb"(?:\s)(?:href|src|poster)\s*=\s*(?:\"(?P<double>[^\"<>]*)\"|'(?P<single>[^'<>]*)'|(?P<bare>[^\s\"'<>]+))", re.IGNORECASE
)
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_CLICK: Final = re.compile(r"^[ \t]*click[ \t]+\S+[ \t]+(?:href[ \t]+)?\"(?P<url>[^\"\n]*)\"", re.MULTILINE)
_ESCAPE: Final = re.compile(rb"\\([!-/:-@\[-`{-~])")
_MARKS: Final = re.compile(rb"\]:|<[a-z][^<>]*\s(?:src|href|poster)\s*=|mermaid", re.IGNORECASE)


def read_places(note: Note, data: bytes, dialect: Dialect) -> tuple[list[LinkPlace], list[Link]]:
    """Return the places of all links of a note, in order, and the links whose exact place is unknown.

    `data` are the bytes of the file from which the note was parsed. Unknown is, for example, the place of a front-matter value
    that is folded over several lines.
    """
    source = Source(data)
    visible = read_visible(source, max(0, note.body - source.bom), dialect) if has_hidden_places(data) else None
    structure = visible.body if visible is not None else None
    definitions = list(_definitions(source, structure)) if structure is not None else []
    by_name: dict[str, LinkPlace] = {}
    for definition in definitions:
        by_name.setdefault(fold(definition.name), definition)
    places: list[LinkPlace] = []
    unknown: list[Link] = []
    for link in note.links:
        place = _place_of(source.data, link, by_name, dialect)
        if place is None:
            unknown.append(link)
        else:
            places.append(place)
    places += definitions
    if structure is not None:
        taken = {place.target for place in places}
        places += [p for p in _attributes(source, structure) if p.target not in taken]
        for block in note.blocks:
            if block.language == "mermaid":
                places += _in_diagram(source, block)
    if visible is not None:
        places += _in_comments(source, note, visible.hidden, dialect)
    in_file = file_offsets(data)
    return [_in_file(place, in_file) for place in sorted(places, key=lambda p: p.target.start)], unknown


def has_hidden_places(data: bytes) -> bool:
    """Return whether a note may have places that are not links of the `Note`, such as definitions, diagrams and comments."""
    return _MARKS.search(data) is not None or may_hold_comments(data)


def _place_of(data: bytes, link: Link, definitions: Mapping[str, LinkPlace], dialect: Dialect) -> LinkPlace | None:
    raw = data[link.start : link.end]
    kind = link.kind
    if kind == "name":
        return LinkPlace(link, "text", Span(link.start, link.end), None) if raw and raw.decode() == link.target else None
    if kind == "html":
        m = _ATTRIBUTE.search(raw)
        return _from_url(link, "attribute", *_group(m, link.start, "double", "single", "bare"), raw=data) if m else None
    if kind == "wikilink" or (kind == "property" and (raw.startswith((b"[[", b"![[")))):
        return _in_brackets(data, link, dialect)
    if kind == "markdown" and raw.startswith((b"[[", b"![[")):
        return _by_definition(data, link, definitions, dialect)
    if kind == KIND:
        place = _from_url(link, "destination", link.start, link.end, raw=data)
        return place if _means(raw, link) else None
    if kind in ("markdown", "property"):
        return _in_destination(data, link, definitions)
    return _in_tag(data, link)


def _group(m: re.Match[bytes], base: int, *names: str) -> tuple[int, int]:
    name = next(name for name in names if m[name] is not None)
    return base + m.start(name), base + m.end(name)


def _from_url(link: Link, syntax: Syntax, start: int, end: int, *, raw: bytes, name: str = "") -> LinkPlace:
    """Split a destination into target and fragment."""
    url = raw[start:end]
    m = _BEFORE_FRAGMENT.match(url)
    target = m.group() if m else url
    hash_ = len(target) if len(target) < len(url) else -1
    query = target.find(b"?")
    until = len(target) if query < 0 else query
    return LinkPlace(link, syntax, Span(start, start + until), Span(start + hash_ + 1, end) if hash_ >= 0 else None, name)


def _in_brackets(data: bytes, link: Link, dialect: Dialect) -> LinkPlace | None:
    raw = data[link.start : link.end]
    opening = raw.find(b"[[") if raw.startswith((b"[[", b"![[")) else raw.find(b"]([[") + 2
    closing = raw.find(b"]]", opening)
    if opening < 0 or closing < 0 or raw[opening : opening + 2] != b"[[":
        return None
    start, end = opening + 2, closing
    bar = raw.find(b"|", start, end)
    if bar >= 0:
        if dialect.label_first and link.kind == "wikilink":
            start = bar + 1
        else:
            end = bar - (raw[bar - 1 : bar] == b"\\")
    hash_ = raw.find(b"#", start, end)
    target = _stripped(raw, start, end if hash_ < 0 else hash_)
    fragment = _stripped(raw, hash_ + 1, end) if hash_ >= 0 else None
    if raw[slice(*target)].decode("utf-8", "replace") != link.target:
        return None
    return LinkPlace(link, "wikilink", _moved(target, link.start), _moved(fragment, link.start) if fragment else None)


def _stripped(raw: bytes, start: int, end: int) -> Span:
    text = raw[start:end]
    begin = start + len(text) - len(text.lstrip())
    return Span(begin, max(begin, start + len(text.rstrip())))


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _in_destination(data: bytes, link: Link, definitions: Mapping[str, LinkPlace]) -> LinkPlace | None:
    """Find the destination of a Markdown link, within its parentheses or in its definition."""
    raw = data[link.start : link.end]
    at = raw.rfind(b"](")
    while at >= 0:
        span = _destination(raw, at + 2)
        if span is not None and _means(raw[slice(*span)], link):
            return _from_url(link, "destination", link.start + span.start, link.start + span.end, raw=data)
        at = raw.rfind(b"](", 0, at)
    names = re.findall(rb"\[((?:[^\[\]\\]|\\.)*)\]", raw)
    for name in (*reversed(names), raw[raw.find(b"[") + 1 : raw.rfind(b"]")]):
        definition = definitions.get(fold(name.decode("utf-8", "replace")))
        if definition is not None and definition.link.target == link.target:
            return definition._replace(link=link, name_at=None)
    return None


def _by_definition(data: bytes, link: Link, definitions: Mapping[str, LinkPlace], dialect: Dialect) -> LinkPlace | None:
    """Find the destination of a link in double brackets in the definition of its name, as Foam writes them."""
    raw = data[link.start : link.end]
    inner = raw[raw.find(b"[[") + 2 : raw.rfind(b"]]")].decode("utf-8", "replace")
    name = split_wikilink(inner, label_first=dialect.label_first)[0]
    definition = definitions.get(fold(name))
    brackets = _in_brackets(data, link._replace(kind="wikilink", target=name), dialect)
    if definition is None or brackets is None or definition.link.target != link.target:
        return None
    fragment = brackets.fragment or definition.fragment
    return definition._replace(link=link, fragment=fragment, name_at=brackets.target)


def _destination(raw: bytes, start: int) -> Span | None:
    """Return the range of a destination that begins behind an opening parenthesis."""
    while raw[start : start + 1] in (b" ", b"\t", b"\n", b"\r") and start < len(raw):
        start += 1
    if raw[start : start + 1] == b"<":
        end = raw.find(b">", start)
        return Span(start + 1, end) if end >= 0 else None
    depth, end = 0, start
    while end < len(raw):
        c = raw[end : end + 1]
        if c == b"\\":
            end += 1
        elif c == b"(":
            depth += 1
        elif c == b")":
            if not depth:
                break
            depth -= 1
        elif c.isspace():
            break
        end += 1
    return Span(start, min(end, len(raw)))


def read_url(raw: bytes) -> str:
    r"""Return a destination as written in Markdown without its escapes and entities.

    >>> read_url(rb"a\_b&amp;c.md")
    'a_b&c.md'
    """
    return unescape(_ESCAPE.sub(rb"\1", raw).decode("utf-8", "replace"))


def _means(raw: bytes, link: Link) -> bool:
    split = split_target(read_url(raw))
    return split is not None and split == (link.target, link.fragment)


def _in_tag(data: bytes, link: Link) -> LinkPlace | None:
    """Find the target in a tag of a generator: ``{{< ref "a.md" >}}``, ``{% link a.md %}``."""
    raw = data[link.start : link.end]
    written = link.target.encode()
    for m in re.finditer(rb"\{[{%].*?[%}]\}", raw, re.DOTALL):
        at = m.group().find(written)
        if written and at >= 0:
            start = link.start + m.start() + at
            end = start + len(written)
            fragment = None
            if link.fragment and data[end : end + 1] == b"#":
                behind = end + 1 + len(link.fragment.encode())
                fragment = Span(end + 1, behind) if data[end + 1 : behind].decode("utf-8", "replace") == link.fragment else None
            return LinkPlace(link, "destination", Span(start, end), fragment)
    return None


def reference_destination(m: re.Match[bytes]) -> tuple[int, int]:
    """Return the range of the destination in a match of `REFERENCE`."""
    return _group(m, 0, "angle", "bare")


def _definitions(source: Source, structure: Structure) -> Iterator[LinkPlace]:
    """Yield the definitions of reference links, used or not."""
    code = Ranges(sorted(structure.code))
    for m in REFERENCE.finditer(source.data, structure.base):
        start = m.start("name")
        if m["name"].startswith(b"^") or code.holds(start) or structure.holds(start):
            continue
        begin, end = reference_destination(m)
        split = split_target(read_url(source.data[begin:end]))
        if split is None or split == ("", None):
            continue
        link = Link(*source.at(begin), "markdown", split[0], split[1], "", False, None, "definition", begin, end)
        name = m["name"].decode("utf-8", "replace")
        place = _from_url(link, "destination", begin, end, raw=source.data, name=name)
        yield place._replace(name_at=Span(start, m.end("name")))


def _attributes(source: Source, structure: Structure) -> Iterator[LinkPlace]:
    """Yield the addresses in HTML elements."""
    for start, end in structure.html:
        raw = _COMMENT.sub(lambda m: b" " * len(m.group()), source.data[start:end])
        for m in _ATTRIBUTE.finditer(raw):
            begin, stop = _group(m, start, "double", "single", "bare")
            split = split_target(unescape(source.data[begin:stop].decode("utf-8", "replace")))
            if split is not None and split[0]:
                link = Link(*source.at(begin), "html", split[0], split[1], "", False, None, "attribute", begin, stop)
                yield _from_url(link, "attribute", begin, stop, raw=source.data)


def _in_diagram(source: Source, block: Block) -> Iterator[LinkPlace]:
    """Yield the labels of a diagram's nodes, and the addresses to which its nodes lead."""
    first = block.line  # index of the line behind the fence
    breaks = [m.start() for m in re.finditer("\n", block.text)]
    for text, start, kind in _texts_of_diagram(block.text):
        line = first + bisect_left(breaks, start)
        if line >= len(source.starts):
            continue
        begin = source.starts[line]
        raw = text.encode()
        before = block.text[block.text.rfind("\n", 0, start) + 1 : start].encode()
        # Lines of a block in a list are indented more than its text.
        stop = source.line_end(begin)
        at = source.data.find(before + raw, begin, stop)
        if at < 0:
            continue
        at += len(before)
        if kind == "label":
            name = mermaid.clean_label(text)
            link = Link(*source.at(at), "name", name, None, "", False, None, "diagram", at, at + len(raw))
            yield LinkPlace(link, "label", Span(at, at + len(raw)), None)
        else:
            split = split_target(text)
            if split is not None and split[0]:
                link = Link(*source.at(at), "html", split[0], split[1], "", False, None, "diagram", at, at + len(raw))
                yield _from_url(link, "attribute", at, at + len(raw), raw=source.data)


def _in_comments(source: Source, note: Note, hidden: Sequence[tuple[int, int]], dialect: Dialect) -> Iterator[LinkPlace]:
    """Yield the links in text that its author hid, and in the comments of the front matter."""
    marked = read_comments(source, note, hidden, dialect)
    if marked is None:
        return
    text, structure = marked
    for link in structure.links:
        place = _place_of(text.data, link, {}, dialect)
        if place is not None:
            yield place._replace(link=link._replace(context="comment"))
    for place in _attributes(text, structure):
        yield place._replace(link=place.link._replace(context="comment"))


def _texts_of_diagram(text: str) -> Iterator[tuple[str, int, str]]:
    for label, start in mermaid.diagram_labels(text):
        yield label, start, "label"
    for m in _CLICK.finditer(text):
        yield m["url"], m.start("url"), "url"


_FRONT_TAG: Final = re.compile(r"#?(?P<tag>[^\s,\[\]\"'#]+)")
_BODY_TAG: Final = re.compile(r"#(?<![^\s(（，。、；]#)(?P<tag>[\w\-/\U0001F000-\U0001FAFF\u2600-\u27BF]+)")


def tag_offsets(note: Note, data: bytes, dialect: Dialect) -> Iterator[tuple[str, int]]:
    """Yield the tags of a note as written, without ``#``, each with the offset of its first byte in the file."""
    source = Source(data)
    base = max(0, note.body - source.bom)
    in_file = file_offsets(data)
    lines = [note.lines[key] for key in ("tags", "tag") if key in note.lines and note.lines[key] <= len(source.starts)]
    others = sorted({*note.lines.values(), source.at(max(base - 1, 0))[0]})
    for line in lines:
        start = source.starts[line - 1]
        behind = next((n for n in others if n > line), line + 1)
        end = source.starts[behind - 1] if behind <= len(source.starts) else len(source.data)
        text = source.slice(start, end)
        for m in _FRONT_TAG.finditer(text, text.index(":") + 1 if ":" in text else text.find("=") + 1):
            yield m["tag"], in_file(start + len(text[: m.start("tag")].encode()))
    structure = read_visible(source, base, dialect).body
    body = source.slice(base, len(source.data))
    for m in _BODY_TAG.finditer(body):
        at = base + len(body[: m.start("tag")].encode())
        if structure.holds(at - 1):
            yield m["tag"], in_file(at)


def _in_file(place: LinkPlace, in_file: Callable[[int], int]) -> LinkPlace:
    target = Span(in_file(place.target.start), in_file(place.target.end))
    fragment = Span(in_file(place.fragment.start), in_file(place.fragment.end)) if place.fragment else None
    name_at = Span(in_file(place.name_at.start), in_file(place.name_at.end)) if place.name_at else None
    return place._replace(target=target, fragment=fragment, name_at=name_at)
