"""Builds the structure of a Markdown text from the events of pulldown-cmark: headings, links, blocks, ranges of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from kg.base.formulas import MONEY
from kg.model import Block, Fault, Link
from kg.notes import html
from kg.notes.cmark import parse_events
from kg.notes.inline import in_dollars
from kg.notes.leads import Lead
from kg.notes.source import Source
from kg.notes.structure import (
    OpenLink,
    RawHeading,
    Reading,
    Structure,
    block_kind,
    check_fence,
    embed_in_link,
    has_label,
    info_of_fence,
    language_of_fence,
    link_of_event,
)
from kg.notes.tables import Cell, relation_links
from kg.notes.target import split_target

_Detail = dict[str, Any]
"""The details of a link, an image or a heading in an event of pulldown-cmark."""
_Span = dict[str, int]
"""``start`` and ``end``, as byte offsets from the start of the text."""
_LEVELS: Final = {"H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
_CLOSING_MARKS: Final = re.compile(r"(?:^|\s+)#+$")
_OUTLINE: Final = 2
"""Depth of what stands in a block at the top of an outline: a list and an item are open."""
ITEM: Final = "\x1e"
"""Stands between the texts of items of a list."""
MAX_SHOWN: Final = 200  # pieces kept of a link's text: images can be nested without limit


def read_events(reading: Reading) -> tuple[Structure, list[int]]:
    """Return the structure of a text, and the byte offsets of dollar signs that mean money."""
    return _EventReader(reading).read()


class _EventReader:
    """Builds a `Structure` from the events of one text."""

    __slots__ = (
        "base",
        "block_at",
        "capture",
        "code_text",
        "data",
        "depth",
        "fence",
        "heading",
        "in_lead",
        "lead",
        "link_text",
        "linked",
        "list_at",
        "money",
        "open_links",
        "outline",
        "reading",
        "source",
        "structure",
        "table",
        "table_links",
    )

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.source, self.base, self.data = reading.source, reading.base, reading.source.data
        self.structure = Structure(reading.base)
        self.lead = Lead(self.structure)
        self.open_links: list[OpenLink] = []
        self.money: list[int] = []
        self.heading: _Detail = {}
        self.capture: list[str] | None = None
        """Text of the heading, lead paragraph or table cell being parsed."""
        self.link_text: list[str] = []
        self.code_text: list[str] = []
        self.fence: str | None = None
        """Info string of the code block being parsed; None outside of code."""
        self.depth = 0
        """Number of open lists, quotes, tables and footnotes: a paragraph in one of them isn't a lead."""
        self.in_lead = False
        self.outline = reading.dialect.properties
        """Whether the page is an outline of Logseq."""
        self.block_at: int | None = None
        """Offset of the block of an outline whose text is being parsed."""
        self.list_at: int | None = None
        """Offset of the list being parsed that may be a definition."""
        self.linked = 0
        """Number of characters in its links."""
        self.table: list[list[Cell]] = []
        self.table_links = 0
        """Number of links before the table being parsed."""

    def read(self) -> tuple[Structure, list[int]]:
        """Process all events."""
        spans, open_links, link_text, code_text = self.structure.spans, self.open_links, self.link_text, self.code_text
        base = self.base
        # Events are dictionaries whose shape depends on their kind; they are typed as Any, for speed and brevity.
        events = parse_events(self.reading.body())
        for event, span in events:
            # Four of ten events are text, and few of these texts are needed.
            if "Text" in event:
                if self.fence is not None:
                    code_text.append(event["Text"])
                else:
                    spans.append(span)
                    if self.capture is not None:
                        self.capture.append(event["Text"])
                    if open_links:
                        link_text.append(event["Text"])
                continue
            if event.__class__ is str:
                if event != "Rule":  # SoftBreak, HardBreak
                    spans.append(span)
                    if self.capture is not None:
                        self.capture.append("\n" if self.in_lead else " ")
                    if open_links:
                        link_text.append(" ")
                continue
            kind, value = event.popitem()
            if kind == "Start":
                if value.__class__ is str:
                    if value in _STARTS:
                        _STARTS[value](self)
                    if value == "Item" and self.outline:
                        self._start_block(span["start"] + base)
                else:
                    tag, detail = value.popitem()
                    self._start_detailed(tag, detail, span["start"] + base, span["end"] + base)
            elif kind == "End":
                tag = value if value.__class__ is str else next(iter(value))
                if tag in _ENDS:
                    _ENDS[tag](self, span)
            else:
                self._inline(kind, value, span["start"] + base, span["end"] + base)
        return self.structure.finish(), self.money

    def _start_paragraph(self) -> None:
        if self.lead.want and self.depth == 0:
            self.capture, self.in_lead = [], True

    def _start_block(self, start: int) -> None:
        """Begin the text of a block of Logseq: a page is a list, and what it lists is what other tools have paragraphs for."""
        if self.lead.want and self.depth == _OUTLINE:
            self.capture, self.in_lead, self.block_at = [], True, start + len("- ")

    def _end_block(self) -> None:
        """End the text of a block of Logseq, where the blocks below it begin or with it."""
        if self.block_at is not None and self.in_lead and self.capture is not None:
            self.lead.block_of_outline("".join(self.capture), *self.source.at(self.block_at))
            self.capture, self.in_lead = None, False
        self.block_at = None

    def _start_container(self) -> None:
        self.depth += 1
        if self.list_at is not None and self.capture is not None:
            self.capture.append(ITEM)

    def _start_row(self) -> None:
        self.table.append([])

    def _start_cell(self) -> None:
        self.capture = []

    def _start_html(self) -> None:
        self.fence = None

    def _start_detailed(self, tag: str, detail: Any, start: int, end: int) -> None:
        """Handle the start of a block or link whose event contains more than its kind."""
        if tag == "Link" or tag == "Image":
            if not self.open_links:
                self.link_text.clear()
            # `tuple.__new__` saves a call for each named tuple.
            self.open_links.append(
                tuple.__new__(OpenLink, (detail, start, end, tag == "Image", len(self.link_text), len(self.capture or ())))
            )
        elif tag == "Heading":
            self.heading, self.capture, self.in_lead = detail, [], False
        elif tag == "CodeBlock":
            self.fence = detail["Fenced"].strip() if detail.__class__ is dict else ""
            self.code_text.clear()
            self.structure.code.append((start, end))
            if detail.__class__ is dict and end >= self.reading.last:
                check_fence(self.structure, self.source, start, end, self.base)
        elif tag == "Table":
            self.lead.block()
            self.depth += 1
            self.table, self.table_links = [], len(self.structure.links)
        else:  # a list, a quote or the text of a footnote
            if self.outline:
                self._end_block()
            if tag == "List" and self.depth == 0 and not self.outline and self.lead.wants_list:
                self.capture, self.list_at, self.linked = [], start, 0
            elif self.list_at is None and not (self.outline and tag == "List" and self.depth == 0):
                self.lead.block()
            self.depth += 1

    def _end_paragraph(self, span: _Span) -> None:
        if self.block_at is not None:
            self._end_block()
        elif self.in_lead and self.capture is not None:
            text, place = "".join(self.capture), self.source.at(span["start"] + self.base)
            if (dialect := self.reading.dialect).tex or dialect.bundles:
                text = self._with_formulas(self.source.data[span["start"] + self.base : span["end"] + self.base]) or text
            if self.outline:
                self.lead.block_of_outline(text, *place)
            else:
                self.lead.paragraph(" ".join(text.split()), *place)
            self.capture, self.in_lead = None, False

    def _with_formulas(self, written: bytes) -> str:
        """Return a paragraph with the formulas between TeX's brackets in dollar signs, as others are; empty without any."""
        dialect = self.reading.dialect
        changed = in_dollars(written, single=dialect.tex, doubled=dialect.bundles)
        if changed == written:
            return ""
        reading = Reading(Source(b"\n\n" + changed), 0, dialect._replace(tex=False, bundles=False))
        lead = _EventReader(reading).read()[0].lead
        return lead.text if lead is not None else ""

    def _end_heading(self, span: _Span) -> None:
        text = "".join(self.capture or ()).strip()
        words = " ".join(text.split())
        line, column = self.source.at(span["start"] + self.base)
        anchor = self.heading["id"] or _id_of(self.heading)
        written = self.source.slice(span["start"] + self.base, span["end"] + self.base)
        source = "" if written.strip("# \n") == words else _heading_source(written)
        source = "" if source == words else source
        level = _LEVELS[self.heading["level"]]
        spaced = text if len(text) != len(words) and "\x0c" not in text else ""  # a form feed: a comment was there
        self.structure.raw_headings.append(RawHeading(line, column, level, words, anchor, source, spaced))
        self.lead.heading(words, level)
        self.capture = None

    def _end_code(self, span: _Span) -> None:
        info = self.fence or ""
        word = language_of_fence(info)
        line, column = self.source.at(span["start"] + self.base)
        block = Block(line, column, block_kind(word), word, "".join(self.code_text), info_of_fence(info))
        self.structure.blocks.append(block)
        if block.kind == "math" and self.depth == 0:
            self.lead.formula(block.text, line, column)
        else:
            self.lead.block()
        self.fence = None

    def _end_cell(self, span: _Span) -> None:
        words = "".join(self.capture or ()).strip()
        self.table[-1].append(Cell(words, span["start"] + self.base, span["end"] + self.base))
        self.capture = None

    def _end_table(self, _span: _Span) -> None:
        self.depth -= 1
        links = self.structure.links
        links[self.table_links :] = relation_links(self.source, self.table, links[self.table_links :])

    def _end_html(self, span: _Span) -> None:
        _html(self.structure, self.reading, span["start"] + self.base, span["end"] + self.base)

    def _end_container(self, _span: _Span) -> None:
        if self.block_at is not None:
            self._end_block()
        self.depth -= 1
        if self.list_at is not None and self.depth == 0:
            if self.capture is not None:  # else there was a table or a heading in the list
                self.lead.items("".join(self.capture).split(ITEM), self.linked, *self.source.at(self.list_at))
            else:
                self.lead.block()
            self.capture = self.list_at = None

    def _end_link(self, _span: _Span) -> None:
        """Add a link or an image, unless its target is outside the knowledge base."""
        links = self.structure.links
        opened = self.open_links.pop()
        start = opened.start
        if opened.embed and self.in_lead and self.capture is not None:
            del self.capture[opened.captured :]  # a picture isn't part of a definition, and the name of its file even less
        if opened.embed and self.data.startswith(b"![[", start) and opened.detail["link_type"] == "Inline":
            both = embed_in_link(self.reading, opened)
            if both:
                links += both
                return
        if self.capture is not None and self.reading.dialect.label_first and has_label(opened.detail):
            self.capture[opened.captured :] = [opened.detail["dest_url"]]
        shown = "".join(self.link_text[opened.text_from : opened.text_from + MAX_SHOWN])
        self.linked += len(shown)
        link = link_of_event(self.reading, opened, shown)
        if link is not None and (link.start == start or all(link.start != earlier.start for earlier in links)):
            links.append(link)

    def _inline(self, kind: str, value: Any, start: int, end: int) -> None:
        """Handle code, a formula or HTML within a line."""
        structure = self.structure
        if kind == "Code":
            structure.code.append((start, end))
            if self.capture is not None:
                self.capture.append(value)
            if self.open_links:
                self.link_text.append(value)
        elif kind == "InlineMath" or kind == "DisplayMath":
            if kind == "InlineMath" and MONEY.match(value):
                self.money.append(start)
            structure.code.append((start, end))
            line, column = self.source.at(start)
            info = "display" if kind == "DisplayMath" else "inline"
            structure.blocks.append(Block(line, column, "math", "tex", value, info))
            if self.capture is not None:
                self.capture.append(self.data[start:end].decode())
        elif kind == "InlineHtml":
            _html(structure, self.reading, start, end)


