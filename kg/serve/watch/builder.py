"""Builds in a process of their own, so that a build can be ended at any moment and the server goes on answering."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from kg.base.errors import KgError
from kg.base.process import Worker
from kg.base.staging import remove_leftovers
from kg.base.store import lock_base
from kg.serve.watch.messages import CANCEL, BuildCancelled, BuildDone, BuildEnd, BuildFailed, BuildOrder, BuildReport

T = TypeVar("T")

_MODULE: Final = "kg.serve.watch.worker"
_PATIENCE: Final = 2.0  # seconds for an interrupted build to end by itself; then it is killed
_LOCKED: Final = 10.0  # seconds to wait for the lock before leftovers are removed; the next build removes them too


class Builder:
    """A process that builds. All methods run in the event loop; blocking calls run in a thread."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._worker: Worker | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kg-build")
        self._decode = msgspec.msgpack.Decoder(BuildReport).decode

    async def build(self, order: BuildOrder, report: Callable[[BuildReport], None]) -> BuildEnd:
        """Build and return the end; other messages go to `report`. If this is cancelled, so is the build."""
        worker = self._ask(msgspec.msgpack.encode(order))
        while True:
            answer = self._in_thread(worker.answer)
            try:
                data = await asyncio.shield(answer)
            except asyncio.CancelledError:
                await asyncio.shield(self._stop(worker, answer, Path(order.out)))
                raise
            except KgError:
                self._end_worker()
                return BuildFailed("the process that builds ended", "did it run out of memory? save a note to try again")
            message = self._decode(data)
            if isinstance(message, BuildDone | BuildFailed | BuildCancelled):
                return message
            report(message)

    def _ask(self, order: bytes) -> Worker:
        if self._worker is not None:
            with contextlib.suppress(KgError):
                self._worker.ask(order)
                return self._worker
            self._end_worker()  # somebody ended it meanwhile
        self._worker = Worker(_MODULE, own_group=True)
        self._worker.ask(order)
        return self._worker

    async def _stop(self, worker: Worker, answer: asyncio.Future[bytes], out: Path) -> None:
        """Interrupt a build and wait for its end; if that takes too long, kill its processes and remove what they left."""
        with contextlib.suppress(KgError):
            worker.ask(CANCEL)
        with contextlib.suppress(TimeoutError, KgError):
            async with asyncio.timeout(_PATIENCE):
                while not isinstance(self._decode(await asyncio.shield(answer)), BuildDone | BuildFailed | BuildCancelled):
                    answer = self._in_thread(worker.answer)
                return
        self._end_worker()
        await asyncio.gather(answer, return_exceptions=True)
        with contextlib.suppress(KgError):
            await self._in_thread(lambda: self._remove_leftovers(out))

    def _remove_leftovers(self, out: Path) -> None:
        with lock_base(self._cache, _LOCKED):
            remove_leftovers(out)

    def _in_thread(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def close(self) -> None:
        """End the process. A running build must have been cancelled before."""
        self._end_worker()
        self._thread.shutdown(wait=False)
