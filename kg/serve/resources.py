"""Linked data: the IRI of a concept, layer, area or scheme answers as a page or as RDF, by its Accept header or its ending."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import msgspec
import pyoxigraph as ox
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg.base.formats.json_text import JsonReader
from kg.base.names import DCTERMS, OWL, SKOS, iri_path
from kg.serve.messages import Job, Reply
from kg.serve.negotiate import choose
from kg.views.export.described import DESCRIPTION_ENDINGS
from kg.views.page import paths

KINDS: Final = ("concept", "layer", "area")
"""First parts of the IRIs below the base; what follows is an id. The scheme itself is ``scheme``."""
_HTML: Final = "text/html"
ENDINGS: Final = {
    **{ending: media for media, ending in DESCRIPTION_ENDINGS.items()},
    ".html": _HTML,
    ".json": "application/ld+json",
}
"""Endings of addresses, with the media type that each asks for."""
_HEADERS: Final = {"Cache-Control": "no-cache", "Vary": "Accept, Accept-Language"}
_LISTS: Final = {"layer": paths.LAYERS, "area": paths.AREAS, "scheme": paths.INDEX}
"""The pages of what has no page of its own."""
_SECONDS: Final = 10.0
_SIZE: Final = 32 << 20

Asking = Callable[[Job], Awaitable[Reply]]
"""Answers a query of kg's own. Raises HTTPException if it can't."""


class Resource(NamedTuple):
    """What an address names."""

    iri: str
    kind: str
    """``concept``, ``layer``, ``area`` or ``scheme``; empty for an IRI of another vocabulary."""
    id: str
    media: str
    """The media type that the ending asks for; empty: the Accept header decides."""


class _Term(msgspec.Struct):
    value: str


class _Row(msgspec.Struct):
    iri: _Term
    type: _Term | None = None
    id: _Term | None = None
    new: _Term | None = None
    end: _Term | None = None
    ends: _Term | None = None


class _Rows(msgspec.Struct):
    bindings: list[_Row]


class _Answer(msgspec.Struct):
    results: _Rows


_decode: Final = JsonReader(_Answer).read


def local_part(path: str, base: str) -> str | None:
    """The part of a request's path that names a resource; None if it names none.

    A server in front may keep the path of the base or remove it.

    >>> local_part("/concept/raft", "https://a.b/kb/"), local_part("/kb/concept/raft", "https://a.b/kb/")
    ('concept/raft', 'concept/raft')
    >>> local_part("/concepts/raft.html", "https://a.b/kb/") is None
    True
    """
    start = unquote(urlsplit(base).path).rstrip("/") + "/"
    for prefix in ("/", start):
        rest = path.removeprefix(prefix) if path.startswith(prefix) else ""
        head, slash, tail = rest.partition("/")
        stem = head.partition(".")[0]
        if (slash and tail and head in KINDS) or (stem == "scheme" and not slash):
            return rest
    return None


def candidates(local: str, base: str) -> list[Resource]:
    """What a path can name: an id with a dot in it, or an id with an ending.

    >>> [(r.id, r.media) for r in candidates("concept/a.ttl", "x:/")]
    [('a.ttl', ''), ('a', 'text/turtle')]
    """
    names = [(local, "")]
    names += [(local.removesuffix(ending), media) for ending, media in ENDINGS.items() if local.endswith(ending)]
    result = []
    for name, media in names:
        kind, _, own = name.partition("/")
        if own or name == "scheme":
            result.append(Resource(f"{base}{kind}/{iri_path(own)}" if own else f"{base}scheme", kind, own, media))
    return result


class ResourceAnswers:
    """Answers requests for resources of one build."""

    def __init__(self, base: str, ask: Asking, page_path: Callable[[str], str | None]) -> None:
        """`page_path`: the path of a page of the site in the reader's language, by that in the default one; None without it."""
        self._base = base
        self._ask = ask
        self._page_path = page_path

    async def answer(self, request: Request, resources: list[Resource], *, replaced: bool = False) -> Response:
        """The first of the resources that the graph describes. Raises HTTPException 404 and 406.

        `replaced`: describe a replaced concept too, instead of leading to its successor, as an address with an ending does.
        """
        rows = {row.iri.value: row for row in await self._look_up(resources)}
        for resource in resources:
            row = rows.get(resource.iri)
            if row is None:
                continue
            if row.type is None and row.new is not None:
                return self._lead(row.new.value, resource.media, 301)
            if not (replaced or resource.media) and row.end is not None and row.ends is not None and row.ends.value == "1":
                # What is still described has its own page and description, at the addresses with an ending.
                response = self._lead(row.end.value, "", 303)
                response.headers["Link"] = self._links(resource)
                return response
            own = resource._replace(id=row.id.value if row.id else resource.id or resource.iri)
            return await self._describe(request, own)
        raise HTTPException(404, f"nothing here is called {resources[0].iri}" if resources else "this is not an IRI")

    async def _look_up(self, resources: list[Resource]) -> list[_Row]:
        iris = " ".join(str(ox.NamedNode(r.iri)) for r in resources if _is_iri(r.iri))
        # The end of a chain of successors; without one (a circle) or with several (a division), nothing takes the place.
        # Only a deprecated concept is out of use: that Ingress is replaced by Gateway API is knowledge about both.
        gone = f"<{OWL}deprecated> true"
        query = (
            f"SELECT ?iri (MIN(?t) AS ?type) (MIN(?i) AS ?id) (MIN(?n) AS ?new) (MIN(?e) AS ?end) "
            f"(COUNT(DISTINCT ?e) AS ?ends) "
            f"{{ VALUES ?iri {{ {iris} }} ?iri ?p ?o "
            f"OPTIONAL {{ ?iri a ?t FILTER(?t IN (<{SKOS}Concept>, <{SKOS}ConceptScheme>, <{SKOS}Collection>)) }} "
            f"OPTIONAL {{ ?iri <{DCTERMS}identifier> ?i }} OPTIONAL {{ ?iri <{DCTERMS}isReplacedBy> ?n FILTER(isIRI(?n)) }} "
            f"OPTIONAL {{ ?iri {gone} ; <{DCTERMS}isReplacedBy>+ ?e . ?e a <{SKOS}Concept> "
            f"FILTER(isIRI(?e)) FILTER NOT EXISTS {{ ?e <{DCTERMS}isReplacedBy> ?later ; {gone} }} "
            f"FILTER NOT EXISTS {{ ?iri <{DCTERMS}isReplacedBy>+ ?between . ?between <{DCTERMS}isReplacedBy>+ ?e "
            f"FILTER NOT EXISTS {{ ?between {gone} }} }} }} }} "
            f"GROUP BY ?iri"
        )
        reply = await self._ask(own_query(query))
        return _decode(reply.body).results.bindings

    def _lead(self, iri: str, media: str, status: int) -> Response:
        """Redirect to another IRI; the ending stays. 301 from a former IRI for good, 303 from that of a replaced concept."""
        local = iri.removeprefix(self._base) if iri.startswith(self._base) else ""
        ending = next((e for e, m in ENDINGS.items() if m == media), "")
        target = f"/{quote(unquote(local), safe='/')}{ending}" if local else iri
        if status == 303 and not local:  # a concept of a thesaurus, which this server describes
            target = f"/-/concept?iri={quote(iri, safe='')}"
        return RedirectResponse(target, status, _HEADERS)

    async def _describe(self, request: Request, resource: Resource) -> Response:
        page = self._page_of(resource)
        offered = [*([_HTML] if page else []), *DESCRIPTION_ENDINGS]
        accept = ", ".join(request.headers.getlist("accept"))
        media = resource.media or choose(accept, offered)
        if media is None:
            raise HTTPException(406, f"no format of 'Accept: {accept}' is available: {', '.join(offered)}")
        if media == _HTML:
            if page is None:
                raise HTTPException(404, "this build has no pages; ask for Turtle: Accept: text/turtle")
            # The IRI is that of the concept, not of the page about it.
            return RedirectResponse(f"/{quote(page)}", 303, _HEADERS)
        query = f"DESCRIBE {ox.NamedNode(resource.iri)}"
        reply = await self._ask(own_query(query, media, described=True))
        return self._document(request, resource, reply, media)

    def _document(self, request: Request, resource: Resource, reply: Reply, media: str) -> Response:
        tag = f'"{hashlib.sha256(reply.body).hexdigest()[:20]}"'
        headers = {
            **_HEADERS,
            "ETag": tag,
            "Content-Type": f"{media}; charset=utf-8" if media.startswith("text/") else media,
            "Link": self._links(resource),
        }
        if reply.truncated:
            headers["Kg-Truncated"] = "true"
        if resource.kind:
            headers["Content-Location"] = f"/{self._local(resource)}{DESCRIPTION_ENDINGS[media]}"
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(reply.body, headers=headers)

    def _links(self, resource: Resource) -> str:
        links = ['</void.ttl>; rel="describedby"; type="text/turtle"']
        if resource.kind:
            local = self._local(resource)
            links += [f'</{local}{end}>; rel="alternate"; type="{media}"' for media, end in DESCRIPTION_ENDINGS.items()]
        return ", ".join(links)

    def _local(self, resource: Resource) -> str:
        return quote(unquote(resource.iri.removeprefix(self._base)), safe="/")

    def _page_of(self, resource: Resource) -> str | None:
        if resource.kind in _LISTS:
            return self._page_path(_LISTS[resource.kind])
        return self._page_path(paths.concept_path(resource.id, "", ()))


def own_query(query: str, accept: str = "application/sparql-results+json", *, described: bool = False) -> Job:
    """A query of kg's own: its limits aren't those of readers' queries."""
    return Job(query, accept, rows=0, size=_SIZE, seconds=_SECONDS, described=described)


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True
