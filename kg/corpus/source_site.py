"""The tool that a collection was made for: its folders, languages and addresses."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kg.base.gitignore import GitPattern, is_ignored
from kg.corpus.contents import ContentsEntry
from kg.model import Fault
from kg.notes.dialect import PLAIN, Dialect, DialectMap

OKF: Final = "okf"
"""The generator of a bundle of the Open Knowledge Format."""


class IgnoreFile(NamedTuple):
    """A file named `.gitignore`."""

    notes: str
    """Prefix of the names of the notes below its folder."""
    below: str
    """Path of their notes folder below its folder."""
    patterns: tuple[GitPattern, ...]


@dataclass(frozen=True, slots=True)
class SourceSite:
    """The tool that a collection was made for; all fields are empty if there is no configuration.

    Paths here are relative to the folder of the configuration; `places` maps the names of notes to them.
    """

    generator: str = ""
    """``hugo``, ``jekyll``, ``mkdocs``, ``dendron``, ``logseq``, ``foam``, ``okf`` or empty."""
    obsidian: bool = False
    """Whether the notes are an Obsidian vault, which a site can be generated from as well."""
    unwritten: bool = False
    """Whether links to notes that nobody has written yet are usual: Obsidian creates the note when the link is followed."""
    asides: tuple[str, ...] = ()
    """Prefixes of the names of notes that are not concepts: templates and daily notes of a vault."""
    periodic: tuple[str, ...] = ()
    """Expressions for the names, without ending, of a vault's notes of a day, a week and so on."""
    nested: tuple[str, ...] = ()
    """Prefixes of the names of notes in vaults and notebooks below the notes folder; links stay in them, if they can."""
    notebooks: tuple[str, ...] = ()
    """Those of `nested` that are notebooks of zk."""
    alone: bool = False
    """Whether the notes folder itself is not a vault or notebook, so that links never leave one of these."""
    dialect: Dialect = PLAIN
    own_tools: tuple[tuple[str, str, Dialect], ...] = ()
    """Prefix of the names of notes that were written with another tool, the tool, its dialect."""
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
    mounted: Mapping[str, str] = field(default_factory=dict)
    """Content or static folder → where its files appear below the root, if that isn't the root itself (Hugo's mounts)."""
    taxonomies: frozenset[str] = frozenset()
    """First parts of addresses whose pages the generator makes, such as ``tags``."""
    ignores: tuple[IgnoreFile, ...] = ()
    """Files named `.gitignore`."""
    unread: tuple[str, ...] = ()
    """Names of files that exist but aren't read, or that a generator makes; a folder of unknown content ends in ``/``."""
    redirects: tuple[str, ...] = ()
    """Addresses that the server redirects, in the syntax of Netlify: ``/old/*``."""
    hooked: bool = True
    """Whether a template may change the destinations of links before a browser sees them."""
    permalinks: Mapping[str, str] = field(default_factory=dict)
    """Section (Hugo) or collection (Jekyll) → address pattern; ``""`` for all others."""
    lower_case: bool = False
    """Whether the generator writes addresses of pages in lower case, and the server tells cases apart."""
    directories: bool = True
    """Whether a page is published as a folder: ``a.md`` at ``a/``."""
    root_files: bool = True
    """Whether a link with a leading slash may refer to a source file."""
    root_relative: bool = False
    """Whether links with a leading slash never leave the site, although its address has a path."""
    only_markdown_links: bool = False
    """Whether double brackets are text."""
    generated: bool = False
    """Whether plug-ins add pages."""
    open_anchors: bool = False
    """Whether plug-ins add anchors, or ids of headings have a form that kg doesn't know."""
    unknown: bool = False
    """Whether a generator whose addresses kg doesn't know publishes the notes."""
    cross_references: bool = False
    """MyST: the destination of a link may be the label of a block anywhere, or the name of an object in code."""
    fallbacks: tuple[tuple[str, str], ...] = ()
    """(language folder, folder of the default language) of translations, in which missing files come from the latter."""
    separator: str = ""
    """Replacement of spaces in the ids of headings by Python-Markdown; empty for GitHub's ids."""
    heading_ids: str = ""
    """Hugo's form of the ids of headings: ``blackfriday``, ``github-ascii`` or empty for GitHub's."""
    partial_names: bool = False
    """zk: a wikilink may be any part of a file's name; the shortest path wins."""
    entries: tuple[ContentsEntry, ...] = ()
    """docfx: the links of tables of contents."""
    vaults: Mapping[str, str] = field(default_factory=dict)
    """Dendron: name of a vault → its folder."""

    @property
    def dialects(self) -> DialectMap:
        """The dialect of each note."""
        return DialectMap(self.dialect, tuple((prefix, dialect) for prefix, _, dialect in self.own_tools))

    def tool_of(self, name: str) -> str:
        """Return the tool that the settings name for a note's folder; empty if they name none."""
        return next((tool for prefix, tool, _ in reversed(self.own_tools) if name.startswith(prefix)), "")

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
        return f"../{name}" if self.places else name

    def is_ignored(self, name: str) -> bool:
        """Return whether `.gitignore` names a file, so that it may be generated where it doesn't exist."""
        return any(
            name.startswith(file.notes)
            and not (path := posixpath.normpath(posixpath.join(file.below, name[len(file.notes) :]))).startswith("../")
            and is_ignored(file.patterns, path)
            for file in self.ignores
        )

    def name_outside(self, path: str) -> str:
        """Return the name of a file outside of the notes folders by its path below the configuration's folder.

        >>> SourceSite(places=(("", "content/en"),)).name_outside("static/a.png")
        '../../static/a.png'
        """
        start, folder = self.places[-1] if self.places else ("", "")
        return posixpath.normpath(posixpath.join(start, *[".."] * len(folder.split("/") if folder else ()), path))

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
