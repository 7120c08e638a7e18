"""Formulas as MathML or, if that fails, as TeX source. The result is sanitised with the rest of the note."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Final

import nh3
from markupsafe import Markup, escape

from kg.base.formulas import formulas_in

_LIMIT: Final = 4000
"""Maximum length; longer formulas stay source, since the converter is recursive and notes are untrusted."""

_LONG: Final = 24
"""Length in characters from which an inline formula may be wider than a narrow screen."""

TAGS: Final = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mo",
        "mn",
        "ms",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
        "merror",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mmultiscripts",
        "mprescripts",
        "none",
        "mtable",
        "mtr",
        "mtd",
        "mlabeledtr",
    ]
)
"""Allowed MathML elements. Without ``annotation-xml`` and ``semantics``, which can contain HTML."""

ATTRIBUTES: Final = frozenset(
    [
        "accent",
        "accentunder",
        "columnalign",
        "columnlines",
        "columnspacing",
        "depth",
        "display",
        "displaystyle",
        "fence",
        "form",
        "height",
        "largeop",
        "linethickness",
        "lspace",
        "mathvariant",
        "maxsize",
        "minsize",
        "movablelimits",
        "notation",
        "rowlines",
        "rowspacing",
        "rspace",
        "scriptlevel",
        "separator",
        "stretchy",
        "symmetric",
        "voffset",
        "width",
    ]
)

_UNKNOWN: Final = re.compile(r">\\[A-Za-z]+<")
"""A command that the converter doesn't know: it writes its name."""
_WITHIN: Final = {tag: set(ATTRIBUTES) for tag in TAGS}


@lru_cache(maxsize=16384)
def formula(tex: str, *, display: bool) -> str:
    """A formula as HTML.

    >>> formula("a<b", display=False).startswith("<math")
    True
    >>> formula("\\\\frac{", display=False)
    '<code class="math">\\\\frac{</code>'
    >>> formula("\\\\ce{H2O}", display=False)
    '<code class="math">\\\\ce{H2O}</code>'
    """
    source = f'<code class="math{" block" if display else ""}">{escape(tex)}</code>'
    # The converter doesn't escape text in a formula, so tag-like text could change the structure.
    if len(tex) > _LIMIT or ("<" in tex and ("\\text" in tex or "\\mbox" in tex)) or "href" in tex:
        return source
    try:
        # start time: needed only for notes with formulas
        from latex2mathml.converter import convert
    except ImportError:
        return source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = str(convert(tex, display="block" if display else "inline"))
    except Exception:  # noqa: BLE001  # the converter raises many kinds on bad input; the source is always right
        return source
    if _UNKNOWN.search(made):
        return source  # of a package such as mhchem: the converter leaves out its braces
    made = made.replace(' display="inline"', "", 1)  # the default
    if display:  # it scrolls on a narrow screen, also by keyboard
        return made.replace("<math", '<math tabindex="0"', 1)
    # Formulas don't wrap, so a long inline formula gets a box that scrolls on a narrow screen.
    return made if len(tex) < _LONG else f'<span class="formula">{made}</span>'


@lru_cache(maxsize=1024)
def drawn(text: str) -> Markup:
    """A plain text as HTML with its formulas drawn within the line.

    >>> drawn("$a$ < b").startswith("<math"), drawn("$5 < $6")
    (True, Markup('$5 &lt; $6'))
    """
    parts, at = [], 0
    for start, end, tex, _ in formulas_in(text):
        parts += [str(escape(text[at:start])), formula(tex, display=False)]
        at = end
    if not parts:
        return escape(text)
    html = "".join((*parts, str(escape(text[at:]))))
    classes = {"code": {"math"}, "span": {"formula"}}
    cleaned = nh3.clean(html, tags={*TAGS, "code", "span"}, attributes=_WITHIN, allowed_classes=classes)
    return Markup(cleaned)  # noqa: S704  # sanitised above
