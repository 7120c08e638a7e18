"""The ASGI application and its routes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from kg.base.errors import KgError
from kg.base.settings import Settings
from kg.base.texts import FALLBACK, list_languages
from kg.serve import files, hosts, page, resources
from kg.serve.bodies import read_body
from kg.serve.builds import Build, Builds
from kg.serve.edit.routes import EditRoutes
from kg.serve.messages import Job, Reply
from kg.serve.metrics import Figures
from kg.serve.negotiate import choose
from kg.serve.pool import BusyError, EndedError, GoneError, QueryLimits, Relayed, TimedOutError
from kg.serve.protocol import ProtocolError, ProtocolQuery, by_get, by_post, problem
from kg.serve.reconcile_routes import ReconcileContext, ReconcileRoutes
from kg.serve.search import NoteSearch
from kg.serve.watch.events import BrowserEvents
from kg.serve.watch.session import WatchListener, WatchRequest
from kg.views.page import paths

_STATUS: Final = {"query": 400, "not-acceptable": 406, "failed": 500}
_RAISED: Final[dict[type[KgError], tuple[int, str]]] = {
    TimedOutError: (504, "timed-out"),
    EndedError: (500, "failed"),
    BusyError: (503, "busy"),
    GoneError: (499, "gone"),
}
_DIGITS: Final = 4  # of the number of matches that a search asks for
_FOREVER: Final = "public, max-age=31536000, immutable"


class WatchedBase(NamedTuple):
    """A knowledge base that the server builds."""

    settings: Settings
    request: WatchRequest
    listener: WatchListener
    """Reports on the terminal."""


@dataclass(frozen=True, slots=True)
class ServedSite:
    """What is served, and who can access it."""

    out: Path
    cache: Path
    questions: Path
    title: dict[str, str] = field(default_factory=dict)
    limits: QueryLimits = field(default_factory=QueryLimits)
    origins: tuple[str, ...] = ()
    """Origins of pages that can send queries, besides those on this machine; ``*`` for all."""
    names: tuple[str, ...] = ()
    """Names of this server besides ``localhost`` and IP addresses."""
    relay: Relayed | None = None
    """The endpoint that answers queries; None: the store of the build."""
    lang: str = ""
    """Default language of the query page; empty: the browser's."""
    watch: WatchedBase | None = None
    """The knowledge base to build after each change; None: builds come from elsewhere."""
    search: NoteSearch | None = None
    """Searches the notes; None: they can't be searched."""
    edit: EditRoutes | None = None
    """Accepts and rejects suggestions; None: browsers can't change anything."""
    translate: Callable[[str, str], str] | None = None
    """Gives the message of an error in a language; None: messages are in English."""


