"""Renders the Markdown of a note as safe HTML, with links to the pages of the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

import nh3
from markupsafe import Markup, escape

from kg.base.names import fold, github_anchor
from kg.model import Ambiguous, Broken, Note, Resolution, Resolved, ResolvedLink, Unseen
from kg.views.page import View, paths
from kg.views.site import code, formula
from kg.views.site.nesting import shallow
from kg.views.site.writer import LINE_BREAK, HtmlWriter, LinkTarget

# No elements that load resources: pictures would be fetched from other servers, or are not published.
_TAGS: Final = (nh3.ALLOWED_TAGS - {"img", "area", "map", "center", "acronym"}) | formula.TAGS
_ATTRIBUTES: Final = {tag: set(formula.ATTRIBUTES) for tag in formula.TAGS} | {
    "a": {"href", "title"},
    "abbr": {"title"},
    "span": {"title"},
    "code": {"data-language"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "details": {"open"},
    "*": {"id", "lang", "dir"},
}
_CLASSES: Final = {
    "a": {"external", "image"},
    "span": {"broken", "attachment", "image", "task", "formula", *code.CLASSES},
    "pre": {"mermaid-source", "code"},
    "code": {"math", "block"},
    "td": {"a-right", "a-center"},
    "th": {"a-right", "a-center"},
    "div": {"scroll", "footnote"},
    "blockquote": {"alert", "note", "tip", "important", "warning", "caution", "embed"},
    "p": {"embed-title"},
    "sup": {"note-ref"},
}
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_WEB: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_EMBEDS: Final = 20
"""Maximum number of embedded notes in a note; further ones are links."""
_LEVELS: Final = 40
"""Maximum depth of nested Markdown, within the limit on elements: a list has two elements a level, a table three more."""
PREFIX: Final = "n-"
"""Prefix of the ids of a note's headings, so that they don't collide with ids of the page."""


class Prose(NamedTuple):
    """A note's text as HTML."""

    lead: Markup | None
    """The first paragraph if it repeats the definition; it is then not part of the text."""
    html: Markup
    diagrams: int = 0
    """Number of Mermaid diagrams."""


class NoteLinks:
    """The links of one note by position; if the position is unknown, by text."""

    def __init__(self, view: View, note: Note, links: Sequence[ResolvedLink], prefix: str, moved: int) -> None:
        self.view = view
        self.note = note
        self.prefix = prefix
        self.here = ""
        self.moved = moved
        self.at: dict[int, Resolution] = {}
        self.written: dict[tuple[str, str | None], Resolution] = {}
        for resolved in links:
            self.at[resolved.link.start] = resolved.resolution
            self.written.setdefault((resolved.link.target, resolved.link.fragment), resolved.resolution)

    def target(self, start: int, written: str) -> LinkTarget:
        """The target of the link at a byte of the file."""
        resolution = self.at.get(start) or self.at.get(start + self.moved)
        if resolution is None:
            if _WEB.match(written) or written.startswith("//"):
                return LinkTarget(f"https:{written}" if written.startswith("//") else written, "external", "")
            if "@" in written and "/" not in written and ":" not in written:
                return LinkTarget(f"mailto:{written}", "external")
            if _SCHEME.match(written):
                return LinkTarget(None)
            name, hash_, fragment = unquote(written).partition("#")
            resolution = self.written.get((name, fragment if hash_ else None))
            if resolution is None and not name and hash_:
                resolution = Resolved(self.note.path, fragment)
        w = self.view.words
        if isinstance(resolution, Resolved):
            return self.resolved(resolution)
        if isinstance(resolution, Ambiguous):
            return LinkTarget(None, "broken", w("ambiguous-link", target=written))
        if isinstance(resolution, Broken) and resolution.path is not None:
            # Only the heading is missing, so link to the page.
            return self.resolved(Resolved(resolution.path, None))
        if isinstance(resolution, Unseen):
            return LinkTarget(None, "attachment", written)
        return LinkTarget(None, "broken", w("broken-link", target=written))

    def resolved(self, resolution: Resolved) -> LinkTarget:
        """The page of a linked note, and the heading on it."""
        corpus = self.view.assessment.corpus
        note = corpus.notes.get(resolution.path)
        if note is None:
            return LinkTarget(None, "attachment", resolution.path)
        anchor = anchor_of(note, resolution.anchor) if resolution.anchor else ""
        page = self.view.page_of_note(resolution.path)
        if resolution.path == self.note.path:
            return LinkTarget(f"#{self.prefix}{anchor}" if anchor else "#kg-main")
        if page is None:
            return LinkTarget(None, "attachment", resolution.path)
        return LinkTarget(paths.relative(self.here, page) + (f"#{PREFIX}{anchor}" if anchor else ""))


def anchor_of(note: Note, text: str) -> str:
    """The anchor of a heading, given by its text or anchor; empty if the note's page has none."""
    folded = fold(text)
    for heading in note.headings:
        if heading.text == text or heading.anchor == text or fold(heading.text) == folded:
            return heading.anchor
    if text.startswith("^"):
        return ""
    return text if text in note.anchors else next((h.anchor for h in note.headings if h.anchor == github_anchor(text)), "")


class NoteSource(NamedTuple):
    """A note with the text for its page."""

    note: Note
    text: str
    """The text of its file."""
    links: Sequence[ResolvedLink]


