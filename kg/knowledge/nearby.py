"""The context of rules of single notes while a text is typed: only its own note, but the names of all notes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from kg.checks import Context
from kg.model import Corpus, Note

V = TypeVar("V")


class Lazy(Mapping[str, V]):
    """A mapping that computes each value on access. It iterates over `keys`, but can contain values for other keys.

    >>> lengths = Lazy(["a"], len)
    >>> list(lengths), lengths["abc"], len(lengths)
    (['a'], 3, 1)
    """

    def __init__(self, keys: Collection[str], make: Callable[[str], V]) -> None:
        self._keys, self._make = keys, make

    def __getitem__(self, key: str) -> V:
        return self._make(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class Nearby(Context):
    """The context of some notes; data that depends on the names of all notes is computed from `names`."""

    names: Corpus

    @property
    def every_note(self) -> Mapping[str, Note]:  # noqa: D102
        return self.names.notes

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:  # noqa: D102
        return Context(self.names).by_letters
