"""Converts Markdown events to HTML, one note at a time; not sanitised, with links and ids of the site."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from markupsafe import escape

from kg.base.names import fold, github_anchor, letters_and_digits, split_bilingual
from kg.model import Note
from kg.notes.cmark import parse_events
from kg.views.site.code import highlighted
from kg.views.site.formula import formula

_SIMPLE: Final = {
    "Emphasis": ("<em>", "</em>"),
    "Strong": ("<strong>", "</strong>"),
    "Strikethrough": ("<del>", "</del>"),
    "Superscript": ("<sup>", "</sup>"),
    "Subscript": ("<sub>", "</sub>"),
    "Item": ("<li>", "</li>\n"),
    "DefinitionList": ("<dl>\n", "</dl>\n"),
    "DefinitionListTitle": ("<dt>", "</dt>\n"),
    "DefinitionListDefinition": ("<dd>", "</dd>\n"),
    "HtmlBlock": ("", ""),
    "BlockQuote": ("<blockquote>\n", "</blockquote>\n"),
    "Table": ('<div class="scroll"><table>', "</tbody></table></div>\n"),
    "TableHead": ("<thead><tr>", "</tr></thead><tbody>\n"),
    "TableRow": ("<tr>", "</tr>\n"),
    "FootnoteDefinition": ("", "</div>\n"),
}
_COMMENT: Final = re.compile(r"(?:\s*<!--(?!-?>)(?:[^-]++|-(?!-))*+-->)+\s*", re.DOTALL)
LINE_BREAK: Final = re.compile(rb"\r\n?|\n")
_WIDE: Final = re.compile("[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]")
_ANCHOR_TAG: Final = re.compile(r"<a\s[^>]*>", re.IGNORECASE)


class LinkTarget(NamedTuple):
    """The target of a note's link on the site."""

    href: str | None
    """None if there is no page."""
    css: str = ""
    title: str = ""


class Mark(NamedTuple):
    """A position in the output: numbers of pieces of HTML and of plain text."""

    out: int
    plain: int


def repeats_title(heading: str, titles: frozenset[str]) -> bool:
    """Whether a heading only repeats the title of the page; titles are case-folded.

    >>> repeats_title("容器 (Container)", frozenset({"容器", "container"})), repeats_title("Use", frozenset({"x"}))
    (True, False)
    """
    return fold(heading) in titles or {fold(label) for label in split_bilingual(heading).values()} <= titles