class Service:
    """The handlers of all requests."""

    def __init__(self, served: ServedSite, builds: Builds, events: BrowserEvents | None) -> None:
        self._served = served
        self._events = events
        self._builds = builds
        self._figures = Figures(builds)

    # SPARQL

    async def sparql(self, request: Request) -> Response:
        """A SPARQL 1.1 Protocol query, or the query page for a browser."""
        accept = _accept(request)
        if request.method == "OPTIONS":  # CORS preflight requests are handled before
            return Response(status_code=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})
        try:
            if request.method == "POST":
                body = await read_body(request)
                asked = by_post(request.scope["query_string"], request.headers.get("content-type", ""), body)
            else:
                if choose(accept, _LIKED) == "text/html":
                    return await self._page(request)
                asked = by_get(request.scope["query_string"])
            return await self._answer(request, asked, accept)
        except ProtocolError as error:
            if error.status != 408:
                self._figures.count("refused")
            response = self._problem(request, error.status, str(error), error.hint)
            if error.status in (408, 413):
                response.headers["Connection"] = "close"  # the rest of the body is not read
            return response
        except ClientDisconnect:
            self._figures.count("gone")
            return Response(status_code=499)

    async def _answer(self, request: Request, asked: ProtocolQuery, accept: str) -> Response:
        limits = self._served.limits
        job = Job(asked.query, accept, limits.rows, limits.size, limits.seconds, asked.default_graphs, asked.named_graphs)
        try:
            reply, seconds = await self._builds.current.pool.ask(job, _gone(request))
        except (TimedOutError, EndedError, BusyError, GoneError) as error:
            status, outcome = _RAISED[type(error)]
            self._figures.count(outcome, limits.seconds if outcome == "timed-out" else None)
            response = self._problem(request, status, str(error), error.hint)
            if status == 503:
                response.headers["Retry-After"] = "1"
            return response
        if reply.problem:
            self._figures.count("failed" if reply.problem == "failed" else "refused", seconds)
            return self._problem(request, _STATUS[reply.problem], reply.message, reply.hint)
        self._figures.count("truncated" if reply.truncated else "answered", seconds)
        media = f"{reply.type}; charset=utf-8" if reply.type.startswith("text/") else reply.type
        headers = {"Vary": "Accept", "Cache-Control": "no-cache", "Kg-Rows": str(reply.rows), "Content-Type": media}
        if limits.rows:
            headers["Kg-Row-Limit"] = str(limits.rows)
        if reply.truncated:
            headers["Kg-Truncated"] = "true"
        return Response(reply.body, headers=headers)

    def _problem(self, request: Request, status: int, message: str, hint: str) -> Response:
        """An error in the language that the client names, as the query page does; English for programs, which name none."""
        translate, accept_language = self._served.translate, request.headers.get("accept-language", "")
        say = partial(translate, _language(request, "", ())) if translate and accept_language else str
        return _problem(_accept(request), status, message, hint, say)

    async def _page(self, request: Request) -> Response:
        site = self._languages()
        lang = _language(request, self._served.lang, site)
        content = page.QueryPageContent(
            title=self._title(lang),
            info=self._builds.current.info,
            limits=self._served.limits,
            folder=self._served.questions,
            site=site,
            query=request.query_params.get("query", ""),
            out=self._served.out if (self._served.out / "index.html").is_file() else None,
        )
        html = await asyncio.to_thread(page.query_page, lang, content)
        headers = {"Content-Security-Policy": page.POLICY, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Language"}
        return Response(html, headers=headers, media_type="text/html")

    def _languages(self) -> Sequence[str]:
        """The languages of the site, default first."""
        return self._builds.current.info.summary.languages or ("en",)

    def _title(self, lang: str) -> str:
        title = self._served.title
        return title.get(lang) or title.get("en") or next(iter(title.values()), "")

    # The rest

    async def asset(self, request: Request) -> Response:
        """Script and style of the query page, and the graph library."""
        name = request.path_params["name"]
        headers = {"Cache-Control": _FOREVER}
        if name == "vis-network.min.js":
            return Response(await asyncio.to_thread(page.vis), headers=headers, media_type="text/javascript")
        asset = page.assets().get(name)
        if asset is None:
            raise HTTPException(404)
        return Response(asset[0], headers={**headers, "Content-Type": asset[1]})

    async def concept(self, request: Request) -> Response:
        """The page or the description of a concept by its IRI or its id: ``/-/concept?iri=…``, ``/-/concept?id=raft``."""
        base, iri, own = self._builds.current.base, request.query_params.get("iri", ""), request.query_params.get("id", "")
        if iri.startswith(f"{base}concept/") and not own:
            own = unquote(iri.removeprefix(f"{base}concept/"))
        local = f"concept/{own}" if own else ""
        asked = resources.candidates(local, base)[:1] if local else [resources.Resource(iri, "", "", "")]
        return await self._resources(request).answer(request, asked, replaced=True)

    async def resource(self, request: Request) -> Response:
        """The page or the description of what an IRI of this knowledge base names."""
        base = self._builds.current.base
        local = resources.local_part(request.scope["path"], base)
        if local is None:
            raise HTTPException(404)
        return await self._resources(request).answer(request, resources.candidates(local, base))

    def _resources(self, request: Request) -> resources.ResourceAnswers:
        build, site = self._builds.current, self._languages()
        lang = _language(request, self._served.lang, site)

        async def ask(job: Job) -> Reply:
            return await self._ask_own(build, job, _gone(request))

        def page_path(path: str) -> str | None:
            localized = paths.localized(path, lang if lang in site else site[0], site)
            return localized if (self._served.out / localized).is_file() else None

        return resources.ResourceAnswers(build.base, ask, page_path)

    def reconciliation(self) -> ReconcileRoutes:
        """The handlers of the reconciliation service."""

        def context(request: Request) -> ReconcileContext:
            lang = _language(request, self._served.lang, self._languages())
            build = self._builds.current
            return ReconcileContext(build, lambda job: self._ask_own(build, job), lang, self._title(lang), self._served.origins)

        return ReconcileRoutes(context, _accept, _problem)

    async def _ask_own(self, build: Build, job: Job, gone: Callable[[], Awaitable[None]] | None = None) -> Reply:
        """Ask a query of kg's own. Raises HTTPException if there is no answer."""
        try:
            reply, _ = await build.pool.ask(job, gone)
        except (TimedOutError, EndedError, BusyError, GoneError) as error:
            raise HTTPException(_RAISED[type(error)][0], str(error)) from None
        if reply.problem:
            raise HTTPException(502 if self._served.relay else 503, reply.message)
        return reply

    async def search(self, request: Request) -> Response:
        """The notes that match a query, as JSON: ``/-/search?q=raft&limit=10&lang=en``."""
        search = self._served.search
        query, limit = request.query_params.get("q", ""), request.query_params.get("limit", "20")
        if search is None:
            raise HTTPException(404, "there are no notes to search")
        if not query.strip() or not limit.isdigit() or len(limit) > _DIGITS:
            raise HTTPException(400, "a search needs words: /-/search?q=raft&limit=20")
        site = self._languages()
        lang = _language(request, self._served.lang, site)
        base = self._builds.current.base
        try:
            matches = await asyncio.to_thread(search, query, int(limit), lang)
        except KgError as error:
            raise HTTPException(503, str(error)) from None
        rows = [
            {**m._asdict(), "page": page.concept_page(m.iri, base, lang, site) if m.iri.startswith(f"{base}concept/") else None}
            for m in matches
        ]
        return JSONResponse({"query": query, "matches": rows}, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Metrics for Prometheus."""
        body, media = await asyncio.to_thread(self._figures.write, _accept(request))
        return Response(body, headers={"Content-Type": media, "Cache-Control": "no-store"})

    async def health(self, _request: Request) -> Response:
        """Whether queries can be answered."""
        build = self._builds.current
        ready = build.pool.ready
        value = {
            "status": "ok" if ready else "no worker",
            "workers": ready,
            "built": build.info.built,
            "kg": build.info.kg,
        }
        return JSONResponse(value, 200 if ready else 503, {"Cache-Control": "no-store"})

    async def file(self, request: Request) -> Response:
        """A file of the site."""
        response = await files.respond(request, self._served.out, self._events)
        if response is not None:
            return response
        if resources.local_part(request.scope["path"], self._builds.current.base) is not None:
            return await self.resource(request)  # with the path of the base in front
        if request.scope["path"] == "/":
            return RedirectResponse("/sparql")  # a build without site
        raise HTTPException(404)


_LIKED: Final = (
    "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values",
    "application/json", "text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json", "text/html",
    "application/xml",
)  # fmt: skip


def _accept(request: Request) -> str:
    return ", ".join(request.headers.getlist("accept"))


_PRIMARY: Final = re.compile(r"\s*([a-z]+)", re.IGNORECASE)


def _language(request: Request, default: str, site: Sequence[str]) -> str:
    """A language with texts: that of the address, otherwise the default, the browser's first, or the site's first."""
    named = request.query_params.get("lang", "") or default
    if named in list_languages("serve"):
        return named
    wanted = _PRIMARY.match(request.headers.get("accept-language", "") or (site[0] if site else ""))
    primary = wanted[1].lower() if wanted else FALLBACK
    return primary if primary in list_languages("serve") else FALLBACK


def _gone(request: Request) -> Callable[[], Awaitable[None]]:
    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return gone


def _problem(accept: str, status: int, message: str, hint: str = "", say: Callable[[str], str] = str) -> Response:
    body, media = problem(accept, message, hint, say)
    return Response(body, status, {"Content-Type": media, "Cache-Control": "no-store", "Vary": "Accept, Accept-Language"})


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for no other
    messages = {
        404: (f"there is no page {request.scope['path']}", "the site begins at /, the query page is /sparql"),
        405: (f"{request.method} is not answered here", "this service only reads: GET or POST a query"),
    }
    message, hint = messages.get(error.status_code, (error.detail, ""))
    if error.status_code == 404 and error.detail != "Not Found":
        message = error.detail
    response = _problem(_accept(request), error.status_code, message, hint)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _failure(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("kg could not answer; its log says why\n", 500)


async def _watch_script(_request: Request) -> Response:
    return Response(page.reload_script(), headers={"Cache-Control": "no-store"}, media_type="text/javascript")


async def _well_known_void(_request: Request) -> Response:
    """Where linked data looks for the description of a dataset (RFC 5785)."""
    return RedirectResponse("/void.ttl", 302)


def application(served: ServedSite, builds: Builds, events: BrowserEvents | None = None) -> Starlette:
    """The application for a build opened by `Builds.open`; with `events`, browsers reload their pages after changes."""
    service = Service(served, builds, events)
    live = [Route("/-/events", events.respond), Route("/-/watch.js", _watch_script)] if events else []
    everyone = "*" in served.origins
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"] if everyone else list(served.origins),
        allow_origin_regex=None if everyone else hosts.LOCAL_ORIGIN,
        allow_methods=["GET", "POST"],
        allow_headers=["Accept", "Content-Type"],
        expose_headers=["Kg-Rows", "Kg-Row-Limit", "Kg-Truncated"],
    )
    reads = Middleware(
        CORSMiddleware,
        allow_origins=["*"] if everyone else list(served.origins),
        allow_origin_regex=None if everyone else hosts.LOCAL_ORIGIN,
        allow_methods=["GET"],
        allow_headers=["Accept"],
        expose_headers=["Content-Location", "ETag", "Link"],
    )
    linked = [Route(f"/{kind}/{{path:path}}", service.resource, middleware=[reads]) for kind in resources.KINDS]
    linked += [Route(f"/scheme{ending}", service.resource, middleware=[reads]) for ending in ("", *resources.ENDINGS)]
    app = Starlette(
        routes=[
            Route("/sparql", service.sparql, methods=["GET", "POST", "OPTIONS"], middleware=[cors]),
            *linked,
            *service.reconciliation().routes(cors),
            Route("/metrics", service.metrics),
            Route("/healthz", service.health),
            *live,
            *(served.edit.routes() if served.edit else ()),
            Route("/-/concept", service.concept, middleware=[reads]),
            Route("/-/search", service.search),
            Route("/-/{name}", service.asset),
            Route("/.well-known/void", _well_known_void, middleware=[reads]),
            Route("/{path:path}", service.file, middleware=[reads]),
        ],
        middleware=[Middleware(hosts.Guard, names=served.names)],
        exception_handlers={HTTPException: _http_error, 500: _failure},
    )
    # A path with another slash is another path. A redirect would also name the host of the request's header.
    app.router.redirect_slashes = False
    return app
