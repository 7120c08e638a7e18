"""Runs the server for assistants: on standard input and output, or over HTTP on this machine for those who have the token."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import uvicorn

from kg.app.mcp.asker import QuestionAsker
from kg.app.mcp.server import make_server

HOST: Final = "127.0.0.1"
_LARGEST_BODY: Final = 1 << 20
_SESSIONS: Final = 32

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def run_mcp_stdio(asker: QuestionAsker, *, write: bool) -> None:
    """Serve the program that started this one, until its end of the pipe is closed."""

    async def serve() -> None:
        try:
            await make_server(asker, write=write).run_stdio_async()
        finally:
            asker.close()

    asyncio.run(serve())


def run_mcp_http(asker: QuestionAsker, port: int, token: str, ready: Callable[[int], None], *, write: bool) -> None:
    """Serve programs of this machine that have the token, at ``/mcp``. `ready` receives the port."""

    async def serve() -> None:
        app = make_server(asker, write=write).streamable_http_app(
            host=HOST, max_request_body_size=_LARGEST_BODY, max_sessions=_SESSIONS
        )
        config = uvicorn.Config(require_token(app, token), HOST, port, log_level="error", server_header=False)
        server = uvicorn.Server(config)
        listening = config.bind_socket()
        # Before the address is printed: who reads it may connect at once, and waits instead of being refused.
        listening.listen(config.backlog)
        ready(listening.getsockname()[1])
        try:
            await server.serve([listening])
        finally:
            asker.close()

    asyncio.run(serve())


def require_token(app: App, token: str) -> App:
    """Return the application behind a check of the header ``Authorization: Bearer TOKEN``."""
    expected = f"Bearer {token}".encode()

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            if not hmac.compare_digest(given, expected):
                headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b"give the token of the server: Authorization: Bearer ...\n"})
                return
        await app(scope, receive, send)

    return checked
