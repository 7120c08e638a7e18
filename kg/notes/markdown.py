"""Structure of a Markdown text: headings, links, blocks and text ranges from the events of pulldown-cmark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pyromark

from kg.model import Block, Fault, Heading, Link
from kg.names import github_anchor, unique_anchors
from kg.notes import html, shortcodes
from kg.notes.dialect import PLAIN, Dialect, admonitions
from kg.notes.inline import Ranges
from kg.notes.source import Source
from kg.notes.tables import Cell, relation_links
from kg.notes.target import split_target, split_wikilink

_O = pyromark.Options
_OPTIONS: Final = (
    _O.ENABLE_TABLES | _O.ENABLE_FOOTNOTES | _O.ENABLE_STRIKETHROUGH | _O.ENABLE_TASKLISTS | _O.ENABLE_HEADING_ATTRIBUTES
    | _O.ENABLE_MATH | _O.ENABLE_WIKILINKS | _O.ENABLE_GFM
)  # fmt: skip
_LEVELS: Final = {"H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
_LONE_CR: Final = re.compile(rb"\r(?!\n)")
_NO_PAGES: Final = frozenset(("_TOC_", "_TOSP_"))  # GitLab, Azure DevOps and Gollum put generated contents in their place
_MAX_SHOWN: Final = 200  # pieces of text that are kept of what a link shows: images nest without end
# "$15,000 + 44人月$" is money twice, "$1,2,3,4…$" is a formula: an amount is followed by words.
_MONEY: Final = re.compile(r"\d[\d,]*(?:\.\d+)?\s*(?:[a-zA-Z\u4e00-\u9fff]{2,}|[-–—+~,，;；/]\s|\s)(?!.*[\\^_{}=])", re.DOTALL)
_DEFINITION: Final = re.compile(
    r"^(?:[\d.\s]*)(?:definition|what(?: is it| it is| is .*)?|定义|是什么|概念定义|基本定义|什么是.*)\s*(?:/.*)?[?？]?$",
    re.IGNORECASE,
)
_LEAD_BYTES: Final = 1200


class Structure:
    """What the events of one text gave; offsets are byte offsets in the file's text."""

    __slots__ = (
        "anchors", "base", "blocks", "code", "definition", "faults", "headings", "html", "lead", "links", "spans", "tags",
        "toc",
    )  # fmt: skip

    def __init__(self, base: int) -> None:
        self.base = base
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.blocks: list[Block] = []
        self.faults: list[Fault] = []
        self.anchors: set[str] = set()
        self.spans: list[dict[str, int]] = []
        """Ranges of running text, link texts included, as the parser gives them: counted from `base`."""
        self.code: list[tuple[int, int]] = []
        """Ranges of code and formulas."""
        self.html: list[tuple[int, int]] = []
        self.toc: list[tuple[int, int]] = []
        self.tags: list[shortcodes.Tag] = []
        """References of site generators that stand for themselves, not as the destination of a link."""
        self.lead = ""
        self.definition = ""

    def text(self) -> list[tuple[int, int]]:
        """Ranges of running text, link texts included."""
        base = self.base
        return [(span["start"] + base, span["end"] + base) for span in self.spans]


class _Reading:
    """The text as the Markdown parser is to see it: same length as the file, with some characters replaced."""

    __slots__ = ("base", "data", "destinations", "dialect", "last", "source")

    def __init__(self, source: Source, base: int, dialect: Dialect) -> None:
        self.source, self.base, self.dialect = source, base, dialect
        data = source.data
        if b"\r" in data:
            data = _LONE_CR.sub(b"\n", data)  # the parser doesn't know it as a line ending
        if dialect.admonitions:
            data = data[:base] + admonitions(data[base:])
        self.data = data
        self.last = len(data.rstrip())
        self.destinations: shortcodes.Destinations | None = None


def read(source: Source, base: int, dialect: Dialect = PLAIN) -> Structure:
    """The structure of the text from byte offset `base` on."""
    reading = _Reading(source, base, dialect)
    result, money = _read(reading)
    tags: list[shortcodes.Tag] = []
    if shortcodes.may_hold(reading.data):
        code = Ranges(sorted(result.code))
        gone = shortcodes.hidden(reading.data, code, base)
        if gone:
            reading.data = shortcodes.blanked(reading.data, gone)
        tags = [tag for tag in shortcodes.find(reading.data, base) if not code.holds(tag.start)]
        destinations = shortcodes.Destinations(reading.data, tags)
        if destinations.tags:
            reading.destinations = destinations
            reading.data = destinations.masked(reading.data)
        if gone or destinations.tags:
            result, money = _read(reading)
        if tags:
            away = Ranges(sorted(result.code + result.html))
            result.tags = list(shortcodes.standing(reading.data, tags, destinations.tags, away, base))
    for _ in range(8):
        if not money:
            break
        # A dollar sign that is money opens no formula: it is masked, offsets stay, and the text is read again.
        raw = bytearray(reading.data)
        for at in money:
            raw[at] = 0x53
        reading.data = bytes(raw)
        tags = result.tags
        result, money = _read(reading)
        result.tags = tags
    return result


