"""Structure of a Markdown text from the events of pulldown-cmark: headings, links, blocks and ranges of text."""

from __future__ import annotations

import re
from typing import Any, Final

from kg.model import Block, Fault, Link
from kg.notes import html
from kg.notes.cmark import walk
from kg.notes.source import Source
from kg.notes.structure import Lead, Reading, Structure, block_kind, embed_in_link, info_of_fence, language_of_fence, link
from kg.notes.tables import Cell, relation_links
from kg.notes.target import split_target

_LEVELS: Final = {"H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
MAX_SHOWN: Final = 200  # pieces of text that are kept of what a link shows: images nest without end
# "$15,000 + 44人月$" is money twice, "$1,2,3,4…$" is a formula: an amount is followed by words.
MONEY: Final = re.compile(r"\d[\d,]*(?:\.\d+)?\s*(?:[a-zA-Z\u4e00-\u9fff]{2,}|[-–—+~,，;；/]\s|\s)(?!.*[\\^_{}=])", re.DOTALL)


def read_events(reading: Reading) -> tuple[Structure, list[int]]:
    """The structure of a text, and where a dollar sign of it is money."""
    source, base = reading.source, reading.base
    s = Structure(base)
    lead = Lead(s)
    at, data = source.at, source.data
    body = reading.body()
    links, spans = s.links, s.spans
    open_links: list[tuple[dict[str, Any], int, int, bool, int]] = []
    money: list[int] = []
    heading: dict[str, Any] = {}
    capture: list[str] | None = None  # text of the heading, of the lead paragraph, of a table cell
    link_text: list[str] = []
    code_text: list[str] = []
    fence: str | None = None
    depth = 0  # of lists, quotes, tables, footnotes: their paragraphs are no lead
    in_lead = False
    table: list[list[Cell]] = []
    table_links = 0
    for event, span in walk(body):
        # Four of ten events are text, and few of these texts are asked for.
        if "Text" in event:
            if fence is not None:
                code_text.append(event["Text"])
            else:
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
        kind, value = event.popitem()
        if kind == "Start":
            if value.__class__ is str:
                if value == "Paragraph":
                    if lead.want and depth == 0:
                        capture, in_lead = [], True
                elif value == "Item":
                    depth += 1
                elif value == "TableHead" or value == "TableRow":
                    table.append([])
                elif value == "TableCell":
                    capture = []
                elif value == "HtmlBlock":
                    fence = None
                continue
            tag, detail = value.popitem()
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
            else:  # a list, a quote or the text of a footnote
                depth += 1
        elif kind == "End":
            tag = value if value.__class__ is str else next(iter(value))
            if tag == "Link" or tag == "Image":
                detail, start, stop, embed, offset = open_links.pop()
                shown = "".join(link_text[offset : offset + MAX_SHOWN])
                if embed and data.startswith(b"![[", start) and detail["link_type"] == "Inline":
                    both = embed_in_link(reading, detail, start, stop)
                    if both:
                        links += both
                        continue
                found = link(reading, detail, start, stop, embed, shown)
                if found is not None and (found.start == start or all(found.start != other.start for other in links)):
                    links.append(found)
            elif tag == "Paragraph":
                if in_lead and capture is not None:
                    lead.paragraph(" ".join("".join(capture).split()))
                    capture, in_lead = None, False
            elif tag == "Heading":
                words = " ".join("".join(capture or ()).split())
                line, column = at(span["start"] + base)
                s.raw_headings.append((line, column, _LEVELS[heading["level"]], words, heading["id"] or _id_of(heading)))
                lead.heading(words)
                capture = None
            elif tag == "CodeBlock":
                word = language_of_fence(fence or "")
                line, column = at(span["start"] + base)
                s.blocks.append(Block(line, column, block_kind(word), word, "".join(code_text), info_of_fence(fence or "")))
                fence = None
            elif tag == "TableCell":
                words = "".join(capture or ()).strip()
                table[-1].append(Cell(words, span["start"] + base, span["end"] + base))
                capture = None
            elif tag == "Table":
                depth -= 1
                links[table_links:] = relation_links(source, table, links[table_links:])
            elif tag == "HtmlBlock":
                _html(s, reading, span["start"] + base, span["end"] + base)
            elif tag in ("List", "Item", "BlockQuote", "FootnoteDefinition"):
                depth -= 1
        elif kind == "Code":
            s.code.append((span["start"] + base, span["end"] + base))
            if capture is not None:
                capture.append(value)
            if open_links:
                link_text.append(value)
        elif kind == "InlineMath" or kind == "DisplayMath":
            start, stop = span["start"] + base, span["end"] + base
            if kind == "InlineMath" and MONEY.match(value):
                money.append(start)
            s.code.append((start, stop))
            line, column = at(start)
            s.blocks.append(Block(line, column, "math", "tex", value, "display" if kind == "DisplayMath" else "inline"))
            if capture is not None:
                capture.append(data[start:stop].decode())
        elif kind == "InlineHtml":
            _html(s, reading, span["start"] + base, span["end"] + base)
    return s.finish(), money


def _id_of(heading: dict[str, Any]) -> str | None:
    """The id in ``{id="x"}``, as Hugo writes it."""
    for name, value in heading["attrs"]:
        if name == "id" and value:
            return str(value).strip("\"'") or None
    return None


def _html(s: Structure, reading: Reading, start: int, end: int) -> None:
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
