"""Loads statements into a store in a thread, while the caller makes more of them."""

from __future__ import annotations

import contextlib
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

from kg.base.errors import StoreError
from kg.base.removal import remove_tree
from kg.graph.spool import Spool

_BATCH: Final = 1_000  # pieces of one to twenty lines
_WAITING: Final = 20
_PART: Final = 32_000_000
"""Bytes per call of Oxigraph's loader, which takes about six times as much memory while it sorts them."""


def write_error(folder: object, error: BaseException) -> StoreError:
    """Return the error for a graph that can't be written."""
    return StoreError(f"can't write the graph to {folder}: {error}", hint="is the disk full?")


def drop_log(folder: Path) -> None:
    """Remove the log that RocksDB writes each time it opens a store: it contains the machine's name and paths."""
    with contextlib.suppress(OSError):  # a read-only folder contains no new log
        for path in folder.glob("LOG*"):
            path.unlink(missing_ok=True)


def _batches(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield N-Quads in pieces of some megabytes."""
    rest = iter(lines)
    while batch := list(islice(rest, _BATCH)):
        yield "\n".join(batch).encode() + b"\n"


def _load(store: ox.Store, data: bytes) -> None:
    # kg's own output needs no second check of IRIs and language tags; that saves a quarter of the time.
    store.load(data, format=ox.RdfFormat.N_QUADS, lenient=True)


class ToMemory:
    """A store in memory. Oxigraph loads outside of Python's lock: one batch is loaded while the next is made."""

    def __init__(self, text: Spool | None = None) -> None:
        """`text` receives all lines too: the source of documents."""
        self.text = text
        self._store = ox.Store()
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def put(self, lines: Iterable[str]) -> None:
        """Add lines of N-Quads."""
        for batch in _batches(lines):
            if self.text is not None:
                self.text.write(batch)
            self._waiting.append(self._pool.submit(_load, self._store, batch))
            if len(self._waiting) > _WAITING:  # batches are made faster than they are loaded
                self._waiting.popleft().result()

    def begin(self) -> None:
        """Start loading the lines added so far; nothing to do here, since that happens anyway."""

    def end(self) -> ox.Store:
        """Return the store when everything is loaded."""
        for load in self._waiting:
            load.result()
        self.stop()
        return self._store

    def stop(self) -> None:
        """Discard lines that aren't loaded yet."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if kind is not None:
            self.stop()


class ToDisk:
    """A store in a folder. `stored` is a future of the store, opened read-only; a caller that needs it waits.

    Oxigraph sorts and writes the input of one call of `bulk_load` when it has read all of it: early statements get a call
    of their own, which runs while others are made. The input is bytes: from a Python file, Oxigraph would read a few
    kilobytes at a time and wait for Python's lock each time. Lines that wait, and the source of documents, are on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.stored: Future[ox.Store] = Future()
        self._folder = folder
        self._begun = 0
        """Offset in the text of the first part that isn't being written yet."""
        self._parts: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            self._text = Spool(folder.parent)
        except OSError as error:
            raise write_error(folder, error) from error
        # A daemon thread, so that an interrupted build needn't wait for it.
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            disk = ox.Store(str(self._folder))
            while (part := self._parts.get()) is not None:
                disk.bulk_load(self._text.read(*part), format=ox.RdfFormat.N_QUADS, lenient=True)
            disk.flush()
            del disk
            stored = ox.Store.read_only(str(self._folder))
            drop_log(self._folder)
            self.stored.set_result(stored)
        except BaseException as error:  # noqa: BLE001  # it is raised where the store is asked for
            self.stored.set_exception(error)

    def put(self, lines: Iterable[str]) -> None:
        """Add lines of N-Quads. Raises StoreError if they can't be written to disk."""
        for batch in _batches(lines):
            self.put_bytes(batch)
            if self._text.size - self._begun > _PART:
                self.begin()

    def put_bytes(self, batch: bytes) -> None:
        """Add whole lines of N-Quads. Raises StoreError if they can't be written to disk."""
        try:
            self._text.write(batch)
        except OSError as error:
            raise write_error(self._folder, error) from error

    def begin(self) -> None:
        """Start writing the lines added so far, while the caller makes more."""
        if size := self._text.size - self._begun:
            self._parts.put((self._begun, size))
            self._begun += size

    def end(self) -> Spool:
        """Return all lines; the store is written in the background."""
        self.begin()
        self._parts.put(None)
        return self._text

    def stop(self) -> None:
        """Let the thread end with the lines that it has."""
        self._parts.put(None)

    def drop(self) -> None:
        """Delete what was written."""
        self.stop()
        self.stored.exception()
        self.stored = Future()
        remove_tree(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if kind is not None:
            self.stop()


Feed: TypeAlias = ToMemory | ToDisk
