"""Links without a target among the notes that aren't broken: to excluded files, out of the notes, to what a generator makes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Final, Protocol

from kg.base.names import NOTE_ENDINGS, fold
from kg.corpus.addresses import place_in_content
from kg.corpus.pages import Pages
from kg.corpus.site import SourceSite
from kg.corpus.source_site import OKF
from kg.model import Link, Unseen

_NAMES: Final = frozenset(("wikilink", "property", "name"))
_TEMPLATE: Final = re.compile(r"\{\{|\}\}|\{%|\$\{|<%|\$\(")
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?")
_MADE: Final = (".html", ".htm", ".xml", ".json", ".rss", ".php", ".aspx", ".jsp")
"""Endings of files that programs make: documentation of code, feeds."""


_FILES: Final = (
    ".rst",
    ".txt",
    ".py",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".webp",
    ".pdf",
    ".yml",
    ".yaml",
    ".toml",
    ".html",
)
"""Endings of the files that a page of Sphinx links to; other dots are of names in code."""
_ALIASES: Final = ("@site/", "@/", "@@/", "~@", "~~/", "@docs/", "@assets/", "@theme/", "@images/")
"""What begins an address that a bundler resolves: Docusaurus, VitePress, Astro, Nuxt."""
_SUMMARY: Final = "summary.md"


class Unread:
    """Files that exist beside the notes but aren't read, by folded name; and folders of unknown content."""

    def __init__(self, names: Iterable[str]) -> None:
        self.files: dict[str, str] = {}
        self.folders: set[str] = set()
        self.vast: set[str] = set()
        for name in names:
            path = fold(name.rstrip("/"))
            (self.vast.add(path) if name.endswith("/") else self.files.setdefault(path, name))
            while path and path not in self.folders:
                path = path.rpartition("/")[0]
                self.folders.add(path)
        self.folders |= self.vast

    def find(self, path: str) -> str | None:
        """Return the name of the file or folder at a path, with or without the extension of a note; None if there is none."""
        folded = fold(path)
        for name in (folded, *(folded + ending for ending in NOTE_ENDINGS)):
            if name in self.files:
                return self.files[name]
        above = folded
        while above:
            if above in self.vast:
                return path
            above = above.rpartition("/")[0]
        return path if folded and folded in self.folders else None


class Collection(Protocol):
    """What must be known of a collection to tell what its links may lead to."""

    site: SourceSite
    vault: bool
    """Whether the notes are an Obsidian vault."""
    unread: Unread
    pages: Pages
    roots: tuple[str, ...]
    """Names of the notes folders."""
    folders: set[str]
    """The folded names of all folders."""

    def has_file(self, name: str) -> bool:
        """Return whether there is a note or attachment with this name, in any case."""

    def holds_only_index(self, folder: str) -> bool:
        """Return whether a folder, by its folded name, has an index page and no other file."""


