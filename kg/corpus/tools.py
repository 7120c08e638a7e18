"""The tool of all notes or of one folder where the settings name it, and graphs of Logseq in folders among the notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kg.base.configurations import LOGSEQ, OBSIDIAN, ZK, Configuration
from kg.base.listing import Listing
from kg.base.setting_types import DialectName, FolderDialect
from kg.corpus.generators import FOREIGN, GENERATORS
from kg.corpus.site import SourceSite, read_site
from kg.notes.dialect import Dialect

# The tools of configuration files → the file that shows each, as it is where nothing is configured. The notes folder then is
# the folder of the pages.
_SHOWN_BY: Final[Mapping[DialectName, tuple[str, bytes]]] = {
    "logseq": (LOGSEQ, b""),
    "zk": (ZK, b""),
    "dendron": ("dendron.yml", b"{}"),
    "hugo": ("hugo.toml", b'[[module.mounts]]\nsource = ""\ntarget = "content"\n'),
    "jekyll": ("_config.yml", b"{}"),
    "mkdocs": ("mkdocs.yml", b"docs_dir: .\nmarkdown_extensions: [admonition]\n"),
    "docfx": ("docfx.json", b"{}"),
    "myst": ("myst.yml", b""),
    "mdbook": ("book.toml", b""),
    "docusaurus": ("docusaurus.config.js", b""),
    "vitepress": (".vitepress", b""),
    "astro": ("astro.config.mjs", b""),
    "quarto": ("_quarto.yml", b""),
}


def _plain(usual: Dialect) -> Dialect:
    """Return a dialect without what only vaults have."""
    return usual._replace(comments=False, file_labels=False, definitions=True)


_IN_FOLDERS: Final[Mapping[FolderDialect, Callable[[Dialect], Dialect]]] = {
    "obsidian": lambda usual: usual._replace(comments=True, file_labels=True, definitions=False),
    "foam": _plain,
    "markdown": _plain,
    "zk": _plain,
    "dendron": lambda usual: _plain(usual)._replace(label_first=True),
    "mkdocs": lambda usual: _plain(usual)._replace(meta_data=True, admonitions=True),
    "myst": lambda usual: _plain(usual)._replace(myst=True),
    "mdbook": lambda usual: _plain(usual)._replace(books=True),
}


def read_tool(dialect: DialectName, listing: Listing) -> SourceSite:
    """Return the site of the notes; if the settings name a tool that has a configuration file, no other tool counts.

    Without a configuration of that tool, it is read as one without any settings.
    """
    shown = _SHOWN_BY.get(dialect)
    if shown is None:
        return read_site(listing.configurations, listing.unread)
    own = [c for c in listing.configurations if not _is_of_another(dialect, shown[0], c.name)]
    site = read_site(own, listing.unread)
    shows = site.generator == dialect if dialect in GENERATORS else any(c.name == shown[0] for c in own)
    if shows:
        return site
    if dialect == "logseq":
        return logseq_site([file.name for file in listing.notes], own, listing.unread)
    return read_site((*own, Configuration(*shown, "", "")), listing.unread)


def _is_of_another(dialect: str, mark: str, name: str) -> bool:
    if name in FOREIGN or name in (OBSIDIAN, ZK):
        return name != mark
    return any(tool != dialect and names.fullmatch(name) for tool, (names, _) in GENERATORS.items())


def has_configuration(dialect: DialectName) -> bool:
    """Return whether a dialect is that of a tool with a configuration file that `read_tool` can do without."""
    return dialect in _SHOWN_BY


def logseq_site(names: Iterable[str], configurations: Sequence[Configuration] = (), unread: Sequence[str] = ()) -> SourceSite:
    """Return the site of a graph of Logseq without its settings; the names of its files show their form."""
    text = "\n".join(names)
    way = "legacy" if "%2F" in text and "___" not in text else "triple-lowbar"
    settings = Configuration(LOGSEQ, f"{{:file/name-format :{way}}}".encode(), "", "")
    return read_site((*configurations, settings), unread)


def graphs_of(listing: Listing) -> tuple[str, ...]:
    """Return the prefixes of the names of notes in the graphs of Logseq below the notes folders."""
    return tuple(name.removesuffix(LOGSEQ) for name, _ in listing.graphs)


def with_folders(site: SourceSite, listing: Listing, folders: Iterable[tuple[str, FolderDialect]]) -> SourceSite:
    """Return the site with the tools of folders: of graphs of Logseq, and those that the settings name.

    The links of a graph stay in it, as those of a vault in a vault do.
    """
    graphs = {name.removesuffix(LOGSEQ): _logseq(site.dialect, data) for name, data in listing.graphs}
    tools: list[tuple[str, str, Dialect]] = [(prefix, "logseq", dialect) for prefix, dialect in sorted(graphs.items())]
    notebooks = set(site.notebooks)
    for prefix, tool in folders:
        if tool == "logseq":
            names = [file.name for file in listing.notes if file.name.startswith(prefix)]
            own = graphs.get(prefix) or _own(site.dialect, logseq_site(names).dialect)
            tools += [(prefix, tool, own), *((inner, tool, graphs[inner]) for inner in graphs if inner.startswith(prefix))]
        elif tool:
            tools.append((prefix, tool, _IN_FOLDERS[tool](site.dialect)))
            notebooks |= {prefix} if tool == "zk" else set()
    if not tools:
        return site
    nested = {*site.nested, *graphs, *notebooks}
    alone = site.alone if site.nested or not graphs else not (site.obsidian or site.partial_names or site.generator == "logseq")
    return replace(site, own_tools=tuple(tools), nested=tuple(sorted(nested)), notebooks=tuple(sorted(notebooks)), alone=alone)


def _logseq(usual: Dialect, data: bytes) -> Dialect:
    return _own(usual, read_site([Configuration(LOGSEQ, data, "", "")]).dialect)


def _own(usual: Dialect, graph: Dialect) -> Dialect:
    """Return the dialect of a graph beside other notes."""
    return _plain(usual)._replace(
        properties=True,
        file_titles=graph.file_titles,
        journal_titles=graph.journal_titles,
        journal_files=graph.journal_files,
    )
