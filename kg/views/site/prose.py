"""Renders the Markdown of a note as safe HTML, with links to the pages of the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple
from urllib.parse import unquote

import nh3
from markupsafe import Markup, escape

from kg.base.formulas import in_words
from kg.base.names import fold, github_anchor
from kg.model import Ambiguous, Broken, Foreign, Note, Resolution, Resolved, ResolvedLink, Unseen, text_in
from kg.views.page import View, paths
from kg.views.site import code, formula
from kg.views.site.languages import own_language_first
from kg.views.site.nesting import shallow
from kg.views.site.outlines import OutlineBlock, outline_blocks
from kg.views.site.parts import part_of
from kg.views.site.prepared import prepare_text
from kg.views.site.writer import LINE_BREAK, HtmlWriter, LinkTarget, NoteSettings

# Elements that load resources load those of the site only: see `_Sanitiser`.
_TAGS: Final = (
    (nh3.ALLOWED_TAGS - {"area", "map", "center", "acronym"}) | formula.TAGS | {"audio", "video", "source", "mark", "figure"}
)
_ATTRIBUTES: Final = {tag: set(formula.ATTRIBUTES) for tag in formula.TAGS} | {
    "math": {*formula.ATTRIBUTES, "tabindex"},
    "pre": {"tabindex"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"src", "controls", "preload", "title"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "source": {"src"},
    "span": {"title"},
    "code": {"data-language"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "details": {"open"},
    "video": {"src", "controls", "preload", "title", "width", "height"},
    "*": {"id", "lang", "dir"},
}
_ALERT: Final = {"alert", "note", "tip", "important", "warning", "danger", "quote"}
_CLASSES: Final = {
    "a": {"external", "image", "attachment", "broken"},
    "span": {"broken", "unwritten", "attachment", "image", "task", "formula", *code.CLASSES},
    "pre": {"mermaid-source", "code"},
    "code": {"math", "block"},
    "td": {"a-right", "a-center"},
    "th": {"a-right", "a-center"},
    "div": {"scroll", "tab"},
    "blockquote": _ALERT | {"embed"},
    "details": _ALERT | {"other-language"},
    "summary": {"alert-title"},
    "img": {"sized"},
    "li": {"task-item"},
    "ol": {"footnotes"},
    "ul": {"references"},
    "p": {"embed-title", "alert-title", "tab-title", "block-id", "left-out", "references-title"},
    "sup": {"note-ref"},
}
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_WEB: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_EMPTY: Final = re.compile(r"<(p|ul)>\s*</\1>\n?")
_EMBEDS: Final = 30
"""Maximum number of embedded notes on a page; further ones are links."""
EMBED_DEPTH: Final = 3
"""Maximum depth of embedded notes in embedded notes; deeper ones are links."""
_EMBEDDED: Final = 400_000
"""Maximum characters of HTML that embedded notes add to a page; further ones are links."""
SHOWN: Final = 2_000_000
"""Maximum bytes of a note's text on its page: to clean HTML takes a hundred times the memory of control characters."""
_LEVELS: Final = 40
"""Maximum depth of nested Markdown, within the limit on elements: a list has two elements a level, a table three more."""
PREFIX: Final = "n-"
"""Prefix of the ids of a note's headings, so that they don't collide with ids of the page."""


