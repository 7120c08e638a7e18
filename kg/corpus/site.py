"""Detects the tool of a collection, and reads folders, languages and addresses from its configuration."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.base.formats.toml_text import read_toml
from kg.base.formats.yaml_text import read_configuration
from kg.base.listing import Configuration
from kg.model import Fault
from kg.notes.dialect import PLAIN, Dialect


@dataclass(frozen=True, slots=True)
class SourceSite:
    """The tool that a collection was made for; all fields are empty if there is no configuration.

    Paths here are relative to the folder of the configuration; `places` maps the names of notes to them.
    """

    generator: str = ""
    """``hugo``, ``jekyll``, ``mkdocs``, ``dendron``, ``logseq`` or empty."""
    obsidian: bool = False
    """Whether the notes are an Obsidian vault, which a site can be generated from as well."""
    dialect: Dialect = PLAIN
    places: tuple[tuple[str, str], ...] = ()
    """Prefix of the names of notes → path of their folder; the prefix of a single notes folder is empty."""
    faults: tuple[tuple[str, Fault], ...] = ()
    """Configuration files that exceed a limit, by path relative to the notes folder."""
    base: str = ""
    """Path of the site's own address, without slashes at the ends."""
    folders: tuple[tuple[str, str], ...] = ()
    """(language, folder) of published files; the language is empty if there is only one."""
    default_language: str = ""
    prefixed: frozenset[str] = frozenset()
    """Languages whose addresses begin with their key."""
    suffixed: frozenset[str] = frozenset()
    """Languages that may be part of a file's name: ``about.fr.md``."""
    static: tuple[str, ...] = ()
    """Folders whose files are copied to the root of the site."""
    permalinks: Mapping[str, str] = field(default_factory=dict)
    """Section (Hugo) or collection (Jekyll) → address pattern; ``""`` for all others."""
    directories: bool = True
    """Whether a page is published as a folder: ``a.md`` at ``a/``."""
    root_files: bool = True
    """Whether a link with a leading slash may refer to a source file."""
    root_relative: bool = False
    """Whether links with a leading slash never leave the site, although its address has a path."""
    only_markdown_links: bool = False
    """Whether double brackets are text."""
    generated: bool = False
    """Whether plug-ins add pages and anchors."""
    unknown: bool = False
    """Whether a generator that kg doesn't know publishes the notes."""
    separator: str = ""
    """Replacement of spaces in the ids of headings by Python-Markdown; empty for GitHub's ids."""
    vaults: Mapping[str, str] = field(default_factory=dict)
    """Dendron: name of a vault → its folder."""

    @property
    def publishes(self) -> bool:
        """Whether pages have addresses of their own."""
        return self.generator in ("hugo", "jekyll", "mkdocs")

    def path(self, name: str) -> str:
        """Return the path of a note or attachment below the configuration's folder.

        >>> SourceSite(places=(("", "content/en"),)).path("a/b.md")
        'content/en/a/b.md'
        """
        for start, folder in self.places:
            if name.startswith(start):
                return posixpath.join(folder, name[len(start) :])
        return name

    def name(self, path: str) -> str | None:
        """Return the name of the note or attachment at a path, the inverse of `path`; None outside of the notes folders.

        >>> english, docs = SourceSite(places=(("", "content/en"),)), SourceSite(places=(("", "docs"),))
        >>> english.name("content/en/a/b.md"), docs.name("README.md")
        ('a/b.md', None)
        """
        for start, folder in self.places:
            if not folder:
                return start + path
            if path == folder or path.startswith(folder + "/"):
                return start + path[len(folder) + 1 :]
        return None if self.places else path


NO_SITE: Final = SourceSite()


def read_site(configurations: Iterable[Configuration]) -> SourceSite:
    """Return the site that configuration files describe; the nearest known tool is used, Obsidian combines with any.

    >>> read_site([Configuration("hugo.toml", b'defaultContentLanguage = "de"', "", "content")]).generator
    'hugo'
    >>> read_site([]) == NO_SITE
    True
    """
    all_files = list(configurations)
    obsidian = any(c.name == ".obsidian" for c in all_files)
    faults: list[tuple[str, Fault]] = []
    for depth in sorted({_depth(c) for c in all_files}):
        for generator, (names, reader) in _GENERATORS.items():
            own = [c for c in all_files if _depth(c) == depth and names.fullmatch(c.name)]
            table: dict[str, object] = {}
            for c in own:
                _merge(table, _section(c.name, _table(c, faults)))
            site = reader(table) if own else None
            if site is not None:
                # Another notes folder may be at a deeper level below the same configuration.
                same = {(c.notes, c.below) for c in all_files if (c.name, c.data) == (own[0].name, own[0].data)}
                return replace(
                    site, generator=generator, obsidian=obsidian, places=tuple(sorted(same, reverse=True)), faults=tuple(faults)
                )
    return replace(NO_SITE, obsidian=obsidian, faults=tuple(faults))


