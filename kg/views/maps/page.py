"""Pages of maps: one template, the drawing as escaped JSON, and a shared library."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, TypedDict
from urllib.parse import quote

from jinja2 import Template
from markupsafe import Markup, escape

from kg.base.texts import Texts, list_languages
from kg.model import Artifact, Look
from kg.views.maps.atlas import MEASURES, Atlas, by_language
from kg.views.maps.drawing import CENTRE, CONCEPTS_BY_STEPS, MAX_LINES, RADII, Drawing, DrawnRelation
from kg.views.maps.embedding import THEMED
from kg.views.maps.levels import MapGroup
from kg.views.maps.lines import KINDS
from kg.views.page import Words
from kg.views.page.scripts import script_json
from kg.views.page.shell import base_style, frame_script, render_navigation, templates_of
from kg.views.page.view import View

# Browsers differ in whether local files match 'self', so `file:` is allowed too; it has no effect on served pages.
_POLICY: Final = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data:{images}; base-uri 'none'; form-action {form}"
)
_LOCAL: Final = "'self' file:"
_FRAME: Final = (
    "skip", "nav", "home", "browse", "maps", "learn", "learn-short", "reports", "find", "languages",
    *(f"{name}{ending}" for name in ("association", "hierarchy", "coverage", "quality", "plan") for ending in ("", "-short")),
)  # fmt: skip
"""Texts of the page frame that maps show too."""


@dataclass(frozen=True, slots=True)
class Page:
    """Path and names of a map page."""

    path: str
    """Relative to the output folder; empty for a standalone file."""
    names: Sequence[str]
    """Title by language."""
    above: Sequence[MapGroup] = ()
    """The groups that contain the page's group, largest first."""
    shards: int = 0
    """Number of data files from which the page itself draws the concept that its address names; 0: it has its drawing."""
    opens: int = 0
    """Number of data files with the concepts of the communities that open in place; 0: none does."""


def write(atlas: Atlas, page: Page, drawing: Drawing) -> Artifact:
    """Write a map as a page of the site."""
    up = "../" * page.path.count("/")
    places = {"concept": f"{up}concepts/", "map": f"{up}maps/", "home": up}
    scripts = [*(["data/all.js"] if page.shards else []), "lib/vis-network.min.js", "lib/map.js"]
    head = {
        "policy": _POLICY.format(script=_LOCAL, style=_LOCAL, form=_LOCAL, images=f" {_LOCAL}"),
        "embedded": False,
        "icon": f"{up}assets/icon.svg",
        "nav": render_navigation(View(atlas.assessment, atlas.langs[0]), page.path, "maps", Look(), live=True),
        "style": Markup('<link rel="stylesheet" href="{}maps/lib/map.css">').format(up),
        "scripts": Markup("\n").join(Markup('<script src="{}maps/{}"></script>').format(up, name) for name in scripts),
    }
    return Artifact(page.path, _page(atlas, page, drawing, places, head))


def standalone(atlas: Atlas, page: Page, drawing: Drawing, site: str | None = None) -> bytes:
    """A map as one self-contained file: library and style are inline, allowed by their digests.

    With `site`, the page is made to be shown inside of another: without header, in colours that its address can set, and with
    links to the site of that URL, or if it is empty, without links.
    """
    scripts = [_vis(), _script()]
    style = _style()
    head = {
        "policy": _POLICY.format(script=" ".join(map(_digest, scripts)), style=_digest(style), form="'none'", images=""),
        "embedded": site is not None,
        "icon": "data:,",
        "nav": "",
        "style": Markup(f"<style>{style}</style>"),  # noqa: S704 (an own file)
        "scripts": Markup("\n".join(f"<script>{s}</script>" for s in scripts)),  # noqa: S704 (likewise)
    }
    places = {"concept": f"{site}concepts/", "map": f"{site}maps/", "home": site} if site else {}
    return _page(atlas, page, drawing, places, head)


def render_library() -> Iterator[Artifact]:
    """Yield the shared files of a site's maps: vis-network, script and style."""
    yield Artifact("maps/lib/map.css", _style().encode())
    yield Artifact("maps/lib/map.js", _script().encode())
    yield Artifact("maps/lib/vis-network.min.js", _vis().encode())


