"""A note in an editor, as requests about it see it; and the places of other notes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp

from kg.base.texts import Texts
from kg.knowledge.live import LiveNotes
from kg.model import Note, Resolved, ResolvedLink
from kg.serve.lsp.insight import BaseInsight
from kg.serve.lsp.text import DocumentText, Encoding

_MOST_TEXTS: Final = 2000
"""Maximum number of texts of files that are kept."""


class NoteView(NamedTuple):
    """A note, its text, and the notes around it."""

    live: LiveNotes
    path: str
    uri: str
    text: DocumentText
    note: Note
    texts: Texts
    """Texts in the language of the editor."""
    reader: TextReader
    insight: BaseInsight
    """What the last check of everything said about the notes."""


class TextReader:
    """The texts of notes, to convert their lines and columns to positions. Texts of files are kept until they change."""

    def __init__(self, live: LiveNotes, encoding: Encoding) -> None:
        self.live = live
        self.encoding: Encoding = encoding
        self._read: dict[str, tuple[str, DocumentText]] = {}

    def text(self, path: str) -> DocumentText:
        """Return the text of a note as kg has read it; empty if it can't be read any more."""
        note = self.live.notes.get(path)
        digest = note.digest if note is not None else ""
        kept = self._read.get(path)
        if kept is not None and kept[0] == digest:
            return kept[1]
        try:
            text = DocumentText(self.live.data_of(path).decode("utf-8", "replace"), self.encoding)
        except OSError:
            text = DocumentText("", self.encoding)
        if len(self._read) >= _MOST_TEXTS:
            self._read.clear()
        self._read[path] = digest, text
        return text

    def location(self, path: str, line: int = 1, column: int = 1, length: int = 0) -> lsp.Location:
        """Return a place in a note: line and column as in findings, and a number of characters."""
        text = self.text(path)
        start = text.offset_at(line, column)
        return lsp.Location(self.uri(path), text.range(start, start + length))

    def of_link(self, resolved: ResolvedLink) -> lsp.Location:
        """Return the place of a link."""
        text = self.text(resolved.source)
        return lsp.Location(self.uri(resolved.source), text.range_of_bytes(resolved.link.start, resolved.link.end))

    def uri(self, path: str) -> str:
        """Return the URI of a note or file."""
        return uri_of(self.live.location_of(path))


@lru_cache(maxsize=1 << 16)
def uri_of(location: str | Path) -> str:
    """Return the URI of a file on disk."""
    return Path(location).as_uri()


def location_of(uri: str) -> str | None:
    """Return the file that a URI names; None for other schemes, such as texts without a file.

    >>> location_of("file:///a/b%20c.md"), location_of("untitled:Untitled-1")
    ('/a/b c.md', None)
    """
    parts = urlsplit(uri)
    if parts.scheme != "file" or "\0" in (path := unquote(parts.path)):
        return None
    return path


def link_at(view: NoteView, position: lsp.Position) -> ResolvedLink | None:
    """Return the link at a position; of links in each other, the inner one."""
    byte = view.text.byte(view.text.offset(position))
    at = [r for r in view.live.links_of(view.path) if r.link.start <= byte <= r.link.end]
    return min(at, key=lambda r: r.link.end - r.link.start) if at else None


def anchor_place(note: Note, anchor: str | None, text: DocumentText) -> tuple[int, int, int]:
    """Return line, column and length of a heading or block of a note; without an anchor, of what the note is called."""
    if anchor is None:
        return label_place(note)
    for heading in note.headings:
        if heading.text == anchor or heading.anchor == anchor:
            return heading.line, heading.column, len(text.line(heading.line - 1)) - heading.column + 1
    if anchor.startswith("^") and (at := text.text.find(anchor)) >= 0:
        return text.line_at(at) + 1, 1, len(text.line(text.line_at(at)))
    return label_place(note)


def names_note(note: Note, line: int) -> bool:
    """Return whether a line names the whole note: that of its title, or a first heading of level 1."""
    first = note.headings[0] if note.headings else None
    return line == note.label_line or (first is not None and first.level == 1 and line == first.line)


def label_place(note: Note) -> tuple[int, int, int]:
    """Return line, column and length of the title or first heading of a note."""
    heading = next((h for h in note.headings if h.line == note.label_line), None)
    return (heading.line, heading.column, len(heading.text) + heading.level + 1) if heading else (note.label_line, 1, 0)


def resolved_anchor(resolved: ResolvedLink) -> str | None:
    """Return the heading or block that a link leads to."""
    return resolved.resolution.anchor if isinstance(resolved.resolution, Resolved) else None


def shown_label(labels: Mapping[str, str], lang: str) -> str:
    """Return labels in the language of the editor and, after a slash, in another one.

    >>> shown_label({"zh": "容器", "en": "container"}, "en")
    'container / 容器'
    """
    first = labels.get(lang) or next(iter(labels.values()), "")
    return " / ".join(dict.fromkeys((first, *(text for text in labels.values() if text != first))))
