"""Tells browsers to reload, by server-sent events, and serves pages that are shown before their build is complete."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from kg.base.json_forms import json_line
from kg.serve.files import page_of, safe
from kg.serve.watch.messages import BuildFailed, FirstPage
from kg.serve.watch.pages import add_script

MOST_STREAMS: Final = 32
"""Maximum number of browser pages that wait for events; a further one is refused and asks again later."""
LONGEST: Final = 600.0
"""Seconds after which a stream ends; the browser then opens a new one."""
_ALIVE: Final = 15.0  # seconds between signs of life, by which the end of a connection is noticed
_MOST_PAGES: Final = 8
"""Maximum number of pages that are rendered first, and kept until their build is complete."""
_LARGEST_PAGE: Final = 4 << 20
_LONGEST_PATH: Final = 1024


class BrowserEvents:
    """The state that browsers show: the number of the last change, and the problem that prevents a build.

    A stream sends the present state, not a list of events: however many changes there are, nothing waits in memory.
    """

    def __init__(self, *, edit: bool = False) -> None:
        """`edit`: pages get the script for accepting suggestions, too."""
        self._edit = edit
        self._serial = self._all = time.time_ns() // 1_000_000
        """The number of the last change, and of the last one of all pages. They grow from one run to the next."""
        self._problem: BuildFailed | None = None
        self._pages: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        """Path → serial and content of pages of a build that isn't complete."""
        self._streams: dict[asyncio.Event, str] = {}
        """The signal of each stream, with the path of its page; the latest is last."""
        self._closed = False

    def wanted(self) -> tuple[str, ...]:
        """The paths of the pages that are open in browsers, the latest first."""
        return tuple(dict.fromkeys(reversed(self._streams.values())))[:_MOST_PAGES]

    def show_page(self, page: FirstPage) -> None:
        """Keep a page until its build is complete, and reload it in browsers."""
        if len(page.data) <= _LARGEST_PAGE and page.path in self._streams.values():
            self._serial += 1
            self._pages[page.path] = (self._serial, page.data)
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
            self._wake()

    def show_build(self, *, changed: bool) -> None:
        """A build is served: remove the overlay and, if anything changed, reload all pages."""
        if changed or self._pages:
            self._serial += 1
            self._all = self._serial
        self._pages.clear()
        self._problem = None
        self._wake()

    def show_problem(self, problem: BuildFailed) -> None:
        """Show an overlay on all pages until the next build."""
        self._problem = problem
        self._pages.clear()
        self._wake()

    def early_page(self, path: str) -> bytes | None:
        """The page at a path of the output from the running build; None if it isn't rendered yet."""
        page = self._pages.get(path)
        return page[1] if page else None

    def serial_of(self, path: str) -> int:
        """The number of the last change of a page."""
        return self._pages[path][0] if path in self._pages else self._all

    def decorate(self, html: bytes, serial: int) -> bytes:
        """A page of the site with the script that reloads it."""
        return add_script(html, serial, edit=self._edit)

    async def respond(self, request: Request) -> Response:
        """A stream of events for a page of this server, named by the parameter ``page``."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("events are only for pages of this server\n", 403)
        path = safe(request.query_params.get("page", "")[:_LONGEST_PATH])
        if path is None:
            return PlainTextResponse("there is no such page\n", 404)
        if self._closed or len(self._streams) >= MOST_STREAMS:
            return PlainTextResponse("too many pages wait already\n", 503, {"Retry-After": "5"})
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._stream(page_of(path)), headers=headers, media_type="text/event-stream")

    async def _stream(self, path: str) -> AsyncIterator[str]:
        signal = asyncio.Event()
        signal.set()
        self._streams[signal] = path
        end = time.monotonic() + LONGEST
        try:
            while not self._closed and time.monotonic() < end:
                try:
                    async with asyncio.timeout(_ALIVE):
                        await signal.wait()
                except TimeoutError:
                    yield ": alive\n\n"
                    continue
                signal.clear()
                yield f"data: {self._state(path)}\n\n"
        finally:
            del self._streams[signal]

    def _state(self, path: str) -> str:
        problem = self._problem
        shown = {"message": problem.message, "hint": problem.hint} if problem else None
        return json_line({"serial": self.serial_of(path), "problem": shown})

    def _wake(self) -> None:
        for signal in self._streams:
            signal.set()

    def close(self) -> None:
        """End all streams, so that the server can end."""
        self._closed = True
        self._wake()
