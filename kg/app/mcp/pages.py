"""Answers in pages: as many items as a budget of tokens allows, and where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from kg.base.errors import UsageError

T = TypeVar("T")

BYTES_PER_TOKEN: Final = 3
"""Bytes of JSON that are counted as one token: English has about four, Chinese about three."""
LEAST_TOKENS: Final = 200
MOST_TOKENS: Final = 20_000
USUAL_TOKENS: Final = 2000
_OVERHEAD: Final = 300
"""Bytes of what surrounds the items."""

_encode: Final = msgspec.json.Encoder().encode


def page(items: Sequence[T], cursor: str, tokens: int, *, limit: int = 10_000) -> tuple[list[T], str]:
    """Return the items of a page, at least one, and the cursor of the next page, empty at the end.

    >>> page(list("abc"), "", 200, limit=2), page(list("abc"), "2", 200)
    ((['a', 'b'], '2'), (['c'], ''))
    """
    start = _offset(cursor)
    left = max(LEAST_TOKENS, min(tokens, MOST_TOKENS)) * BYTES_PER_TOKEN - _OVERHEAD
    taken: list[T] = []
    for item in items[start : start + max(limit, 1)]:
        size = len(_encode(item)) + 2
        if taken and size > left:
            break
        taken.append(item)
        left -= size
    end = start + len(taken)
    return taken, str(end) if end < len(items) else ""


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise UsageError("the cursor is none of this tool", hint="pass the value of 'next' of the last answer, or leave it out")
    return int(cursor)


def shorten(text: str, tokens: int) -> str:
    """Return the beginning of a text that fits into a budget.

    >>> shorten("a" * 10, 2)
    'aaaaaa…'
    """
    data = text.encode()
    most = tokens * BYTES_PER_TOKEN
    return text if len(data) <= most else data[:most].decode("utf-8", "ignore") + "…"
