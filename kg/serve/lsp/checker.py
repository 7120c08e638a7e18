"""Checks of a whole knowledge base and insights into it, in processes of their own, so that the server answers meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from kg.base.errors import KgError
from kg.base.process import Worker
from kg.model import Finding
from kg.serve.lsp.insight import BaseInsight

MODULE: Final = "kg.serve.lsp.worker"
_LARGE: Final = 3000
"""Notes above which the process that has checked them ends, and gives its memory back: its start is cheap beside a check."""


class CheckOrder(msgspec.Struct):
    """Which knowledge base to check."""

    root: str
    notes: list[str]
    """Folders of notes that the settings don't name."""
    insight: bool = False
    """Return a `BaseInsight` instead of the findings."""


class CheckedBase(msgspec.Struct):
    """The result of a check."""

    findings: list[Finding]
    collapsed: list[str]
    """Codes of rules that were reported once for the whole collection."""
    problem: str = ""
    """Why the check failed; empty if it didn't."""
    notes: int = 0
    """How many notes were checked."""


_checked: Final = msgspec.msgpack.Decoder(CheckedBase).decode
_insight: Final = msgspec.msgpack.Decoder(BaseInsight).decode


class _Lane:
    """A process that answers one order again and again; requests while it works become one."""

    def __init__(self, order: CheckOrder, *, ends: bool) -> None:
        """With `ends`, the process ends after each answer, and its memory with it."""
        self._order, self._ends = msgspec.msgpack.encode(order), ends
        self._worker: Worker | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kg-check")
        self._running: asyncio.Task[bytes | None] | None = None
        self._again = False
        self._closed = False

    async def answer(self) -> bytes | None:
        """Return the answer; None if the order is being answered already, which is then done again, or if it can't be."""
        if self._running is not None and not self._running.done():
            self._again = True
            return None
        self._running = asyncio.ensure_future(self._answer())
        return await self._running

    async def _answer(self) -> bytes | None:
        loop = asyncio.get_running_loop()
        while True:
            self._again = False
            try:
                answer = await loop.run_in_executor(self._thread, self._ask)
            except (KgError, RuntimeError):
                return None
            if not self._again or self._closed:
                return answer

    def _ask(self) -> bytes:
        if self._closed:
            raise KgError("the server ends")
        worker = self._worker
        if worker is None:
            worker = self._worker = Worker(MODULE, own_group=True)
        try:
            worker.ask(self._order)
            answer = worker.answer()
        except KgError:
            self._end()
            raise
        if self._ends:
            self._end()
        return answer

    async def end_process(self) -> None:
        """End the process until the next order."""
        with contextlib.suppress(RuntimeError):  # it is closed
            await asyncio.get_running_loop().run_in_executor(self._thread, self._end)

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def close(self) -> None:
        """End the process."""
        self._closed = True
        self._end()
        self._thread.shutdown(wait=False, cancel_futures=True)


class BaseChecker:
    """Checks a knowledge base, and reads the insights into it meanwhile: a check never waits for them."""

    def __init__(self, order: CheckOrder) -> None:
        self._checks = _Lane(order, ends=False)
        self._insights = _Lane(msgspec.structs.replace(order, insight=True), ends=True)

    async def check(self) -> CheckedBase | None:
        """Check and return the result; None if a check is running already, which then runs again, or if it ended."""
        answer = await self._checks.answer()
        if answer is None:
            return None
        result = _checked(answer)
        if result.notes > _LARGE:
            await self._checks.end_process()
        return result

    async def insight(self) -> BaseInsight | None:
        """Return the insights into all notes; None if they are being read already, or if the notes can't be read."""
        answer = await self._insights.answer()
        return _insight(answer) if answer is not None else None

    def close(self) -> None:
        """End both processes, and with them what they do."""
        self._checks.close()
        self._insights.close()