class Prose(NamedTuple):
    """A note's text as HTML."""

    lead: Markup | None
    """What the text has of the definition; not part of the text if that begins with it."""
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
        if isinstance(resolution, Ambiguous) and resolution.chosen is not None:
            return self.resolved(Resolved(resolution.chosen, None))
        if isinstance(resolution, Ambiguous):
            return LinkTarget(None, "broken", w("ambiguous-link", target=written))
        if isinstance(resolution, Broken) and resolution.path is not None:
            # Only the heading is missing, so link to the page.
            return self.resolved(Resolved(resolution.path, None))
        if isinstance(resolution, Foreign):
            return self.foreign(resolution)
        if isinstance(resolution, Unseen):
            if resolution.path is not None and resolution.path in self.view.media:
                return self.file(resolution.path)
            return LinkTarget(None, "attachment", written, name=written)
        if isinstance(resolution, Broken) and resolution.reason == "unwritten":
            return LinkTarget(None, "unwritten", w("unwritten-link", target=written), name=written)
        return LinkTarget(None, "broken", w("broken-link", target=written), name=written)

    def foreign(self, resolution: Foreign) -> LinkTarget:
        """The page of a foreign concept on the web, if it is published there; of an own concept with this IRI, its page."""
        corpus = self.view.assessment.corpus
        concept = corpus.foreign.get(resolution.iri)
        if concept is None:
            page = self.view.page_of(resolution.iri)
            return LinkTarget(paths.relative(self.here, page)) if page else LinkTarget(None, "attachment", resolution.name)
        title = f"{resolution.name} — {text_in(concept.labels, self.view.lang)}"
        return LinkTarget(concept.address or None, "external" if concept.address else "attachment", title)

    def resolved(self, resolution: Resolved) -> LinkTarget:
        """The page of a linked note and the heading or block on it, or a file that the site publishes."""
        corpus = self.view.assessment.corpus
        note = corpus.notes.get(resolution.path)
        if note is None:
            return self.file(resolution.path)
        anchor = anchor_of(note, resolution.anchor) if resolution.anchor else ""
        page = self.view.page_of_note(resolution.path)
        heading = next((in_words(h.text) for h in note.headings if anchor and h.anchor == anchor), "")
        name = heading or text_in(note.labels, self.view.lang)
        if resolution.path == self.note.path:
            return LinkTarget(f"#{self.prefix}{anchor}" if anchor else "#kg-main", name=name)
        if page is None:
            return LinkTarget(None, "attachment", resolution.path, name=name)
        return LinkTarget(paths.relative(self.here, page) + (f"#{PREFIX}{anchor}" if anchor else ""), name=name)

    def file(self, path: str) -> LinkTarget:
        """A file that the site publishes; if it doesn't, why."""
        medium = self.view.media.get(path)
        if medium is None or not medium.address:
            why = f": {medium.problem}" if medium is not None and medium.problem else ""
            return LinkTarget(None, "attachment", path + why)
        return LinkTarget(paths.relative(self.here, medium.address), "attachment", "", medium.kind)


