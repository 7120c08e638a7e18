"""Checks of a whole knowledge base, in a process of its own, so that the server answers meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from kg.base.errors import KgError
from kg.base.process import Worker
from kg.model import Finding

MODULE: Final = "kg.serve.lsp.worker"


class CheckOrder(msgspec.Struct):
    """Which knowledge base to check."""

    root: str
    notes: list[str]
    """Folders of notes that the settings don't name."""


class CheckedBase(msgspec.Struct):
    """The result of a check."""

    findings: list[Finding]
    collapsed: list[str]
    """Codes of rules that were reported once for the whole collection."""
    problem: str = ""
    """Why the check failed; empty if it didn't."""


class BaseChecker:
    """Runs checks one after the other; while one runs, further requests become one."""

    def __init__(self, order: CheckOrder) -> None:
        self._order = msgspec.msgpack.encode(order)
        self._decode = msgspec.msgpack.Decoder(CheckedBase).decode
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
                result = await loop.run_in_executor(self._thread, self._ask)
            except (KgError, RuntimeError):
                return None
            if not self._again or self._closed:
                return result

    def _ask(self) -> CheckedBase:
        if self._closed:
            raise KgError("the server ends")
        worker = self._worker
        if worker is None:
            worker = self._worker = Worker(MODULE, own_group=True)
        try:
            worker.ask(self._order)
            return self._decode(worker.answer())
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
