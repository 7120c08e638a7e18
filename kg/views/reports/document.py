"""A report as sections of Markdown and figures, written as Markdown and as an HTML page."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import nh3
from markupsafe import Markup, escape

from kg.base.widths import text_width
from kg.model import Artifact
from kg.notes.cmark import own_html
from kg.views.page import PageHead, View, md, page, paths
from kg.views.page.words import Words

_CLASSES: Final = {
    "td": {"a-right", "long", "short"},
    "th": {"a-right", "long", "short"},
    "div": {"scroll", "rows", "many"},
    "li": {"open", "do"},
    "code": {"command"},
}
_COMMAND: Final = re.compile(r"<li><code>(kg [^<]*)</code></li>")
"""A command that stands alone in a list; the page offers to copy it."""
_TABLE: Final = re.compile(r"<table>(.*?)</table>", re.DOTALL)
_ROW: Final = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL: Final = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")
_LONG: Final = 26
"""A column is wide if a cell has more text columns than this, and than half of the widest cell; narrow below a third."""
_CAPTION: Final = re.compile("<figcaption>")
_FEW: Final = 2
"""Tables with more columns become lists on narrow screens."""
_MANY: Final = 6
"""Tables with more columns have less space between them."""
_LISTED: Final = 200
"""Maximum length of a list; longer ones are cut and state the rest. The JSON results contain all items."""


class Plot(NamedTuple):
    """A picture: a file next to the Markdown, inline in the page."""

    name: str
    """Its file name is the name of the report, a hyphen, and this name."""
    svg: bytes
    label: str
    """Its text alternative."""


@dataclass
class Section:
    """A section: heading, link id, Markdown blocks, figures (page only) and plots."""

    id: str
    title: str
    blocks: list[str | Markup | Plot] = field(default_factory=list)

    def add(self, *blocks: str | Markup | Plot | None) -> None:
        """Append blocks, except empty ones."""
        self.blocks += [block for block in blocks if block]


class Report(NamedTuple):
    """A report in one language."""

    path: str
    """Path of the HTML page in the default language."""
    section: str
    """Key of its navigation entry."""
    title: str
    lead: str
    sections: Sequence[Section]


class ReportWriter:
    """Writes Markdown for the reports of one view: links to pages, truncated lists and tables."""

    def __init__(self, view: View, path: str) -> None:
        self.view = view
        self.w = view.words
        self.here = view.path(path)

    def concept(self, iri: str) -> str:
        """A concept as a link to its page."""
        target = self.view.page_of(iri)
        label = self.view.label(iri)
        return md.link(label, paths.relative(self.here, target)) if target else md.escape(label)

    def concepts(self, iris: Sequence[str], limit: int) -> str:
        """Concepts in running text, with the number of omitted ones."""
        shown = [self.concept(iri) for iri in iris[:limit]]
        if len(iris) > limit:
            shown.append(self.w("more", n=len(iris) - limit))
        return self.w.join(shown)

    def place(self, iri: str) -> str:
        """The place of a concept's description."""
        place = self.view.place(iri)
        return md.code(place) if place else self.w("no-place")

    def located(self, iri: str) -> str:
        """A concept as a link, with its place."""
        place = self.view.place(iri)
        return f"{self.concept(iri)} {md.code(place)}" if place else self.concept(iri)

    def first(self, lines: Sequence[str], total: int) -> list[str]:
        """Lines of a nested list, with the number of omitted ones."""
        return [*lines, self.w("more", n=total - len(lines))] if total > len(lines) else list(lines)

    def at(self, place: str) -> str:
        """A path and line as code."""
        return md.code(place) if place else self.w("no-place")

    def map(self, iri: str, text: str) -> str:
        """A link to a concept's map."""
        target = self.view.map_of(iri)
        return f"[{text}]({paths.relative(self.here, target)})" if target else ""

    def items(self, iris: Sequence[str], limit: int = _LISTED) -> str:
        """A list of concepts with their places."""
        lines = [f"- {self.concept(iri)} {self.place(iri)}" for iri in iris[:limit]]
        text = "\n".join(lines)
        return f"{text}\n\n{self.w('and-more', n=len(iris) - limit)}" if len(iris) > limit else text

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], align: str, limit: int = _LISTED) -> str:
        """A table; a long one is cut and states the rest."""
        text = md.table(headers, rows[:limit], align)
        return f"{text}\n\n{self.w('and-more', n=len(rows) - limit)}" if len(rows) > limit else text

    def percent(self, part: float, whole: float) -> str:
        """A share of a whole; unknown if the whole is 0."""
        return self.w.percent(part / whole if whole else None)


def _kind_of(width: int, widest: int) -> str:
    """The class of a column's cells, by the widest cell of the column and of the table, in columns of text."""
    if width > max(_LONG, widest / 2):
        return "long"
    return "short" if width <= _LONG / 3 else ""


