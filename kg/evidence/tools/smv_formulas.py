"""Specifications of NuSMV as text: their antecedents and names."""

from __future__ import annotations

import itertools
import re
from typing import Final

TEMPORAL: Final = re.compile(r"\b(?:[AE][XFG]|[XFGUVRYZHOST]|[AE]BF|ABG|EBG)\b|\b[AE]\s*\[")

_WORDS: Final = frozenset(
    "TRUE FALSE in union xor xnor mod case esac self next A E AX AG AF EX EG EF X F G U V Y Z H O S T R".split()
)

_NEGATED: Final = re.compile(r"(?:!|<->|=|\?|\b(?:xor|xnor|in|mod))\s*(?:\b(?:[AE]?[XFG]|[AEYZHO])\s*)*\Z")
_PREMISE: Final = re.compile(r"\s*(?:<?->|!?=|\?|:|\b(?:xor|xnor|in|mod)\b)")


def in_place(name: str) -> tuple[str, str]:
    """A specification as the tool names it, as formula and instance; the instance is empty for the main module.

    >>> in_place("AG s = INIT IN a.b"), in_place("AG x")
    (('AG s = INIT', 'a.b'), ('AG x', ''))
    """
    formula, _, place = name.rpartition(" IN ")
    return (formula, place) if formula else (name, "")


def without_consequents(formula: str) -> list[tuple[str, str]]:
    """Each antecedent that a specification has in the tool's notation, and the specification with FALSE as its consequent.

    Without those that stand under a negation or in another antecedent: there, FALSE would make the specification weaker.

    >>> without_consequents("AG (a -> AF (b -> c))")
    [('a', 'AG (a -> FALSE)'), ('b', 'AG (a -> AF (b -> FALSE))')]
    >>> without_consequents("(!(a -> b) | ((c -> d) <-> e))")
    []
    """
    pairs = _brackets(formula)
    conditions = []
    for arrow in re.finditer(r"(?<!<)->", formula):
        around = [(start, end) for start, end in pairs if start < arrow.start() < end]
        if not any(_NEGATED.search(formula, 0, start) or _PREMISE.match(formula, end + 1) for start, end in around):
            start, end = max(around, default=(-1, len(formula)))
            before = formula[start + 1 : arrow.start()].strip()
            conditions.append((before, f"{formula[: arrow.end()]} FALSE{formula[end:]}"))
    return conditions


def without_disjuncts(formula: str) -> list[tuple[str, str]]:
    """Each disjunct that a specification has in the tool's notation, and the specification with FALSE in its place.

    The tool writes brackets around each disjunction. Those under a negation, or in an antecedent, are left out as above.

    >>> without_disjuncts("AG (a | (b & c))")
    [('a', 'AG ( FALSE | (b & c))'), ('(b & c)', 'AG (a | FALSE )')]
    >>> without_disjuncts("AG ((a | b) -> c)"), without_disjuncts("!(a | b)")
    ([], [])
    """
    pairs = _brackets(formula)
    disjuncts = []
    for start, end in sorted(pairs):
        around = [(first, last) for first, last in pairs if first <= start and end <= last]
        if formula[start] != "(" or any(_NEGATED.search(formula, 0, a) or _PREMISE.match(formula, b + 1) for a, b in around):
            continue
        inner = [(first, last) for first, last in pairs if start < first and last < end]
        signs = [i for i in range(start + 1, end) if formula[i] == "|" and not any(a < i < b for a, b in inner)]
        edges = [start, *signs, end]
        for first, last in itertools.pairwise(edges) if signs else ():
            text = formula[first + 1 : last].strip()
            disjuncts.append((text, f"{formula[: first + 1]} FALSE {formula[last:]}"))
    return disjuncts


def _brackets(formula: str) -> list[tuple[int, int]]:
    """The places of each pair of brackets."""
    pairs, opened = [], []
    for i, letter in enumerate(formula):
        if letter in "([{":
            opened.append(i)
        elif letter in ")]}" and opened:
            pairs.append((opened.pop(), i))
    return pairs


def step(formula: str) -> str:
    """What a specification or a constraint says of each step, whichever logic it says it in.

    >>> step("AG (s = a -> AX s = b)") == step("s = a -> next(s) = b")
    True
    >>> step("AG (s = a -> s = b)") == step("s = a -> next(s) = b")
    False
    """
    text, steps = re.subn(r"\b(?:AX|X|next)\b", " ", re.sub(r"\b(?:AG|G)\b", " ", formula))
    text = re.sub(r"\s|;$", "", text)
    # Brackets are written in many ways, and what is left without them is compared; behind a negation they say what is negated.
    text = text if "!(" in text else re.sub(r"[()]", "", text)
    return f"next {text}" if steps else text


def identifiers(formula: str) -> set[str]:
    """Return the names in a specification, without the operators of its logic."""
    return {w for w in re.findall(r"[A-Za-z_][\w$#.-]*", re.sub(r"->", " ", formula)) if w not in _WORDS}
