"""Waits for changes in folders: by notifications of the system, or by looking at the folders where there are none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from watchfiles import Change, awatch

_GATHER: Final = 400
"""Most milliseconds over which changes are gathered, however many come."""
_STEP: Final = 25
"""Milliseconds without a change after which the gathered ones are reported."""
_LOOK: Final = 500
"""Milliseconds between looks at the folders if the system has no notifications, or no more of them."""

Watched = Mapping[Path, frozenset[str] | None]
"""Folder → the names in it that count; None: all that don't begin with a dot. A folder below is an entry of its own."""


class FolderWatch:
    """Waits for changes directly in folders. Links in them are not followed; only that something changed is kept."""

    def __init__(self, watched: Watched) -> None:
        self.watched = dict(watched)
        self._dirty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start watching: changes from now on are seen."""
        self._task = asyncio.ensure_future(self._watch())
        self._task.add_done_callback(lambda _: self._dirty.set())
        await asyncio.sleep(0)  # the task asks for notifications before it waits for the first time
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def changed(self) -> None:
        """Return when there was a change since the last call, or if folders are gone. Many changes in a row are one.

        Raises OSError if the system lets nobody watch.
        """
        await self._dirty.wait()
        self._dirty.clear()
        if self._task is not None and self._task.done():
            self._task.result()

    @property
    def over(self) -> bool:
        """Whether no further change will be seen, since a folder was gone: another watch must be started."""
        return self._task is not None and self._task.done()

    async def _watch(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            try:
                await self._notice(polling=None)
            except FileNotFoundError:
                raise
            except OSError:
                # For example, the system's limit of watched folders is reached.
                await self._notice(polling=True)
        await asyncio.sleep(_LOOK / 1000)  # the next watch isn't begun at once, for the folders may still be away

    async def _notice(self, polling: bool | None) -> None:
        folders = [folder for folder in self.watched if folder.is_dir()]
        if not folders:
            raise FileNotFoundError
        changes = awatch(
            *folders, watch_filter=self._counts, debounce=_GATHER, step=_STEP, recursive=False, force_polling=polling,
            poll_delay_ms=_LOOK, ignore_permission_denied=True,
        )  # fmt: skip
        async for _ in changes:
            self._dirty.set()

    def _counts(self, _change: Change, changed: str) -> bool:
        path = Path(changed)
        names = self.watched.get(path.parent, frozenset())
        return not path.name.startswith(".") if names is None else path.name in names
