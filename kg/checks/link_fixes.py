"""Fixes of links with a single correct target: one with the same letters and digits, but other marks between them."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import quote, unquote

from kg.base import files
from kg.base.names import MARKDOWN_ENDINGS, fold, letters_and_digits
from kg.checks.context import Context
from kg.model import Broken, Fix, Link

_BOM: Final = b"\xef\xbb\xbf"
_WIKILINK: Final = re.compile(rb"!?\[\[([^\[\]|#]*)(?:#([^\[\]|]*))?(?:\\?\|[^\[\]]*)?\]\]")
_MARKDOWN: Final = re.compile(
    rb"!?\[(?:[^\[\]\\]|\\.)*+\]\([ \t]*(<?)([^()<>\s#]*)(?:#([^()<>\s]*))?(>?)(?:[ \t]+[\"'(][^\r\n]*)?\)"
)


def same_anchor(context: Context, path: str, fragment: str) -> str:
    """Return the anchor of a note that differs from a fragment in marks only; empty unless there is exactly one."""
    note, wanted = context.corpus.notes.get(path), letters_and_digits(fragment)
    anchors = [h.anchor for h in note.headings if letters_and_digits(h.anchor) == wanted] if note is not None and wanted else []
    return anchors[0] if len(anchors) == 1 else ""


def alike(context: Context, path: str, fragment: str) -> tuple[str, ...]:
    """Return the anchors of a note that contain the words of a fragment, ignoring leading numbers: likely candidates."""
    note, wanted = context.corpus.notes.get(path), letters_and_digits(fragment).lstrip("0123456789")
    if note is None or len(wanted) < 2:
        return ()
    anchors = [h.anchor for h in note.headings if wanted in letters_and_digits(h.anchor)]
    exact = [a for a in anchors if letters_and_digits(a).lstrip("0123456789") == wanted]
    return tuple(dict.fromkeys(exact or anchors))[:2]


def anchor_of(context: Context, path: str, text: str) -> str:
    """Return the anchor of the heading with a text; empty unless there is exactly one."""
    note = context.corpus.notes.get(path)
    anchors = [h.anchor for h in note.headings if h.text == text] if note is not None else []
    return anchors[0] if len(anchors) == 1 else ""


def fragment(context: Context, source: str, link: Link, anchor: str) -> Fix | None:
    """Return a fix of the link with another fragment; None if its syntax can't be changed reliably."""
    raw = _raw(context, source, link)
    if m := _WIKILINK.fullmatch(raw):
        if m[2] is None or m[2].decode() != (link.fragment or ""):
            return None
        # Wikilinks contain the text of the heading, as in Obsidian and Foam.
        path = source if not m[1] else None
        texts = [h.text for n in ([path] if path else []) for h in context.corpus.notes[n].headings if h.anchor == anchor]
        if len(texts) != 1 or re.search(r"[\[\]|#^\\]", texts[0]):
            return None
        return Fix(link.start + m.start(2), link.start + m.end(2), texts[0])
    m = _MARKDOWN.fullmatch(raw)
    if m is None or m[3] is None or unquote(m[3].decode()) != link.fragment:
        return None
    written = quote(anchor, safe="-_.~") if b"%" in m[3] else anchor
    return Fix(link.start + m.start(3), link.start + m.end(3), written)


def target(context: Context, source: str, link: Link, resolution: Broken) -> Fix | None:
    """Return a fix that links to the only note whose name differs in marks only, such as ``_`` for ``-``."""
    written = link.target.rstrip("/")
    folder, name = posixpath.split(written)
    stem, ending = posixpath.splitext(name) if name.lower().endswith((*MARKDOWN_ENDINGS, ".html")) else (name, "")
    if resolution.reason == "outside" or not letters_and_digits(stem):
        return None
    matches = context.by_letters.get(letters_and_digits(stem), ())
    if len(matches) != 1:
        return None
    right = posixpath.splitext(posixpath.basename(matches[0]))[0]
    if fold(right) == fold(stem) or not _same_folder(context, source, folder, posixpath.dirname(matches[0])):
        return None  # the name isn't the problem
    raw = _raw(context, source, link)
    m = _WIKILINK.fullmatch(raw) or _MARKDOWN.fullmatch(raw)
    group = 1 if m is not None and m.re is _WIKILINK else 2
    if m is None or unquote(m[group].decode()) != link.target:
        return None
    start = m.start(group) + m[group].rstrip(b"/").rfind(b"/") + 1
    end = m.start(group) + len(m[group].rstrip(b"/"))
    if unquote(raw[start:end].decode()) != stem + ending:
        return None
    return Fix(link.start + start, link.start + end, right + ending)


def replace_target(context: Context, source: str, link: Link, names: tuple[str, ...]) -> Fix | None:
    """Return a fix that names another target in a link in double brackets; None unless there is exactly one name."""
    raw = _raw(context, source, link) if len(names) == 1 else b""
    m = _WIKILINK.fullmatch(raw)
    if m is None or m[1].decode() != link.target or re.search(r"[\[\]|#^\\\n\"']", names[0]):
        return None
    return Fix(link.start + m.start(1), link.start + m.end(1), names[0])


def _same_folder(context: Context, source: str, written: str, right: str) -> bool:
    """Return whether the folder of a link, as written in a note, is that of the correct note."""
    if not written:
        return True
    if not written.startswith("/"):
        return fold(posixpath.normpath(posixpath.join(posixpath.dirname(source), written))) in (fold(right), fold(right or "."))
    parts = written.strip("/").split("/") if written.strip("/") else []
    roots = {n.name for n in context.settings.notes} if context.settings is not None else set()
    if parts and parts[0] in roots:
        parts = parts[1:]
    return fold("/".join(parts)) == fold(right)


def _raw(context: Context, source: str, link: Link) -> bytes:
    """Return the bytes of a link in its file; empty if the file has changed since it was read, or isn't UTF-8."""
    try:
        data = files.read(context.files[source], cut=True).removeprefix(_BOM)
        data.decode()
    except (KeyError, OSError, UnicodeDecodeError):
        return b""
    return data[link.start : link.end]