_STARTS: Final[dict[str, Callable[[_EventReader], None]]] = {
    "Paragraph": _EventReader._start_paragraph,
    "Item": _EventReader._start_container,
    "TableHead": _EventReader._start_row,
    "TableRow": _EventReader._start_row,
    "TableCell": _EventReader._start_cell,
    "HtmlBlock": _EventReader._start_html,
}
"""The handlers for the starts of blocks whose event contains only their kind."""
_ENDS: Final[dict[str, Callable[[_EventReader, _Span], None]]] = {
    "Link": _EventReader._end_link,
    "Image": _EventReader._end_link,
    "Paragraph": _EventReader._end_paragraph,
    "Heading": _EventReader._end_heading,
    "CodeBlock": _EventReader._end_code,
    "TableCell": _EventReader._end_cell,
    "Table": _EventReader._end_table,
    "HtmlBlock": _EventReader._end_html,
    "List": _EventReader._end_container,
    "Item": _EventReader._end_container,
    "BlockQuote": _EventReader._end_container,
    "FootnoteDefinition": _EventReader._end_container,
}
"""The handlers for the ends of blocks and links."""


def _heading_source(text: str) -> str:
    """Return the text of a heading with its markup.

    >>> _heading_source("## *a* b ##\\n"), _heading_source("*a*\\nb\\n---\\n")
    ('*a* b', '*a* b')
    """
    lines = text.strip().splitlines()
    if lines and not lines[0].startswith("#"):
        lines = lines[:-1]
    joined = " ".join(" ".join(lines).split())
    return _CLOSING_MARKS.sub("", joined.lstrip("#").strip()) if joined.startswith("#") else joined


