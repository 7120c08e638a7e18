"""The configuration of each tool: the content folders, languages and addresses that it states."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from kg.base.configurations import MARKS
from kg.corpus.source_site import SourceSite
from kg.notes.dialect import Dialect


def _lower(value: object) -> object:
    """Convert all keys to lower case: Hugo's are case-insensitive."""
    return {str(k).lower(): _lower(v) for k, v in value.items()} if isinstance(value, dict) else value


def _mapping(value: object) -> dict[str, object]:
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {k: v for k, v in _mapping(value).items() if isinstance(v, str)}


def _address_path(url: object) -> str:
    return urlsplit(url).path.strip("/") if isinstance(url, str) else ""


# Keys that distinguish Hugo's `config.toml` from those of other tools.
_HUGO_KEYS: Final = frozenset(
    ("baseurl", "contentdir", "defaultcontentlanguage", "languagecode", "languages", "theme", "module", "markup", "taxonomies")
)


def _hugo(table: dict[str, object]) -> SourceSite | None:
    options = _mapping(_lower(table))
    if not _HUGO_KEYS & set(options):
        return None
    content = str(options.get("contentdir") or "content").strip("/")
    languages = {k: _mapping(v) for k, v in _mapping(options.get("languages")).items()}
    off = {str(k).lower() for k in _items(options.get("disablelanguages"))}
    languages = {k: v for k, v in languages.items() if not v.get("disabled") and k not in off}
    default = str(options.get("defaultcontentlanguage") or "en").lower()
    everywhere = bool(options.get("defaultcontentlanguageinsubdir"))
    mounts = _mounts(options)
    folders = [(lang or default, source) for source, target, lang in mounts if _below(target, "content") is not None]
    if not folders:
        folders = [(k, str(v["contentdir"]).strip("/")) for k, v in languages.items() if v.get("contentdir")]
        if default not in {k for k, _ in folders}:
            folders.append((default, content))
    static = [source for source, target, _ in mounts if _below(target, "static") is not None]
    if not static:
        static = [str(s).strip("/") for s in _items(options.get("staticdir", "static"))]
    themes = [f"{str(options.get('themesdir') or 'themes').strip('/')}/{name}" for name in _items(options.get("theme"))]
    patterns = _mapping(options.get("permalinks"))
    goldmark = _mapping(_mapping(options.get("markup")).get("goldmark"))
    taxonomies = options.get("taxonomies")
    imports = _mapping(options.get("module")).get("imports")
    return SourceSite(
        dialect=Dialect(bundles=True),
        base=_address_path(options.get("baseurl")),
        folders=tuple(sorted(folders, key=lambda f: -len(f[1]))),
        default_language=default,
        prefixed=frozenset(k for k in languages if everywhere or k != default),
        suffixed=frozenset(languages),
        # Images are also searched for in `assets`, as in Hugo's own render hook for images.
        static=(*static, "assets", *(f"{theme}/static" for theme in themes)),
        mounted={
            source: below
            for source, target, _ in mounts
            if (below := _below(target, "content") or _below(target, "static") or _below(target, "assets"))
        },
        taxonomies=frozenset(_texts(taxonomies).values() if isinstance(taxonomies, dict) else ("tags", "categories")),
        permalinks=_texts(patterns) | _texts(patterns.get("page")),
        directories=options.get("uglyurls") is not True,
        lower_case=options.get("disablepathtolower") is not True,
        hooked=_has_hooks(goldmark, languages, options, bool(imports) or any(t not in _HOOKLESS for t in themes)),
        root_relative=True,
        only_markdown_links=True,
        generated=bool(imports),
        heading_ids=str(_mapping(goldmark.get("parser")).get("autoheadingidtype") or "").removeprefix("github").strip("-"),
    )


_HOOKLESS: Final = frozenset(("themes/docsy", "node_modules/docsy"))
"""Themes that leave the destinations of links alone."""


def _has_hooks(goldmark: dict[str, object], languages: Mapping[str, object], options: dict[str, object], foreign: bool) -> bool:
    """Return whether a render hook for links may be in use: the embedded one, or one of the site, its theme or a module."""
    link = _mapping(_mapping(goldmark.get("renderhooks")).get("link"))
    embedded = link.get("useembedded", link.get("enabledefault", "auto"))
    return bool(
        foreign
        or options.get("linkhooks")
        or embedded in (True, "always", "fallback")
        # Hugo uses its own hook for several languages on one host, unless the settings say no.
        or (len(languages) > 1 and embedded not in (False, "never"))
    )


class _Mount(NamedTuple):
    """A folder or file of the project, and where it appears."""

    source: str
    target: str
    language: str
    """Empty if unset."""


def _mounts(options: dict[str, object]) -> list[_Mount]:
    """Return Hugo's mounts."""
    mounts = _mapping(options.get("module")).get("mounts")
    rows = [_texts(mount) for mount in mounts] if isinstance(mounts, list) else []
    return [
        _Mount(row["source"].strip("/"), row["target"].strip("/"), row.get("lang", "").lower())
        for row in rows
        if {"source", "target"} <= row.keys()
    ]


