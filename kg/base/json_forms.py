"""JSON as kg writes it: four forms, each for its readers. Keys stand in the order given unless they are sorted.

Records of one type (`msgspec.Struct`) are written by msgspec.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def json_pretty(value: object, *, indent: int = 2, sort_keys: bool = False) -> str:
    """For people and files in repositories: a value a line.

    >>> json_pretty({"名": ["中"]})
    '{\\n  "名": [\\n    "中"\\n  ]\\n}'
    """
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=sort_keys)


def json_line(value: object, *, sort_keys: bool = False, default: Callable[[Any], object] | None = None) -> str:
    """For rows, logs and digests: one line. `default` gives something else for what JSON doesn't know.

    >>> json_line({"b": "中", "a": 1}, sort_keys=True)
    '{"a": 1, "b": "中"}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=sort_keys, default=default)


def json_compact(value: object, *, sort_keys: bool = False) -> str:
    """For scripts of pages: no space between values.

    >>> json_compact({"a": [1, 2]})
    '{"a":[1,2]}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)


def json_ascii(value: object, *, sort_keys: bool = False) -> str:
    r"""For other processes, and for texts that may hold lone surrogates: one line of ASCII.

    >>> json_ascii(["\ud800"])
    '["\\ud800"]'
    """
    return json.dumps(value, sort_keys=sort_keys)
