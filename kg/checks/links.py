"""Faults of links: broken, ambiguous, inexact, to oneself (KG2xx)."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks import mend
from kg.checks.base import Context, Place, Rule
from kg.model import Ambiguous, Broken, Finding, Link, Resolved

_MEDIA: Final = frozenset(
    ("." + ending)
    for ending in (
        "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico", "pdf", "mp4", "webm", "mov", "mp3", "wav", "ogg",
        "zip", "gz", "csv", "xlsx", "docx", "pptx",
    )
)  # fmt: skip
_ALIKE: Final = 0.85


def is_media(link: Link) -> bool:
    """Whether a link means a picture or another file that is no note.

    >>> is_media(Link(1, 1, "markdown", "/a/b.PNG", None, "", True, None, "text", 0, 0))
    True
    """
    return posixpath.splitext(link.target.lower())[1] in _MEDIA


def _written(link: Link) -> str:
    return link.target + (f"#{link.fragment}" if link.fragment is not None else "")


def _broken(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.unclear:
        if isinstance(found, Broken) and found.path is None and _kind(context, link) == rule.name:
            what = (
                "leads out of the notes"
                if found.reason == "outside"
                else "means no file"
                if is_media(link)
                else "means no note"
            )
            near = f"did you mean {' or '.join(found.near)}?" if found.near else ""
            fix = None if is_media(link) else mend.target(context, source, link, found)
            yield rule.at(Place(source, link.line, link.column), f"'{_written(link)}' {what}", near, fix)


def _kind(context: Context, link: Link) -> str:
    """Name of the rule that a link to nothing is a case of."""
    if not is_media(link):
        return "broken-link"
    first, _, rest = link.target.removeprefix("/").partition("/")
    elsewhere = link.target.startswith("/") and rest and first not in context.top_folders
    return "unseen-attachment" if elsewhere else "broken-attachment"


def _broken_anchor(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.unclear:
        if isinstance(found, Broken) and found.path is not None:
            anchor = mend.same_anchor(context, found.path, link.fragment or "")
            near = (anchor,) if anchor else mend.alike(context, found.path, link.fragment or "") or found.near
            hint = f"did you mean #{' or #'.join(near)}?" if near else ""
            where = "this note" if found.path == source else found.path
            fix = mend.fragment(context, source, link, anchor) if anchor else None
            yield rule.at(Place(source, link.line, link.column), f"{where} has no heading '#{link.fragment}'", hint, fix)


def _ambiguous(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.unclear:
        if isinstance(found, Ambiguous):
            yield rule.at(
                Place(source, link.line, link.column), f"'{_written(link)}' means {len(found.candidates)} notes equally",
                f"write one of the paths: {', '.join(found.candidates[:3])}",
            )  # fmt: skip


def _inexact(rule: Rule, context: Context) -> Iterator[Finding]:
    for source, link, found in context.unclear:
        if isinstance(found, Resolved):
            anchor = mend.anchor_of(context, found.path, found.anchor or "")
            yield rule.at(
                Place(source, link.line, link.column), f"'#{link.fragment}' is only one half of the heading '{found.anchor}'",
                f"write #{anchor}" if anchor else "", mend.fragment(context, source, link, anchor) if anchor else None,
            )  # fmt: skip


def _self(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, fault in context.corpus.faults:
        if fault.name == "self-link":
            what = f"states the relation '{fault.detail}' to itself" if fault.detail else "links to itself"
            yield rule.at(Place(path, fault.line, fault.column), f"the note {what}")


def _unknown_relation(rule: Rule, context: Context) -> Iterator[Finding]:
    """Keys of links that no relation has, and that look like a misspelt one; other keys are the author's own business."""
    keys = {fold(r.key): r.key for r in context.vocabulary.relations.values()}
    words = {fold(w) for r in context.vocabulary.relations.values() for w in (*r.labels.values(), *(t for t, _ in r.words))}
    near: dict[str, str] = {}
    fine: set[str] = set()
    for source, link, _ in context.corpus.links:
        if link.relation is None or link.relation in fine:
            continue
        if link.context not in ("front-matter", "field") or link.kind == "name":
            continue
        key = fold(link.relation)
        if key in keys or key in words or key.replace(" ", "-").replace("_", "-") in keys:
            fine.add(link.relation)
            continue
        if key not in near:
            close = difflib.get_close_matches(key, list(keys), 1, _ALIKE)
            near[key] = keys[close[0]] if close else ""
        if near[key]:
            yield rule.at(
                Place(source, link.line, link.column), f"'{link.relation}' is no relation; the link is a plain one",
                f"did you mean '{near[key]}'? docs/vocabulary.md lists the relations",
            )  # fmt: skip


def _unlinked(rule: Rule, context: Context) -> Iterator[Finding]:
    linked = {a.object for a in context.corpus.assertions}
    for iri, concept in context.corpus.concepts.items():
        if iri not in linked:
            yield rule.at(context.place(iri), f"no other note links to '{concept.label('en')}'")


RULES: Final = (
    Rule("KG201", "broken-link", "error", "write the note, or correct the link", _broken),
    Rule("KG202", "broken-anchor", "warning", "correct the part behind #", _broken_anchor),
    Rule("KG203", "broken-attachment", "warning", "add the file, or correct the link", _broken),
    Rule("KG204", "ambiguous-link", "warning", "write the path", _ambiguous),
    Rule("KG205", "inexact-anchor", "info", "write the whole heading's anchor", _inexact),
    Rule("KG206", "self-link", "warning", "link to what was meant, or to a heading", _self, source="qSKOS rrc"),
    Rule("KG207", "unknown-relation", "warning", "write the key of a relation", _unknown_relation),
    Rule("KG209", "unseen-attachment", "info", "look into the folder that the site generator serves", _broken, default="off"),
    Rule("KG208", "unlinked-note", "info", "link to it from where it is needed", _unlinked, default="off", habit=True),
)  # fmt: skip
