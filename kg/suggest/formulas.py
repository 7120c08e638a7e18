r"""Terms of formulas: two notes that use the same notation are about the same things.

Words of a formula (``\operatorname{Spec}``, ``\text{rank}``) and Greek letters count as words of the text. Letters in a font of
their own (``\mathbb{R}``) and other commands (``\otimes``) are terms that no word equals, and that readers are never shown.
Commands that only set type are not terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

FORMULA: Final = re.compile(r"\$\$.*?\$\$|\$[^$\n ][^$\n]*\$", re.DOTALL)
SHORT_FORMULA: Final = re.compile(r"\$[^$\s][^$\n\0]{0,22}\$")
"""A formula that can be a part of a name, as in "$\\sigma$-algebra"."""
_PART: Final = re.compile(
    r"\\(?P<font>mathbb|mathcal|mathfrak|mathscr|mathbf|mathsf)\b\s*\{?\s*(?P<letters>\w{1,20})"
    r"|\\(?:operatorname\*?|mathrm|text(?:rm|bf|it|sf)?)\s*\{(?P<words>[^{}]{1,80})\}"
    r"|\\(?P<command>[A-Za-z]{2,30})"
)
_GREEK: Final = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega".split()
)
_LETTERS: Final = {unicodedata.name(c).split()[-1].lower(): c for c in map(chr, range(0x3B1, 0x3CA)) if c != "\u03c2"} | {
    "lambda": "\u03bb"
}
_SPELLED: Final = {character: word for word, character in _LETTERS.items()}
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


def without_short(text: str) -> str:
    """Return a text with spaces for the short formulas.

    >>> without_short("a $p$ group")
    'a   group'
    """
    return SHORT_FORMULA.sub(" ", text) if "$" in text else text


_LETTER: Final = re.compile(
    rf"(?<![\w$\\^])(?:(?P<word>{'|'.join(sorted(_GREEK, key=len, reverse=True))})|[\u03b1-\u03c9]|[a-z](?:\^\w+)?)"
    r"(?![\w$^'\u2019])"
)
"""A Greek letter, as a character or a word, or a single Latin letter."""
_NAMED_FORMULA: Final = re.compile(r"\$\s*\\?([^$\\\s]{1,12})\s*\$")


def formula_forms(name: str) -> Iterator[str]:
    r"""Yield a name with its symbols as formulas, or its formulas as symbols.

    >>> list(formula_forms("sigma algebra")), list(formula_forms("σ algebra"))
    (['$\\sigma$ algebra', 'σ algebra'], ['$\\sigma$ algebra', 'sigma algebra'])
    >>> list(formula_forms(r"$\sigma$ algebra")), list(formula_forms("$l^p$ space")), list(formula_forms("p group"))
    (['sigma algebra', 'σ algebra'], ['l^p space', 'lp space'], ['$p$ group'])
    """
    if "$" in name:
        bare = _NAMED_FORMULA.sub(r"\1", name)
        if "$" in bare or "\\" in bare:
            return
        forms = [bare, _LETTER.sub(lambda m: _character(m[0]), bare), bare.replace("^", "").replace("_", "")]
    elif _LETTER.search(name):
        forms = [
            _LETTER.sub(lambda m: f"${_command(m[0])}$", name),
            _LETTER.sub(lambda m: _character(m[0]) if m["word"] else _spelled(m[0]), name),
        ]
    else:
        return
    yield from (form for form in dict.fromkeys(forms) if form != name)


def _character(word: str) -> str:
    return _LETTERS.get(word, word)


def _spelled(character: str) -> str:
    return _SPELLED.get(character, character)


def _command(symbol: str) -> str:
    word = _spelled(symbol)
    return f"\\{word}" if word in _GREEK else word


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
