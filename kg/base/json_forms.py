"""JSON output in four forms, by reader. Keys keep their order unless they are sorted.

msgspec writes records of one type (`msgspec.Struct`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def json_pretty(value: object, *, indent: int = 2, sort_keys: bool = False) -> str:
    """Return JSON for people and for files in repositories: one value per line.

    >>> json_pretty({"名": ["中"]})
    '{\\n  "名": [\\n    "中"\\n  ]\\n}'
    """
    # start time: few commands print JSON
    import msgspec

    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)
    try:
        # Only the white space differs, and Python's own encoder takes three times as long for it.
        return msgspec.json.format(compact, indent=indent)
    except (msgspec.DecodeError, UnicodeEncodeError):  # infinite numbers and lone surrogates
        return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=sort_keys)


def json_line(value: object, *, sort_keys: bool = False, default: Callable[[Any], object] | None = None) -> str:
    """Return JSON on one line, for rows, logs and digests. `default` replaces values that JSON can't represent.

    >>> json_line({"b": "中", "a": 1}, sort_keys=True)
    '{"a": 1, "b": "中"}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=sort_keys, default=default)


def json_compact(value: object, *, sort_keys: bool = False) -> str:
    """Return JSON without white space between values, for scripts of pages.

    >>> json_compact({"a": [1, 2]})
    '{"a":[1,2]}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)


def json_ascii(value: object, *, sort_keys: bool = False) -> str:
    r"""Return JSON as one line of ASCII, for other processes and for texts that may contain lone surrogates.

    >>> json_ascii(["\ud800"])
    '["\\ud800"]'
    """
    return json.dumps(value, sort_keys=sort_keys)