def anchor_of(note: Note, text: str) -> str:
    """The anchor of a heading or block, given by its text or anchor; empty if the note's page has none."""
    folded = fold(text)
    for heading in note.headings:
        if heading.text == text or heading.anchor == text or fold(heading.text) == folded:
            return heading.anchor
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
    """The text is shown without it if it begins with it."""


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

    With `text_of`, which returns the source text of a note by path, ``![[…]]`` embeds the note, section or block. Sections in
    other languages than the page's follow the others and are folded.
    """
    note = source.note
    data, moved = _bytes(source.text, note)
    body = max(0, note.body - moved)
    targets = NoteLinks(view, note, source.links, prefix, moved)
    targets.here = address
    label = partial(view.words.get, default="")
    writer = HtmlWriter(note, targets.target, NoteSettings(shown.titles, shown.definition, prefix, label, view.references))
    if text_of is not None:
        Embeds(writer, targets, text_of, ((note.path, ""),))
    first_line = 1 + len(LINE_BREAK.findall(data, 0, body))
    text, is_cut = _shown_part(data[body:])
    writer.run(prepare_text(text, note, body), body, first_line)
    html = own_language_first(writer, view.lang, view.words) + writer.footnotes.html() + writer.cited.html()
    if writer.has_html or writer.deepest > _LEVELS:
        html = shallow(html)
    lead = (
        None if writer.lead is None else _clean(shallow(writer.lead) if writer.has_html else writer.lead, writer.hrefs, prefix)
    )
    left_out = _left_out(view, writer.unknown, is_cut=is_cut)
    return Prose(lead, _clean(html, writer.hrefs, prefix) + left_out, writer.diagrams)


def _shown_part(data: bytes) -> tuple[bytes, bool]:
    """Return the part of a text that a page shows, up to the end of a line or character, and whether something is left out."""
    if len(data) <= SHOWN:
        return data, False
    end = data.rfind(b"\n", SHOWN // 2, SHOWN) + 1 or SHOWN
    return data[:end].decode("utf-8", "ignore").encode(), True


def _left_out(view: View, unknown: dict[str, int], *, is_cut: bool) -> Markup:
    """Lines that say that the page doesn't show the whole text, and which shortcodes it doesn't show."""
    line = Markup('<p class="left-out muted">{}</p>\n')
    cut = line.format(view.words("text-cut", n=SHOWN // 1_000_000)) if is_cut else Markup()
    if not unknown:
        return cut
    names = view.words("list-separator").join(sorted(unknown))
    text = view.words("shortcodes-left-out", n=sum(unknown.values()), names=names)
    return cut + line.format(text)


class Embeds:
    """Embeds notes, sections and blocks for a writer, to a limited depth, number and size."""

    def __init__(
        self,
        writer: HtmlWriter,
        links: NoteLinks,
        text_of: Callable[[str], str],
        inside: tuple[tuple[str, str], ...],
        count: list[int] | None = None,
    ) -> None:
        """`writer` and `links`: of the note that embeds; `inside`: path and fragment of it and of those that embed it.

        `count`: numbers of embeds and characters.
        """
        self.writer = writer
        self.links = links
        self.view = links.view
        self.text_of = text_of
        self.inside = inside
        self.count = [0, 0] if count is None else count
        self._blocks: dict[str, dict[str, OutlineBlock]] = {}
        writer.embed, writer.block = self.html, self.block

    def html(self, start: int, written: str) -> str | None:
        """The note or its part in a frame, with a link to its page; None if it isn't a note or exceeds a limit."""
        resolution = self.links.at.get(start) or self.links.at.get(start + self.links.moved)
        notes = self.view.assessment.corpus.notes
        if not isinstance(resolution, Resolved) or resolution.path not in notes or len(self.inside) > EMBED_DEPTH:
            return None
        note = notes[resolution.path]
        anchor = anchor_of(note, resolution.anchor) if resolution.anchor else ""
        own = (note.path, anchor)
        if own in self.inside or (not anchor and any(path == note.path for path, _ in self.inside)):
            return None
        self.count[0] += 1
        if self.count[0] > _EMBEDS or self.count[1] > _EMBEDDED:
            return None
        data, moved = _bytes(self.text_of(note.path), note)
        body = max(0, note.body - moved)
        prefix = f"{self.links.prefix}e{self.count[0]}-"  # the sanitiser adds the outer prefix to ids that lack it
        targets = NoteLinks(self.view, note, self.view.links_of(note.path), prefix, moved)
        targets.here = self.links.here
        titles = frozenset(map(fold, note.labels.values()))
        label = partial(self.view.words.get, default="")
        writer = HtmlWriter(note, targets.target, NoteSettings(titles, "", prefix, label, self.view.references))
        Embeds(writer, targets, self.text_of, (*self.inside, own), self.count)
        text = prepare_text(data[body:], note, body, embedded=True)
        first_line = 1 + len(LINE_BREAK.findall(data, 0, body))
        html = writer.run(text, body, first_line, part_of(note, text, anchor, first_line) if anchor else None)
        if html.startswith("<li>"):
            html = f"<ul>{html}</ul>"
        target = self.links.target(start, written)
        whole = text_in(note.labels, self.view.lang)
        title = escape(whole if anchor.startswith(("^", "((")) or not anchor else f"{whole} › {resolution.anchor}")
        head = f'<a href="{self.writer.reference(target.href)}">{title}</a>' if target.href else title
        made = _clean(shallow(html), writer.hrefs, prefix)
        self.writer.take_over(writer)
        self.count[1] += len(made)
        return f'</p><blockquote class="embed"><p class="embed-title">{head}</p>{made}</blockquote><p>'

    def block(self, start: int, reference: str) -> str:
        """The text of the block of Logseq that is referred to at a byte of the file; empty if it isn't there."""
        resolution = self.links.at.get(start) or self.links.at.get(start + self.links.moved)
        note = self.view.assessment.corpus.notes.get(resolution.path) if isinstance(resolution, Resolved) else None
        if note is None:
            return ""
        if note.path not in self._blocks:
            data, moved = _bytes(self.text_of(note.path), note)
            body = max(0, note.body - moved)
            self._blocks[note.path] = outline_blocks(prepare_text(data[body:], note, body))
        block = self._blocks[note.path].get(reference)
        return block.text if block is not None else ""


def embedded_notes(view: View, path: str, links: Sequence[ResolvedLink]) -> Iterator[str]:
    """Paths of all notes whose text a page can show beside its own: embedded ones, and those that they embed."""
    notes = view.assessment.corpus.notes
    seen, layer = {path}, [links]
    for _ in range(EMBED_DEPTH):
        following: list[Sequence[ResolvedLink]] = []
        for link in (link for links_ in layer for link in links_):
            embedded = link.resolution.path if link.link.embed and isinstance(link.resolution, Resolved) else ""
            if embedded in notes and embedded not in seen:
                seen.add(embedded)
                following.append(view.links_of(embedded))
                yield embedded
        layer = following


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
        if name == "src":
            # Only files of the site: nothing is loaded from elsewhere.
            return value if value in self.hrefs and not _SCHEME.match(value) else None
        if name == "tabindex":
            return value if value == "0" else None
        return value

    def clean(self, html: str, hrefs: set[str]) -> str:
        """Sanitised HTML; references are our own or web addresses. Form feeds stand for what the author hid."""
        self.hrefs = hrefs
        return self._cleaner.clean(html.replace("\f", ""))


_sanitiser = lru_cache(maxsize=64)(_Sanitiser)


def _clean(html: str, hrefs: set[str], prefix: str) -> Markup:
    return Markup(_EMPTY.sub("", _sanitiser(prefix).clean(html, hrefs)))  # noqa: S704  # sanitised here
