"""Resolves fragments of links to a heading, block or HTML anchor of a note."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kg.base.names import fold, github_anchor
from kg.corpus.source_site import SourceSite
from kg.model import Broken, Link, Note, Resolution, Resolved

# Obsidian's rule for headings in links (`stripHeading`): these characters are equivalent to spaces.
_PUNCTUATION: Final = re.compile(r"[\s!\"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\]+")
_HALVES: Final = re.compile(r"\s+[/|]\s+|[（(]|[)）]")
_SPACES: Final = re.compile("-+")
_NUMBER: Final = re.compile(r"^[\d.]+\s+")
# Dendron's references to a part of a note: `one,1:#two`, `one:#*`, `^begin:#^block`, `one,1`.
_RANGE: Final = re.compile(r":#|(?<=.),(?=\d+$)|^(?=\^(?:begin|end)$)|^(?=\*$)")
_COUNTED: Final = re.compile(r"(.*)_(\d{1,9})", re.ASCII)


class Anchors:
    """The places in one note that a fragment can refer to."""

    __slots__ = ("by_anchor", "by_text", "halves", "note")

    def __init__(self, note: Note, own: Mapping[str, str] = MappingProxyType({})) -> None:
        self.note = note
        self.by_anchor = {h.anchor: h.text for h in note.headings} | dict(own)
        self.by_text: dict[str, str] = {}
        # The exact text has priority: "C++" and "C" are equal in the loose form.
        for form in (fold, _loose):
            for h in note.headings:
                self.by_text.setdefault(form(h.text), h.text)
                if h.source:
                    self.by_text.setdefault(form(h.source), h.text)
        self.halves: dict[str, str] | None = None

    def resolve(self, path: str, link: Link) -> Resolution:
        """Resolve `link.fragment` in this note."""
        fragment = link.fragment or ""
        if fragment in self.by_anchor:
            return Resolved(path, self.by_anchor[fragment])
        if fragment in self.note.anchors:
            return Resolved(path, fragment)
        if fragment.lower() == "top":
            return Resolved(path, None)
        if _RANGE.search(fragment) and all(self._has(part) for part in _RANGE.split(fragment)):
            return Resolved(path, self.by_anchor.get(_plain(_RANGE.split(fragment)[0])))
        text = self._by_heading(fragment)
        if text is not None:
            return Resolved(path, text)
        lower = fragment.lower()
        if lower in self.by_anchor:
            return Resolved(path, self.by_anchor[lower])
        half = self._half(fragment)
        if half is not None:
            return Resolved(path, half, inexact=True)
        counted = _COUNTED.fullmatch(lower)
        if counted and f"{counted[1]}-{counted[2]}" in self.by_anchor:
            return Resolved(path, None)  # a tool that numbers repeated headings in another way
        near = difflib.get_close_matches(lower, list(self.by_anchor), 2, 0.6)
        return Broken("no-such-anchor", tuple(near), path)

    def _has(self, part: str) -> bool:
        """Return whether an end of one of Dendron's ranges exists; ``*``, ``^begin`` and ``^end`` always do."""
        name = _plain(part)
        return name in ("", "*", "^begin", "^end") or name in self.by_anchor or name in self.note.anchors

    def _by_heading(self, fragment: str) -> str | None:
        """Resolve as Obsidian does: the text of a heading, or a chain of headings, each below the previous one."""
        exact = self.by_text.get(fold(fragment)) if fragment.strip() else None
        if exact is not None:
            return exact
        parts = [_loose(p) for p in fragment.split("#") if p.strip()]
        if len(parts) < 2:
            return self.by_text.get(parts[0]) if parts and parts[0] else None
        position = level = 0
        heading = None
        for part in parts:
            for i in range(position, len(self.note.headings)):
                h = self.note.headings[i]
                if heading is not None and h.level <= level:
                    return None
                if part in (_loose(h.text), _loose(h.source)):
                    position, level, heading = i + 1, h.level, h.text
                    break
            else:
                return None
        return heading

    def _half(self, fragment: str) -> str | None:
        """Return the heading one half of which equals the fragment: ``容器`` for ``容器 / Container``."""
        if self.halves is None:
            self.halves = {}
            for h in self.note.headings:
                parts = [p for p in _HALVES.split(h.text) if p.strip()]
                for part in parts if len(parts) > 1 else ():
                    for form in (part, _NUMBER.sub("", part.strip())):
                        self.halves.setdefault(github_anchor(form), h.text)
        return self.halves.get(github_anchor(fragment)) if fragment else None


_GENERATED: Final = re.compile(r"fn(?:ref)?[:\-\d]|__|:~:|tab/|L\d+|user-content-|kix\.|gid=")
"""Fragments that tools make: footnotes, numbered tabs, lines of code, quoted text."""


def is_open(note: Note, link: Link, site: SourceSite) -> bool:
    """Return whether a fragment may lead to something that a tool adds to the page of a note."""
    return site.open_anchors or note.open or bool(_GENERATED.match(link.fragment or ""))


def site_anchors(note: Note, site: SourceSite) -> dict[str, str]:
    """Return the ids that the tool of the notes gives to headings, if they aren't GitHub's, with the headings' texts."""
    if site.separator:
        return heading_slugs(note, site.separator)
    form = {"blackfriday": _blackfriday, "ascii": _ascii}.get(site.heading_ids)
    return {form(h.text): h.text for h in reversed(note.headings)} if form is not None else {}


def _blackfriday(text: str) -> str:
    """Return the id of a heading as Blackfriday makes it: letters and digits, and a hyphen for everything between them.

    >>> _blackfriday("What's next?")
    'what-s-next'
    """
    return "-".join(re.findall(r"[^\W_]+", text.lower()))


def _ascii(text: str) -> str:
    """Return GitHub's anchor without accents and letters beyond ASCII."""
    return github_anchor(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode())


def heading_slugs(note: Note, separator: str) -> dict[str, str]:
    """Return the ids that Python-Markdown's extension `toc` gives to headings, with the headings' texts.

    An id that the author set is kept, even if an earlier heading would get the same: GitHub's rule wouldn't
    generate it.
    """
    text_by_id: dict[str, str] = {}
    own = {
        h.anchor for h in note.headings if not _SPACES.sub("-", h.anchor).startswith(_SPACES.sub("-", github_anchor(h.text)))
    }
    for h in note.headings:
        slug = h.anchor
        if h.anchor not in own:
            plain = unicodedata.normalize("NFKD", h.text).encode("ascii", "ignore").decode()
            words = re.sub(r"[^\w\s-]", "", plain).strip().lower()
            slug = re.sub(rf"[{re.escape(separator)}\s]+", lambda _: separator, words)
            while not slug or slug in text_by_id or slug in own:
                # An existing number is incremented: a second `step_1` becomes `step_2`.
                m = _COUNTED.fullmatch(slug)
                slug = f"{m[1]}_{int(m[2]) + 1}" if m else f"{slug}_1"
        text_by_id[slug] = h.text
    return text_by_id


def _plain(part: str) -> str:
    return part.partition(",")[0].strip()


def _loose(text: str) -> str:
    """Normalize a heading for comparison: without the characters that a wikilink can't contain."""
    return fold(_PUNCTUATION.sub(" ", text))
