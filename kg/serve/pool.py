"""Worker processes that answer queries on one build. A worker that exceeds the time limit is killed and replaced."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from kg.base.errors import KgError, StoreError
from kg.base.process import Worker
from kg.serve.messages import Job, Ready, Reply, Setup

T = TypeVar("T")

_MODULE: Final = "kg.serve.worker"
_START: Final = 60.0  # seconds for a worker to open the store
_PAUSE: Final = 0.5  # seconds between attempts to start a worker
_ENDING: Final = "the service is being ended"
_KIND: Final = 0.5  # seconds that a query continues after its client has gone: ending a worker costs more than most queries


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Limits of a query, and of all waiting queries."""

    seconds: float = 10.0
    """Time of a query; 0: no limit."""
    rows: int = 10_000
    """Rows or statements of an answer; 0: no limit."""
    memory: int = 1 << 30
    """Memory of a query in its worker, in bytes; 0: no limit."""
    size: int = 32 << 20
    """Characters of values in an answer."""
    workers: int = 2
    """Number of parallel queries."""
    waiting: int = 500
    """Maximum number of waiting queries; further ones are rejected as busy."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A SPARQL endpoint that answers instead of the build's store."""

    url: str
    graph: str | None = None
    """The graph to use as default graph: None for the base of the build, empty for the endpoint's own."""


class TimedOutError(KgError):
    """A query exceeded its time limit."""


class EndedError(KgError):
    """A query ended its worker process."""


class BusyError(KgError):
    """Too many queries are waiting."""


class GoneError(KgError):
    """The client has disconnected."""


class Pool:
    """Workers that read one store.

    All methods run in the event loop; blocking calls run in threads of the pool.
    """

    def __init__(self, store: Path, base: str, limits: QueryLimits, relay: Relayed | None = None) -> None:
        url, graph = (relay.url, base if relay.graph is None else relay.graph) if relay else ("", "")
        self._setup = msgspec.msgpack.encode(Setup(str(store), base, limits.memory, url, graph))
        self._limits = limits
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()
        self._all: set[Worker] = set()
        self._threads = ThreadPoolExecutor(2 * limits.workers + 1, thread_name_prefix="kg-query")
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()
        self._closed = False

    @property
    def ready(self) -> int:
        """Number of live workers."""
        return len(self._all)

    async def start(self) -> None:
        """Start the workers. Raises StoreError if the store can't be opened."""
        try:
            await asyncio.gather(*(self._add() for _ in range(self._limits.workers)))
        except BaseException:
            await self.close(0)
            raise

    async def ask(self, job: Job, gone: Callable[[], Awaitable[None]] | None = None) -> tuple[Reply, float]:
        """Answer a query; return also its duration in seconds. `gone` returns when the client has disconnected.

        Raises TimedOutError, EndedError, BusyError and GoneError.
        """
        if self._waiting >= self._limits.waiting:
            raise BusyError("too many queries wait already", hint="ask again in a moment")
        self._users += 1
        self._unused.clear()
        try:
            return await self._ask(job, gone)
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()

    async def _ask(self, job: Job, gone: Callable[[], Awaitable[None]] | None) -> tuple[Reply, float]:
        worker = await self._free_worker()
        leaving = asyncio.ensure_future(gone()) if gone else None
        started = time.perf_counter()
        work = asyncio.ensure_future(self._in_thread(lambda: _exchange(worker, job)))
        good = False
        try:
            if leaving:
                await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    await asyncio.wait({work}, timeout=_KIND)
            if leaving and not work.done():
                raise GoneError("who asked has gone")
            reply = await asyncio.shield(work)
            good = True
            return reply, time.perf_counter() - started
        except EndedError:
            if self._closed:
                raise BusyError(_ENDING) from None
            raise
        finally:
            if leaving:
                leaving.cancel()
            if good and not self._closed:
                self._idle.put_nowait(worker)
            else:
                self._replace(worker, work)

    async def _free_worker(self) -> Worker:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.seconds * 3 or None):
                worker = await self._idle.get()
        except TimeoutError:
            raise BusyError("no worker became free in time", hint="ask again in a moment") from None
        finally:
            self._waiting -= 1
        if worker is None or self._closed:
            raise BusyError(_ENDING)
        return worker

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _add(self) -> None:
        worker = Worker(_MODULE)
        self._all.add(worker)
        try:
            await self._in_thread(lambda: self._open(worker))
        except BaseException:
            self._all.discard(worker)
            worker.end()
            raise
        if self._closed:
            self._all.discard(worker)
            worker.end()
        else:
            self._idle.put_nowait(worker)

    def _open(self, worker: Worker) -> None:
        worker.ask(self._setup)
        if not worker.ready(_START):
            raise StoreError("a worker doesn't open the graph", hint="is the machine overloaded?")
        greeting = msgspec.msgpack.decode(worker.answer(), type=Ready)
        if greeting.error:
            raise StoreError(greeting.error, hint="run 'kg build'")

    def _replace(self, worker: Worker, work: asyncio.Future[Reply]) -> None:
        """End a worker immediately, and start a replacement as soon as possible."""
        self._all.discard(worker)
        # Its thread is woken by the end of the pipe; the result is ignored.
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self._closed:
            worker.end()
        else:
            self._threads.submit(worker.end)  # takes time if much memory must be freed
            task = asyncio.ensure_future(self._keep_adding())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep_adding(self) -> None:
        while not self._closed:
            with contextlib.suppress(KgError, OSError):
                await self._add()
                return
            await asyncio.sleep(_PAUSE)

    async def close(self, patience: float) -> None:
        """End the workers; running queries have `patience` seconds to finish. No new queries are accepted."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._unused.wait()
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for worker in list(self._all):
            worker.end()
        self._all.clear()
        for _ in range(self._waiting):
            self._idle.put_nowait(None)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False)


def _exchange(worker: Worker, job: Job) -> Reply:
    """Send a job to a worker and wait for the reply; runs in a thread."""
    try:
        worker.ask(msgspec.msgpack.encode(job))
        if worker.ready(job.seconds or None):
            return msgspec.msgpack.decode(worker.answer(), type=Reply)
    except (KgError, OSError, ValueError):
        raise EndedError(
            "the query ended its worker: it needed more memory than a query may take, or is nested too deeply",
            hint="join fewer patterns, sort or group less, nest less",
        ) from None
    raise TimedOutError(
        f"the query was ended after {job.seconds:g} seconds",
        hint="join fewer patterns, avoid paths such as (a|b)* from everywhere to everywhere, or add a LIMIT",
    )
