"""The addresses below ``/reconcile``: requests become queries of `kg.serve.reconcile`, answers become JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kg.base.about import VERSION
from kg.serve.bodies import read_body
from kg.serve.builds import Build
from kg.serve.messages import Job, Reply
from kg.serve.names import NameTables, read_names
from kg.serve.protocol import ProtocolError
from kg.serve.reconcile import Reconciler
from kg.serve.reconcile_messages import read_batch, read_extension, read_form, service_address

_FORM: Final = "application/x-www-form-urlencoded"
_MOST: Final = 10_000
"""Largest cursor and limit."""
_HEADERS: Final = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
_LOCAL: Final = "http://localhost:* http://127.0.0.1:*"


class ReconcileContext(NamedTuple):
    """The build and the reader of a request."""

    build: Build
    ask: Callable[[Job], Awaitable[Reply]]
    lang: str
    title: str
    origins: tuple[str, ...]
    """Origins whose pages may show previews, besides those of this machine; ``*`` for all."""


class ReconcileRoutes:
    """The handlers. The names of a build are read at the first request for it."""

    def __init__(
        self,
        context: Callable[[Request], ReconcileContext],
        accept: Callable[[Request], str],
        problem: Callable[[str, int, str, str], Response],
    ) -> None:
        self._context = context
        self._accept = accept
        self._problem = problem
        self._tables: tuple[Build, NameTables] | None = None
        self._reading = asyncio.Lock()

    def routes(self, cors: Middleware) -> list[Route]:
        """The routes of the service."""
        paths = {
            "": (self.service, ["GET", "POST"]),
            "/suggest/{kind}": (self.suggest, ["GET"]),
            "/properties": (self.properties, ["GET"]),
            "/preview": (self.preview, ["GET"]),
        }
        return [
            Route(f"/reconcile{path}", handler, methods=methods, middleware=[cors])
            for path, (handler, methods) in paths.items()
        ]

    async def _reconciler(self, context: ReconcileContext) -> Reconciler:
        async with self._reading:
            if self._tables is None or self._tables[0] is not context.build:
                self._tables = None  # of two builds, only one is in memory
                self._tables = context.build, await read_names(context.ask)
            tables = self._tables[1]
        return Reconciler(tables, context.ask, context.build.base, context.lang)

    async def service(self, request: Request) -> Response:
        """The manifest, or the answers to a batch of queries or to a request for values."""
        try:
            return _json(await self._answer(request, await _read_fields(request)))
        except ProtocolError as error:
            response = self._problem(self._accept(request), error.status, str(error), error.hint)
            if error.status in (408, 413):
                response.headers["Connection"] = "close"
            return response
        except ClientDisconnect:
            return Response(status_code=499)

    async def _answer(self, request: Request, fields: Mapping[str, str]) -> object:
        context = self._context(request)
        if "queries" in fields:
            queries = read_batch(fields["queries"])
            return await (await self._reconciler(context)).reconcile(queries)
        if "extend" in fields:
            extension = read_extension(fields["extend"])
            return await (await self._reconciler(context)).extend(extension)
        if "query" in fields:
            raise ProtocolError(400, "single queries are of version 0.1", 'send queries={"q0": {"query": "…"}}')
        address = service_address(context.build.base, request.url.scheme, request.headers.get("host", ""))
        return (await self._reconciler(context)).manifest(address, context.title or context.build.base, VERSION)

    async def suggest(self, request: Request) -> Response:
        """Completions: ``/reconcile/suggest/entity?prefix=ra&cursor=0``."""
        kind = request.path_params["kind"]
        if kind not in ("entity", "type", "property"):
            raise HTTPException(404)
        prefix, cursor = request.query_params.get("prefix", "")[:200], _number(request.query_params.get("cursor", ""))
        reconciler = await self._reconciler(self._context(request))
        return _json(await asyncio.to_thread(reconciler.suggest, kind, prefix, cursor))

    async def properties(self, request: Request) -> Response:
        """The properties that a table can be extended by."""
        kind, limit = request.query_params.get("type", "")[:200], _number(request.query_params.get("limit", ""))
        return _json((await self._reconciler(self._context(request))).propose(kind, limit))

    async def preview(self, request: Request) -> Response:
        """A small page about a concept, for a frame in the client."""
        context = self._context(request)
        html = (await self._reconciler(context)).preview(request.query_params.get("id", ""))
        if html is None:
            raise HTTPException(404, "no concept has this id")
        framing = "*" if "*" in context.origins else " ".join(("'self'", _LOCAL, *context.origins))
        policy = (
            f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors {framing}"
        )
        return Response(html, headers={**_HEADERS, "Content-Security-Policy": policy}, media_type="text/html")


async def _read_fields(request: Request) -> dict[str, str]:
    """The fields of the query string and of a form."""
    fields = read_form(request.scope["query_string"])
    if request.method == "POST":
        body = await read_body(request)
        if body and request.headers.get("content-type", _FORM).partition(";")[0].strip().lower() != _FORM:
            raise ProtocolError(415, "the body can't be read", f"send queries=… or extend=… as {_FORM}")
        fields |= read_form(body)
    return fields


def _number(text: str) -> int:
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _json(value: object) -> Response:
    return JSONResponse(value, headers=_HEADERS)
