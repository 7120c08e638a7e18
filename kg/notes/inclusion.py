"""Signs that a page gets text from elsewhere, so that its headings and anchors aren't all in its file."""

from __future__ import annotations

import re
from typing import Final

from kg.notes.inline import Ranges

_SIGNS: Final = (
    b"--8<--",
    b"{!",
    b"{%",
    b"{{",
    b":::",
    b"[!",
    b"<!--@include",
    b"{include}",
    b"<<<",
    b"{eval",
    b"{auto",
    b"{literal",
)
_INCLUSION: Final = re.compile(
    rb"""
      (?<!-)-++8<-                                                   # snippets of Python-Markdown
    | \{!(?!-)[^!\r\n]{1,300}!\}                                      # markdown-include
    | \{%-?\s*(?:include|include_relative|include-markdown|render|import|capture|for
        |snippet|raw|assign|macro|call)\b
    | \{\{\#                                                         # mdBook
    | \{\{-?\s*[\w.]+\s*[(|]                                          # a call of a macro or filter
    | \{\{[<%]\s*(?!/|(?:ref|relref|figure|img|image|imgproc|video|youtube|vimeo|param|gist|tweet|x|icon|badge|note|warning
        |caution|info|tip|alert|callout|hint|pageinfo|comment|highlight|tabs?|tabpane|cardpane|card|columns?|details|expand
        |button|mermaid|glossary_tooltip|feature-state|new-in|deprecated-in|br|math|katex|toc|table|latest-version)\b)[\w/.-]
    | ^:::+[ \t]*(?:\{?include\}?|[\w-]+(?:\.[\w-]+)+|mkdocs-\w+|moniker|zone)
    | \[!(?:INCLUDE|include|Include)\b
    | <!--\s*@include
    | ^[`~]{3,}\s*\{(?:include|literalinclude|eval-rst|automodule|autoclass|mdinclude)\}
    | ^<<<\s
    """,
    re.VERBOSE | re.MULTILINE,
)


def has_inclusions(data: bytes, code: Ranges, start: int = 0) -> bool:
    """Return whether a text includes another one or calls something that may write headings, except in code.

    >>> [has_inclusions(text, Ranges([])) for text in (b"--8<-- 'a.md'", b"{{< ref b >}}", b'{{% include "b" %}}')]
    [True, False, True]
    """
    if not any(sign in data for sign in _SIGNS):
        return False
    fences = (b"`", b"~")  # of directives of MyST
    return any(m.group().startswith(fences) or not code.holds(m.start()) for m in _INCLUSION.finditer(data, start))
