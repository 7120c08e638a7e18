"""Converts values of front matter to plain data that a cache can store, independent of the iteration order of sets."""

from __future__ import annotations

from typing import Final

_DEEPEST: Final = 32
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def plain_value(value: object, depth: int = 0) -> object:
    """Return a value made of strings, 64-bit integers, floats, booleans, None, lists and dictionaries.

    Larger numbers, dates and bytes become strings, sets become sorted lists; values nested deeper than 32 levels become None.

    >>> plain_value({"id": 10**20, "s": {"b", "a"}, "t": (1, None)})
    {'id': '100000000000000000000', 's': ['a', 'b'], 't': [1, None]}
    """
    kind = value.__class__
    if kind is str or kind is bool or kind is float or value is None:
        return value
    if isinstance(value, int):
        return value if _LEAST <= value <= _MOST else _digits(value)
    if depth >= _DEEPEST:
        return None
    if isinstance(value, list | tuple):
        return [plain_value(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): plain_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain_value(item, depth + 1) for item in value), key=repr)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _key(key: object) -> object:
    key = plain_value(key)
    return key if isinstance(key, str | int | float) or key is None else str(key)


def _digits(value: int) -> str:
    # Python refuses to print numbers of thousands of digits, because that takes quadratic time.
    return str(value) if value.bit_length() < 4096 else hex(value)
