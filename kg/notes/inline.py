"""Constructs that Markdown lacks: TeX in ``\\(…\\)``, inline fields, tags and block ids."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from kg.base.names import fold
from kg.model import Citation, Footnote, Link
from kg.notes.source import Source

_TEX: Final = re.compile(rb"\\\((?!\s*\\\)).{1,2000}?\\\)|\\\[(?:(?!\r?\n\s*\r?\n).){1,4000}?\\\]", re.DOTALL)
# Quantifiers are possessive where backtracking can't help, so that no text takes quadratic time.
_KEY: Final = r"(?P<key>[^\s:\[\](){}|#`<>：（）【】][^:\[\](){}|#`<>：（）【】\r\n]*+)(?:[:：]{2})"
_FIELD: Final = re.compile(
    r"^(?P<lead>[ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++(?:\[[^\]\r\n]\][ \t]++)?|>[ \t]?)*+)" + _KEY + r"(?P<value>[^\r\n]*)",
    re.MULTILINE,
)
_BRACKET_FIELD: Final = re.compile(r"[\[(（【]" + _KEY)
# A pattern that begins with its rarest character is fastest; the character before it is checked by a lookbehind.
_TAG: Final = re.compile(r"#(?<![^\s(（，。、；]#)([\w\-/\U0001F000-\U0001FAFF\u2600-\u27BF]+)")
# As in Python-Markdown, kramdown and Pandoc: ids, classes and values, and nothing else.
_ATTRIBUTE_LIST: Final = re.compile(
    r"\{:?[ \t]*+(?:(?:[#.][^\s{}#]++|[\w-]++=(?:\"[^\"\r\n]{0,200}\"|'[^'\r\n]{0,200}'|[^\s{}\"']{1,200}+))[ \t]*+)++\}"
)
_PAGE_TAG: Final = re.compile(rb"#\[\[([^\[\]\r\n]+)\]\]")
_REFERENCE: Final = re.compile(
    rb"^ {0,3}\[(?!\^|//)(?P<name>[^\[\]\r\n]{1,500})\]:[ \t]*(?:<(?P<angled>[^<>\r\n]*)>|(?P<plain>[^\s<][^\s]*))",
    re.MULTILINE,
)
_BLOCK_ID: Final = re.compile(r"\^(?<![^ \t\r\n]\^)([A-Za-z0-9\-]+)[ \t]*$", re.MULTILINE)
_BRACKET: Final = re.compile(r"[\[\]()（）【】\n]")
_CITED: Final = re.compile(rb"(?<![!\\\[])\[([^\[\]\r\n]{2,500})\](?![(\[:{])")
# In front of the key stands a space, or nothing: an address of mail is not a citation.
_CITATION: Final = re.compile(
    r"[ \t]*(?P<prefix>(?:[^@\r\n]*[ \t])??)-?@(?P<key>\w(?:[\w:.#$%&+?<>~/-]*\w)?)(?P<locator>[^@\r\n]*)"
)
_CLOSING: Final = {"[": "]", "(": ")", "（": "）", "【": "】"}
_MAX_VALUE: Final = 2000
_MARKUP: Final = " \t*_~"


class Holds(Protocol):
    """An object that can tell whether it contains an offset."""

    def holds(self, offset: int) -> bool:
        """Return whether it contains a byte offset."""


class Ranges:
    """Disjoint ranges of byte offsets in ascending order, for membership tests.

    >>> r = Ranges([(2, 4), (8, 9)])
    >>> [r.holds(i) for i in (1, 2, 4, 8)]
    [False, True, False, True]
    """

    __slots__ = ("ends", "starts")

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.starts = [r[0] for r in ranges]
        self.ends = [r[1] for r in ranges]

    @classmethod
    def merged(cls, ranges: list[tuple[int, int]]) -> Ranges:
        """Merge ranges that may overlap."""
        disjoint: list[tuple[int, int]] = []
        for start, end in sorted(ranges):
            if disjoint and start <= disjoint[-1][1]:
                disjoint[-1] = (disjoint[-1][0], max(end, disjoint[-1][1]))
            else:
                disjoint.append((start, end))
        return cls(disjoint)

    def holds(self, offset: int) -> bool:
        """Return whether one of the ranges contains an offset."""
        i = bisect_right(self.starts, offset) - 1
        return i >= 0 and offset < self.ends[i]

    def end_of(self, offset: int) -> int | None:
        """Return the end of the range that contains a byte offset, or None."""
        return self.ends[bisect_right(self.starts, offset) - 1] if self.holds(offset) else None


class Field(NamedTuple):
    """An inline field: key and byte range of its value."""

    key: str
    start: int
    end: int


def tex(source: Source, code: Holds, start: int, *, single: bool, doubled: bool) -> list[tuple[int, int]]:
    r"""Return the byte ranges of formulas in ``\(…\)`` or ``\[…\]``, except in code or across an empty line.

    `doubled`: whether they may be written ``\\(…\\)``, since Markdown takes one backslash away.
    """
    ranges: list[tuple[int, int]] = []
    if b"\\)" not in source.data and b"\\]" not in source.data:
        return ranges
    for m in _TEX.finditer(source.data, start):
        escaped = m.start() > 0 and source.data[m.start() - 1 : m.start()] == b"\\"
        if code.holds(m.start()) or m.group().startswith(b"\\[["):
            continue
        if escaped and doubled and m.group().endswith((b"\\\\)", b"\\\\]")):
            ranges.append((m.start() - 1, m.end()))
        elif single and not escaped:
            ranges.append((m.start(), m.end()))
    return ranges


def tex_within(data: bytes, start: int, end: int) -> tuple[int, int, bool]:
    r"""Return the range between the brackets of a formula, and whether it is one for display.

    >>> tex_within(rb"\(a\)", 0, 5), tex_within(rb"\\[a\\]", 0, 7)
    ((2, 3, False), (3, 4, True))
    """
    width = 3 if data[start + 1 : start + 2] == b"\\" else 2
    return start + width, end - width, data[start + width - 1 : start + width] == b"["


def in_dollars(text: bytes, *, single: bool, doubled: bool) -> bytes:
    r"""Return a paragraph with its formulas between dollar signs; see `tex`. Unchanged if it has code.

    >>> in_dollars(rb"If \(a\) and \\(b\\)", single=True, doubled=True)
    b'If $a$ and $b$'
    """
    if b"`" in text:
        return text
    parts, at = [], 0
    for start, end in tex(Source(text), Ranges([]), 0, single=single, doubled=doubled):
        first, behind, display = tex_within(text, start, end)
        mark = b"$$" if display else b"$"
        parts += [text[at:start], mark, text[first:behind].strip(), mark]
        at = end
    return b"".join((*parts, text[at:]))


def definitions(source: Source, code: Holds, start: int) -> dict[str, str]:
    """Return the destinations of link reference definitions by folded name; the first one of a name counts."""
    result: dict[str, str] = {}
    for m in _REFERENCE.finditer(source.data, start):
        if not code.holds(m.start("name")):
            name = fold(m["name"].decode("utf-8", "replace"))
            result.setdefault(name, (m["angled"] or m["plain"] or b"").decode("utf-8", "replace"))
    return result


def holds_wide_colons(source: Source) -> bool:
    """Return whether two colons stand together of which one at least is of full width."""
    return not source.ascii and any(pair in source.text for pair in ("：：", "：:", ":："))


def fields(source: Source, text: Holds, start: int) -> Iterator[Field]:
    """Yield inline fields in the syntax of Dataview: ``key:: value`` on a line, ``[key:: value]``, ``(key:: value)``."""
    body = source.slice(start, len(source.data))
    to_bytes = _Offsets(body, start)
    taken: list[tuple[int, int]] = []
    for m in _FIELD.finditer(body):
        # The key may be emphasised; remove the emphasis markers.
        key = m["key"].strip(_MARKUP)
        first = m.start("key") + m["key"].find(key)
        if key and text.holds(to_bytes(first)) and text.holds(to_bytes(first + len(key)) - 1):
            begin, end = to_bytes(m.start("value")), to_bytes(m.end("value"))
            taken.append((begin, end))
            yield Field(key, begin, end)
    lines = Ranges(taken)
    pairs: dict[int, int] | None = None
    for m in _BRACKET_FIELD.finditer(body):
        at = to_bytes(m.start())
        if text.holds(at) and not lines.holds(at):
            pairs = _pairs(body) if pairs is None else pairs
            end_of_value = pairs.get(m.start())
            if end_of_value is not None and end_of_value - m.end() <= _MAX_VALUE:
                yield Field(m["key"].strip(_MARKUP), to_bytes(m.end()), to_bytes(end_of_value))


def _pairs(body: str) -> dict[int, int]:
    """Map the position of each opening bracket to that of its closing one; both are on the same line."""
    closings: dict[int, int] = {}
    opened: dict[str, list[int]] = {close: [] for close in _CLOSING.values()}
    for m in _BRACKET.finditer(body):
        c = m.group()
        if c == "\n":
            for positions in opened.values():
                positions.clear()
        elif c in opened:
            if opened[c]:
                closings[opened[c].pop()] = m.start()
        else:
            opened[_CLOSING[c]].append(m.start())
    return closings


class _Offsets:
    """Converts character offsets of a text to byte offsets; fast if the offsets mostly increase."""

    __slots__ = ("ascii", "base", "byte", "char", "text")

    def __init__(self, text: str, base: int) -> None:
        self.text, self.base = text, base
        self.ascii = text.isascii()
        self.char = self.byte = 0

    def __call__(self, char: int) -> int:
        if self.ascii:
            return self.base + char
        if char < self.char:
            self.byte -= len(self.text[char : self.char].encode("utf-8", "replace"))
        else:
            self.byte += len(self.text[self.char : char].encode("utf-8", "replace"))
        self.char = char
        return self.base + self.byte


def tags(source: Source, text: Holds, start: int) -> list[str]:
    """Return the tags in running text (``#area/topic``), without ``#``; a number isn't a tag, nor an id, ``{: #id }``."""
    body = source.text if source.ascii else source.slice(start, len(source.data))
    base, first = (0, start) if source.ascii else (start, 0)
    to_bytes = _Offsets(body, base)
    attributes = Ranges([m.span() for m in _ATTRIBUTE_LIST.finditer(body, first)] if "{" in body else [])
    result = []
    for m in _TAG.finditer(body, first):
        tag = m.group(1).strip("/")
        if tag and not tag.isdigit() and not attributes.holds(m.start()) and text.holds(to_bytes(m.start(1) - 1)):
            result.append(tag)
    return result


def page_tags(source: Source, text: Holds, start: int) -> list[str]:
    """Return Logseq's tags of several words, ``#[[text editor]]``."""
    return [source.slice(m.start(1), m.end(1)).strip() for m in _PAGE_TAG.finditer(source.data, start) if text.holds(m.start())]


def block_ids(source: Source, text: Holds, start: int) -> list[str]:
    """Return Obsidian's block identifiers: ``^id`` at the end of a line."""
    body = source.slice(start, len(source.data))
    to_bytes = _Offsets(body, start)
    return [m.group(1) for m in _BLOCK_ID.finditer(body) if text.holds(to_bytes(m.start(1) - 1))]


_ATTRIBUTES: Final = re.compile(rb"\{:?[ \t]*(?:[^{}#\r\n]{1,200}[ \t])?#((?:\\_|[A-Za-z0-9_])(?:[\w:.+\-]|\\_)*)(?=[\s}])")
_LABEL: Final = re.compile(rb"^\(([\w:.\-]{1,200})\)=[ \t]*\r?$", re.MULTILINE)
_LOGSEQ_REFERENCE: Final = re.compile(rb"(?<!\()\(\([0-9a-fA-F-]{36}\)\)(?!\))")
_LOGSEQ_ID: Final = re.compile(rb"^[ \t\-*]*id:: ([0-9a-fA-F-]{36})[ \t]*\r?$", re.MULTILINE)


def attribute_ids(source: Source, code: Ranges, start: int) -> Iterator[str]:
    """Yield the ids in attribute lists of Python-Markdown, kramdown, Pandoc and Hugo: ``{ #id }``, ``{: #id .class }``."""
    for m in _ATTRIBUTES.finditer(source.data, start):
        if not code.holds(m.start()):
            yield m[1].replace(b"\\", b"").decode("utf-8", "replace")


def target_labels(source: Source, code: Ranges, start: int) -> Iterator[str]:
    """Yield MyST's labels of the next block, ``(label)=``, as anchors of a page of Sphinx."""
    for m in _LABEL.finditer(source.data, start):
        if not code.holds(m.start()):
            name = m[1].decode("utf-8", "replace")
            yield from {name, name.lower().replace("_", "-")}


def logseq_ids(source: Source, start: int) -> Iterator[str]:
    """Yield the ids of blocks that Logseq has written, ``id:: uuid``."""
    yield from (m[1].decode() for m in _LOGSEQ_ID.finditer(source.data, start))


def block_references(source: Source, text: Holds, start: int) -> list[Link]:
    """Return Logseq's references to blocks, ``((uuid))`` and ``{{embed ((uuid))}}``, which show the block in their place."""
    links = []
    for m in _LOGSEQ_REFERENCE.finditer(source.data, start):
        if text.holds(m.start()):
            line, column = source.at(m.start())
            links.append(Link(line, column, "shortcode", m[0].decode(), None, "", True, None, "text", m.start(), m.end()))
    return links


_EMBEDS: Final = re.compile(rb"\{\{embed[ \t]{1,20}\Z")


def is_in_embed(source: Source, start: int) -> bool:
    """Return whether a link is what a macro of Logseq shows in its place, ``{{embed [[page]]}}``."""
    return bool(_EMBEDS.search(source.data, max(0, start - 30), start))


_FOOTNOTE: Final = re.compile(rb"\[\^([^\]\s\[]{1,200})\](:?)")


def holds_citations(raw: bytes) -> bool:
    """Return whether a key of a citation may stand in a text."""
    return b"@" in raw and any(mark in raw for mark in (b"[@", b" @", b"-@", b";@"))


def citations(source: Source, text: Holds, start: int) -> Iterator[Citation]:
    """Yield the citations in brackets, in the syntax of Pandoc: ``[see @a, p. 3; -@b]``. Links and their texts are none."""
    for m in _CITED.finditer(source.data, start):
        if not text.holds(m.start()) or b"@" not in m[1]:
            continue
        items: list[Citation] = []
        at = m.start(1)
        for part in m[1].split(b";"):
            written = part.decode("utf-8", "replace")
            item = _CITATION.fullmatch(written)
            if item is None:
                items = []
                break
            line, column = source.at(at + len(written[: item.start("key") - 1].encode()))
            prefix, locator = (" ".join(item[name].split()).strip(" ,，、") for name in ("prefix", "locator"))
            items.append(Citation(item["key"], line, column, m.start(), m.end(), prefix, locator))
            at += len(part) + 1
        yield from items


def footnotes(source: Source, code: Ranges, start: int) -> Iterator[Footnote]:
    """Yield the references to footnotes in a text."""
    for m in _FOOTNOTE.finditer(source.data, start):
        at = m.start()
        if code.holds(at):
            continue
        line, column = source.at(at)
        if m[2] and not source.data[source.starts[line - 1] : at].strip(b" >"):
            continue  # the footnote itself
        yield Footnote(m[1].decode("utf-8", "replace"), line, column)
