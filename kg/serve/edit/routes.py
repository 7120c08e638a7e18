"""The addresses below ``/-/edit``, for pages of this server that have the token of the session.

A request writes into notes only if all of this holds: the server listens on this machine alone and was started with
``--edit``; it is a POST of JSON with the token in a header, which no page of another origin can send without a preflight
that is never answered; ``Host`` is an address of this machine, which no name of DNS can be after rebinding; ``Origin`` is
exactly this server; and, where the browser says so (``Sec-Fetch-Site``), the page is of the same origin.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Final, TypeVar

from jinja2 import Environment, StrictUndefined, Template
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kg.base.errors import ChangedError, KgError
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.texts import FALLBACK, Texts, list_languages
from kg.serve.bodies import read_body
from kg.serve.edit.desk import SuggestionDesk
from kg.serve.edit.messages import SuggestionDecision, SuggestionView
from kg.serve.edit.script import PAGE, SCRIPT, edit_script
from kg.serve.hosts import is_loopback
from kg.serve.page import POLICY, asset_stamp, read_asset
from kg.serve.pool import BusyError
from kg.serve.protocol import ProtocolError

TOKEN_HEADER: Final = "kg-token"  # noqa: S105  # the name of a header
FRAGMENT: Final = "kg-token="  # the start of the address's fragment
_STATUS: Final[dict[type[KgError], int]] = {BusyError: 503, ChangedError: 409}
_NO_STORE: Final = {"Cache-Control": "no-store"}
_HOST: Final = re.compile(r"(\[[0-9a-f:]+\]|[0-9a-z.]+)(?::\d+)?", re.IGNORECASE)

T = TypeVar("T")


class EditRoutes:
    """The handlers, and the token of the session: 256 bits, new at each start, never stored on disk."""

    def __init__(self, desk: SuggestionDesk) -> None:
        self._desk = desk
        self.token = secrets.token_urlsafe(32)

    def address(self, server: str) -> str:
        """The address that gives a browser the token: in the fragment, which is never sent, logged or passed on."""
        return f"{server.rstrip('/')}{PAGE}#{FRAGMENT}{self.token}"

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/-/edit/show", self._handler(SuggestionView, self._desk.show), methods=["POST"]),
            Route("/-/edit/decide", self._handler(SuggestionDecision, self._desk.decide), methods=["POST"]),
            Route("/-/edit/undo", self._handler(SuggestionView, self._desk.undo), methods=["POST"]),
            Route(PAGE, self.page),
            Route(SCRIPT, self.script),
        ]

    async def page(self, request: Request) -> Response:
        """The page with all suggestions. It contains no token and nothing of the notes."""
        lang = request.query_params.get("lang", "")
        if lang not in list_languages("serve"):
            return RedirectResponse(f"{PAGE}?lang={_preferred(request)}")
        html = _template().render(
            t=Texts(lang, "serve.edit"), lang=lang, page=PAGE, script=edit_script(lang), stamp=asset_stamp()
        )
        return Response(html, headers={**_NO_STORE, "Content-Security-Policy": POLICY}, media_type="text/html")

    async def script(self, _request: Request) -> Response:
        """The script of this page, and of pages of the site."""
        return Response(read_asset("edit.js"), headers=_NO_STORE, media_type="text/javascript")

    def _handler(self, kind: type[T], act: Callable[[T], dict[str, object]]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal:
                return JSONResponse({"error": refusal, "hint": ""}, 403, _NO_STORE)
            try:
                message = read_typed(await read_body(request), kind)
            except ProtocolError as error:
                return JSONResponse({"error": str(error), "hint": error.hint}, error.status, _NO_STORE)
            except FormatError as error:
                return JSONResponse({"error": str(error), "hint": ""}, 400, _NO_STORE)
            except ClientDisconnect:
                return Response(status_code=499)
            try:
                return JSONResponse(await asyncio.to_thread(act, message), headers=_NO_STORE)
            except KgError as error:
                return JSONResponse({"error": str(error), "hint": error.hint}, _STATUS.get(type(error), 422), _NO_STORE)

        return handle

    def _refusal(self, request: Request) -> str:
        """Why a request is refused; empty if it isn't."""
        headers = request.headers
        host = _HOST.fullmatch(headers.get("host", ""))
        if host is None or not is_loopback(host[1].strip("[]")):
            return "notes are edited at an address of this machine only"
        if headers.getlist("origin") != [f"http://{headers['host']}"]:
            return "notes are edited by pages of this server only"
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return "notes are edited by pages of this server only"
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return "a request is JSON"
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode("utf-8", "replace"), self.token.encode()):
            return "the token is not that of this session: open the address that kg serve printed"
        return ""


def _preferred(request: Request) -> str:
    wanted = request.headers.get("accept-language", "")[:2].lower()
    return wanted if wanted in list_languages("serve") else FALLBACK


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(read_asset("edit.html"))
