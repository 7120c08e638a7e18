"""Statements on their way into a store: it loads them in a thread of its own while more are being made."""

from __future__ import annotations

import shutil
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self, TypeAlias

import pyoxigraph as ox

from kg.errors import StoreError

_BATCH: Final = 5_000  # pieces of one to twenty lines
_WAITING: Final = 4


def unwritten(folder: object, error: BaseException) -> StoreError:
    """The error that a graph can't be written."""
    return StoreError(f"can't write the graph to {folder}: {error}", hint="is the disk full?")


def _batches(lines: Iterable[str]) -> Iterator[bytes]:
    """N-Quads in pieces of some megabytes."""
    rest = iter(lines)
    while batch := list(islice(rest, _BATCH)):
        yield "\n".join(batch).encode() + b"\n"


def _load(store: ox.Store, data: bytes) -> None:
    # What kg writes itself needs no second check of its IRIs and language tags; that saves a quarter of the time.
    store.load(data, format=ox.RdfFormat.N_QUADS, lenient=True)


class ToMemory:
    """A store in memory. Oxigraph loads outside of Python's lock: one batch is loaded while the next is made."""

    def __init__(self) -> None:
        self._store = ox.Store()
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def put(self, lines: Iterable[str]) -> None:
        """Add lines of N-Quads."""
        for batch in _batches(lines):
            self._waiting.append(self._pool.submit(_load, self._store, batch))
            if len(self._waiting) > _WAITING:  # batches are made faster than they are loaded
                self._waiting.popleft().result()

    def end(self) -> ox.Store:
        """The store, once everything is in it."""
        for load in self._waiting:
            load.result()
        self.stop()
        return self._store

    def stop(self) -> None:
        """Give up what isn't loaded yet."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if kind is not None:
            self.stop()


class ToDisk:
    """A store in a folder. `stored` is the store, opened for reading, as it will be; whoever needs it waits."""

    def __init__(self, folder: Path) -> None:
        self.stored: Future[ox.Store] = Future()
        self._folder = folder
        self._kept: list[bytes] = []
        self._stream = _Stream()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritten(folder, error) from error
        # A daemon, so that an interrupted build needn't wait for it.
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            disk = ox.Store(str(self._folder))
            disk.bulk_load(self._stream, format=ox.RdfFormat.N_QUADS, lenient=True)  # type: ignore[arg-type]  # any object with read()
            disk.flush()
            del disk
            self.stored.set_result(ox.Store.read_only(str(self._folder)))
        except BaseException as error:  # noqa: BLE001  # it is raised where the store is asked for
            self.stored.set_exception(error)

    def put(self, lines: Iterable[str]) -> None:
        """Add lines of N-Quads."""
        for batch in _batches(lines):
            self.put_bytes(batch)

    def put_bytes(self, batch: bytes) -> None:
        """Add whole lines of N-Quads."""
        if batch:
            self._kept.append(batch)
            self._stream.queue.put(batch)

    def end(self) -> bytes:
        """All lines; the store is written meanwhile."""
        self._stream.queue.put(None)
        return b"".join(self._kept)

    def stop(self) -> None:
        """Let the thread end with what it has."""
        self._stream.queue.put(None)

    def drop(self) -> None:
        """Take back what was written."""
        self.stop()
        self.stored.exception()
        self.stored = Future()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if kind is not None:
            self.stop()


Feed: TypeAlias = ToMemory | ToDisk


class _Stream:
    """Batches as a file that is read while they are still being made."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[bytes | None] = SimpleQueue()
        self.batch = b""
        self.at = 0
        self.ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end."""
        if self.at >= len(self.batch) and not self.ended:  # the end is read more than once
            batch = self.queue.get()
            self.batch, self.at, self.ended = batch or b"", 0, batch is None
        # Oxigraph asks for some kilobytes at a time: cutting them off the front would copy the rest each time.
        start, self.at = self.at, len(self.batch) if size < 0 else self.at + size
        return self.batch[start : self.at]
