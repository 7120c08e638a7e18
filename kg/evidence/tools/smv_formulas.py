"""Specifications of NuSMV as text: their antecedents and names."""

from __future__ import annotations

import re
from typing import Final

TEMPORAL: Final = re.compile(r"\b(?:[AE][XFG]|[XFGUVRYZHOST]|[AE]BF|ABG|EBG)\b|\b[AE]\s*\[")

_WORDS: Final = frozenset(
    "TRUE FALSE in union xor xnor mod case esac self next A E AX AG AF EX EG EF X F G U V Y Z H O S T R".split()
)


def condition(formula: str) -> str:
    """The antecedent p of a specification ``AG (p -> q)``, ``G (p -> q)`` or ``p -> q``, in the tool's notation.

    Empty if there is no antecedent, or if it contains temporal operators.

    >>> [condition(f) for f in ("AG (s = a -> AX s = b)", "G ((a & (b -> c)) -> F d)", "AG (F a -> b)", "AG x")]
    ['s = a', '(a & (b -> c))', '', '']
    """
    text = formula.strip()
    m = re.fullmatch(r"(?:AG|G)\s*\((.*)\)", text, re.DOTALL)
    if m is not None:
        text = m[1]
    while _enclosed(text):
        text = text[1:-1].strip()
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return ""
        if not depth and text.startswith("->", i) and text[i - 1 : i] != "<":
            p = text[:i].strip()
            return "" if TEMPORAL.search(p) else p
    return ""


def _enclosed(text: str) -> bool:
    """Whether one pair of parentheses encloses the whole text."""
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return text[:1] == "(" and i == len(text) - 1
    return False


def identifiers(formula: str) -> set[str]:
    """Return the names in a specification, without the operators of its logic."""
    return {w for w in re.findall(r"[A-Za-z_][\w$#.-]*", re.sub(r"->", " ", formula)) if w not in _WORDS}
