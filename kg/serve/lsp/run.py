"""Runs the language server on standard input and output, or on a port of this machine for one client."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import IO, BinaryIO, Final

from pygls.io_ import StdoutWriter, run_async

from kg.base.process import take_output
from kg.serve.lsp.features import make_server
from kg.serve.lsp.protocol import SocketReader, StdinReader
from kg.serve.lsp.server import KgServer

_LOG: Final = logging.getLogger("kg.lsp")


def run_lsp_stdio(lang: str) -> int:
    """Serve until the client ends the session, or is gone. Return the exit status: 0 after ``shutdown`` and ``exit``."""
    return asyncio.run(_serve_stdio(lang, sys.stdin.buffer, take_output()))


async def _serve_stdio(lang: str, stdin: BinaryIO, stdout: IO[bytes]) -> int:
    server = make_server(lang)
    server.protocol.set_writer(StdoutWriter(stdout))  # type: ignore[arg-type]  # a file in binary mode
    reader = StdinReader(stdin, ThreadPoolExecutor(1, thread_name_prefix="kg-stdin"))
    return await _serve(server, reader)


def run_lsp_port(lang: str, host: str, port: int, ready: Callable[[int], None]) -> int:
    """Serve the first client that connects to a port, until it ends the session or is gone. `ready` receives the port."""
    return asyncio.run(_serve_port(lang, host, port, ready))


async def _serve_port(lang: str, host: str, port: int, ready: Callable[[int], None]) -> int:
    server = make_server(lang)
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def connected(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listening.close()
        server.protocol.set_writer(writer)
        status = await _serve(server, SocketReader(stream))
        if not done.done():
            done.set_result(status)

    listening = await asyncio.start_server(connected, host, port)
    ready(listening.sockets[0].getsockname()[1])
    return await done


async def _serve(server: KgServer, reader: StdinReader | SocketReader) -> int:
    stop = Event()
    session = asyncio.ensure_future(run_async(stop, reader, server.protocol, _LOG, server.report_server_error))
    ended = asyncio.ensure_future(server.ended.wait())
    try:
        await asyncio.wait({session, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.close()
    # What still runs in threads, such as reading notes, has nobody left to answer.
    sys.stderr.flush()
    os._exit(server.status)
