"""Specifications of NuSMV as text: their antecedents and names."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

TEMPORAL: Final = re.compile(r"\b(?:[AE][XFG]|[XFGUVRYZHOST]|[AE]BF|ABG|EBG)\b|\b[AE]\s*\[")

_WORDS: Final = frozenset(
    "TRUE FALSE in union xor xnor mod case esac self next A E AX AG AF EX EG EF X F G U V Y Z H O S T R".split()
)

_NEGATED: Final = re.compile(r"(?:!|<->|=|\?|\b(?:xor|xnor|in|mod))\s*(?:\b(?:[AE]?[XFG]|[AEYZHO])\s*)*\Z")
_OPERATORS: Final = 1000
"""Characters before a bracket in which a negation of it is looked for; the tool writes one space between operators."""
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
    conditions = []
    for level in _levels(formula):
        for arrow in () if level.is_weakened else level.arrows:
            before = formula[level.start + 1 : arrow].strip()
            conditions.append((arrow, (before, f"{formula[: arrow + 2]} FALSE{formula[level.end :]}")))
    return [condition for _, condition in sorted(conditions)]


def without_disjuncts(formula: str) -> list[tuple[str, str]]:
    """Each disjunct that a specification has in the tool's notation, and the specification with FALSE in its place.

    The tool writes brackets around each disjunction. Those under a negation, or in an antecedent, are left out as above.

    >>> without_disjuncts("AG (a | (b & c))")
    [('a', 'AG ( FALSE | (b & c))'), ('(b & c)', 'AG (a | FALSE )')]
    >>> without_disjuncts("AG ((a | b) -> c)"), without_disjuncts("!(a | b)")
    ([], [])
    """
    disjuncts = []
    for level in _levels(formula):
        edges = [level.start, *level.bars, level.end]
        for first, last in itertools.pairwise(edges) if level.bars and level.in_brackets and not level.is_weakened else ():
            text = formula[first + 1 : last].strip()
            disjuncts.append((text, f"{formula[: first + 1]} FALSE {formula[last:]}"))
    return disjuncts


@dataclass(slots=True)
class _Level:
    """What stands within a pair of brackets and not within inner ones; first of all, the whole formula."""

    start: int
    """The place of the opening bracket; -1 for the whole formula."""
    is_weakened: bool
    """Whether FALSE in it makes the formula weaker: it stands under a negation or in an antecedent."""
    end: int
    in_brackets: bool
    """Whether the brackets are round ones."""
    arrows: list[int]
    bars: list[int]


def _levels(formula: str) -> list[_Level]:
    """The levels of a formula, in order, in time proportional to its length."""
    levels = [_Level(-1, False, len(formula), False, [], [])]
    opened, ends = [levels[0]], _ends(formula)
    for i, letter in enumerate(formula):
        if i in ends:
            weakened = bool(_NEGATED.search(formula, max(0, i - _OPERATORS), i) or _PREMISE.match(formula, ends[i] + 1))
            levels.append(_Level(i, opened[-1].is_weakened or weakened, ends[i], letter == "(", [], []))
            opened.append(levels[-1])
        elif i == opened[-1].end:
            opened.pop()
        elif letter == "|":
            opened[-1].bars.append(i)
        elif formula.startswith("->", i) and formula[i - 1 : i] != "<":
            opened[-1].arrows.append(i)
    return levels


def _ends(formula: str) -> dict[int, int]:
    """The place of the closing bracket for that of each opening one."""
    ends, opened = {}, list[int]()
    for i, letter in enumerate(formula):
        if letter in "([{":
            opened.append(i)
        elif letter in ")]}" and opened:
            ends[opened.pop()] = i
    return ends


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