@lru_cache(maxsize=1)
def _vis() -> str:
    """vis-network, as specified by `kg.base.parcels.VIS_NETWORK`, with line ends normalised as by an HTML parser."""
    content = read_static("vis-network/vis-network.min.js")
    return content.replace("</script", "<\\/script")


@lru_cache(maxsize=8)
def read_static(name: str) -> str:
    """Return a file of kg's own, with line ends normalised."""
    return _normal((files("kg.views.maps") / "static" / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _style() -> str:
    dark = read_static("dark.css")
    chosen = (
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{\n{dark}}} }}\n"
        f":root[data-theme=dark] {{\n{dark}}}\n"
    )
    return _normal(base_style()) + read_static("map.css") + chosen


@lru_cache(maxsize=1)
def _script() -> str:
    """The concatenated script parts in a function scope, so that they define no globals; it waits for the data of the page."""
    folder = files("kg.views.maps") / "static" / "js"
    parts = [_normal(part.read_text(encoding="utf-8")) for part in sorted(folder.iterdir(), key=lambda part: part.name)]
    body = "\n".join(parts)
    texts = {lang: _script_texts(lang) for lang in list_languages("views")}
    frame = _normal(frame_script(list_languages("views")))
    return f'{frame}\n(async () => {{\n"use strict";\nconst KG_TEXTS = {script_json(texts)};\n{body}}})();\n'


def _script_texts(lang: str) -> dict[str, str]:
    """Texts that the script exchanges when the language changes: those of maps and of the frame."""
    words = Words(lang, "views.maps")
    return {key: words(key) for key in (*_FRAME, *Texts(lang, "views.maps")) if words.get(key, "")}


@lru_cache(maxsize=1)
def _template() -> Template:
    return templates_of().from_string(read_static("page.html"))


def _normal(content: str) -> str:
    """Normalise CR LF to LF: a parser does so before it computes the digest of a script."""
    return content.replace("\r\n", "\n").replace("\r", "\n")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _page(
    atlas: Atlas,
    page: Page,
    drawing: Drawing,
    places: Mapping[str, str],
    head: Mapping[str, object],
) -> bytes:
    lang = atlas.langs[0]
    title = atlas.assessment.title
    titles = [title.get(language) or title.get("en") or next(iter(title.values()), "kg") for language in atlas.langs]
    data = {
        "langs": atlas.langs,
        "names": page.names,
        "titles": titles,
        "places": places,
        "kinds": KINDS,
        "colour": drawing.colour,
        "bundled": drawing.bundled,
        "legends": drawing.legends,
        "relations": drawing.relations,
        "nodes": drawing.nodes,
        "edges": drawing.edges,
        "options": drawing.options,
        "measures": drawing.measures,
        "radii": drawing.radii,
        "centre": CENTRE,
        "sizes": MEASURES,
        "radii_inside": RADII,
        "ups": [by_language(group.names) for group in page.above],
    }
    if page.shards:
        data |= {"shards": page.shards, "limits": CONCEPTS_BY_STEPS, "lines": MAX_LINES}
    if head["embedded"]:
        data["themed"] = THEMED
    if page.opens:
        data["parts"] = page.opens
    if drawing.leading:
        data["leading"] = drawing.leading
    if atlas.has_days and page.path:
        data["days"] = True
    loose = _loose(atlas, drawing) if page.path else ""
    html = _template().render(
        head,
        lang=lang,
        languages=[(language, _own_name(language)) for language in atlas.langs],
        t=atlas.words[lang],
        title=titles[0],
        name=page.names[0],
        description=_description(atlas, page.names[0], titles[0], drawing),
        places=places,
        above=page.above,
        any_concept=page.shards > 0,
        is_overview=page.path == "maps/overview.html",
        cuts=_cuts(drawing, atlas.words[lang], loose),
        nodes=drawing.nodes,
        edges=len(drawing.edges),
        rows=_rows(drawing, places, atlas.words[lang]),
        bundled=drawing.bundled,
        data=Markup(script_json(data)),  # noqa: S704 (escaped by script_json)
    )
    return html.encode("utf-8", "replace")