def _read(reading: _Reading) -> tuple[Structure, list[int]]:
    source, base = reading.source, reading.base
    s = Structure(base)
    at, data = source.at, source.data
    body = source.text if base == 0 and reading.data is data else reading.data[base:].decode()
    links, spans = s.links, s.spans
    raw_headings: list[tuple[int, int, int, str, str | None]] = []
    open_links: list[tuple[dict[str, Any], int, int, bool, int]] = []
    money: list[int] = []
    heading: dict[str, Any] | None = None
    capture: list[str] | None = None  # text of the heading, of the lead paragraph, of a table cell
    link_text: list[str] = []
    code_text: list[str] = []
    fence: str | None = None
    depth = 0  # of lists, quotes, tables, footnotes: their paragraphs are no lead
    want: str | None = "lead"
    in_lead = in_metadata = False
    table: list[list[Cell]] | None = None
    table_links = 0
    # The events are dictionaries of a shape that depends on their kind; they are read as Any, for speed and brevity.
    events: Iterator[tuple[Any, Any]] = iter(pyromark.events_with_range(body, options=_OPTIONS))
    for event, span in events:
        # Four of ten events are text, and few of these texts are asked for.
        if "Text" in event:
            if fence is not None:
                code_text.append(event["Text"])
            elif not in_metadata:
                spans.append(span)
                if capture is not None:
                    capture.append(event["Text"])
                if open_links:
                    link_text.append(event["Text"])
            continue
        if event.__class__ is str:
            if event != "Rule":  # SoftBreak, HardBreak
                spans.append(span)
                if capture is not None:
                    capture.append(" ")
                if open_links:
                    link_text.append(" ")
            continue
        ((kind, value),) = event.items()
        if kind == "Start":
            if value.__class__ is str:
                if value == "Paragraph":
                    if want and depth == 0:
                        capture, in_lead = [], True
                elif value == "Item":
                    depth += 1
                elif value == "TableHead" or value == "TableRow":
                    if table is not None:
                        table.append([])
                elif value == "TableCell":
                    capture = []
                elif value == "HtmlBlock":
                    fence = None
                continue
            ((tag, detail),) = value.items()
            if tag == "Link" or tag == "Image":
                if not open_links:
                    link_text = []
                open_links.append((detail, span["start"] + base, span["end"] + base, tag == "Image", len(link_text)))
            elif tag == "Heading":
                heading, capture, in_lead = detail, [], False
            elif tag == "CodeBlock":
                fence = detail["Fenced"].strip() if detail.__class__ is dict else ""
                code_text = []
                s.code.append((span["start"] + base, span["end"] + base))
                if detail.__class__ is dict and span["end"] + base >= reading.last:
                    _check_fence(s, source, span["start"] + base, span["end"] + base, base)
            elif tag == "Table":
                depth += 1
                table, table_links = [], len(links)
            elif tag == "MetadataBlock":
                in_metadata = True
            elif tag in ("List", "BlockQuote", "FootnoteDefinition"):
                depth += 1
        elif kind == "End":
            tag = value if value.__class__ is str else next(iter(value))
            if tag == "Link" or tag == "Image":
                detail, start, end, embed, offset = open_links.pop()
                shown = "".join(link_text[offset : offset + _MAX_SHOWN])
                link = _link(reading, detail, start, end, embed, shown)
                if link is not None:
                    links.append(link)
            elif tag == "Paragraph":
                if in_lead and capture is not None:
                    words = " ".join("".join(capture).split())
                    if words and want == "definition":
                        s.definition, want = words[:_LEAD_BYTES], None if s.lead else "lead"
                        s.lead = s.lead or words[:_LEAD_BYTES]
                    elif words and "::" not in words[:60] and "：：" not in words[:60]:
                        s.lead, want = words[:_LEAD_BYTES], None
                    capture, in_lead = None, False
            elif tag == "Heading":
                if heading is not None:
                    words = " ".join("".join(capture or ()).split())
                    line, column = at(span["start"] + base)
                    raw_headings.append((line, column, _LEVELS[heading["level"]], words, heading["id"] or _id_of(heading)))
                    if not s.definition and _DEFINITION.match(words):
                        want = "definition"
                    elif want == "definition":
                        want = None if s.lead else "lead"
                heading = capture = None
            elif tag == "CodeBlock":
                word = (fence or "").split(None, 1)[0].strip("{}.").lower() if fence else ""
                line, column = at(span["start"] + base)
                s.blocks.append(Block(line, column, _block_kind(word), word, "".join(code_text)))
                fence = None
            elif tag == "TableCell":
                if table:
                    words = "".join(capture or ()).strip()
                    table[-1].append(Cell(words, span["start"] + base, span["end"] + base))
                capture = None
            elif tag == "Table":
                depth -= 1
                if table:
                    links[table_links:] = relation_links(source, table, links[table_links:])
                table = None
            elif tag == "HtmlBlock":
                _html(s, reading, span["start"] + base, span["end"] + base)
            elif tag == "MetadataBlock":
                in_metadata = False
            elif tag in ("List", "Item", "BlockQuote", "FootnoteDefinition"):
                depth -= 1
        elif kind == "Code":
            s.code.append((span["start"] + base, span["end"] + base))
            if capture is not None:
                capture.append(value)
            if open_links:
                link_text.append(value)
        elif kind == "InlineMath" or kind == "DisplayMath":
            start, end = span["start"] + base, span["end"] + base
            if kind == "InlineMath" and _MONEY.match(value):
                money.append(start)
            s.code.append((start, end))
            line, column = at(start)
            s.blocks.append(Block(line, column, "math", "tex", value))
            if capture is not None:
                capture.append(data[start:end].decode())
        elif kind == "InlineHtml":
            _html(s, reading, span["start"] + base, span["end"] + base)
    unique = unique_anchors(h[4] or github_anchor(h[3]) for h in raw_headings)
    s.headings = [Heading(h[0], h[1], h[2], h[3], anchor) for h, anchor in zip(raw_headings, unique, strict=True)]
    return s, money