class ShownAlready(NamedTuple):
    """Content that the page shows outside the note's text, so that the text doesn't repeat it."""

    titles: frozenset[str]
    """Case-folded; the first heading is omitted if it is one of them."""
    definition: str = ""
    """The first paragraph is omitted if it has this text."""


def prose(
    view: View,
    address: str,
    source: NoteSource,
    shown: ShownAlready,
    *,
    prefix: str = PREFIX,
    text_of: Callable[[str], str] | None = None,
) -> Prose:
    """Render the text of a note as HTML for the page at `address`.

    With `text_of`, which returns the source text of a note by path, ``![[…]]`` embeds the note or section.
    """
    note = source.note
    data, moved = _bytes(source.text, note)
    body = max(0, note.body - moved)
    targets = NoteLinks(view, note, source.links, prefix, moved)
    targets.here = address
    writer = HtmlWriter(note, targets.target, titles=shown.titles, definition=shown.definition, prefix=prefix)
    if text_of is not None:
        writer.embed = Embeds(view, address, targets, text_of).html
    first_line = 1 + len(LINE_BREAK.findall(data, 0, body))
    html = writer.run(data[body:].decode("utf-8", "replace"), body, first_line)
    if writer.has_html or writer.deepest > _LEVELS:
        html = shallow(html)
    lead = (
        None if writer.lead is None else _clean(shallow(writer.lead) if writer.has_html else writer.lead, writer.hrefs, prefix)
    )
    return Prose(lead, _clean(html, writer.hrefs, prefix), writer.diagrams)


class Embeds:
    """Embeds notes with ``![[…]]``; embedded notes embed nothing themselves."""

    def __init__(self, view: View, address: str, links: NoteLinks, text_of: Callable[[str], str]) -> None:
        self.view = view
        self.here = address
        self.known = links
        self.text_of = text_of
        self.count = 0

    def html(self, start: int, written: str) -> str | None:
        """The note or section in a frame, with a link to its page; None if the target is not a note."""
        resolution = self.known.at.get(start) or self.known.at.get(start + self.known.moved)
        notes = self.view.assessment.corpus.notes
        if not isinstance(resolution, Resolved) or resolution.path not in notes or resolution.path == self.known.note.path:
            return None
        self.count += 1
        if self.count > _EMBEDS:
            return None
        note = notes[resolution.path]
        data, moved = _bytes(self.text_of(resolution.path), note)
        begin, end = _section(note, data, max(0, note.body - moved), resolution.anchor)
        prefix = f"e{self.count}-"
        targets = NoteLinks(self.view, note, self.view.links_of(resolution.path), prefix, moved)
        targets.here = self.here
        titles = frozenset(map(fold, note.labels.values()))
        writer = HtmlWriter(note, targets.target, titles=titles, definition="", prefix=prefix)
        html = writer.run(data[begin:end].decode("utf-8", "replace"), begin, 1 + len(LINE_BREAK.findall(data, 0, begin)))
        target = self.known.target(start, written)
        title = escape(resolution.anchor or self.view.note_title(resolution.path))
        head = f'<a href="{escape(target.href)}">{title}</a>' if target.href else title
        body = _clean(shallow(html), writer.hrefs, prefix)
        return f'</p><blockquote class="embed"><p class="embed-title">{head}</p>{body}</blockquote><p>'


def _section(note: Note, data: bytes, body: int, anchor: str | None) -> tuple[int, int]:
    """Start and end of the embedded part: the section of a heading, or the whole note."""
    name = anchor_of(note, anchor) if anchor else ""
    place = next((i for i, h in enumerate(note.headings) if h.anchor == name), None) if name else None
    if place is None:
        return body, len(data)
    starts = [0, *(m.end() for m in LINE_BREAK.finditer(data))]
    heading = note.headings[place]
    behind = next((h for h in note.headings[place + 1 :] if h.level <= heading.level), None)
    return starts[heading.line - 1], starts[behind.line - 1] if behind else len(data)


def _bytes(text: str, note: Note) -> tuple[bytes, int]:
    """The text in UTF-8 without a byte order mark, and the length of the mark in the file."""
    if not text.isascii():
        # Count invalid bytes as the parser does, whether the reader kept them as surrogates or replaced them.
        text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        return text[1:].encode(), 3
    data = text.encode()
    return data, 3 if note.size - len(data) == 3 else 0


class _Sanitiser:
    """A sanitiser configured once for a prefix, since configuring nh3 takes longer than sanitising a note."""

    def __init__(self, prefix: str) -> None:
        self.hrefs: set[str] = set()
        self._cleaner = nh3.Cleaner(
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=self._attribute,
            allowed_classes=_CLASSES,
            url_schemes={"http", "https", "mailto"},
            link_rel=None,
            id_prefix=prefix,
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "href" and tag == "a":
            return value if value in self.hrefs or _WEB.match(value) else None
        return value

    def clean(self, html: str, hrefs: set[str]) -> str:
        """Sanitised HTML; references are our own or web addresses."""
        self.hrefs = hrefs
        return self._cleaner.clean(html)


_sanitiser = lru_cache(maxsize=64)(_Sanitiser)


def _clean(html: str, hrefs: set[str], prefix: str) -> Markup:
    return Markup(_sanitiser(prefix).clean(html, hrefs))  # noqa: S704  # sanitised here
