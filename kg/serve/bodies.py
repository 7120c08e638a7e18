"""Reads the body of a request, limited in size and time."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import Request

from kg.serve.protocol import MAX_QUERY, ProtocolError

_BODY: Final = 30.0  # seconds for a request's body to arrive
_DRAINED: Final = 16 << 20  # bytes of an oversized request that are read and discarded


async def read_body(request: Request) -> bytes:
    """Return the body of a request, limited in size and time. Raises ProtocolError."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProtocolError(415, "an encoded body can't be read", "send it as it is")
    too_large = ProtocolError(413, f"a request has at most {MAX_QUERY:,} bytes", "ask for less at once")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > _DRAINED:
        raise too_large
    body = bytearray()
    dropped = 0
    try:
        async with asyncio.timeout(_BODY):
            async for chunk in request.stream():
                if len(body) <= MAX_QUERY:
                    body += chunk
                    continue
                # Most clients read the response only after they have sent the whole request.
                dropped += len(chunk)
                if dropped > _DRAINED:
                    raise too_large
    except TimeoutError:
        raise ProtocolError(408, f"the request did not come whole within {_BODY:g} seconds") from None
    if len(body) > MAX_QUERY:
        raise too_large
    return bytes(body)
