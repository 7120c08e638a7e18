r"""Terms of formulas: two notes that use the same notation are about the same things.

Words of a formula (``\operatorname{Spec}``, ``\text{rank}``) and Greek letters count as words of the text. Letters in a font of
their own (``\mathbb{R}``) and other commands (``\otimes``) are terms that no word equals, and that readers are never shown.
Commands that only set type are no terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

FORMULA: Final = re.compile(r"\$\$.*?\$\$|\$[^$\n ][^$\n]*\$", re.DOTALL)
_PART: Final = re.compile(
    r"\\(?P<font>mathbb|mathcal|mathfrak|mathscr|mathbf|mathsf)\b\s*\{?\s*(?P<letters>\w{1,20})"
    r"|\\(?:operatorname\*?|mathrm|text(?:rm|bf|it|sf)?)\s*\{(?P<words>[^{}]{1,80})\}"
    r"|\\(?P<command>[A-Za-z]{2,30})"
)
_GREEK: Final = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega".split()
)
_SET: Final = frozenset(
    "frac dfrac tfrac cfrac left right middle big Big bigg Bigg bigl bigr Bigl Bigr begin end quad qquad text mathrm label tag "
    "ref displaystyle textstyle scriptstyle limits nolimits hspace vspace phantom color cdot cdots ldots dots vdots ddots "
    "hline operatorname mathbb mathcal mathfrak mathscr mathbf mathsf mathit boldsymbol substack underset overset stackrel "
    "langle rangle lvert rvert lVert rVert lbrace rbrace in to le leq ge geq neq ne colon".split()
)
"""Commands that say nothing about the subject."""


def without_formulas(text: str) -> str:
    r"""Return a text in which each formula is a space.

    >>> without_formulas(r"the ring $\mathbb{Z}$ of integers")
    'the ring   of integers'
    """
    return FORMULA.sub(" ", text) if "$" in text else text


def notation(formulas: str) -> Iterator[str]:
    r"""Yield the words and other terms of formulas; words are not yet split into terms of a text.

    >>> list(notation(r"$\operatorname{Spec} \mathbb{Z}[\sqrt{2}] \otimes \sigma$"))
    ['Spec', '\\mathbb:Z', '\\sqrt', '\\otimes', 'sigma']
    """
    for part in _PART.finditer(formulas):
        if part["font"]:
            yield f"\\{part['font']}:{part['letters']}"
        elif part["words"]:
            yield part["words"].replace("\\", " ")  # a term that begins with a backslash is one of the others
        else:
            name = part["command"].removeprefix("var")
            if name.lower() in _GREEK:
                yield name.lower()
            elif name not in _SET:
                yield f"\\{part['command']}"
