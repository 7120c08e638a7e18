"""Balances HTML and limits its depth in one linear pass, since the sanitiser is quadratic in the depth."""

from __future__ import annotations

import re
from typing import Final

from kg.views.site import formula

LIMIT: Final = 100
"""Maximum nesting depth; deeper elements keep their text and lose their tags."""
_VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
# Quantifiers are possessive and stop at the next "<", so each character is examined once. A "<" that starts no known construct
# is text: this pass and the sanitiser must agree on what is a tag.
_PIECE: Final = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<[!?][^<>]*+>?"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<rest>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    r"|<",
    re.DOTALL,
)


def shallow(html: str, limit: int = LIMIT) -> str:
    """The HTML with each element closed at the end of its parent, and without tags deeper than the limit.

    >>> shallow("<b>a<i>b</b>c</i>"), shallow("<p>a<br>b<!-- x -->")
    ('<b>a<i>b</i></b>c', '<p>a<br>b</p>')
    >>> shallow("<i>" * 3 + "x" + "</i>" * 3, 2), shallow("a < b <")
    ('<i><i>x</i></i>', 'a &lt; b &lt;')
    """
    out: list[str] = []
    names: list[str] = []
    counts: dict[str, int] = {}
    """Number of open elements by name, to detect unmatched end tags immediately."""
    at = 0
    for piece in _PIECE.finditer(html):
        out.append(html[at : piece.start()])
        at = piece.end()
        written = piece["name"]
        if written is None:
            if at - piece.start() == 1:
                out.append("&lt;")
            continue
        name = written.lower()
        if piece["end"]:
            if counts.get(name):
                while True:
                    last = names.pop()
                    counts[last] -= 1
                    if len(names) < limit:
                        out.append(f"</{last}>")
                    if last == name:
                        break
            continue
        rest = piece["rest"]
        if name in _VOID:
            if len(names) < limit:
                out.append(piece[0])
            continue
        if len(names) < limit:
            # "/>" closes an element only inside a formula, which depends on the context; an explicit end tag is always valid.
            closed = name in formula.TAGS and rest.endswith("/")
            out.append(f"<{written}{rest.rstrip('/')}></{name}>" if closed else piece[0])
            if closed:
                continue
        names.append(name)
        counts[name] = counts.get(name, 0) + 1
    out.append(html[at:])
    out += [f"</{name}>" for name in reversed(names[:limit])]
    return "".join(out)