def _with_widths(match: re.Match[str]) -> str:
    """A table that scrolls if need be. Columns with long texts get the space, so that no text runs through ten lines.

    Cells name their column, so that a narrow screen shows each row as a list.
    """
    rows = [[text_width(_TAG.sub("", cell)) for cell in _CELL.findall(row)] for row in _ROW.findall(match[1])]
    widest = [max(cells, default=0) for cells in zip(*rows, strict=False)]
    most = max(widest, default=0)
    kinds = [_kind_of(n, most) for n in widest]
    names = [_TAG.sub("", name).replace('"', "&quot;") for name in _CELL.findall(match[1].partition("</tr>")[0])]

    def row(cells: re.Match[str]) -> str:
        columns = zip(kinds, names, strict=True)

        def cell(start: re.Match[str]) -> str:
            kind, name = next(columns, ("", ""))
            right = "a-right" if "a-right" in start[2] else ""
            kind = "" if right and kind == "long" else kind  # of numbers, only the name can be long
            classes = " ".join(filter(None, (right, kind)))
            shown = f' class="{classes}"' if classes else ""
            label = f' data-label="{name}"' if start[1] == "td" else ""
            return f"<{start[1]}{shown}{label}>"

        return re.sub(r"<(t[hd])((?: [^>]*)?)>", cell, cells[0])

    table = _ROW.sub(row, match[1])
    classes = " ".join(("scroll", *(["rows"] if len(names) > _FEW else []), *(["many"] if len(names) > _MANY else [])))
    return f'<div class="{classes}"><table>{table}</table></div>'


def _html(markdown: str) -> Markup:
    """Convert our own Markdown to HTML. Names are escaped already; the sanitiser is a second safeguard."""
    html = own_html(markdown)
    html = html.replace("<li>[ ] ", '<li class="open">')
    html = _COMMAND.sub(r'<li class="do"><code class="command">\1</code></li>', html)
    html = html.replace(' style="text-align: right"', ' class="a-right"').replace(' style="text-align: left"', "")
    html = _TABLE.sub(_with_widths, html)
    clean = nh3.clean(
        html,
        tags={
            "p",
            "ul",
            "ol",
            "li",
            "a",
            "code",
            "strong",
            "em",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "div",
            "h3",
            "br",
        },
        attributes={"a": {"href"}, "td": {"data-label"}},
        allowed_classes={tag: set(names) for tag, names in _CLASSES.items()},
        url_schemes={"https", "http"},
        link_rel=None,
    )
    return Markup(clean)  # noqa: S704  # sanitised in the line above


def _markdown(view: View, report: Report) -> Artifact:
    w = view.words
    source = report.path.replace(".html", ".md")
    path = view.path(source)
    switch = []
    for lang in view.languages:
        if lang != view.lang:
            target = paths.localized(source, lang, view.languages)
            switch.append(f"[{w.get(f'lang-{lang}', lang)}]({paths.relative(path, target)})")

    figures = itertools.count(1)

    def lines() -> Iterator[str]:
        yield f"# {md.escape(view.title)}{w('colon')}{report.title}"
        if switch:
            yield " · ".join(switch)
        yield report.lead
        for number, section in enumerate(report.sections, 1):
            yield f"## {number}. {section.title}"
            for block in section.blocks:
                if isinstance(block, Markup):  # only the page shows it, but it counts
                    next(figures)
                elif isinstance(block, Plot):
                    yield f"![{md.escape(block.label)}]({plot_path(path, block.name).rpartition('/')[2]})"
                    yield f"*{w('figure-number', n=next(figures))}* {md.escape(block.label)}"
                else:
                    yield block

    return Artifact(path, ("\n\n".join(lines()) + "\n").encode("utf-8", "replace"))


def plot_path(path: str, name: str) -> str:
    """The path of a plot's file, next to the Markdown of its report at a path."""
    return f"{path.removesuffix('.md')}-{name}.svg"


def _block(block: str | Markup | Plot, w: Words, figures: Iterator[int]) -> Markup:
    """A block of the page, its figures numbered.

    A plot is embedded as a data URI, so that the page's policy doesn't apply to its styles.
    """
    if isinstance(block, Plot):
        data = base64.b64encode(block.svg).decode()
        block = Markup(
            '<figure class="figure plot"><div class="scroll"><img src="data:image/svg+xml;base64,{}" alt="{}"></div>'
            "<figcaption>{}</figcaption></figure>\n"
        ).format(data, block.label, block.label)
    if not isinstance(block, Markup):
        return _html(block)
    numbered = _CAPTION.sub(lambda m: f"{m[0]}<b>{escape(w('figure-number', n=next(figures)))}</b> ", str(block))
    return Markup(numbered)  # noqa: S704  # a figure of our own


def publish(view: View, report: Report) -> Iterator[Artifact]:
    """Yield the files of a report: Markdown, plots, and the page."""
    markdown = _markdown(view, report)
    yield markdown
    for section in report.sections:
        yield from (Artifact(plot_path(markdown.path, b.name), b.svg) for b in section.blocks if isinstance(b, Plot))
    figures = itertools.count(1)
    sections = [(s.id, s.title, [_block(b, view.words, figures) for b in s.blocks]) for s in report.sections]
    address = view.path(report.path)
    yield page(
        view,
        report.path,
        PageHead("report.html", report.title, report.section, report.lead, ("reading.js",)),
        lead=report.lead,
        sections=sections,
        source=paths.relative(address, view.path(report.path.replace(".html", ".md"))),
    )
