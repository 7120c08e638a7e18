"""Callouts: Obsidian's ``> [!tip]+ Title``, GitHub's alerts, admonitions of MkDocs, and those of shortcodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from markupsafe import escape

from kg.views.site.constructs import FAMILY

_HEADER: Final = re.compile(rb">[ \t]?[ \t]*\[!(?P<type>[^\]\r\n|]{1,60})(?:\|[^\]\r\n]*)?\](?P<fold>[+-]?)[ \t]*")

_VIDEO: Final = re.compile(rb">[ \t]*\[!video[ \t]+(?P<url>https?://[^\]\s]+)\][ \t]*", re.IGNORECASE)


class CalloutHeader(NamedTuple):
    """The first line of a callout."""

    type: str
    fold: str
    """``+`` if it can be folded, ``-`` if it is folded, else empty."""
    length: int
    """Number of bytes before its title, from the sign of the quote."""
    url: str = ""
    """The address of a video of docfx, which is written behind the type."""


class CalloutTags(NamedTuple):
    """The HTML around a callout."""

    opening: str
    title: tuple[str, str]
    closing: str


def callout_header(source: bytes, at: int) -> CalloutHeader | None:
    """The header of the callout that a block quote at an offset begins; None if it is only a quote.

    >>> callout_header(b"> [!Tip|wide]- Title", 0)
    CalloutHeader(type='tip', fold='-', length=15, url='')
    """
    if video := _VIDEO.match(source, at):
        return CalloutHeader("video", "", video.end() - at, video["url"].decode("utf-8", "replace"))
    match = _HEADER.match(source, at)
    if match is None:
        return None
    return CalloutHeader(match["type"].decode("utf-8", "replace").strip().lower(), match["fold"].decode(), match.end() - at)


def callout_tags(kind: str, fold: str) -> CalloutTags:
    """The elements of a callout of a type."""
    css = f"alert {FAMILY.get(kind, 'note')}"
    if fold:
        state = " open" if fold == "+" else ""
        return CalloutTags(
            f'<details class="{css}"{state}>\n', ('<summary class="alert-title">', "</summary>\n"), "</details>\n"
        )
    return CalloutTags(f'<blockquote class="{css}">\n', ('<p class="alert-title">', "</p>\n"), "</blockquote>\n")


def callout_title(kind: str, label: Callable[[str], str]) -> str:
    """The title of a callout that has none of its own, as HTML: the word for its type, or the type as it is written."""
    return str(escape(label(f"callout-{kind}") or kind[:1].upper() + kind[1:].replace("-", " ")))
