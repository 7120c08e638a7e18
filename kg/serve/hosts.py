"""Access control: host names, against DNS rebinding, and headers that isolate pages."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.serve.protocol import problem

LOCAL_ORIGIN: Final = r"https?://(localhost|[\w.-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?"
"""Origins of pages on this machine."""

_PORT: Final = re.compile(r":\d*$")


def is_loopback(host: str) -> bool:
    """Whether an address is reachable only from this machine.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_ours(header: str, names: Collection[str]) -> bool:
    """Whether a Host header names this server.

    After DNS rebinding, a foreign page's requests reach this machine with the foreign name. So IP addresses and ``localhost``
    are safe, and other names must be configured.

    >>> is_ours("127.0.0.1:8000", ()), is_ours("[::1]:80", ()), is_ours("evil.example", ()), is_ours("KB.lan:80", ["kb.lan"])
    (True, True, False, True)
    """
    name = _PORT.sub("", header.strip()).lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or name in names:
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",  # pages of the site draw diagrams in a frame
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Rejects requests for other hosts, and adds the headers above to every response."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(n.lower().rstrip(".") for n in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        hosts = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
        if len(hosts) != 1 or not is_ours(hosts[0], self._names):
            body, media = problem(
                "", f"this server is not called '{hosts[0] if hosts else ''}'", "start kg serve with --allow-host NAME"
            )
            headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
            await send_with({"type": "http.response.start", "status": 421, "headers": headers})
            await send_with({"type": "http.response.body", "body": body})
            return

        await self._app(scope, receive, send_with)
