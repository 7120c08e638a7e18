"""Listens and shuts down cleanly: running requests are answered, workers ended, temporary files removed."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn

from kg.base.errors import KgError, UsageError
from kg.serve.app import ServedSite, WatchedBase, application
from kg.serve.builds import Builds
from kg.serve.connections import guarded, raise_limit_of_files
from kg.serve.watch.events import BrowserEvents
from kg.serve.watch.messages import BuildDone, BuildFailed, BuildReport, FirstPage
from kg.serve.watch.session import WatchListener, WatchSession

_PATIENCE: Final = 3  # seconds for running requests at shutdown
_CONNECTIONS: Final = 1000  # maximum number of simultaneous connections; further ones get status 503
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str, str], None]


class _Server(uvicorn.Server):
    """uvicorn without signal handling, which is left to `serve_site`: uvicorn's own would skip the cleanup."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UsageError if the address can't be used."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(f"there is no address '{host}': {error.strerror or error}", hint="try --host 127.0.0.1") from None
    family, kind, protocol, _, address = addresses[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(512)
    except OSError as error:
        sock.close()
        hint = "is kg serve running already? --port 0 takes a free port" if error.errno == errno.EADDRINUSE else ""
        raise UsageError(f"can't listen on {host}:{port}: {error.strerror}", hint=hint) from None
    return sock


class _Announcer:
    """Passes what happens in a session on to browsers and to the terminal."""

    def __init__(self, events: BrowserEvents, terminal: WatchListener) -> None:
        self._events = events
        self._terminal = terminal
        self.first = asyncio.Event()
        """Whether there is a build."""

    def report(self, report: BuildReport) -> None:
        if isinstance(report, FirstPage):
            self._events.show_page(report)
        else:
            self._terminal.report(report)

    def built(self, done: BuildDone, difference: str | None) -> None:
        self.first.set()
        self._events.show_build(changed=done.changed)
        self._terminal.built(done, difference)

    def failed(self, problem: BuildFailed) -> None:
        self._events.show_problem(problem)
        self._terminal.failed(problem)


def serve_site(served: ServedSite, sock: socket.socket, say: Say, ready: Callable[[], None]) -> int:
    """Serve until a signal arrives; return its number. `ready` is called when the server accepts requests.

    Raises KgError if there is no build that can be served.
    """
    return asyncio.run(_serve(served, sock, say, ready))


async def _open(builds: Builds, announcer: _Announcer | None) -> None:
    """Open the build; if there is none that can be opened and the server builds, open the first of its own."""
    try:
        await builds.open()
    except KgError:
        if announcer is None:
            raise
        await announcer.first.wait()
        await builds.open()


def _start_session(watch: WatchedBase, events: BrowserEvents) -> tuple[asyncio.Task[None], _Announcer]:
    announcer = _Announcer(events, watch.listener)
    session = WatchSession(watch.settings, watch.request._replace(wanted=events.wanted), announcer)
    return asyncio.ensure_future(session.run()), announcer


async def _serve(served: ServedSite, sock: socket.socket, say: Say, ready: Callable[[], None]) -> int:
    received: list[int] = []
    stop = asyncio.Event()

    def end(number: int) -> None:
        received.append(number)
        stop.set()

    raise_limit_of_files()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, end, number)
    builds = Builds(served.out, served.cache, served.limits, say, served.relay)
    builds.announces = served.watch is None
    events = BrowserEvents(edit=served.edit is not None) if served.watch else None
    announcer: _Announcer | None = None
    tasks: list[asyncio.Task[None]] = []
    try:
        if served.watch and events:
            task, announcer = _start_session(served.watch, events)
            tasks.append(task)
        opening = asyncio.ensure_future(_open(builds, announcer))
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({opening, stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            for task in tasks:
                if task.done():
                    task.result()
            return received[0]
        opening.result()
        server = _Server(
            uvicorn.Config(
                application(served, builds, events),
                http=guarded(),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO),
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=4 * _PATIENCE,  # ending workers can take a part of it on a busy machine
                limit_concurrency=_CONNECTIONS,
            )
        )
        tasks.append(asyncio.ensure_future(builds.watch()))
        running = asyncio.ensure_future(server.serve(sockets=[sock]))
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        ready()
        await asyncio.wait({running, stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        if events is not None:
            events.close()
        for task in tasks:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.wait({running}, timeout=_PATIENCE)
        await builds.end_queries()
        await running
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await builds.close()
        sock.close()
    return received[0] if received else 0