def _id_of(heading: _Detail) -> str | None:
    """Return the id in ``{id="x"}``, Hugo's syntax."""
    for name, value in heading["attrs"]:
        if name == "id" and value:
            return str(value).strip("\"'") or None
    return None


def _html(s: Structure, reading: Reading, start: int, end: int) -> None:
    """Add links and anchors of raw HTML, and the comments that mark tables of contents."""
    s.html.append((start, end))
    source = reading.source
    parsed = html.read_html(reading.data[start:end])
    for opens in parsed.toc:
        if opens:
            s.toc.append((start, len(source.data)))
        elif s.toc:
            s.toc[-1] = (s.toc[-1][0], end)
    if parsed.unclosed is not None:
        s.faults.append(Fault("unclosed-comment", *source.at(start + parsed.unclosed), "<!--"))
    s.anchors.update(parsed.anchors)
    pieces = [(*link, False) for link in parsed.links]
    for url, first, behind, embed in pieces + [(*link, True) for link in parsed.media] if parsed.media else pieces:
        begin, stop = start + first, start + behind
        tagged = reading.destinations.read(url, begin, stop) if reading.destinations is not None else None
        split = split_target(url)
        kind, target, fragment = tagged or ("html", *(split or ("", None)))
        if target or fragment is not None:
            s.links.append(Link(*source.at(begin), kind, target, fragment, "", embed, None, "text", begin, stop))
