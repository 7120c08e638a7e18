"""Raw HTML in a note: links and anchors, and the comments that mark tables of contents."""

from __future__ import annotations

import re
from html import unescape
from typing import Final, NamedTuple

from kg.base.names import github_anchor

_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_A: Final = re.compile(rb"<a\s(?:[^<>]*?\s)?href\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))[^<>]*>", re.IGNORECASE)
_MEDIA: Final = re.compile(
    rb"<(?:img|video|audio|source|embed|track)\s(?:[^<>]*?\s)?(?:src|poster)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))[^<>]*>",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(rb"<h([1-6])(?:\s[^<>]*)?>(.{1,300}?)</h\1\s*>", re.IGNORECASE | re.DOTALL)
_MARKUP: Final = re.compile(rb"<[^<>]*>")
_ID: Final = re.compile(rb"<[A-Za-z][^<>]*?\s(?:id|name)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))", re.IGNORECASE)
_TOC_START: Final = re.compile(rb"<!--\s*(?:toc\b(?!\s*(?:end|stop))|TOC\s*START|START\s*doctoc)", re.IGNORECASE)
_TOC_END: Final = re.compile(rb"<!--\s*(?:/\s*toc|toc\s*(?:end|stop)|tocstop|END\s*doctoc)", re.IGNORECASE)


class Html(NamedTuple):
    """The content of one piece of HTML; offsets count from its first byte."""

    links: list[tuple[str, int, int]]
    """Each ``href`` with the range of its ``<a>``."""
    media: list[tuple[str, int, int]]
    """Each ``src`` of an image, video or sound with the range of its element."""
    anchors: list[str]
    toc: list[bool]
    """For each comment that opens (True) or closes (False) a table of contents, in order."""
    unclosed: int | None
    """Offset of a comment that is never closed."""


def read_html(raw: bytes) -> Html:
    """Return the links and anchors of a piece of HTML, except those in comments.

    >>> read_html(b'<!-- <a href="x"> --><a id="p" href="b.md#c">b</a>')
    Html(links=[('b.md#c', 21, 45)], media=[], anchors=['p'], toc=[], unclosed=None)
    """
    toc: list[bool] = []
    unclosed = None
    if b"<!--" in raw:
        for m in _COMMENT.finditer(raw):
            comment = m.group()
            if _TOC_START.match(comment):
                toc.append(True)
            elif _TOC_END.match(comment):
                toc.append(False)
            if not comment.endswith(b"-->"):
                unclosed = m.start()
        raw = _COMMENT.sub(lambda m: b" " * len(m.group()), raw)
    return Html(
        [(unescape(_value(m)), m.start(), m.end()) for m in _A.finditer(raw)],
        [(unescape(_value(m)), m.start(), m.end()) for m in _MEDIA.finditer(raw)] if b"src" in raw or b"poster" in raw else [],
        [*(_value(m) for m in _ID.finditer(raw)), *(_heading_anchor(m[2]) for m in _HEADING.finditer(raw))],
        toc,
        unclosed,
    )


def _heading_anchor(inner: bytes) -> str:
    return github_anchor(unescape(_MARKUP.sub(b"", inner).decode("utf-8", "replace")).strip())


def _value(m: re.Match[bytes]) -> str:
    return (m[1] or m[2] or m[3] or b"").decode("utf-8", "replace")