def _block_kind(word: str) -> str:
    if word in ("mermaid", "plantuml", "dot", "graphviz", "d2"):
        return "diagram"
    return "math" if word in ("math", "latex", "tex", "katex") else "code"


def _id_of(heading: dict[str, Any]) -> str | None:
    """The id in ``{id="x"}``, as Hugo writes it."""
    for name, value in heading["attrs"]:
        if name == "id" and value:
            return str(value).strip("\"'") or None
    return None


def _link(reading: _Reading, detail: dict[str, Any], start: int, end: int, embed: bool, shown: str) -> Link | None:
    link_type = detail["link_type"]
    source = reading.source
    if link_type.__class__ is dict:
        inner = source.slice(start + (3 if embed else 2), end - 2)
        if "\n" in inner or "\r" in inner or not inner.strip() or inner in _NO_PAGES:
            return None
        target, fragment, text = split_wikilink(inner, label_first=reading.dialect.label_first)
        if not (target or fragment) or (":" in target and split_target(target) is None and not _in_vault(reading, target)):
            return None
        line, column = source.at(start)
        return Link(line, column, "wikilink", target, fragment, text, embed, None, "text", start, end)
    if link_type in ("Autolink", "Email"):
        return None
    url = detail["dest_url"]
    kind, split = "markdown", split_target(url)
    tagged = reading.destinations.read(url, start, end) if reading.destinations is not None else None
    if tagged is not None:
        kind, split = tagged[0], tagged[1:]
    if split is None or split == ("", None):
        return None
    line, column = source.at(start)
    title = detail["title"].strip()
    return Link(line, column, kind, split[0], split[1], shown, embed, title or None, "text", start, end)


def _in_vault(reading: _Reading, target: str) -> bool:
    return reading.dialect.label_first and target.startswith("dendron://")


def _html(s: Structure, reading: _Reading, start: int, end: int) -> None:
    """Links and anchors in raw HTML, and the comments that mark tables of contents."""
    s.html.append((start, end))
    source = reading.source
    found = html.read(reading.data[start:end])
    for opens in found.toc:
        if opens:
            s.toc.append((start, len(source.data)))
        elif s.toc:
            s.toc[-1] = (s.toc[-1][0], end)
    if found.unclosed is not None:
        s.faults.append(Fault("unclosed-comment", *source.at(start + found.unclosed), "<!--"))
    s.anchors.update(found.anchors)
    for url, first, behind in found.links:
        begin, stop = start + first, start + behind
        tagged = reading.destinations.read(url, begin, stop) if reading.destinations is not None else None
        split = split_target(url)
        kind, target, fragment = tagged or ("html", *(split or ("", None)))
        if target or fragment is not None:
            s.links.append(Link(*source.at(begin), kind, target, fragment, "", False, None, "text", begin, stop))


def _check_fence(s: Structure, source: Source, start: int, end: int, base: int) -> None:
    raw = source.data[start:end].rstrip()
    mark = raw[:1]
    width = len(raw) - len(raw.lstrip(mark))
    last = raw.splitlines()[-1].lstrip(b" \t>") if raw else b""
    if start >= base and (len(raw.splitlines()) < 2 or set(last) != set(mark) or len(last) < width):
        line, column = source.at(start)
        s.faults.append(Fault("unclosed-fence", line, column, raw[:width].decode("utf-8", "replace")))
