"""Writes a target as the one that it replaces was written: what was encoded or escaped stays so, character by character."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from html import escape, unescape
from typing import Final, NamedTuple

_PIECES: Final = {
    "markdown": re.compile(r"((?:%[0-9A-Fa-f]{2})+)|\\([!-/:-@\[-`{-~])|(&#?\w{1,32};)|(.)", re.DOTALL),
    "html": re.compile(r"((?:%[0-9A-Fa-f]{2})+)|(\\)\b\B|(&#?\w{1,32};)|(.)", re.DOTALL),
    "plain": re.compile(r"((?:%[0-9A-Fa-f]{2})+)|(\\)\b\B|(&)\b\B|(.)", re.DOTALL),
}
"""Encoded bytes, an escaped mark, an entity, any other character. Only Markdown has escapes, and diagrams have no entities."""
_LONGEST: Final = 500
_NESTED: Final = re.compile(r"\\.|[()]")


class _Character(NamedTuple):
    text: str
    written: str


class TargetForm(NamedTuple):
    """How a target is written at a place."""

    raw: str
    """The old target."""
    language: str
    """``markdown``, ``html`` or ``plain``."""
    special: str
    """Characters that can't stand there as they are."""
    nests: bool = False
    """Whether parentheses must be in pairs."""


def write_like(text: str, form: TargetForm) -> str:
    r"""Return a target as the old one was written.

    >>> old = ("my%20note (1).md", "my note%20%281).md")
    >>> [write_like("x/my note (2).md", TargetForm(raw, "markdown", "#?")) for raw in old]
    ['x/my%20note (2).md', 'x/my note%20%282).md']
    >>> write_like("a(c.md", TargetForm(r"a\(b\).md", "markdown", " ()"))
    'a\\(c.md'
    >>> write_like("R&amp;D.md", TargetForm("a.md", "markdown", ""))
    'R%26amp;D.md'
    """
    old = list(_read(form.raw, form.language))
    # The comparison takes quadratic time; no path that a person wrote is so long.
    kept = _joined(text, old, form) if len(old) <= _LONGEST and len(text) <= _LONGEST else ""
    # What stays may mean something else beside what is new: a percent sign before digits, half of a pair of parentheses.
    if _reads_as(kept, text, form) and not (form.nests and _is_unpaired(kept)):
        return kept
    write = _writer(old, form)
    renewed = "".join(map(write, text))
    if _reads_as(renewed, text, form):
        return renewed
    # A name such as `R&amp;D.md` isn't an entity.
    return "".join("%26" if c == "&" else write(c) for c in text)


def _reads_as(written: str, text: str, form: TargetForm) -> bool:
    return "".join(c.text for c in _read(written, form.language)) == text


def _joined(text: str, old: list[_Character], form: TargetForm) -> str:
    write = _writer(old, form)
    parts, at = [], 0
    for start, new, size in SequenceMatcher(None, [c.text for c in old], list(text), autojunk=False).get_matching_blocks():
        parts += [write(c) for c in text[at:new]]
        parts += [c.written for c in old[start : start + size]]
        at = new + size
    return "".join(parts)


def _writer(old: list[_Character], form: TargetForm) -> Callable[[str], str]:
    """Return how a character is written that the old target has elsewhere, or not at all."""
    forms: dict[str, set[bool]] = defaultdict(set)
    for c in old:
        forms[c.text].add(_is_encoded(c.written))
    letters = any(c.text > "\x7f" and _is_encoded(c.written) for c in old)
    digits = "".join(c.written for c in old if _is_encoded(c.written))
    small = digits != digits.upper()

    def write(c: str) -> str:
        plain = c.isascii() and c.isalnum()  # nobody encodes all letters
        encoded = not plain and forms.get(c, {letters and c > "\x7f"}) == {True}
        if encoded or c in form.special or c == "%" or c < " ":
            code = "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace"))
            return code.lower() if small else code
        return escape(c) if form.language == "html" else c

    return write


def _is_encoded(written: str) -> bool:
    return written.startswith("%") and len(written) > 1


def _read(raw: str, language: str) -> Iterator[_Character]:
    """Yield the characters of a target, each as it is written."""
    for m in _PIECES[language].finditer(raw):
        if m[1] is None:
            text = m[2] or (unescape(m[3]) if m[3] else m[4])
            yield _Character(text, m[0])
            continue
        at = 0
        for c in bytes.fromhex(m[1].replace("%", "")).decode("utf-8", "surrogateescape"):
            size = 3 * len(c.encode("utf-8", "surrogateescape"))
            yield _Character(c, m[1][at : at + size])
            at += size


def _is_unpaired(written: str) -> bool:
    """Return whether a destination without angle brackets would end at a parenthesis, or begin like one with them."""
    depth = 0
    for mark in _NESTED.findall(written):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return True
    return depth > 0 or written.startswith("<")