def explain_missing(collection: Collection, source: str, link: Link) -> Unseen | None:
    """Return why kg can't see the target of a link without one, or None if the link is broken."""
    site, unread, folders = collection.site, collection.unread, collection.folders
    target = link.target
    kind = link.kind.partition(":")[0]
    if _TEMPLATE.search(target) or (kind == "argument" and not _is_address(target)):
        return Unseen("generated")
    if kind in _NAMES and not target.startswith(("./", "../")):
        name = unread.find(target.strip("/"))
        if (
            name is None
            and kind != "property"
            and site.only_markdown_links
            and not collection.vault
            and not site.tool_of(source)
        ):
            return Unseen("text")  # brackets mean nothing to the tool
        return Unseen("excluded", name) if name is not None else None
    if kind in _NAMES:
        return None
    if site.cross_references and "/" not in target and not target.lower().endswith((*NOTE_ENDINGS, *_FILES)):
        return Unseen("generated")  # an object in code, or a label of another project
    if target.startswith(_ALIASES):  # of the notes: a name that the configuration of a bundler defines
        name = unread.find(site.name_outside(target.removeprefix("@site/"))) if target.startswith("@site/") else None
        return Unseen("excluded", name) if name is not None else Unseen("outside")
    inside = not site.publishes or place_in_content(site, source) is not None
    path = target.strip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(source), target)
    path = posixpath.normpath(path) if path else "."
    name = unread.find(path)
    if name is not None and not (site.publishes and inside and path.endswith(NOTE_ENDINGS)):
        return Unseen("excluded", name)
    if path.startswith("..") and not (site.publishes and inside):
        return Unseen("outside")
    if not site.publishes and not target.startswith("/") and _leaves_book(collection, source, path):
        return Unseen("outside")
    if collection.vault or site.generator == OKF:
        return None
    if target.startswith("/"):
        for folder in site.static:
            name = unread.find(site.name_outside(posixpath.join(folder, target.strip("/"))))
            if name is not None:
                return Unseen("excluded", name)
        if not (_is_own(collection, inside, target) or _is_asset(site, source, target)) or _is_made(site, target):
            return Unseen("address")
    if any(site.is_ignored(place) for place in _places(collection, source, target, path)):
        return Unseen("generated")
    ending = posixpath.splitext(target.rstrip("/"))[1].lower()
    if site.unknown and (not ending or ending in _MADE):
        return Unseen("address")  # of a page, by rules that kg doesn't know
    if not site.publishes and ending in _MADE and fold(posixpath.dirname(path)) not in folders:
        return Unseen("generated")
    if site.generated:
        parents = [fold(posixpath.dirname(p)) for p in _places(collection, source, target, path)]
        if not any(_is_folder(folders, folder) and not collection.holds_only_index(folder) for folder in parents):
            return Unseen("generated")
    return None


def _is_asset(site: SourceSite, source: str, target: str) -> bool:
    """Return whether a link leads to an attachment of a graph of Logseq: from its root, whatever page it is on."""
    return target.startswith("/assets/") and (site.tool_of(source) or site.generator) == "logseq"


def _leaves_book(collection: Collection, source: str, path: str) -> bool:
    """Return whether a link leads out of a book of mdBook or GitBook, the folder of the nearest file `SUMMARY.md`."""
    folder = source
    while folder:
        folder = posixpath.dirname(folder)
        if collection.has_file(posixpath.join(folder, _SUMMARY)):
            return bool(folder) and not path.startswith(folder + "/")
    return False


def _is_address(target: str) -> bool:
    """Return whether an argument of a shortcode can only be an address: one from the root, or relative with dots or a slash.

    What a theme makes of other values isn't known, nor where it looks for files.

    >>> _is_address("/docs/x/"), _is_address("../x"), _is_address("x"), _is_address("/a.png")
    (True, True, False, False)
    """
    return target.startswith(("/", "./", "../")) and posixpath.splitext(target)[1].lower() in ("", ".md", ".html")


def _places(collection: Collection, source: str, target: str, path: str) -> list[str]:
    """Return the names that a missing file could have."""
    return collection.pages.paths_at_root(source, target) if target.startswith("/") else [path]


def _is_folder(folders: set[str], path: str) -> bool:
    return not path or fold(path) in folders


def _is_made(site: SourceSite, target: str) -> bool:
    """Return whether a site makes or redirects the page at an address with a leading slash."""
    path = target.strip("/")
    head, _, rest = path.partition("/")
    if head in site.prefixed:
        head = rest.partition("/")[0]
    if site.generator == "hugo" and (head in site.taxonomies or path.endswith((".xml", ".json", ".webmanifest"))):
        return True
    address = f"/{path}"
    for pattern in site.redirects:
        start, star, _ = pattern.partition("*")
        start = re.sub(r":\w+.*", "", start) if "/:" in start else start
        if address.startswith(start.rstrip("/") + "/") if star or start != pattern else address == start.rstrip("/"):
            return True
    return False


def _is_own(collection: Collection, inside: bool, target: str) -> bool:
    """Return whether a link with a leading slash leads to something that would be among the notes."""
    site, folders, roots = collection.site, collection.folders, collection.roots
    path = target.strip("/")
    first = path.partition("/")[0]
    if site.publishes and inside:
        if site.root_relative or site.generator == "jekyll":
            return True
        return bool(site.base) and f"{path}/".startswith(site.base + "/")
    if first in roots and _LANGUAGE.fullmatch(first) and not site.unknown:
        return True  # the folder of a language, which begins the addresses of its pages
    return path.lower().endswith(NOTE_ENDINGS) and "/" in path and fold(first) in folders