class HtmlWriter:
    """Converts the events of one note to HTML; one instance for each note."""

    def __init__(
        self,
        note: Note,
        target_at: Callable[[int, str], LinkTarget],
        *,
        titles: frozenset[str],
        definition: str,
        prefix: str,
    ) -> None:
        self.note = note
        self.target_at = target_at
        self.definition = letters_and_digits(definition)
        self.prefix = prefix
        self.lead: str | None = None
        self.hrefs: set[str] = set()
        """All references written; the sanitiser allows no others."""
        self.out: list[str] = []
        self.plain: list[str] = []
        self.anchors = {h.line: h.anchor for h in note.headings}
        first = note.headings[0] if note.headings else None
        self.drop_first = first is not None and first.level == 1 and repeats_title(first.text, titles)
        tops = sum(h.level == 1 for h in note.headings) - self.drop_first
        self.shift = 1 if tops else 0
        """The page's title is the only heading of level 1, so the note's headings move one level down if it has some."""
        self.starts: list[int] = []
        self.base = self.first_line = 0
        self.depth = self.deepest = 0
        self.diagrams = 0
        self.embed: Callable[[int, str], str | None] | None = None
        """Returns the HTML for ``![[…]]`` at a byte of the file; None if its target is not a note."""
        self.has_html = False
        """Whether the author wrote HTML, which can be unbalanced."""
        self.closing: list[str] = []
        self.heading: tuple[Mark, str] | None = None
        self.headings = 0
        self.first_paragraph: Mark | None = None
        self.paragraphs = 0
        self.images: list[tuple[Mark, LinkTarget, int, str | None]] = []
        self.fence: tuple[str, list[str]] | None = None
        self.alignment: tuple[str, ...] = ()
        self.column = 0
        self.cell = "td"

    def run(self, markdown: str, base: int, first_line: int) -> str:
        """The HTML of Markdown that starts at byte ``base`` and line ``first_line`` of its file."""
        self.base, self.first_line = base, first_line
        self.starts = [m.end() for m in LINE_BREAK.finditer(markdown.encode())]
        out, plain = self.out, self.plain
        soft = -1
        for event, span in parse_events(markdown, definition_lists=True):
            if isinstance(event, str):
                if event == "SoftBreak" and plain and _WIDE.match(plain[-1][-1:]):
                    soft = len(out)
                out.append({"SoftBreak": "\n", "HardBreak": "<br>\n"}.get(event, "<hr>\n"))
                plain.append(" ")
                continue
            kind: str
            value: Any
            ((kind, value),) = event.items()
            if kind == "Text":
                if self.fence is not None:
                    self.fence[1].append(value)
                else:
                    if soft >= 0:
                        # Chinese doesn't separate words by spaces, so a soft line break is removed.
                        if soft == len(out) - 1 and _WIDE.match(value):
                            out[soft] = plain[-1] = ""
                        soft = -1
                    out.append(escape(value))
                    plain.append(value)
            elif kind == "Start":
                self.depth += 1
                self.deepest = max(self.deepest, self.depth)
                self.start(value, span["start"])
            elif kind == "End":
                self.depth -= 1
                self.end(value)
            elif kind == "Html" or kind == "InlineHtml":
                out.append(self.raw(value, span["start"]))
            else:
                out.append(self.leaf(kind, value))
                if isinstance(value, str):
                    plain.append(value)
        return "".join(out)

    def mark(self) -> Mark:
        """The current position."""
        return Mark(len(self.out), len(self.plain))

    def leaf(self, kind: str, value: Any) -> str:
        """The HTML of an event that is neither text nor a tag."""
        if kind == "Code":
            return f"<code>{escape(value)}</code>"
        if kind == "InlineMath":
            return formula(value, display=False)
        if kind == "DisplayMath":
            return formula(value.strip(), display=True)
        if kind == "FootnoteReference":
            href = self.reference(f"#{self.prefix}fn-{value}")
            return f'<sup class="note-ref"><a href="{href}">{escape(value)}</a></sup>'
        if kind == "TaskListMarker":
            return f'<span class="task">{"☑" if value else "☐"}</span> '
        return ""

    def start(self, tag: Any, at: int) -> None:
        """Write the start of an element."""
        name: str
        data: Any
        name, data = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        out = self.out
        if name == "Paragraph":
            if self.depth == 1:
                self.paragraphs += 1
                self.first_paragraph = self.mark() if self.paragraphs == 1 else None
            out.append("<p>")
        elif name == "TableCell":
            side = self.alignment[self.column] if self.column < len(self.alignment) else ""
            out.append(f'<{self.cell} class="a-{side.lower()}">' if side in ("Right", "Center") else f"<{self.cell}>")
            self.column += 1
        elif name == "Link":
            out.append(self.open_link(self.target_at(self.base + at, data["dest_url"])))
        elif name == "Heading":
            line = self.first_line + bisect_right(self.starts, at)
            self.heading = (self.mark(), self.anchors.get(line) or data["id"] or "")
            out.append("")
        elif name == "Image":
            wiki = "WikiLink" in data["link_type"]
            url = data["dest_url"]
            self.images.append((self.mark(), self.target_at(self.base + at, url), self.base + at, url if wiki else None))
        elif name == "CodeBlock":
            info = data["Fenced"] if isinstance(data, Mapping) else ""
            self.fence = (re.split(r"[\s,{]", info.strip(), maxsplit=1)[0].lower(), [])
        elif name == "List":
            start = "" if data == 1 else f' start="{data}"'
            out.append("<ul>\n" if data is None else f"<ol{start}>\n")
        elif name == "BlockQuote" and data:
            out.append(f'<blockquote class="alert {data.lower()}">\n')
        elif name == "FootnoteDefinition":
            out.append(f'<div class="footnote" id="fn-{escape(data)}"><sup>{escape(data)}</sup>\n')
        elif name in _SIMPLE:
            if name == "Table":
                self.alignment = data
            elif name in ("TableHead", "TableRow"):
                self.column = 0
                self.cell = "th" if name == "TableHead" else "td"
            out.append(_SIMPLE[name][0])

    def end(self, tag: Any) -> None:
        """Write the end of an element."""
        name: str
        data: Any
        name, data = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        out = self.out
        if name == "Paragraph":
            out.append("</p>\n")
            mark = self.first_paragraph
            if mark is not None and self.depth == 0:
                self.first_paragraph = None
                if self.definition and letters_and_digits("".join(self.plain[mark.plain :])) == self.definition:
                    self.lead = "".join(out[mark.out :])
                    del out[mark.out :]
        elif name == "TableCell":
            out.append(f"</{self.cell}>")
        elif name == "Link":
            out.append(self.closing.pop())
        elif name == "Heading" and self.heading is not None:
            (mark, anchor), self.heading = self.heading, None
            self.headings += 1
            if self.headings == 1 and self.drop_first:
                del out[mark.out :]
                return
            level = max(2, min(6, int(data[1]) + self.shift))
            anchor = anchor or github_anchor("".join(self.plain[mark.plain :]))
            out[mark.out] = f'<h{level} id="{escape(anchor)}">' if anchor else f"<h{level}>"
            out.append(f"</h{level}>\n")
        elif name == "Image":
            mark, target, at, written = self.images.pop()
            shown = self.embed(at, written) if self.embed is not None and written is not None else None
            if shown is not None:
                del out[mark.out :]
                out.append(shown)
                return
            text = "".join(self.plain[mark.plain :]).strip() or target.title
            del out[mark.out :]
            out.append(f"{self.open_link(target, 'image')}{escape(text)}{self.closing.pop()}")
        elif name == "CodeBlock" and self.fence is not None:
            (language, pieces), self.fence = self.fence, None
            self.diagrams += language == "mermaid"
            out.append(_block(language, "".join(pieces)))
        elif name == "List":
            out.append("</ol>\n" if data else "</ul>\n")
        elif name in _SIMPLE:
            out.append(_SIMPLE[name][1])

    def reference(self, href: str) -> str:
        """A reference as an attribute value, recorded for the sanitiser."""
        self.hrefs.add(href)
        return str(escape(href))

    def open_link(self, target: LinkTarget, more: str = "") -> str:
        """The start tag of a link, or of a span if there is no target."""
        css = " ".join(filter(None, (target.css, more)))
        attributes = f' class="{css}"' if css else ""
        if target.title:
            attributes += f' title="{escape(target.title)}"'
        if target.href is None:
            self.closing.append("</span>")
            return f"<span{attributes}>"
        self.closing.append("</a>")
        return f'<a href="{self.reference(target.href)}"{attributes}>'

    def raw(self, html: str, at: int) -> str:
        """The author's HTML, with its links rewritten to the site."""
        if _COMMENT.fullmatch(html):
            return ""  # not visible, so its content must not be parsed as HTML
        self.has_html = True
        if "<a" not in html and "<A" not in html:
            return html

        def tag(match: re.Match[str]) -> str:
            offset = len(html[: match.start()].encode())
            href = re.search(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", match[0], re.IGNORECASE)
            if href is None:
                return match[0]
            target = self.target_at(self.base + at + offset, next(g for g in href.groups() if g is not None))
            return "<a>" if target.href is None else f'<a href="{self.reference(target.href)}">'

        return _ANCHOR_TAG.sub(tag, html)


def _block(language: str, text: str) -> str:
    if language == "mermaid":
        return f'<pre class="mermaid-source">{escape(text)}</pre>\n'
    if language == "math":
        return f"<p>{formula(text.strip(), display=True)}</p>\n"
    return highlighted(language, text)
