"""Closes connections that are silent, slow or don't read, so that they don't block other clients.

uvicorn has no timeout for the first request or for a partial one. Here a connection has some seconds for a complete request
head, counted from its start or from the last response, whatever it sends meanwhile. The number of connections with incomplete
requests is limited, and the oldest is closed first. A client must also read its responses.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

SILENT: Final = 256
"""Maximum number of connections without a complete request; one more closes the oldest."""
HEAD_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
_PROGRESS: Final = 64 << 10  # bytes that a client must read in that time


class Silent:
    """The connections of a server with incomplete requests, oldest first."""

    def __init__(self, most: int = SILENT) -> None:
        self._most = most
        self._waiting: dict[Guarded, None] = {}

    def add(self, connection: Guarded) -> None:
        """Add a connection; if there are too many, close the oldest."""
        self._waiting.pop(connection, None)
        self._waiting[connection] = None
        if len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.end()

    def drop(self, connection: Guarded) -> None:
        """Remove a connection whose request is complete, or which was closed."""
        self._waiting.pop(connection, None)


class Guarded(H11Protocol):
    """A connection with timeouts."""

    silent: Silent

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the timeout for a request head."""
        super().connection_made(transport)
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection."""
        self._stop_waiting()
        if self._reading is not None:
            self._reading.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process received data."""
        before = self.cycle
        super().data_received(data)
        self._look_at_request(before)

    def on_response_complete(self) -> None:
        """Start the timeout for the next head, unless it has already arrived."""
        before = self.cycle
        if not self.transport.is_closing():
            self._wait_for_head()
        super().on_response_complete()
        self._look_at_request(before)

    def _look_at_request(self, before: object) -> None:
        """A complete head ends its timeout; a complete request removes the connection from `Silent`."""
        if self.cycle is not before and not self.cycle.response_complete and self._head is not None:
            self._head.cancel()
            self._head = None
        if self._head is None and not self.cycle.more_body:  # a complete head has a request cycle
            self.silent.drop(self)

    def pause_writing(self) -> None:
        """The client reads more slowly than data is written: check that it reads at all."""
        super().pause_writing()
        if self._reading is None:
            self._look(self.transport.get_write_buffer_size())

    def _look(self, size: int) -> None:
        """Later check that fewer than `size` bytes remain to be read; otherwise close the connection."""

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
        if self.transport.get_write_buffer_size():  # the client is still reading a response
            self._wait_for_head()
        else:
            self.end()

    def _stop_waiting(self) -> None:
        self.silent.drop(self)
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def end(self) -> None:
        """Close the connection immediately."""
        self._stop_waiting()
        self.transport.abort()


def guarded() -> type[Guarded]:
    """Make a connection class for one server."""
    return type("Guarded", (Guarded,), {"silent": Silent()})


def raise_limit_of_files() -> None:
    """Raise the limit of open files to the maximum allowed, since each connection needs one."""
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
