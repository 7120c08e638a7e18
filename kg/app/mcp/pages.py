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


def size_in_tokens(answer: object) -> int:
    """Return how many tokens an answer takes."""
    return len(_encode(answer)) // BYTES_PER_TOKEN


def shorten(text: str, tokens: int) -> str:
    """Return the beginning of a text that fits into a budget.

    >>> shorten("a" * 10, 2)
    'aaaaaa…'
    """
    data = text.encode()
    most = tokens * BYTES_PER_TOKEN
    return text if len(data) <= most else data[:most].decode("utf-8", "ignore") + "…"


_KEPT: Final = frozenset((
    "code", "confirm", "id", "kind", "lane", "name", "next", "object", "origin", "path", "relation", "rule", "severity",
    "source", "subject", "topic", "type",
))  # fmt: skip
"""Fields whose values are names: cut, they would be other names."""
_PAGED: Final = frozenset((
    "affected", "changes", "columns", "findings", "gaps", "hits", "measures", "neighbours", "rows", "statements", "steps",
    "suggestions",
))  # fmt: skip
"""Lists that come in pages: their items are counted by cursors."""
_LENGTHS: Final = (2000, 500, 200, 100, 50)
_COUNTS: Final = (50, 10, 3, 1)


def fit_answer(answer: object, tokens: int) -> object:
    """Return an answer as it is sent: within a budget, with its texts and inner lists cut if it doesn't fit.

    Raises UsageError if even then it is too large.
    """
    most = max(LEAST_TOKENS, min(tokens, MOST_TOKENS)) * BYTES_PER_TOKEN
    data = msgspec.to_builtins(answer)
    if len(_encode(data)) <= most:
        return data
    if isinstance(data, dict) and "shortened" in data:
        data["shortened"] = True
    lengths = (most * 9 // 10, most // 2, most // 4, *_LENGTHS)
    steps = [*((length, _COUNTS[0]) for length in lengths), *((_LENGTHS[-1], count) for count in _COUNTS[1:])]
    for length, count in steps:
        data = _cut(data, "", length, count)
        if len(_encode(data)) <= most:
            return data
    raise UsageError(f"the answer doesn't fit into {tokens} tokens", hint=f"ask with more tokens, up to {MOST_TOKENS}")


def _cut(value: object, key: str, length: int, count: int, *, outermost: bool = True) -> object:
    """Return a value with texts of at most `length` characters, and lists of at most `count` items unless they are pages."""
    match value:
        case str():
            return value if key in _KEPT or len(value) <= length else value[:length] + "…"
        case list():
            kept = value if outermost and key in _PAGED else value[:count]
            return [_cut(item, key, length, count, outermost=False) for item in kept]
        case dict():
            fields = value.items() if key != "labels" and key != "definitions" else list(value.items())[:count]
            return {name: _cut(item, str(name), length, count, outermost=outermost) for name, item in fields}
    return value
