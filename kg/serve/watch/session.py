"""Watches a knowledge base and builds again after each change; a change during a build cancels it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, NoReturn, Protocol

import msgspec

from kg.base.errors import KgError
from kg.base.settings import Settings, load_settings
from kg.graph.built import read_findings
from kg.knowledge import fingerprint_inputs
from kg.serve.watch.builder import Builder
from kg.serve.watch.changes import FolderWatch, Watched
from kg.serve.watch.difference import BuildResults, describe_difference
from kg.serve.watch.inputs import list_watched
from kg.serve.watch.messages import BuildDone, BuildEnd, BuildFailed, BuildOrder, BuildReport

_MOST_CANCELLED: Final = 5
"""Builds in a row that changes cancel; the next one runs to its end, so that steady changes don't prevent all builds."""

_MOST_UNSAID: Final = 4 * _MOST_CANCELLED
"""Builds in a row that changes cancel or make fail, before the listener hears why there is no result."""


class WatchListener(Protocol):
    """Receives what happens in a session; called in the event loop, and must return at once."""

    def report(self, report: BuildReport) -> None:
        """Progress of a build, or a page that was asked for."""

    def built(self, done: BuildDone, difference: str | None) -> None:
        """A build ended; the difference from the last one in one line, None after the first build."""

    def failed(self, problem: BuildFailed) -> None:
        """The settings can't be read or a build failed; the output is unchanged."""


class WatchRequest(NamedTuple):
    """What a session builds."""

    order: BuildOrder
    """The first order; later ones are incremental."""
    lang: str
    """Language of the line of differences."""
    wanted: Callable[[], tuple[str, ...]] = tuple
    """Returns the paths of the pages that readers look at."""


class _Inputs(NamedTuple):
    """The inputs of a build at one moment."""

    digest: str
    watched: Watched
    problem: BuildFailed | None = None
    """Why the inputs can't be read; None if they can."""


class WatchSession:
    """Builds until it is cancelled. `settings` are those at its start: the output folder stays the same."""

    def __init__(self, settings: Settings, request: WatchRequest, listener: WatchListener) -> None:
        self._settings = settings
        self._request = request
        self._listener = listener
        self._builder = Builder(settings.cache)
        self._build: asyncio.Task[BuildEnd] | None = None
        self._order = request.order
        self._named = frozenset(map(os.path.realpath, request.order.notes))
        self._digest = ""
        """The digest of the inputs that were last given to a build; empty if they are to be built in any case."""
        self._problem: BuildFailed | None = None
        """The last problem with the inputs themselves."""
        self._cancelled = 0
        """Number of builds in a row that changes cancelled or made fail."""
        self._results: BuildResults | None = None

    async def run(self) -> NoReturn:
        """Build after each change until this is cancelled; errors are reported and don't end it."""
        watched = list_watched(self._settings, self._named)
        try:
            while True:
                async with FolderWatch(watched) as watch:
                    watched = await self._follow(watch)
        finally:
            await self._cancel()
            self._builder.close()

    async def _follow(self, watch: FolderWatch) -> Watched:
        """Build after each change; return when other folders are to be watched."""
        changed = asyncio.ensure_future(watch.changed())
        try:
            while True:
                # Changes only say when to look; what there is decides. So none is missed while folders are listed again.
                inputs = await asyncio.to_thread(self._read_inputs)
                await self._consider(inputs)
                if inputs.watched != watch.watched or watch.over:
                    return inputs.watched
                await asyncio.wait({changed, self._build} if self._build else {changed}, return_when=asyncio.FIRST_COMPLETED)
                if self._build is not None and self._build.done():
                    await self._finish(self._build.result())
                if changed.done():
                    changed.result()
                    changed = asyncio.ensure_future(watch.changed())
        finally:
            changed.cancel()

    def _read_inputs(self) -> _Inputs:
        order = self._order
        try:
            settings = load_settings(
                Path(order.root), notes=tuple(map(Path, order.notes)), out=Path(order.out), overrides=order.overrides
            )
            watched = list_watched(settings, self._named)
            return _Inputs(fingerprint_inputs(settings, order.stage), watched)
        except KgError as error:
            return _Inputs("", list_watched(self._settings, self._named), BuildFailed(str(error), error.hint))

    async def _consider(self, inputs: _Inputs) -> None:
        """Start a build if the inputs changed; cancel the one that runs."""
        if inputs.problem is not None:
            if inputs.problem != self._problem:
                await self._cancel()
                self._problem, self._digest = inputs.problem, ""
                self._listener.failed(inputs.problem)
            return
        self._problem = None
        if inputs.digest == self._digest:
            return
        if self._build is not None:
            if self._cancelled >= _MOST_CANCELLED:
                return  # the end of the build calls this again
            self._cancelled += 1
            await self._cancel()
        self._digest = inputs.digest
        order = msgspec.structs.replace(self._order, first=self._request.wanted())
        self._build = asyncio.ensure_future(self._builder.build(order, self._listener.report))

    async def _cancel(self) -> None:
        if self._build is not None:
            self._build.cancel()
            await asyncio.gather(self._build, return_exceptions=True)
            self._build = None

    async def _finish(self, end: BuildEnd) -> None:
        self._build = None
        if isinstance(end, BuildFailed) and end.outdated:
            self._digest = ""  # the note may be again what it was when the build began
            if self._cancelled < _MOST_UNSAID:
                self._cancelled += 1
                return
        self._cancelled = 0
        self._order = msgspec.structs.replace(self._order, full=False)
        if isinstance(end, BuildFailed):
            self._listener.failed(end)
        elif isinstance(end, BuildDone):
            before = self._results
            try:
                findings = await asyncio.to_thread(read_findings, Path(end.out))
            except KgError:
                findings = ()
            self._results = BuildResults.of(end.summary, findings)
            self._listener.built(end, describe_difference(before, self._results, self._request.lang) if before else None)


def run_session(settings: Settings, request: WatchRequest, listener: WatchListener) -> NoReturn:
    """Run a session until Ctrl-C. Raises KeyboardInterrupt, after the running build was cancelled."""
    asyncio.run(WatchSession(settings, request, listener).run())
    raise AssertionError("a session has no end of its own")
