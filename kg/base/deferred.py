"""A mapping that is computed as a whole when somebody first looks into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

V = TypeVar("V")


class DeferredMapping(Mapping[str, V]):
    """A mapping that is computed on first use.

    >>> lengths = DeferredMapping(lambda: print("computed") or {"abc": 3})
    >>> len(lengths), lengths["abc"]
    computed
    (1, 3)
    """

    def __init__(self, compute: Callable[[], Mapping[str, V]]) -> None:
        self._compute = compute

    @cached_property
    def whole(self) -> Mapping[str, V]:
        """The computed mapping."""
        return self._compute()

    def __getitem__(self, key: str) -> V:
        return self.whole[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)
