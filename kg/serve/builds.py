"""Selects the served build: a new build is opened next to the old one, which is closed after its last query."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kg.base import files
from kg.base.errors import KgError, StoreError, UsageError, build_missing
from kg.base.removal import remove_tree
from kg.base.staging import MARKER, STORE
from kg.base.store import Shelf, link_copy
from kg.graph.built import Info, MeasureRow, read_findings, read_info, read_measures
from kg.serve.pool import Pool, QueryLimits, Relayed
from kg.serve.watch.changes import FolderWatch

_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Build:
    """A served build."""

    pool: Pool
    info: Info
    """Content of `build.json`."""
    measures: tuple[MeasureRow, ...]
    """Rows of `metrics.json`."""
    findings: Mapping[str, int]
    """Number of findings by severity."""
    folder: Path
    """Folder with hard links to the store."""
    opened: float = field(default_factory=time.time)

    @property
    def base(self) -> str:
        """The base IRI."""
        return self.info.base


Key = tuple[int, int, int]
_Results = tuple[Info, tuple[MeasureRow, ...], Counter[str]]


def key_of(out: Path) -> Key | None:
    """The identity of the build in a folder; None if there is none."""
    try:
        stat = (out / MARKER).stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns


class Builds:
    """The current build, and the watcher for new builds."""

    def __init__(
        self, out: Path, cache: Path, limits: QueryLimits, say: Callable[[str, str], None], relay: Relayed | None = None
    ) -> None:
        self.out = out
        self._relay = relay
        self._limits = limits
        self._say = say
        self._shelf = Shelf(cache)
        self._count = 0
        self._key: Key | None = None
        self._refused: Key | None = None
        self._current: Build | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self.announces = True
        """Whether each new build is reported; a server that builds reports what changed instead."""
        self.reloads = 0
        """Number of times that a newer build was loaded."""

    @property
    def current(self) -> Build:
        """The current build."""
        assert self._current is not None  # noqa: S101  # `open` came first
        return self._current

    async def open(self) -> None:
        """Open the existing build. Raises UsageError if there is none, StoreError if it can't be read."""
        self._key, self._current = await self._load()

    async def watch(self) -> None:
        """Load new builds until cancelled; a build that can't be read is reported and skipped."""
        while True:
            # A build is a folder put in the place of the last one.
            async with FolderWatch({self.out.parent: frozenset((self.out.name,)), self.out: frozenset((MARKER,))}) as watch:
                if not await self._load_new():
                    await watch.changed()

    async def _load_new(self) -> bool:
        """Load the build in the output folder if it is a new one that can be read; return whether it is served now."""
        key = key_of(self.out)
        if key is None or key in (self._key, self._refused):
            return False
        try:
            new = await self._load()
        except (KgError, OSError) as error:
            self._refused = key
            self._say(f"the new build can't be served, the last one still is: {error}", getattr(error, "hint", ""))
            return False
        old, (self._key, self._current) = self.current, new
        self.reloads += 1
        if self.announces:
            self._say("a new build is served", "")
        task = asyncio.ensure_future(self._retire(old))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return True

    async def end_queries(self) -> None:
        """End all workers; waiting clients get an error."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        if self._current is not None:
            await self._current.pool.close(0)

    async def close(self) -> None:
        """End all workers and remove the hard links."""
        await self.end_queries()
        self._shelf.close()

    async def _retire(self, build: Build) -> None:
        try:
            # Queries are limited in time, and wait at most three times that limit.
            await build.pool.close(4 * self._limits.seconds + 5 if self._limits.seconds else 3600)
        except asyncio.CancelledError:
            await build.pool.close(0)
            raise
        finally:
            remove_tree(build.folder)

    async def _load(self) -> tuple[Key, Build]:
        key, folder, read = await asyncio.to_thread(self._put_aside)
        info, measures, findings = read
        pool = Pool(folder, info.base, self._limits, self._relay)
        try:
            await pool.start()
        except BaseException:
            remove_tree(folder)
            raise
        return key, Build(pool, info, measures, findings, folder)

    def _put_aside(self) -> tuple[Key, Path, _Results]:
        """Create hard links to the store, so that it survives the next build, and read the other files.

        All files must be of one build: if the output was replaced meanwhile, start again.
        """
        for _ in range(_TRIES):
            key = key_of(self.out)
            if key is None:
                raise build_missing(self.out)
            self._count += 1
            folder = self._shelf.folder / str(self._count)
            try:
                files.check_plain(self.out / STORE)
                link_copy(self.out / STORE, folder, without="LO")  # Oxigraph creates LOG and LOCK again
                read = read_info(self.out), read_measures(self.out), Counter(str(f.severity) for f in read_findings(self.out))
            except (FileNotFoundError, UsageError):
                read = None
            except OSError as error:
                remove_tree(folder)
                raise StoreError(f"can't read the build at {self.out}: {error}", hint="run 'kg build' again") from error
            except BaseException:
                remove_tree(folder)
                raise
            if read is not None and key_of(self.out) == key:
                return key, folder, read
            remove_tree(folder)
            time.sleep(0.05)
        raise StoreError(f"the build at {self.out} is not whole", hint="run 'kg build' again")