def _below(path: str, folder: str) -> str | None:
    """Return the rest of a path below a folder; None if it isn't there.

    >>> _below("content/docs", "content"), _below("content", "content"), _below("static", "content")
    ('docs', '', None)
    """
    return path[len(folder) + 1 :] if f"{path}/".startswith(folder + "/") else None


def _items(value: object) -> list[object]:
    """Return a value as a list; empty for nothing."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


# Jekyll's named styles (https://jekyllrb.com/docs/permalinks/#built-in-formats).
_STYLES: Final = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


def _jekyll(table: dict[str, object]) -> SourceSite:
    style = str(table.get("permalink") or "date")
    permalinks = {"": _STYLES.get(style, style)}
    collections = table.get("collections")
    for key, value in (dict.fromkeys(collections) if isinstance(collections, list) else _mapping(collections)).items():
        if isinstance(value, dict) and value.get("output"):
            permalinks[str(key)] = str(value.get("permalink") or "/:collection/:path:output_ext")
    return SourceSite(
        base=str(table.get("baseurl") or "").strip("/"),
        folders=(("", str(table.get("source") or "").strip("./")),),
        permalinks=permalinks,
        directories=permalinks[""].endswith("/"),
        root_files=False,
    )


# Plug-ins of MkDocs that add pages, and those that add text or anchors to pages.
_PAGE_MAKERS: Final = frozenset(
    (
        *("gen-files", "autoapi", "mkdocs-autoapi", "api-autonav", "mkapi", "blog", "material/blog", "tags", "material/tags"),
        *("rss", "multirepo", "monorepo", "mkdoxy", "swagger-ui-tag", "mkdocs-jupyter", "gallery", "redirects", "mike"),
        "projects",
    )
)
_TEXT_MAKERS: Final = frozenset(
    ("macros", "mkdocstrings", "include-markdown", "autorefs", "table-reader", "simple-hooks", "mkdocs-click", "termynal")
)
_WIKILINKS: Final = frozenset(("roamlinks", "ezlinks", "obsidian-bridge", "wikilinks", "obsidian-interactive-graph"))


def _named(value: object) -> dict[str, dict[str, object]]:
    """Return the items of a list in which each is a name, or a name with settings; or of a table."""
    items: dict[str, dict[str, object]] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            items[item] = {}
        else:
            items |= {k: _mapping(v) for k, v in _mapping(item).items()}
    return items


def _zensical(project: dict[str, object]) -> dict[str, object]:
    """Return the settings of Zensical as those of MkDocs: it has tables for lists, and some extensions from the start."""
    extensions = _mapping(project.get("markdown_extensions"))
    nested = {f"pymdownx.{key}": value for key, value in _mapping(extensions.get("pymdownx")).items()}
    usual: dict[str, object] = {} if "markdown_extensions" in project else {"admonition": {}, "pymdownx.tabbed": {}}
    return {**project, "markdown_extensions": {**usual, **extensions, **nested}}


def _mkdocs(table: dict[str, object]) -> SourceSite:
    if isinstance(table.get("project"), dict):
        table = _zensical(_mapping(table["project"]))
    extensions, plugins = _named(table.get("markdown_extensions")), _named(table.get("plugins"))
    toc = extensions.get("toc") or extensions.get("markdown.extensions.toc") or {}
    separator = toc.get("separator")
    separator = separator if isinstance(separator, str) and separator else "-"
    links = _mapping(_mapping(table.get("validation")).get("links")) or _mapping(table.get("validation"))
    containers = {"admonition", "pymdownx.details", "pymdownx.tabbed", "pymdownx.superfences", "markdown.extensions.admonition"}
    hooks = bool(_items(table.get("hooks")))
    wikilinks = bool(_WIKILINKS & set(plugins)) or any("wikilink" in name for name in extensions)
    return SourceSite(
        dialect=Dialect(meta_data=True, admonitions=bool(containers & set(extensions))),
        base=_address_path(table.get("site_url")),
        folders=(("", str(table.get("docs_dir") or "docs").strip("./")),),
        directories=table.get("use_directory_urls") is not False,
        root_files=links.get("absolute_links") == "relative_to_docs",
        root_relative=links.get("absolute_links") == "relative_to_docs"
        or (bool(table.get("site_url")) and not _address_path(table.get("site_url"))),
        only_markdown_links=not wikilinks,
        generated=hooks or bool(_PAGE_MAKERS & set(plugins)),
        open_anchors=hooks
        or bool(_mapping(extensions.get("pymdownx.tabbed")).get("slugify"))
        or bool((_PAGE_MAKERS | _TEXT_MAKERS) & set(plugins)),
        fallbacks=_translations(plugins.get("i18n"), str(table.get("docs_dir") or "docs").strip("./")),
        # Another slugify function (pymdownx.slugs) keeps letters beyond ASCII, as GitHub does.
        separator="" if toc.get("slugify") else separator,
    )


def _translations(options: dict[str, object] | None, docs: str) -> tuple[tuple[str, str], ...]:
    """Return the folders of languages in which mkdocs-static-i18n fills in files of the default language.

    >>> _translations({"docs_structure": "folder", "languages": [{"locale": "en", "default": True}, {"locale": "zh"}]}, "docs")
    (('docs/zh', 'docs/en'), ('docs/zh', 'docs'))
    """
    languages = options.get("languages") if options else None
    if options is None or not isinstance(languages, list) or options.get("fallback_to_default") is False:
        return ()
    rows = [_mapping(language) for language in languages]
    default = next((str(row["locale"]) for row in rows if row.get("default") and row.get("locale")), "")
    others = [str(row["locale"]) for row in rows if row.get("locale") and str(row["locale"]) != default]
    folders = [posixpath.join(docs, locale) for locale in others]
    return tuple((folder, place) for folder in folders for place in ((posixpath.join(docs, default)), docs) if default)


def _dendron(table: dict[str, object]) -> SourceSite:
    vaults = _mapping(table.get("workspace")).get("vaults") or table.get("vaults")
    folders = {}
    for vault in vaults if isinstance(vaults, list) else ():
        folder = str(_mapping(vault).get("fsPath") or "").strip("/")
        if folder:
            folders[str(_mapping(vault).get("name") or posixpath.basename(folder))] = folder
    return SourceSite(dialect=Dialect(label_first=True), vaults=folders)


def _logseq(table: dict[str, object]) -> SourceSite:
    text = re.sub(r";[^\n]*", "", str(table.get("text", "")))
    way = "triple-lowbar" if re.search(r":file/name-format\s+:triple-lowbar\b", text) else "legacy"
    journal = re.search(r":journal/page-title-format\s+\"([^\"\n]{1,60})\"", text)
    files = re.search(r":journal/file-name-format\s+\"([^\"\n]{1,60})\"", text)
    dialect = Dialect(
        properties=True,
        file_titles=way,
        journal_titles=journal[1] if journal else "MMM do, yyyy",
        journal_files=files[1] if files else "yyyy_MM_dd",
    )
    return SourceSite(dialect=dialect, unwritten=True)


def _docfx(table: dict[str, object]) -> SourceSite:
    # Pages link to each other by file; addresses are those of a site to which other repositories publish, too.
    # The folders of `metadata` receive pages about code.
    metadata = table.get("metadata")
    made = [_mapping(each).get("dest") for each in (metadata if isinstance(metadata, list) else ())]
    places = [posixpath.normpath(folder.replace("\\", "/")) for folder in made if isinstance(folder, str) and folder]
    return SourceSite(unknown=True, unread=tuple(f"{place}/" for place in places if place != "."))


STATIC: Final = ("public", "static")
"""Folders whose files VitePress, Docusaurus, Astro and others copy to the root of a site."""
COPIES: Final = re.compile(r"(?:docusaurus|astro|next)\.config\.\w+|gatsby-config\.js|\.vitepress")
"""Files of these generators beside which such a folder lies."""
FOREIGN: Final = frozenset(mark for mark in MARKS if mark not in (".obsidian", ".zk") and "_markup" not in mark)
"""Files of site generators whose addresses kg doesn't know."""

