"""Literals in the syntax of N-Quads."""

from __future__ import annotations

import re
from typing import Final

from kg.base.names import XSD

_ESCAPE: Final = re.compile('[\\\\"\n\r\x00-\x1f\x7f\ud800-\udfff]')
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LANG: Final = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*")


def boolean(value: bool) -> str:
    """Return a boolean as xsd:boolean in N-Quads syntax."""
    return f'"{"true" if value else "false"}"^^<{XSD}boolean>'


def format_literal(text: str, lang: str = "") -> str:
    r"""Return a literal in N-Quads syntax.

    >>> print(format_literal('say "a\\b"', "en"))
    "say \"a\\b\""@en
    """
    # A lone surrogate can't be written as UTF-8; it becomes U+FFFD.
    if _ESCAPE.search(text):
        text = _ESCAPE.sub(lambda m: _SHORT.get(m.group()) or _control(m.group()), text)
    return f'"{text}"@{lang}' if lang and _LANG.fullmatch(lang) else f'"{text}"'


def _control(c: str) -> str:
    return "\ufffd" if "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04X}"
