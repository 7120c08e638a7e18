"""Marks that tools other than CommonMark's write into running text, taken out of texts that are shown as plain text."""

from __future__ import annotations

import re
from typing import Final

_SIGNS: Final = re.compile(r"==|\^|\{\{|\{:?[ ]?[#.]")
_SHORTCODE: Final = re.compile(r"\{\{[<%][^{}]*[>%]\}\}")
_HIGHLIGHT: Final = re.compile(r"(?<![\w=])==(?=[^\s=])([^=]*+)(?<=\S)==(?![\w=])")
_FOOTNOTE: Final = re.compile(r"\^\[[^\[\]]*+\]")
_ATTRIBUTES: Final = re.compile(r"(?<=[\w.)\]*`])[ ]?\{:?[ ]?[#.][^{}\n]{1,200}\}")
_BLOCK_ID: Final = re.compile(r"(?:^|\s)\^[A-Za-z0-9-]+\s*$")


def without_marks(text: str) -> str:
    """Return a text without highlight signs, a block id at its end, inline footnotes and shortcodes.

    >>> without_marks("A ==marked== claim^[see b] {{< x >}}here. ^id"), without_marks("x^2 == y")
    ('A marked claim here.', 'x^2 == y')
    """
    if not _SIGNS.search(text):
        return text
    text = _FOOTNOTE.sub("", _SHORTCODE.sub("", _ATTRIBUTES.sub("", text)))
    return _BLOCK_ID.sub("", _HIGHLIGHT.sub(r"\1", text)).rstrip()