def _description(atlas: Atlas, name: str, title: str, drawing: Drawing) -> str:
    """The most important of what the map shows, for search engines and cards of links."""
    important = sorted(drawing.nodes, key=lambda node: (-node["m"][0], node["id"]))[:8]
    names = [node["names"][0] for node in important]
    return f"{name} · {title}" + (f": {atlas.words[atlas.langs[0]].join(names)}" if names else "")


class Omission(TypedDict):
    """What a page does not show."""

    key: str
    """Of the text."""
    shown: int
    all: int
    href: str
    """The page that shows it, or empty."""
    text: str


def _cuts(drawing: Drawing, words: Words, loose: str) -> list[Omission]:
    """Messages about omitted content; `loose` is the page of concepts without lines."""
    pairs = (
        ("cut", len(drawing.nodes), drawing.total),
        ("cut_lines", len(drawing.edges), drawing.total_lines),
    )
    cuts: list[Omission] = [
        {"key": key, "shown": shown, "all": total, "href": "", "text": words(key, shown=str(shown), all=str(total))}
        for key, shown, total in pairs
        if shown < total
    ]
    if drawing.alone:
        count = len(drawing.alone)
        text = words("cut_alone", all=str(count))
        cuts.append({"key": "cut_alone", "shown": 0, "all": count, "text": text, "href": loose})
    return cuts


def _loose(atlas: Atlas, drawing: Drawing) -> str:
    """Relative address of the page with the concepts that the overview omits; empty if there are none."""
    groups = (c.index for c in atlas.assessment.communities if drawing.alone and drawing.alone[0] in c.members)
    return next((f"cluster-{index}.html" for index in groups), "")


def _own_name(lang: str) -> str:
    """The name of a language in that language."""
    return Words(lang).get(f"lang-{lang}", lang)


def _rows(drawing: Drawing, places: Mapping[str, str], words: Words) -> Markup:
    """Table rows: each node with its neighbours, as a text alternative to the map.

    With ten thousand pages there are millions of cells, so they are joined here and not in the template.
    """
    names = [escape(node["names"][0]) for node in drawing.nodes]
    ends = [f' <span data-node="{i}">{name}</span></li>' for i, name in enumerate(names)]
    relations = [_words(i, relation) for i, relation in enumerate(drawing.relations)]
    joined: list[list[str]] = [[] for _ in names]
    for edge in drawing.edges:
        a, b = edge["from"], edge["to"]
        if drawing.bundled:
            count = f'<li><span class="word">{sum(n for _, n in edge["counts"])}</span>'
            joined[a].append(count + ends[b])
            joined[b].append(count + ends[a])
            continue
        for relation, forward in edge["relations"]:
            there, back = relations[relation] if forward else relations[relation][::-1]
            joined[a].append(there + ends[b])
            joined[b].append(back + ends[a])
    alone = f'<span class="quiet" data-text="alone">{escape(words("alone"))}</span>'
    rows = []
    for i, node in enumerate(drawing.nodes):
        if places and "page" in node:
            tag = f'<a href="{places["concept"]}{quote(node["page"])}.html" data-page data-node="{i}">{names[i]}</a>'
        elif places and "href" in node:
            tag = f'<a href="{places["map"]}{node["href"]}" data-go data-node="{i}">{names[i]}</a>'
        else:
            tag = f'<span data-node="{i}">{names[i]}</span>'
        cell = f"<ul>{''.join(joined[i])}</ul>" if joined[i] else alone
        rows.append(f'<tr><th scope="row">{tag}</th><td>{cell}</td></tr>')
    return Markup("\n".join(rows))  # noqa: S704 (names are escaped above)


def _words(index: int, relation: DrawnRelation) -> tuple[str, str]:
    """The label of a relation read from its source, and from its target."""
    name = relation["names"][0]
    back = relation.get("inverse", [f"← {name}"])[0]
    tag = f'<li><span class="word" data-relation="{index}" data-back='
    return f'{tag}"">{escape(name)}</span>', f'{tag}"1">{escape(back)}</span>'
