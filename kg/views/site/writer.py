"""Converts Markdown events to HTML, one note at a time; not sanitised, with links and ids of the site."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from markupsafe import escape

from kg.base.formulas import in_words
from kg.base.names import fold, github_anchor, split_bilingual
from kg.model import Note, Reference
from kg.notes.cmark import parse_events
from kg.notes.structure import label_of_wikilink
from kg.views.site.callouts import CalloutTags, callout_header, callout_tags, callout_title
from kg.views.site.cited import CitedWorks
from kg.views.site.code import code_block
from kg.views.site.constructs import Construct, unescape_shortcodes
from kg.views.site.footnotes import Footnotes
from kg.views.site.foreign_marks import MARK
from kg.views.site.formula import formula
from kg.views.site.inline import Inline
from kg.views.site.opening import Opening
from kg.views.site.pictures import medium_html, name_of_file, split_size
from kg.views.site.prepared import PreparedText
from kg.views.site.rawhtml import RawHtml

_SIMPLE: Final = {
    "Emphasis": ("<em>", "</em>"),
    "Strong": ("<strong>", "</strong>"),
    "Strikethrough": ("<del>", "</del>"),
    "Superscript": ("<sup>", "</sup>"),
    "Subscript": ("<sub>", "</sub>"),
    "DefinitionList": ("<dl>\n", "</dl>\n"),
    "DefinitionListTitle": ("<dt>", "</dt>\n"),
    "DefinitionListDefinition": ("<dd>", "</dd>\n"),
    "HtmlBlock": ("", ""),
    "Table": ('<div class="scroll"><table>', "</tbody></table></div>\n"),
    "TableHead": ("<thead><tr>", "</tr></thead><tbody>\n"),
    "TableRow": ("<tr>", "</tr>\n"),
}
_BLOCKS: Final = frozenset(("Paragraph", "Item", "TableCell", "Heading"))
"""Elements that hold running text: what begins in one ends in it."""
LINE_BREAK: Final = re.compile(rb"\r\n?|\n")
_SPECIAL: Final = re.compile(f"==|[\\^\\[\\]{MARK}]")
"""What text can hold beside itself: see `kg.views.site.inline`."""
_NO_CODE: Final = re.compile(r"\A(?:[ \t]*\n)+")
"""Empty lines in front of code, where the options of a directive stood."""
_WIDE: Final = re.compile("[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]")


class LinkTarget(NamedTuple):
    """The target of a note's link on the site."""

    href: str | None
    """None if there is no page."""
    css: str = ""
    title: str = ""
    medium: str = ""
    """How to show a file: ``image``, ``audio``, ``video`` or ``document``; empty for pages."""
    name: str = ""
    """What a link without a text shows."""


class Mark(NamedTuple):
    """A position in the output: numbers of pieces of HTML and of plain text."""

    out: int
    plain: int


class OpenImage(NamedTuple):
    """An image whose text is being written."""

    mark: Mark
    target: LinkTarget
    at: int
    """Byte of the file."""
    written: str
    """Its address in the note."""
    wiki: bool
    """Whether it is in double brackets."""


class NoteSettings(NamedTuple):
    """How the text of a note is rendered."""

    titles: frozenset[str]
    """Case-folded; the first heading is omitted if it is one of them."""
    definition: str
    """The text that the page shows above the note: not shown again if it is the beginning of the note."""
    prefix: str
    """Prefix of ids."""
    label: Callable[[str], str]
    """The text for a key in the page's language; empty if there is none."""
    references: Mapping[str, Reference] = MappingProxyType({})
    """The works of the bibliography."""


def repeats_title(heading: str, titles: frozenset[str]) -> bool:
    """Whether a heading only repeats the title of the page; titles are case-folded.

    >>> repeats_title("容器 (Container)", frozenset({"容器", "container"})), repeats_title("Use", frozenset({"x"}))
    (True, False)
    """
    heading = in_words(heading)
    return fold(heading) in titles or {fold(label) for label in split_bilingual(heading).values()} <= titles


