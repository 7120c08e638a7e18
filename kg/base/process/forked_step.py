"""The step of a run that a fork takes: its count is in memory that both processes share."""

from __future__ import annotations

import mmap
import struct
from contextlib import AbstractContextManager
from typing import Final

from kg.base.progress import Step, follow_run

_NUMBERS: Final = struct.Struct("=QQ")
"""What is done, of how much."""


class ForkedStep:
    """A step that a fork takes, which this process shows while it waits."""

    def __init__(self, name: str) -> None:
        """Call it before the fork is made; `name` is that of the step, which may have others within."""
        self._name = name
        self._numbers = mmap.mmap(-1, _NUMBERS.size)

    def follow(self) -> AbstractContextManager[None]:
        """Keep the count of the fork's step; to be called in the fork."""

        def keep(step: str, done: int, total: int) -> None:
            if step == self._name:
                _NUMBERS.pack_into(self._numbers, 0, done, total)

        return follow_run(keep)

    def show(self, own: Step) -> None:
        """Take over the count as that of a step of this process."""
        own.at(*_NUMBERS.unpack_from(self._numbers))
