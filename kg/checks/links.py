"""Faults of links: broken, ambiguous, inexact, to oneself (KG2xx)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from kg.checks.base import Context, Rule
from kg.model import Ambiguous, Broken, Finding, Link, Resolved

_MEDIA: Final = frozenset(
    ("." + ending)
    for ending in (
        "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "pdf", "mp4", "webm", "mov", "mp3", "wav", "ogg",
        "zip", "gz", "csv", "xlsx", "docx", "pptx",
    )
)  # fmt: skip


def is_media(link: Link) -> bool:
    """Whether a link means a picture or another file that is no note.

    >>> is_media(Link(1, 1, "markdown", "/a/b.PNG", None, "", True, None, "text", 0, 0))
    True
    """
    return posixpath.splitext(link.target.lower())[1] in _MEDIA


def _written(link: Link) -> str:
    return link.target + (f"#{link.fragment}" if link.fragment is not None else "")


def _broken(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.corpus.links:
        if isinstance(found, Broken) and found.path is None and is_media(link) == (rule.name == "broken-attachment"):
            what = (
                "leads out of the notes"
                if found.reason == "outside"
                else "means no file"
                if is_media(link)
                else "means no note"
            )
            near = f"did you mean {' or '.join(found.near)}?" if found.near else ""
            yield rule.at(source, link.line, link.column, f"'{_written(link)}' {what}", near)


def _broken_anchor(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.corpus.links:
        if isinstance(found, Broken) and found.path is not None:
            near = f"did you mean #{' or #'.join(found.near)}?" if found.near else ""
            where = "this note" if found.path == source else found.path
            yield rule.at(source, link.line, link.column, f"{where} has no heading '#{link.fragment}'", near)


def _ambiguous(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.corpus.links:
        if isinstance(found, Ambiguous):
            yield rule.at(
                source, link.line, link.column, f"'{_written(link)}' means {len(found.candidates)} notes equally",
                f"write one of the paths: {', '.join(found.candidates[:3])}",
            )  # fmt: skip


def _inexact(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.corpus.links:
        if isinstance(found, Resolved) and found.inexact:
            yield rule.at(
                source, link.line, link.column, f"'#{link.fragment}' is only one half of the heading '{found.anchor}'"
            )


def _self(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, fault in context.corpus.faults:
        if fault.name == "self-link":
            what = f"states the relation '{fault.detail}' to itself" if fault.detail else "links to itself"
            yield rule.at(path, fault.line, fault.column, f"the note {what}")


RULES: Final = (
    Rule(
        "KG201", "broken-link", "error", "A link means no note that is there.", "Readers and the graph lose the way.",
        "write the note, or correct the link", _broken,
    ),
    Rule(
        "KG202", "broken-anchor", "warning", "A link means a heading or block that its note doesn't have.",
        "Readers land at the top of the page.", "correct the part behind #", _broken_anchor,
    ),
    Rule(
        "KG203", "broken-attachment", "warning", "A link means a picture or file that is not among the notes.",
        "Readers see a gap. Files that a site generator serves from another folder are not seen by kg.",
        "add the file, or correct the link", _broken,
    ),
    Rule(
        "KG204", "ambiguous-link", "warning", "A link means several notes equally.", "kg binds nothing by guess.",
        "write the path", _ambiguous,
    ),
    Rule(
        "KG205", "inexact-anchor", "info", "A link names one half of a bilingual heading.",
        "kg finds it; other tools and web sites don't.", "write the whole heading's anchor", _inexact,
    ),
    Rule(
        "KG206", "self-link", "warning", "A note links to itself.", "It associates nothing.",
        "link to what was meant, or to a heading", _self,
    ),
)  # fmt: skip
