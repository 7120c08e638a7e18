"""pulldown-cmark, the Markdown parser: only this module calls it, so that notes are read and rendered with the same options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pyromark

VERSION: Final = pyromark.__version__
"""Part of the cache key: another version may parse notes differently."""

_O: Final = pyromark.Options
_OPTIONS: Final = (
    _O.ENABLE_TABLES | _O.ENABLE_FOOTNOTES | _O.ENABLE_STRIKETHROUGH | _O.ENABLE_TASKLISTS | _O.ENABLE_HEADING_ATTRIBUTES
    | _O.ENABLE_MATH | _O.ENABLE_WIKILINKS | _O.ENABLE_GFM
)  # fmt: skip


def parse_events(markdown: str, *, definition_lists: bool = False) -> Iterator[tuple[Any, Any]]:
    """Yield the events of a text, each with its range of bytes.

    Events are strings, or dictionaries whose shape depends on their kind; they are typed as Any, for speed and brevity.
    Only pages use definition lists. The parser of notes leaves them off, since pulldown-cmark would read each line that follows
    a paragraph and begins with a colon (``:::note``, ``:smile:``) as a definition, which would move leads and links.
    """
    options = _OPTIONS | _O.ENABLE_DEFINITION_LIST if definition_lists else _OPTIONS
    return iter(pyromark.events_with_range(markdown, options=options))


def own_html(markdown: str) -> str:
    """Render Markdown that kg itself wrote: CommonMark and tables."""
    return pyromark.html(markdown, options=_O.ENABLE_TABLES)
