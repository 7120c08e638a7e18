"""Writes Markdown: escaped text, code spans, links, aligned tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from kg.base.widths import split_characters, text_width

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|~$&^=#]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
_LEADING: Final = re.compile(r"^(?:[-+:](?=\s|$|-)|\d+[.)](?=\s|$)|-{3,}|={3,})")


def plain(text: str) -> str:
    """Text on one line, without control characters.

    >>> plain(" a\\n b\\x00c ")
    'a b c'
    """
    return _CONTROL.sub(" ", text).strip()


def escape(text: str) -> str:
    r"""Escape text so that Markdown shows it literally, in a paragraph or a table cell.

    >>> print(escape("a|b *c* <d> [e](f) $g$ &amp;"))
    a\|b \*c\* \<d\> \[e\](f) \$g\$ \&amp;
    >>> print(escape("- x"), escape("1. y"))
    \- x 1\. y
    """
    text = _SPECIAL.sub(lambda m: "\\" + m[0], plain(text))
    if m := _LEADING.match(text):
        end = m.end()
        text = f"{text[: end - 1]}\\{text[end - 1 :]}"
    return text


def code(text: str) -> str:
    """A code span; inside a table, text that can't be a code span is escaped instead.

    >>> print(code("raft.md:12"), code("a`b"), code("a|b"))
    `raft.md:12` ``a`b`` a\\|b
    """
    text = plain(text)
    if "|" in text or not text:
        return escape(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def link(text: str, target: str) -> str:
    """A link with escaped text; the target is a reference of our own, which needs no escaping.

    >>> link("[x]", "../concepts/x.html")
    '[\\\\[x\\\\]](../concepts/x.html)'
    """
    return f"[{escape(text)}]({target})"


def clip(text: str, most: int) -> str:
    """Truncate text to at most `most` columns, with an ellipsis if something was cut.

    >>> clip("服务网格 mesh", 7), clip("abc", 7)
    ('服务网…', 'abc')
    """
    text = plain(text)
    if text_width(text) <= most:
        return text
    kept, used = "", 0
    for character in split_characters(text):
        used += text_width(character)
        if used > most - 1:
            return kept + "…"
        kept += character
    return text


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """A table with aligned source columns; ``align`` has ``l``, ``r`` or ``c`` for each column.

    >>> print(table(["概念", "n"], [["容器", "3"], ["a", "12"]], "lr"))
    | 概念 |   n |
    | :--- | --: |
    | 容器 |   3 |
    | a    |  12 |
    """
    body = [list(row) for row in rows]
    align = align.ljust(len(headers), "l")
    widths = [max(3 if a == "r" else 4, *(text_width(row[i]) for row in [list(headers), *body])) for i, a in enumerate(align)]

    def pad(text: str, i: int) -> str:
        space = widths[i] - text_width(text)
        if align[i] == "r":
            return " " * space + text
        if align[i] == "c":
            return " " * (space // 2) + text + " " * (space - space // 2)
        return text + " " * space

    def rule(i: int) -> str:
        if align[i] == "r":
            return "-" * (widths[i] - 1) + ":"
        return ":" + "-" * (widths[i] - 2) + (":" if align[i] == "c" else "-")

    lines = [[pad(h, i) for i, h in enumerate(headers)], [rule(i) for i in range(len(headers))]]
    lines += [[pad(cell, i) for i, cell in enumerate(row)] for row in body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
