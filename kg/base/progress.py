"""What a run is doing: steps that say how much of them is done, for whoever follows the run.

Steps are nested: the innermost one is shown. A fork and a thread are not followed, since they can't share a line of a terminal.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

T = TypeVar("T")
Follower = Callable[[str, int, int], None]
"""Called with the name of the current step, the number of finished items and their total (0 if unknown); the name is empty if
no step is left."""


class Step:
    """A step of a run."""

    __slots__ = ("_run", "done", "name", "total")

    def __init__(self, name: str, total: int, run: _Run) -> None:
        self.name, self.done, self.total = name, 0, total
        self._run = run

    def at(self, done: int, total: int = 0) -> None:
        """Say how many items are finished and, if that is known only now, of how many."""
        self.done, self.total = done, total or self.total
        self._run.tell()

    def advance(self, number: int = 1) -> None:
        """Say that further items are finished."""
        self.at(self.done + number)


class _Run:
    """The open steps of a run, the innermost last."""

    def __init__(self, follower: Follower | None) -> None:
        self.steps: list[Step] = []
        self._follower = follower

    def tell(self) -> None:
        if self._follower is None:
            return
        if self.steps:
            last = self.steps[-1]
            self._follower(last.name, last.done, last.total)
        else:
            self._follower("", 0, 0)


_NOBODY: Final = _Run(None)
_run: ContextVar[_Run] = ContextVar("run", default=_NOBODY)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _run.set(_NOBODY))


@contextmanager
def follow_run(follower: Follower) -> Iterator[None]:
    """Tell `follower` what is done in the block, in this thread.

    >>> calls = []
    >>> with follow_run(lambda *call: calls.append(call)), begin_step("reading", 2) as reading:
    ...     with begin_step("resolving"):
    ...         advance_step(5)
    ...     reading.advance()
    >>> calls
    [('reading', 0, 2), ('resolving', 0, 0), ('resolving', 5, 0), ('reading', 0, 2), ('reading', 1, 2), ('', 0, 0)]
    """
    token = _run.set(_Run(follower))
    try:
        yield
    finally:
        _run.reset(token)


@contextmanager
def begin_step(name: str, total: int = 0) -> Iterator[Step]:
    """The block is a step of the run, with so many items (0: unknown)."""
    run = _run.get()
    begun = Step(name, total, run)
    if run is _NOBODY:
        yield begun
        return
    run.steps.append(begun)
    run.tell()
    try:
        yield begun
    finally:
        run.steps.remove(begun)
        run.tell()


def advance_step(number: int = 1) -> None:
    """Say that further items of the innermost step are finished."""
    run = _run.get()
    if run.steps:
        run.steps[-1].advance(number)


def count_items(items: Iterable[T], size: Callable[[T], int] = lambda _: 1) -> Iterator[T]:
    """Yield the items, and count each as `size` finished ones of the innermost step as soon as the next one is wanted."""
    for item in items:
        yield item
        advance_step(size(item))