def _depth(configuration: Configuration) -> int:
    return len(configuration.below.split("/")) if configuration.below else 0


def _table(configuration: Configuration, faults: list[tuple[str, Fault]]) -> dict[str, object]:
    """Return the content of a configuration file; empty if it can't be parsed, which its own tool will report.

    If it exceeds a limit, add a fault with the file's path from the notes folder: the tool itself may be able to read it.
    """
    text = configuration.data.decode("utf-8", "replace")
    ending = configuration.name.rpartition(".")[2]
    try:
        if ending == "edn":
            value: object = {"text": text}
        elif ending == "toml":
            value = read_toml(text)
        elif ending == "json":
            value = read_json(text)
        else:
            value = read_configuration(text)
    except FormatError as error:
        value = {}
        if error.limit:
            path = "../" * _depth(configuration) + configuration.name
            faults.append((path, Fault("left-out-file", error.line or 1, error.column or 1, error.advice)))
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


def _section(name: str, table: dict[str, object]) -> dict[str, object]:
    """Return the content of a file in Hugo's configuration folder: its name is the key of the section."""
    stem = posixpath.basename(name).rpartition(".")[0]
    return table if not name.startswith("config/") or stem in ("hugo", "config") else {stem: table}


def _merge(table: dict[str, object], more: Mapping[str, object]) -> None:
    for key, value in more.items():
        present = table.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            _merge(present, value)
        else:
            table.setdefault(key, value)


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
    languages = {k: v for k, v in languages.items() if not v.get("disabled")}
    default = str(options.get("defaultcontentlanguage") or "en").lower()
    folders = [(k, str(v["contentdir"]).strip("/")) for k, v in languages.items() if v.get("contentdir")]
    own = {k for k, _ in folders}
    if default not in own:
        folders.append((default, content))
    everywhere = bool(options.get("defaultcontentlanguageinsubdir"))
    static = options.get("staticdir", "static")
    patterns = _mapping(options.get("permalinks"))
    return SourceSite(
        base=_address_path(options.get("baseurl")),
        folders=tuple(sorted(folders, key=lambda f: -len(f[1]))),
        default_language=default,
        prefixed=frozenset(k for k in languages if everywhere or k != default),
        suffixed=frozenset(languages),
        # Images are also searched for in `assets`, as in Hugo's own render hook for images.
        static=(*(str(s).strip("/") for s in (static if isinstance(static, list) else [static])), "assets"),
        permalinks=_texts(patterns) | _texts(patterns.get("page")),
        directories=options.get("uglyurls") is not True,
    )


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


def _mkdocs(table: dict[str, object]) -> SourceSite:
    extensions: dict[str, dict[str, object]] = {}
    given = table.get("markdown_extensions")
    for item in given if isinstance(given, list) else [given]:
        if isinstance(item, str):
            extensions[item] = {}
        else:
            extensions |= {k: _mapping(v) for k, v in _mapping(item).items()}
    toc = extensions.get("toc") or extensions.get("markdown.extensions.toc") or {}
    separator = toc.get("separator")
    separator = separator if isinstance(separator, str) and separator else "-"
    links = _mapping(_mapping(table.get("validation")).get("links")) or _mapping(table.get("validation"))
    containers = {"admonition", "pymdownx.details", "pymdownx.tabbed", "pymdownx.superfences", "markdown.extensions.admonition"}
    return SourceSite(
        dialect=Dialect(meta_data=True, admonitions=bool(containers & set(extensions))),
        base=_address_path(table.get("site_url")),
        folders=(("", str(table.get("docs_dir") or "docs").strip("./")),),
        directories=table.get("use_directory_urls") is not False,
        root_files=links.get("absolute_links") == "relative_to_docs",
        # Another slugify function (pymdownx.slugs) keeps letters beyond ASCII, as GitHub does.
        separator="" if toc.get("slugify") else separator,
    )


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
    return SourceSite(dialect=Dialect(properties=True, file_titles=way))


# Tool → its configuration files, and the function that reads them; it returns None for a file of another tool.
_GENERATORS: Final[Mapping[str, tuple[re.Pattern[str], Callable[[dict[str, object]], SourceSite | None]]]] = {
    "hugo": (re.compile(r"(?:hugo|config)\.(?:toml|ya?ml|json)|config/_default/.+"), _hugo),
    "mkdocs": (re.compile(r"mkdocs\.ya?ml"), _mkdocs),
    "jekyll": (re.compile(r"_config\.(?:ya?ml|toml)"), _jekyll),
    "dendron": (re.compile(r"dendron\.ya?ml"), _dendron),
    "logseq": (re.compile(r"logseq/config\.edn"), _logseq),
}
