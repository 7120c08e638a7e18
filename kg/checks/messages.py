"""Parts of messages that several rules use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_FEW: Final = 3
_POSITION: Final = re.compile(r"line (\d+), column (\d+)")


def position_in(message: str) -> tuple[int, int]:
    """Return the line and column in a message about a query; (1, 1) if it contains none.

    >>> position_in("the query can't be parsed; the fault is at or before line 3, column 88")
    (3, 88)
    """
    m = _POSITION.search(message)
    return (int(m[1]), int(m[2])) if m else (1, 1)


def few_others(group: Sequence[str], own: str) -> tuple[list[str], str]:
    """Return the first other members of a group, and how many more there are, in words.

    Each member of a group gets a finding: with all other names in each, there would be n² names.

    >>> few_others(["a", "b", "c"], "b"), few_others(["a", "b", "c", "d", "e", "f"], "a")
    ((['a', 'c'], ''), (['b', 'c', 'd'], ' and 2 more'))
    """
    others = [member for member in group[: _FEW + 1] if member != own][:_FEW]
    more = len(group) - 1 - len(others)
    return others, f" and {more:,} more" if more > 0 else ""
