"""The result of parsing one Markdown text, and shared parts of the parsers: links, headings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final, NamedTuple

from kg.base.names import github_anchor, unique_anchors
from kg.model import Block, Fault, Heading, Link
from kg.notes import shortcodes
from kg.notes.definitions import DefinitionCandidate
from kg.notes.dialect import Dialect, mask_admonitions, mask_blocks, mask_elements
from kg.notes.source import Source
from kg.notes.target import split_target, split_wikilink

# Addresses in double brackets; other colons are part of a name: [[Dune: Part Two]].
_ADDRESS: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*://|(?:mailto|tel|data|javascript|obsidian|file|zotero):\S", re.IGNORECASE
)
_LONE_CR: Final = re.compile(rb"\r(?!\n)")
_NO_PAGES: Final = frozenset(("_TOC_", "_TOSP_"))  # GitLab, Azure DevOps and Gollum replace them by generated contents

_START: Final = itemgetter("start")


class RawHeading(NamedTuple):
    """A heading before the anchors of the note are made unique."""

    line: int
    column: int
    level: int
    text: str
    anchor: str | None
    """The id set by the author, or None."""
    source: str
    """The text with its markup, if that is another one."""
    spaced: str = ""
    """The text with all its spaces if some follow each other: GitHub makes a hyphen of each."""


class Structure:
    """The content of one text; offsets are byte offsets in the file's text."""

    __slots__ = (
        "anchors", "base", "blocks", "code", "definitions", "faults", "headings", "hidden_tags", "html", "lead", "links",
        "raw_headings", "spans", "tags", "toc",
    )  # fmt: skip

    def __init__(self, base: int) -> None:
        self.base = base
        self.headings: list[Heading] = []
        self.raw_headings: list[RawHeading] = []
        self.links: list[Link] = []
        self.blocks: list[Block] = []
        self.faults: list[Fault] = []
        self.anchors: set[str] = set()
        self.spans: list[dict[str, int]] = []
        """Ranges of running text, link texts included, as reported by the parser: relative to `base`."""
        self.code: list[tuple[int, int]] = []
        """Ranges of code and formulas."""
        self.html: list[tuple[int, int]] = []
        self.toc: list[tuple[int, int]] = []
        self.tags: list[shortcodes.Tag] = []
        """References of site generators that are links themselves, not the destination of one."""
        self.hidden_tags: list[tuple[int, int]] = []
        """Ranges of comments of site generators."""
        self.lead: DefinitionCandidate | None = None
        """The first paragraph."""
        self.definitions: list[DefinitionCandidate] = []
        """The first paragraphs of sections whose headings announce a definition."""

    def holds(self, offset: int) -> bool:
        """Return whether an offset is in running text."""
        i = bisect_right(self.spans, offset - self.base, key=_START) - 1
        return i >= 0 and offset - self.base < self.spans[i]["end"]

    def text(self) -> list[tuple[int, int]]:
        """The ranges of running text, link texts included."""
        base = self.base
        return [(span["start"] + base, span["end"] + base) for span in self.spans]

    def finish(self) -> Structure:
        """Set the anchors of the headings and return this structure."""
        raw = self.raw_headings
        unique = unique_anchors(
            [h.anchor or github_anchor(h.spaced or h.text) for h in raw], [i for i, h in enumerate(raw) if h.anchor]
        )
        self.headings = [Heading(*h[:4], anchor, h.source) for h, anchor in zip(raw, unique, strict=True)]
        return self


class Reading:
    """The text as the Markdown parser gets it: of the same length as the file, with some characters replaced."""

    __slots__ = ("base", "data", "destinations", "dialect", "last", "source")

    def __init__(self, source: Source, base: int, dialect: Dialect) -> None:
        self.source, self.base, self.dialect = source, base, dialect
        data = source.data
        if b"\r" in data:
            data = _LONE_CR.sub(b"\n", data)  # the parser doesn't treat it as a line end
        if dialect.admonitions:
            data = data[:base] + mask_admonitions(data[base:])
        if dialect.properties and (b"\n\t" in data or b"\n    " in data):
            data = data[:base] + mask_blocks(data[base:])
        if b" markdown" in data:
            data = data[:base] + mask_elements(data[base:])
        self.data = data
        self.last = len(data.rstrip())
        self.destinations: shortcodes.Destinations | None = None

    def body(self) -> str:
        """Return the text from `base` on."""
        start = self.base
        source = self.source
        if self.data is source.data:
            if source.ascii:
                return source.text[start:]
            if start == 0:
                return source.text
        return self.data[start:].decode()


def block_kind(word: str) -> str:
    """Return the kind of block for the language of a fence: ``diagram``, ``math`` or ``code``."""
    if word in ("mermaid", "plantuml", "dot", "graphviz", "d2"):
        return "diagram"
    return "math" if word in ("math", "latex", "tex", "katex") else "code"


def language_of_fence(info: str) -> str:
    """Return the language in the info string of a fence."""
    return info.split(None, 1)[0].strip("{}.").lower() if info else ""


def info_of_fence(info: str) -> str:
    """Return the rest of a fence's info string after the language.

    >>> info_of_fence('coq {#t claims="x y"}'), info_of_fence("{.coq #t}"), info_of_fence("coq")
    ('{#t claims="x y"}', '{.coq #t}', '')
    """
    return info if info.startswith("{") else info.partition(" ")[2].strip()


