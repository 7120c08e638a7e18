"""Formulas of TeX within a text, in words of Unicode for places that show text only: names, descriptions, search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # nosec B405  # the type only: nothing is parsed

# "$15,000 + 44人月$" is two amounts of money, "$1,2,3,4…$" is a formula: an amount is followed by words.
MONEY: Final = re.compile(r"\d[\d,]*(?:\.\d+)?\s*(?:[a-zA-Z\u4e00-\u9fff]{2,}|[-–—+~,，;；/]\s|\s)(?!.*[\\^_{}=])", re.DOTALL)
_FORMULA: Final = re.compile(
    r"(?<!\\)\$\$(?P<display>[^$]+)\$\$"
    r"|(?<![\\$A-Za-z0-9])\$(?P<inline>(?![\s$])(?:[^$\\\n]|\\.|\n(?!\s*\n))+?(?<!\s))\$(?![\d$])",
    re.DOTALL,
)
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]+\W?")
"""A variable of a shell, as in ``$HOME/$USER``."""
_COMMAND: Final = re.compile(r"\\[A-Za-z]")
_REMARK: Final = re.compile(r"(?<!\\)%")
"""The converter drops what stands behind this sign; it may be no formula at all, as ``$Format:%H$``."""
_LONGEST: Final = 2000
_SUPERSCRIPTS: Final = dict(
    zip("0123456789+-−=()niabcdefghjklmoprstuvwxyz′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ′", strict=True)
)
_SUBSCRIPTS: Final = dict(zip("0123456789+-−=()aeijknoprstuvxlmh", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₖₙₒₚᵣₛₜᵤᵥₓₗₘₕ", strict=True))
_ACCENTS: Final = {"¯": "\u0304", "^": "\u0302", "~": "\u0303", "˙": "\u0307", "→": "\u20d7", "ˇ": "\u030c", "´": "\u0301"}
_SPACED: Final = frozenset("=<>≤≥≠≈≡∼≅∈∉⊂⊆⊃⊇→←↔⇒⇐⇔⟹⟸⟺↦∧∨⊢⊨∪∩")
_SIMPLE: Final = re.compile(r"[^\s+−\-*/=]+")


class FormulaInText(NamedTuple):
    """A formula within a text."""

    start: int
    end: int
    tex: str
    display: bool


def formulas_in(text: str) -> Iterator[FormulaInText]:
    """Yield the formulas between dollar signs; amounts of money and variables of a shell are none.

    >>> [row.tex for row in formulas_in("If $a$ and $$b$$, pay $5 or $6 in $HOME/$USER")]
    ['a', 'b']
    >>> [row.tex for row in formulas_in("$$ or $$$$ or $a\\n\\nb$")]
    ['or']
    """
    if "$" not in text:
        return
    for m in _FORMULA.finditer(text):
        tex = m["inline"] or m["display"]
        if not (m["inline"] and (MONEY.match(tex) or _VARIABLE.fullmatch(tex))):
            yield FormulaInText(*m.span(), tex.strip(), m["display"] is not None)


def in_words(text: str) -> str:
    r"""Return a text with its formulas as far as Unicode can write them.

    >>> in_words(r"$p$-Series: $\sum a_n \le \frac{1}{x^2}$"), in_words("第$n$项")
    ('p-Series: ∑aₙ ≤ 1/x²', '第n项')
    """
    parts, at = [], 0
    for start, end, tex, display in formulas_in(text):
        words = words_of(tex)
        # What is a line of its own on a page is a part of a sentence here.
        before = " " if display and start and not text[start - 1].isspace() else ""
        behind = " " if display and end < len(text) and text[end].isalnum() else ""
        parts += [text[at:start], before, words, behind]
        at = end
    return "".join((*parts, text[at:])) if parts else text


@lru_cache(maxsize=16384)
def words_of(tex: str) -> str:
    r"""Return a formula as text; its source if it can't be read.

    >>> words_of(r"\bar{x}\in\mathbb{R}^n, \sqrt{a+b} \text{ if } x_{low}"), words_of(r"\frac{"), words_of("a%b")
    ('x̄ ∈ ℝⁿ, √(a+b) if x_low', '\\frac{', 'a%b')
    """
    if len(tex) > _LONGEST or _REMARK.search(tex):
        return tex
    try:
        # start time: needed only for texts with formulas
        from latex2mathml.converter import convert_to_element

        text = _text(convert_to_element(tex))
    except Exception:  # noqa: BLE001  # the converter raises many kinds on bad input; the source is always right
        return tex
    # The converter writes the names of commands that it doesn't know, without braces behind them.
    return tex if _COMMAND.search(text) else " ".join(text.split()).replace(" ,", ",")


def _text(element: Element) -> str:
    """Return what an element of MathML shows."""
    kind, children = element.tag, list(element)
    own = unescape(element.text or "")
    if kind == "mo":
        sign = own.strip()
        if sign in _SPACED:
            return f" {sign} "
        return f"{sign} " if sign in (",", ";") else sign
    if kind == "mi" and len(own) > 1:
        return f" {own} "  # the name of a function
    if kind in ("msup", "msub", "msubsup", "munder", "mover", "munderover") and children:
        return _with_scripts(kind, [_text(child) for child in children])
    if kind == "mfrac" and len(children) == 2:
        return f"{_grouped(_text(children[0]))}/{_grouped(_text(children[1]))}"
    if kind == "msqrt":
        return f"√{_grouped(''.join(map(_text, children)))}"
    if kind == "mroot" and len(children) == 2:
        return f"{_raised(_text(children[1]))}√{_grouped(_text(children[0]))}"
    if kind == "mtable":
        return "; ".join(_text(row).strip() for row in children)
    if kind == "mtr":
        return " ".join(_text(cell).strip() for cell in children)
    if kind == "mspace":
        return " "
    return own + "".join(map(_text, children))


def _with_scripts(kind: str, parts: Sequence[str]) -> str:
    """Return a base with what stands below and above it."""
    base, *scripts = parts
    if kind == "mover" and scripts[0].strip() in _ACCENTS and len(base) == 1:
        return base + _ACCENTS[scripts[0].strip()]
    lower = scripts[0] if kind in ("msub", "msubsup", "munder", "munderover") else ""
    upper = scripts[-1] if kind in ("msup", "msubsup", "mover", "munderover") else ""
    shown = base.rstrip() + (_script(lower, _SUBSCRIPTS, "_") if lower else "") + (_raised(upper) if upper else "")
    return f"{shown} " if kind.startswith("munder") else shown


def _raised(text: str) -> str:
    return _script(text, _SUPERSCRIPTS, "^")


def _script(text: str, signs: dict[str, str], mark: str) -> str:
    """Return a text in raised or lowered signs; behind a mark if Unicode lacks one of them."""
    text = text.replace(" ", "") if all(c in signs or c == " " for c in text) else text.strip()
    if len(text) <= 3 and all(c in signs for c in text):
        return "".join(signs[c] for c in text)
    return text if text in ("′", "″") else mark + _grouped(text)


def _grouped(text: str) -> str:
    """Return a text in brackets if it is more than one term."""
    text = text.strip()
    return text if _SIMPLE.fullmatch(text) else f"({text})"