_REDIRECT: Final = re.compile(r"^\s*(?:from\s*=\s*\")?(/[^\s\"]*)", re.MULTILINE)


def read_redirects(name: str, data: bytes) -> list[str]:
    r"""Return the addresses that the server redirects, if a file states some.

    >>> read_redirects("static/_redirects", b"/old/*  /new/:splat 301\n# no\n"), read_redirects("hugo.toml", b"/x /y")
    (['/old/*'], [])
    """
    if not name.endswith(("_redirects", "_redirects.base", "index.redirects", "netlify.toml")):
        return []
    return _REDIRECT.findall(data.decode("utf-8", "replace"))


# Tool → its configuration files, and the function that reads them; it returns None for a file of another tool.
GENERATORS: Final[Mapping[str, tuple[re.Pattern[str], Callable[[dict[str, object]], SourceSite | None]]]] = {
    "hugo": (re.compile(r"(?:hugo|config)\.(?:toml|ya?ml|json)|config/_default/.+"), _hugo),
    "mkdocs": (re.compile(r"mkdocs\.ya?ml|zensical\.(?:toml|ya?ml)"), _mkdocs),
    "jekyll": (re.compile(r"_config\.(?:ya?ml|toml)"), _jekyll),
    "docfx": (re.compile(r"docfx\.json"), _docfx),
    "dendron": (re.compile(r"dendron\.ya?ml"), _dendron),
    "logseq": (re.compile(r"logseq/config\.edn"), _logseq),
}
