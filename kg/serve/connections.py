"""Connections that say nothing, speak slowly or don't listen are ended, so that they keep nobody else from being answered.

uvicorn waits for a first request without end, and again for one that has begun. Here a connection has some seconds for a
complete head, counted from its beginning or from its last answer, whatever it sends meanwhile; of those whose request isn't
whole yet only so many are kept, the latest; and one to which an answer was written has to read it.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

SILENT: Final = 256
"""Connections without a complete request that are kept; a further one ends the oldest of them."""
HEAD_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
_PROGRESS: Final = 64 << 10  # bytes that a client has to read in that time


class Silent:
    """The connections of a server whose request isn't complete, the oldest first."""

    def __init__(self, most: int = SILENT) -> None:
        self._most = most
        self._waiting: dict[Guarded, None] = {}

    def add(self, connection: Guarded) -> None:
        """Wait for a request; where there are too many such connections, the oldest is ended."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None
        if len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.end()

    def drop(self, connection: Guarded) -> None:
        """Wait no longer: the request is complete, or the connection has gone."""
        self._waiting.pop(connection, None)


class Guarded(H11Protocol):
    """A connection with limits of time."""

    silent: Silent

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        if self._reading is not None:
            self._reading.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        before = self.cycle
        super().data_received(data)
        self._look_at_request(before)

    def on_response_complete(self) -> None:
        """Wait for the next head, unless it has come already."""
        before = self.cycle
        if not self.transport.is_closing():
            self._wait_for_head()
        super().on_response_complete()
        self._look_at_request(before)

    def _look_at_request(self, before: object) -> None:
        """A complete head ends the wait for it; a complete request ends the silence."""
        if self.cycle is not before and not self.cycle.response_complete and self._head is not None:
            self._head.cancel()
            self._head = None
        if self._head is None and not self.cycle.more_body:  # a head that is complete has its cycle
            self.silent.drop(self)

    def pause_writing(self) -> None:
        """The client doesn't read as fast as is written: look whether it reads at all."""
        super().pause_writing()
        if self._reading is None:
            self._look(self.transport.get_write_buffer_size())

    def _look(self, size: int) -> None:
        """Look later whether less than `size` bytes are still to be read."""

        def later() -> None:
            self._reading = None
            left = self.transport.get_write_buffer_size()
            if left and left > size - _PROGRESS:
                self.end()
            elif left:
                self._look(left)

        self._reading = self.loop.call_later(READ_SECONDS, later)

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self.silent.add(self)
        self._head = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _too_late(self) -> None:
        self._head = None
        if self.transport.get_write_buffer_size():  # an answer is still being read
            self._wait_for_head()
        else:
            self.end()

    def _stop_waiting(self) -> None:
        self.silent.drop(self)
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def end(self) -> None:
        """End the connection at once."""
        self._stop_waiting()
        self.transport.abort()


def guarded() -> type[Guarded]:
    """A class of connections for one server."""
    return type("Guarded", (Guarded,), {"silent": Silent()})


def raise_limit_of_files() -> None:
    """Let this process open as many files as the system allows it: each connection is one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        # platform: there is none on Windows
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
