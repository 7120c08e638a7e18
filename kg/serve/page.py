"""The query page: an editor, examples, and a script that shows the answers; in Chinese and English."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from jinja2 import Template
from markupsafe import Markup

from kg.base import files
from kg.base.errors import KgError
from kg.base.names import split_bilingual
from kg.base.texts import Texts
from kg.graph.built import Info
from kg.graph.wording import query_prefixes
from kg.model import text_in
from kg.serve.answer import GRAPH_TYPES, RESULT_TYPES
from kg.serve.examples import EXAMPLES
from kg.serve.pool import QueryLimits
from kg.views.maps.page import render_library
from kg.views.page import navigation, paths
from kg.views.page.navigation import NavigationItem
from kg.views.page.scripts import script_json
from kg.views.page.shell import base_style, templates_of
from kg.views.page.words import Words

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The page's content security policy: no external resources and no inline scripts."""


def read_asset(name: str) -> str:
    """The text of a file in ``kg/serve/static``."""
    return (resources.files("kg.serve") / "static" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def assets() -> Mapping[str, tuple[bytes, str]]:
    """Path → content and media type of the page's files."""
    style = f"{base_style()}\n{read_asset('query.css')}"
    return {
        "query.css": (style.encode(), "text/css; charset=utf-8"),
        "query.js": (read_asset("query.js").encode(), "text/javascript; charset=utf-8"),
    }


@lru_cache(maxsize=1)
def reload_script() -> bytes:
    """The script that `kg serve --watch` adds to pages of the site."""
    return read_asset("watch.js").encode()


@lru_cache(maxsize=1)
def asset_stamp() -> str:
    """A digest of the assets, so that browsers can cache them indefinitely."""
    return hashlib.sha256(b"".join(data for data, _ in assets().values())).hexdigest()[:12]


@lru_cache(maxsize=1)
def vis() -> bytes:
    """The graph library of the maps, for builds without maps."""
    return next(a.data for a in render_library() if a.path.endswith("vis-network.min.js"))


class NamedQuestion(NamedTuple):
    """A query with its name."""

    names: Mapping[str, str]
    """Language → name."""
    text: str


class QueryPageContent(NamedTuple):
    """The content of the query page."""

    title: str
    info: Info
    """Content of `build.json`."""
    limits: QueryLimits
    folder: Path
    """Folder of the questions."""
    site: Sequence[str]
    """Languages of the site."""
    query: str = ""
    out: Path | None = None
    """Folder of the built site; None where only the ontology was built."""


def questions(folder: Path) -> list[NamedQuestion]:
    """The questions of a knowledge base. The first comment of a file contains the name, which can be in two languages.

    Files that can't be read are skipped.
    """
    rows = []
    for path in _entries(folder):
        try:
            text = files.read_text(path)
        except (OSError, UnicodeDecodeError):
            continue
        first = text.lstrip().splitlines()[0].lstrip("# ").strip() if text.lstrip().startswith("#") else ""
        rows.append(NamedQuestion(split_bilingual(first or path.stem), text))
    return rows


def _entries(folder: Path) -> list[Path]:
    try:
        return files.entries(folder, ".rq")
    except OSError:
        return []


def query_page(lang: str, content: QueryPageContent) -> str:
    """Render the page in a language."""
    title, info, limits, folder, site, query, out = content
    w = Words(lang, "serve.query")
    base = info.base
    own = [(text_in(question.names, lang), question.text) for question in questions(folder)]
    common = [(w(key), text) for key, text in EXAMPLES]
    seconds = w("unit-seconds", n=int(limits.seconds)) if limits.seconds >= 1 else f"{limits.seconds:g} s"
    lead = w(
        "query-lead",
        statements=info.summary.statements or 0,
        built=info.built.replace("T", " ").replace("Z", " UTC"),
        seconds=seconds if limits.seconds else w("any-seconds"),
        rows=w("unit-rows", n=limits.rows) if limits.rows else w("any-rows"),
    )
    localized = _site_language(lang, site)
    links, reports = (_links(items, out, w, localized, site) if out else [] for items in (navigation.MAIN, navigation.REPORTS))
    names = query_prefixes(base)
    data = {
        "lang": lang,
        "base": base,
        "prefixes": names,
        "texts": {
            key.removeprefix("js-"): w.forms(key) for key in Texts(lang, "serve.query") if key.startswith(("js-", "download-"))
        },
    }
    return _template().render(
        w=w,
        title=title or w("untitled"),
        home=links[0][1] if links else "/sparql",
        links=links,
        reports=reports,
        search="/" + paths.localized(paths.SEARCH, localized, site) if out else "",
        lead=lead,
        query=query or (own or common)[0][1],
        examples=[(w("examples-own"), own), (w("examples-common"), common)],
        prefixes=sorted(names.items()),
        programs=w("programs-lead", results=_listed(RESULT_TYPES), graphs=_listed(GRAPH_TYPES)),
        data=Markup(script_json(data)),  # noqa: S704  # escaped for a script element
        stamp=asset_stamp(),
    )


def _links(items: Sequence[NavigationItem], out: Path, w: Words, lang: str, site: Sequence[str]) -> list[tuple[str, str]]:
    """Name and address of the pages that this knowledge base has: not every one has coverage and a plan."""
    places = [(item, (paths.map_link if item.is_map else paths.localized)(item.target, lang, site)) for item in items]
    return [
        (w.get(f"{item.section}-short", "") or w(item.section), f"/{path}") for item, path in places if _is_built(out, path)
    ]


def _is_built(out: Path, path: str) -> bool:
    return (out / path.partition("#")[0]).is_file()


def _listed(types: Mapping[str, object]) -> str:
    return ", ".join(list(types)[:4])


@lru_cache(maxsize=1)
def _template() -> Template:
    return templates_of().from_string(read_asset("query.html"))


def concept_page(iri: str, base: str, lang: str, site: Sequence[str]) -> str:
    """The path of a concept's page on the site.

    >>> concept_page("https://a.b/concept/raft", "https://a.b/", "en", ("zh", "en"))
    'concepts/raft.en.html'
    """
    start = f"{base}concept/"
    if not iri.startswith(start):
        raise KgError("this IRI names no concept of this knowledge base")
    return paths.concept_path(unquote(iri[len(start) :]), _site_language(lang, site), site)


def _site_language(lang: str, site: Sequence[str]) -> str:
    """The language of a site page that is linked from a page in `lang`."""
    if lang in site or not site:
        return lang
    return site[0]