def check_fence(s: Structure, source: Source, start: int, end: int, base: int) -> None:
    """Add a fault if the fence of a block of code isn't closed."""
    raw = source.data[start:end].rstrip()
    mark = raw[:1]
    width = len(raw) - len(raw.lstrip(mark))
    last = raw.splitlines()[-1].lstrip(b" \t>") if raw else b""
    if start >= base and (len(raw.splitlines()) < 2 or set(last) != set(mark) or len(last) < width):
        line, column = source.at(start)
        s.faults.append(Fault("unclosed-fence", line, column, raw[:width].decode("utf-8", "replace")))


def wikilink_of(reading: Reading, inner: str, start: int, end: int, embed: bool) -> Link | None:
    """Return the link between double brackets; None if the brackets mean something else."""
    if "\n" in inner or "\r" in inner:
        return None
    if "|" in inner or "#" in inner:
        target, fragment, text = split_wikilink(inner, label_first=reading.dialect.label_first)
    else:
        target, fragment, text = inner.strip(), None, ""
    if (
        not (target or fragment)
        or inner in _NO_PAGES
        or ("{{" in target or "<%" in target)  # a place of a template
        or (not embed and "]" in target)  # no name contains brackets
        or (":" in target and _ADDRESS.match(target) and not _in_vault(reading, target))
    ):
        return None
    # `tuple.__new__` saves a call for each named tuple.
    return tuple.__new__(Link, (*reading.source.at(start), "wikilink", target, fragment, text, embed, None, "text", start, end))


class OpenLink(NamedTuple):
    """A link or image of Markdown, as in an event."""

    detail: dict[str, Any]
    """Type, destination and title, as reported by pulldown-cmark."""
    start: int
    """Byte offset of its first byte in the file."""
    end: int
    """Byte offset after its last byte."""
    embed: bool
    """True for an image."""
    text_from: int = 0
    """Index of its first piece among the pieces of link text."""
    captured: int = 0
    """Number of pieces of captured text before it."""


def link_of_event(reading: Reading, link: OpenLink, shown: str) -> Link | None:
    """Return the link of an event with its text; None if its target is outside the knowledge base."""
    detail, start, end, embed, *_ = link
    link_type = detail["link_type"]
    if link_type.__class__ is dict:
        inner = reading.source.slice(start + (3 if embed else 2), end - 2)
        if embed and "[[" in inner:
            return _innermost(reading, start, end)
        if not reading.source.data.startswith(b"![[" if embed else b"[[", start):
            return None  # in an embed whose innermost brackets are the link
        return wikilink_of(reading, inner, start, end, embed)
    if link_type in ("Autolink", "Email") or not reading.source.data.startswith(b"![" if embed else b"[", start):
        return None  # the latter in an embed whose bar is inside another link: "![[a[](|)]]"
    return _markdown_link(reading, link, shown)


def has_label(detail: Mapping[str, object]) -> bool:
    """Return whether a link, as reported by pulldown-cmark, is one in double brackets with a bar."""
    kind = detail["link_type"]
    return isinstance(kind, dict) and bool(kind.get("WikiLink", {}).get("has_pothole"))


def label_of_wikilink(detail: Mapping[str, object], *, label_first: bool, outline: bool) -> str:
    """Return what a link in double brackets shows if it isn't the text of its event; empty if it is.

    Dendron's label stands before the bar, and Obsidian shows ``[[#a]]`` as "a" and ``[[a#b]]`` as "a > b".
    """
    target = str(detail["dest_url"])
    if has_label(detail):
        return target if label_first else ""
    is_name = isinstance(detail["link_type"], dict) and "#" in target and not outline
    return " > ".join(part for part in target.split("#") if part) if is_name else ""


def _innermost(reading: Reading, start: int, end: int) -> Link | None:
    """Return the innermost link of nested double brackets, as for links that aren't embeds: no name contains brackets."""
    data = reading.source.data
    begin = data.rfind(b"[[", start, end)
    stop = data.find(b"]]", begin, end) + 2
    embed = data[begin - 1 : begin] == b"!"
    return wikilink_of(reading, reading.source.slice(begin + 2, stop - 2), begin - embed, stop, embed)


def embed_in_link(reading: Reading, link: OpenLink) -> list[Link]:
    """Return the links of ``[![[a.png]]](b.md)``, which pulldown-cmark parses as an image; empty for other links."""
    start, end = link.start, link.end
    data = reading.source.data
    stop = data.find(b"]]", start, end) + 2
    if stop < 2 or data[start - 1 : start] != b"[":
        return []
    inner = wikilink_of(reading, reading.source.slice(start + 3, stop - 2), start, stop, embed=True)
    outer = _markdown_link(reading, link._replace(start=start - 1, embed=False), "")
    return [kept for kept in (outer, inner) if kept is not None]


def _markdown_link(reading: Reading, link: OpenLink, shown: str) -> Link | None:
    """Return the link to a destination; None if that is outside the knowledge base."""
    detail, start, end, embed, *_ = link
    url, title = detail["dest_url"], detail["title"]
    kind, split = "markdown", split_target(url)
    tagged = reading.destinations.read(url, start, end) if reading.destinations is not None else None
    if tagged is not None:
        kind, split = tagged[0], tagged[1:]
    if split is None or split == ("", None):
        return None
    line, column = reading.source.at(start)
    return Link(line, column, kind, split[0], split[1], shown, embed, title.strip() or None, "text", start, end)


def _in_vault(reading: Reading, target: str) -> bool:
    return reading.dialect.label_first and target.startswith("dendron://")
