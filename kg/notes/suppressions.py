"""Suppressions in notes: with ``<!-- kg: ignore KG201 why -->`` an author hides an intended finding."""

from __future__ import annotations

import re
from typing import Final

from kg.model import Ignore
from kg.notes.inline import Ranges
from kg.notes.source import Source

MARK: Final = b"kg: ignore"
"""A part of every suppression: for nearly all notes, one search for it is enough."""

_SUPPRESSION: Final = re.compile(
    rb"(?:(?P<html><!--)|(?P<obsidian>%%)|(?P<yaml>#))[ \t]*kg: ignore(?P<file>-file)?\b(?P<rest>[^\r\n]*?)"
    rb"[ \t]*(?:(?P<end>-->|%%)|(?=[\r\n]|\Z))"
)
_MARGIN: Final = b" \t\v\f>"
"""What is before the text of a line, also in a block quote."""
_CODE: Final = re.compile(r"[A-Za-z]{2,}\d+|[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_CLOSE: Final = {b"html": b"-->", b"obsidian": b"%%"}


def find_suppressions(source: Source, code: Ranges, body: int) -> tuple[Ignore, ...]:
    """Return the suppressions of a note, except those in code. `body` is the offset of the text after the front matter.

    A suppression applies to its own line, or, if it has a line of its own, to the next line with other text; with
    ``ignore-file`` to the whole note. In front matter it is a YAML comment: ``# kg: ignore KG303 why``.
    """
    data = source.data
    result: list[Ignore] = []
    text_at = 0
    for m in _SUPPRESSION.finditer(data):
        start, end = m.span()
        if m["yaml"] is not None:
            if start >= body:
                continue
            end = start + len(data[start : source.line_end(start)].rstrip())
            rest = data[m.start("rest") : end]
        else:
            close = b"-->" if m["html"] is not None else b"%%"
            if start < body or m["end"] != close or code.holds(start):
                continue
            rest = m["rest"]
        codes, reason = _split(rest.decode("utf-8", "replace"))
        line, column = source.at(start)
        target = 0 if m["file"] is not None else line
        if target and not data[source.starts[line - 1] : start].strip(_MARGIN) and not data[end : source.line_end(end)].strip():
            # Suppressions below each other have the same target, which is looked for once.
            text_at = text_at if line < text_at else _next(source, line)
            target = text_at if text_at <= len(source.starts) else line
        result.append(Ignore(line, column, codes, reason, target, start, end))
    return tuple(result)


def _split(rest: str) -> tuple[tuple[str, ...], str]:
    """Split a suppression into the codes or names at its start and the reason after them.

    >>> _split(" KG201, KG202: moved to the wiki")
    (('KG201', 'KG202'), 'moved to the wiki')
    >>> _split(" broken-link is written next week")
    (('broken-link',), 'is written next week')
    """
    codes: list[str] = []
    words = rest.split()
    for i, word in enumerate(words):
        bare = word.rstrip(",:;，：；")
        # Names contain hyphens, as words of the reason may: only the first word, and words after a comma, are names.
        first = i == 0 or words[i - 1].endswith((",", "，"))
        if bare and _CODE.fullmatch(bare) and (first or bare[-1].isdigit()):
            codes.append(bare)
            if word.endswith((":", "：")):
                return tuple(codes), " ".join(words[i + 1 :])
        else:
            return tuple(codes), " ".join(words[i:]).lstrip("-–—: ")
    return tuple(codes), ""


def _next(source: Source, line: int) -> int:
    """Return the next line that contains anything other than a suppression; the number behind the last one if none does."""
    at = line
    while at < len(source.starts):
        start = source.starts[at]
        text = source.data[start : source.line_end(start)].strip().lstrip(_MARGIN)
        at += 1
        if (text and not (m := _SUPPRESSION.match(text))) or (text and m and m.end() < len(text) and m["yaml"] is None):
            return at
    return len(source.starts) + 1
