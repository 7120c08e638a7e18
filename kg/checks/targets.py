"""Targets of links that don't exist: notes, files beside the notes, and files that a site may serve from elsewhere."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from kg.base.names import NOTE_ENDINGS
from kg.checks import link_fixes
from kg.checks.context import Context, Place
from kg.checks.rule import Rule
from kg.model import Broken, Finding, Link

_MEDIA: Final = frozenset(
    ("." + ending)
    for ending in (
        "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "pdf", "mp4", "webm", "mov", "mp3", "wav", "ogg",
        "zip", "gz", "csv", "xlsx", "docx", "pptx",
    )
)  # fmt: skip
_TEXTS: Final = frozenset(
    ("." + ending) for ending in ("txt", "json", "yml", "yaml", "toml", "xml", "py", "sh", "js", "ts", "sql", "log")
)
"""Endings of other files where the target is a path; a name may have a dot: ``[[Node.js]]``."""
_BY_PATH: Final = ("markdown", "html", "shortcode")
"""Kinds of links whose target is a path; that of the others is a name."""


def is_media(link: Link) -> bool:
    """Return whether the target of a link is an image or another file that isn't a note.

    >>> is_media(Link(1, 1, "markdown", "/a/b.PNG", None, "", True, None, "text", 0, 0))
    True
    """
    ending = posixpath.splitext(link.target.lower())[1]
    return ending in _MEDIA or (ending in _TEXTS and link.kind in _BY_PATH)


def written(link: Link) -> str:
    """Return the target of a link with its fragment, as quoted in messages."""
    return link.target + (f"#{link.fragment}" if link.fragment is not None else "")


def find_broken(rule: Rule, context: Context) -> Iterator[Finding]:
    """The `Rule.find` of the three rules about missing targets: each reports its own kind of link."""
    for source, link, resolution in context.unclear:
        if isinstance(resolution, Broken) and resolution.path is None and _case(link, resolution) == rule.name:
            # A note is no near miss of a picture.
            names = [name for name in resolution.near if not is_media(link) or not name.lower().endswith(NOTE_ENDINGS)]
            near = f"did you mean {' or '.join(names)}?" if names else ""
            fix = None if is_media(link) else link_fixes.target(context, source, link, resolution)
            yield rule.at(Place(source, link.line, link.column), _message(link, resolution), near, fix)


def _message(link: Link, resolution: Broken) -> str:
    if resolution.reason == "outside":
        return f"'{written(link)}' leads out of the notes folder"
    if resolution.reason == "unwritten":
        return f"'{link.target}' is not written yet"
    what = "file" if is_media(link) else "note"
    return f"there is no {what} at '{written(link)}'" if link.kind in _BY_PATH else f"no {what} is named '{written(link)}'"


def _case(link: Link, resolution: Broken) -> str:
    """Return the name of the rule for a link without a target."""
    if resolution.reason in ("unwritten", "foreign"):
        return "unwritten-note" if resolution.reason == "unwritten" else "unknown-foreign-concept"
    return "broken-attachment" if is_media(link) else "broken-link"
