"""Checks of a whole knowledge base, in a process of its own, so that the server answers meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from kg.base.errors import KgError
from kg.base.process import Worker
from kg.model import Finding
from kg.serve.lsp.insight import BaseInsight

MODULE: Final = "kg.serve.lsp.worker"


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


_checked: Final = msgspec.msgpack.Decoder(CheckedBase).decode
_insight: Final = msgspec.msgpack.Decoder(BaseInsight).decode


class BaseChecker:
    """Runs checks one after the other; while one runs, further requests become one."""

    def __init__(self, order: CheckOrder) -> None:
        self._order = msgspec.msgpack.encode(order)
        self._insight_order = msgspec.msgpack.encode(msgspec.structs.replace(order, insight=True))
        self._worker: Worker | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kg-check")
        self._running: asyncio.Task[CheckedBase | None] | None = None
        self._again = False
        self._closed = False

    async def check(self) -> CheckedBase | None:
        """Check and return the result; None if a check is running already, which then runs again, or if it ended."""
        if self._running is not None and not self._running.done():
            self._again = True
            return None
        self._running = asyncio.ensure_future(self._check())
        return await self._running

    async def _check(self) -> CheckedBase | None:
        loop = asyncio.get_running_loop()
        while True:
            self._again = False
            try:
                result = _checked(await loop.run_in_executor(self._thread, self._ask, self._order))
            except (KgError, RuntimeError):
                return None
            if not self._again or self._closed:
                return result

    async def insight(self) -> BaseInsight | None:
        """Return the insights into all notes; None if the knowledge base can't be read. A check that is asked for waits."""
        loop = asyncio.get_running_loop()
        try:
            return _insight(await loop.run_in_executor(self._thread, self._ask, self._insight_order))
        except (KgError, RuntimeError):
            return None

    def _ask(self, order: bytes) -> bytes:
        if self._closed:
            raise KgError("the server ends")
        worker = self._worker
        if worker is None:
            worker = self._worker = Worker(MODULE, own_group=True)
        try:
            worker.ask(order)
            return worker.answer()
        except KgError:
            self._worker = None
            worker.end()
            raise

    def close(self) -> None:
        """End the process, and with it a running check."""
        self._closed = True
        if self._worker is not None:
            self._worker.end()
        self._thread.shutdown(wait=False, cancel_futures=True)