class HtmlWriter:
    """Converts the events of one note to HTML; one instance for each note."""

    def __init__(self, note: Note, target_at: Callable[[int, str], LinkTarget], settings: NoteSettings) -> None:
        self.note = note
        self.target_at = target_at
        self.settings = settings
        self.prefix = settings.prefix
        self.opening = Opening(self, settings.definition)
        self.lead: str | None = None
        self.hrefs: set[str] = set()
        """All references written; the sanitiser allows no others."""
        self.out: list[str] = []
        self.plain: list[str] = []
        self.code: set[int] = set()
        """Numbers of the pieces of plain text that are code."""
        self.anchors = {h.line: h.anchor for h in note.headings}
        first = note.headings[0] if note.headings else None
        self.drop_first = first is not None and first.level == 1 and repeats_title(first.text, settings.titles)
        self.tabs = {h.anchor for h in note.headings if "](#tab/" in h.source}
        """Anchors of docfx's tabs, which are written as headings."""
        tops = sum(h.level == 1 and h.anchor not in self.tabs for h in note.headings) - self.drop_first
        self.shift = 1 if tops else 0
        """The page's title is the only heading of level 1, so the note's headings move one level down if it has some."""
        self.starts: list[int] = []
        self.base = self.first_line = 0
        self.source = b""
        self.constructs: Mapping[int, Construct] = {}
        self.depth = self.deepest = 0
        self.diagrams = 0
        self.embed: Callable[[int, str], str | None] | None = None
        """Returns the HTML for ``![[…]]`` at a byte of the file; None if its target is not a note."""
        self.block: Callable[[int, str], str] | None = None
        """Returns the text of the block to which ``((uuid))`` at a byte of the file refers; empty if there is none."""
        self.has_html = False
        """Whether the author wrote HTML, or what an author wrote can cross other elements: it may be unbalanced."""
        self.closing: list[str] = []
        self.link_texts: list[tuple[int, int, str, str]] = []
        """For each open link, where its text begins (HTML, plain text), its label if not that, and what is shown for none."""
        self.heading: tuple[Mark, str] | None = None
        self.headings = 0
        self.images: list[OpenImage] = []
        self.fence: tuple[str, list[str]] | None = None
        self.alignment: tuple[str, ...] = ()
        self.column = 0
        self.cell = "td"
        self.blocks: list[int] = []
        """Starts of the open elements that hold running text, in the output."""
        self.quotes: list[str] = []
        self.lists: list[bool] = []
        """For each open list, whether it is only made of admonitions."""
        self.items: list[str] = []
        self.title: tuple[CalloutTags, int, str, Mark] | None = None
        """A callout whose title is being written: elements, offset where the title begins, its default, start."""
        self.skip_until = 0
        """Text before this offset is the header of an admonition."""
        self.begin = Mark(0, 0)
        self.top_blocks: list[Mark] = []
        """Where headings and blocks of the outermost level begin."""
        self.top_headings: dict[int, int] = {}
        """Position of a heading of the outermost level → its level."""
        self.unknown: dict[str, int] = {}
        """Shortcodes that aren't shown, with their number."""
        self.footnotes = Footnotes(self)
        self.cited = CitedWorks(self, settings.references)
        self.inline = Inline(self)
        self.raw = RawHtml(self)

    def run(self, text: PreparedText, base: int, first_line: int, part: tuple[int, int] | None = None) -> str:
        """The HTML of a text that starts at byte ``base`` and line ``first_line`` of its file; of a part, what begins in it."""
        self.base, self.first_line = base, first_line
        self.source, self.constructs = text.source, text.constructs
        markdown = text.markdown.decode("utf-8", "replace")
        self.starts = [m.end() for m in LINE_BREAK.finditer(text.source)]
        out, plain = self.out, self.plain
        soft = -1
        begin, end = part or (0, len(text.markdown))
        for event, span in parse_events(markdown, definition_lists=True):
            at = span["start"]
            if part is not None and not begin <= at < end:
                continue
            if isinstance(event, str):
                if self.title is not None and event != "Rule":
                    self.end_title(body=True)
                    continue
                if at < self.skip_until:
                    continue
                if event == "SoftBreak" and plain and _WIDE.match(plain[-1][-1:]):
                    soft = len(out)
                if event == "Rule":
                    self.begin_block()
                    if at in self.constructs:
                        out.append(self.raw.construct(self.constructs[at], at))
                        continue
                out.append({"SoftBreak": "\n", "HardBreak": "<br>\n"}.get(event, "<hr>\n"))
                plain.append(" ")
                continue
            kind: str
            value: Any
            ((kind, value),) = event.items()
            if kind == "Text":
                if self.fence is not None:
                    self.fence[1].append(value)
                    continue
                if soft >= 0:
                    # Chinese doesn't separate words by spaces, so a soft line break is removed.
                    if soft == len(out) - 1 and _WIDE.match(value):
                        out[soft] = plain[-1] = ""
                    soft = -1
                if self.busy or at < self.skip_until or _SPECIAL.search(value):
                    self.inline.text(value, at, span["end"])
                else:
                    out.append(escape(value))
                    plain.append(value)
            elif kind == "Start":
                if part is not None and span["end"] > end:
                    continue
                self.depth += 1
                self.deepest = max(self.deepest, self.depth)
                self.start(value, at)
            elif kind == "End":
                if part is not None and span["end"] > end:
                    continue
                self.depth -= 1
                self.end(value)
                if self.depth == 0:
                    self.opening.end_block(value if isinstance(value, str) else next(iter(value)))
            elif kind == "Html" or kind == "InlineHtml":
                out.append(self.raw.html(value, at))
            else:
                out.append(self.leaf(kind, value))
                if isinstance(value, str):
                    plain.append(value)
        return "".join(out) + self.footnotes.html() + self.cited.html()

    @property
    def busy(self) -> bool:
        """Whether text is part of a title, an image or an inline footnote."""
        return self.title is not None or bool(self.images) or self.inline.note is not None

    def mark(self) -> Mark:
        """The current position."""
        return Mark(len(self.out), len(self.plain))

    def leaf(self, kind: str, value: Any) -> str:
        """The HTML of an event that is neither text nor a tag."""
        if kind == "Code":
            self.code.add(len(self.plain))
            return f"<code>{escape(unescape_shortcodes(value))}</code>"
        if kind == "InlineMath":
            return formula(value, display=False)
        if kind == "DisplayMath":
            return formula(value.strip(), display=True)
        if kind == "FootnoteReference":
            return self.footnotes.reference(value)
        if kind == "TaskListMarker":
            return self.task("x" if value else " ")
        return ""

    def task(self, state: str) -> str:
        """The box of a task; other tools know more states than done and open."""
        if self.blocks and self.out[self.blocks[-1]] == "<li>":
            self.out[self.blocks[-1]] = '<li class="task-item">'
        box = {" ": "☐", "x": "☑", "-": "☒"}.get(state, "◩")
        return f'<span class="task">{box}</span> '

    def begin_block(self) -> None:
        """Remember where a block of the outermost level begins."""
        if self.depth <= 1:
            self.top_blocks.append(self.mark())

    def start(self, tag: Any, at: int) -> None:
        """Write the start of an element."""
        name: str
        data: Any
        name, data = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        out = self.out
        if self.title is not None and (name != "Paragraph" or len(out) > self.title[3].out) and name not in _INSIDE:
            self.end_title(body=False)
        if name not in _INSIDE:
            self.begin_block()
        if name in _BLOCKS:
            self.blocks.append(len(out))
        if name == "Paragraph":
            if self.title is None:
                out.append("<p>")
            else:
                out.append(self.title[0].title[0])
        elif name == "TableCell":
            side = self.alignment[self.column] if self.column < len(self.alignment) else ""
            out.append(f'<{self.cell} class="a-{side.lower()}">' if side in ("Right", "Center") else f"<{self.cell}>")
            self.column += 1
        elif name == "Link":
            target = self.target_at(self.base + at, data["dest_url"])
            out.append(self.open_link(target))
            label = label_of_wikilink(data, label_first=self.note.label_first, outline=self.note.outline)
            self.link_texts.append((len(out), len(self.plain), label, target.name))
        elif name == "Heading":
            line = self.first_line + bisect_right(self.starts, at)
            self.heading = (self.mark(), self.anchors.get(line) or data["id"] or "")
            out.append("")
        elif name == "Image":
            wiki = "WikiLink" in data["link_type"]
            url = data["dest_url"].removesuffix("\\") if wiki else data["dest_url"]  # in a table, "|" is escaped
            self.images.append(OpenImage(self.mark(), self.target_at(self.base + at, url), self.base + at, url, wiki))
        elif name == "CodeBlock":
            info = data["Fenced"] if isinstance(data, Mapping) else ""
            self.fence = (re.split(r"[\s,{]", info.strip().lstrip("{.:"), maxsplit=1)[0].lower().rstrip("}"), [])
        elif name == "List":
            container = self.constructs.get(at)
            only = container is not None and container.kind == "container"
            self.lists.append(only)
            start = "" if data == 1 else f' start="{data}"'
            opening = "<ul>\n" if data is None else f"<ol{start}>\n"
            out.append("" if only else opening)
        elif name == "Item":
            self.start_item(at)
        elif name == "BlockQuote":
            self.start_quote(data, at)
        elif name == "FootnoteDefinition":
            self.footnotes.start(data)
        elif name in _SIMPLE:
            if name == "Table":
                self.alignment = data
            elif name in ("TableHead", "TableRow"):
                self.column = 0
                self.cell = "th" if name == "TableHead" else "td"
            out.append(_SIMPLE[name][0])

    def start_item(self, at: int) -> None:
        """Write the start of a list item, or of an admonition that is parsed as one."""
        container = self.constructs.get(at)
        only = bool(self.lists) and self.lists[-1]
        if container is None or container.kind != "container":
            self.items.append("</li></ul>\n" if only else "</li>\n")
            if only:
                self.out.append("<ul>")
                self.blocks[-1] = len(self.out)
            self.out.append("<li>")
            return
        self.has_html = True
        opening, closing = self.callout(container)
        self.out.append(opening if only else f"</ul>{opening}")
        self.items.append(closing if only else f"{closing}<ul>")
        line_end = LINE_BREAK.search(self.source, at)
        self.skip_until = line_end.end() if line_end else len(self.source)

    def callout(self, construct: Construct, kind: str = "") -> tuple[str, str]:
        """The start and end of a callout, a tab or a text that can be folded, with its title."""
        title = construct.arguments.get("title")
        kind = kind or construct.name
        html = callout_title(kind, self.settings.label) if title is None else self.inline_html(title)
        if construct.kind == "tab" and not title:
            return "<div>\n", "</div>\n"
        if construct.kind == "tab" or (construct.kind == "container" and construct.name == "tab"):
            return f'<div class="tab"><p class="tab-title">{html}</p>\n', "</div>\n"
        tags = callout_tags(kind, construct.text if construct.kind == "container" else "")
        return tags.opening + (html and f"{tags.title[0]}{html}{tags.title[1]}"), tags.closing

    def inline_html(self, text: str) -> str:
        """The HTML of a title: Markdown without links of its own."""
        settings = NoteSettings(frozenset(), "", self.prefix, self.settings.label)
        data = text.encode("utf-8", "replace")
        html = HtmlWriter(self.note, lambda _at, _url: LinkTarget(None), settings).run(PreparedText(data, data, {}), 0, 0)
        return (
            html[3:-5] if html.startswith("<p>") and html.endswith("</p>\n") and html.count("<p>") == 1 else str(escape(text))
        )

    def start_quote(self, kind: str | None, at: int) -> None:
        """Write the start of a quote or a callout."""
        header = callout_header(self.source, at)
        if header is None:
            self.quotes.append("</blockquote>\n")
            self.out.append("<blockquote>\n")
            return
        tags = callout_tags(header.type, header.fold)
        self.quotes.append(tags.closing)
        self.out.append(tags.opening)
        default = callout_title(header.type, self.settings.label)
        if header.url:
            default += f": {self.open_link(LinkTarget(header.url))}{escape(header.url)}{self.closing.pop()}"
        if kind:
            # The parser knows GitHub's alerts and leaves out their first line, which has no title.
            self.out.append(f"{tags.title[0]}{default}{tags.title[1]}")
        else:
            self.title = (tags, at + header.length, default, self.mark())

    def end_title(self, *, body: bool) -> None:
        """End the title of a callout; what follows in its paragraph is the first of the text, if there is any (`body`)."""
        if self.title is None:
            return
        (opening, closing), default, mark = self.title[0].title, self.title[2], self.title[3]
        text = "".join(self.out[mark.out :]).removeprefix(opening).strip()
        self.title = None
        del self.out[mark.out :]
        self.out.append(f"{opening}{text or default}{closing}" + ("<p>" if body else ""))
        if self.blocks and body:
            self.blocks[-1] = len(self.out)

    def end(self, tag: Any) -> None:
        """Write the end of an element."""
        name: str
        data: Any
        name, data = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        out = self.out
        if name in _BLOCKS:
            self.inline.end_block()
            if self.blocks:
                self.blocks.pop()
        if name == "Paragraph":
            if self.title is not None:
                self.end_title(body=False)
                return
            out.append("</p>\n")
        elif name == "TableCell":
            out.append(f"</{self.cell}>")
        elif name == "Link":
            if self.link_texts:
                begin, plain, label, text = self.link_texts.pop()
                if label:
                    del out[begin:], self.plain[plain:]
                    text = label
                if len(out) == begin and text:  # MyST's ``[](target)``
                    out.append(escape(text))
                    self.plain.append(text)
            if self.closing:
                out.append(self.closing.pop())
        elif name == "Heading":
            self.end_heading(int(data[1]))
        elif name == "Image":
            if self.images:
                self.end_image()
        elif name == "CodeBlock" and self.fence is not None:
            (language, pieces), self.fence = self.fence, None
            self.diagrams += language == "mermaid"
            if language == "math":
                self.plain += pieces
            out.append(code_block(language, unescape_shortcodes(_NO_CODE.sub("", "".join(pieces)))))
        elif name == "List":
            only = self.lists.pop() if self.lists else False
            closing = "</ol>\n" if data else "</ul>\n"
            out.append("" if only else closing)
        elif name == "Item":
            out.append(self.items.pop() if self.items else "</li>\n")
        elif name == "BlockQuote":
            self.end_title(body=False)
            out.append(self.quotes.pop() if self.quotes else "</blockquote>\n")
        elif name == "FootnoteDefinition":
            self.footnotes.end()
        elif name in _SIMPLE:
            out.append(_SIMPLE[name][1])

    def end_heading(self, written: int) -> None:
        """Write a heading; the first one is left out if it repeats the page's title."""
        if self.heading is None:
            return
        (mark, anchor), self.heading = self.heading, None
        out = self.out
        self.headings += 1
        if self.headings == 1 and self.drop_first:
            del out[mark.out :]
            del self.top_blocks[-1:]
            return
        if anchor in self.tabs:
            out[mark.out :] = [f'<p class="tab-title">{escape("".join(self.plain[mark.plain :]).strip())}</p>\n']
            return
        level = max(2, min(6, written + self.shift))
        anchor = anchor or github_anchor("".join(self.plain[mark.plain :]))
        out[mark.out] = f'<h{level} id="{escape(anchor)}">' if anchor else f"<h{level}>"
        out.append(f"</h{level}>\n")
        if self.depth == 0:
            self.top_headings[mark.out] = level

    def end_image(self) -> None:
        """Write an image: a file, the text of a note, or a link."""
        mark, target, at, written, wiki = self.images.pop()
        embedded = self.embed(at, written) if self.embed is not None and wiki else None
        text = "".join(self.plain[mark.plain :]).strip()
        del self.out[mark.out :], self.plain[mark.plain :]
        if embedded is not None:
            self.out.append(embedded)
            self.has_html = True
        elif target.medium and target.href is not None:
            self.out.append(medium_html(target.medium, self.reference(target.href), split_size(text), name_of_file(written)))
        else:
            name = split_size(text).alt or (name_of_file(written) if wiki else text or target.title)
            if self.link_texts and target.href is not None:  # no link holds another one
                self.out.append(str(escape(name or name_of_file(written))))
                return
            self.out.append(f"{self.open_link(target, 'image')}{escape(name)}{self.closing.pop()}")

    def reference(self, href: str) -> str:
        """A reference as an attribute value, recorded for the sanitiser."""
        self.hrefs.add(href)
        return str(escape(href))

    def take_over(self, embedded: HtmlWriter) -> None:
        """Add what the page has to know of an embedded note, whose HTML is sanitised again as a part of this one."""
        self.hrefs |= embedded.hrefs
        self.diagrams += embedded.diagrams
        for name, number in embedded.unknown.items():
            self.unknown[name] = self.unknown.get(name, 0) + number

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


_INSIDE: Final = frozenset(
    ("Emphasis", "Strong", "Strikethrough", "Superscript", "Subscript", "Link", "Image", "TableHead", "TableRow", "TableCell")
)
"""Elements that aren't blocks of their own."""
