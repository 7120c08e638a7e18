"""Finds the configuration files of the tool of the notes: in their folder, above it, or in a folder among them."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.gitignore import GITIGNORE, IgnoreBase, read_gitignore
from kg.base.names import nfc

LOGSEQ: Final = "logseq/config.edn"
"""File of the settings of a graph of Logseq."""
ENDINGS: Final = ("js", "ts", "mjs", "cjs", "mts")
# Files that identify the tool of the notes, in the notes folder or a folder above it.
CONFIGURATIONS: Final = (
    *(f"{stem}.{ending}" for stem in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")),
    *("_config.yml", "_config.yaml", "_config.toml", "mkdocs.yml", "mkdocs.yaml", "dendron.yml", LOGSEQ),
    *("zensical.toml", "zensical.yml", "zensical.yaml"),
    *("docfx.json", "static/_redirects", "static/_redirects.base", "layouts/index.redirects", "netlify.toml"),
)
# Files and folders that show by being there which tool publishes the notes, or what it does with links.
MARKS: Final = (
    *(f"{stem}.config.{ending}" for stem in ("docusaurus", "astro", "next", "eleventy") for ending in ENDINGS),
    *(
        ".vitepress",
        ".eleventy.js",
        "gatsby-config.js",
        "book.toml",
        "_quarto.yml",
        "_toc.yml",
        "myst.yml",
        "conf.py",
        "antora.yml",
    ),
    *("docs.json", "mint.json", ".gitbook.yaml", "_sidebar.md", ".obsidian", ".zk"),
    *(f"layouts/{folder}_markup/render-{what}.html" for folder in ("", "_default/", "docs/") for what in ("link", "image")),
)
OBSIDIAN: Final = ".obsidian"
"""Folder of the settings of a vault."""
ZK: Final = ".zk"
"""Folder of the settings of a notebook of zk."""
_OF_OBSIDIAN: Final = (
    *(f"{OBSIDIAN}/templates.json", f"{OBSIDIAN}/daily-notes.json"),
    *(f"{OBSIDIAN}/plugins/{plugin}/data.json" for plugin in ("templater-obsidian", "periodic-notes")),
)
FOAM: Final = (".foam/config.json", ".vscode/foam.json", ".vscode/settings.json", ".vscode/extensions.json")
"""Files that show that notes were written with Foam."""
GIT: Final = ".git"
"""Folder or file of a clone, whose settings name programs that git runs."""
OKFIGNORE: Final = ".okfignore"
"""File at the root of a bundle of the Open Knowledge Format."""
CONFIGURATION_FOLDER: Final = "config/_default"  # of Hugo: each file holds a part

_SITES: Final = frozenset(
    (
        *("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "mkdocs.yml", "mkdocs.yaml", "docfx.json", "dendron.yml"),
        *("zensical.toml", "zensical.yml", "zensical.yaml"),
    )
)
"""Configuration files of sites that may lie in a folder among the notes."""
PUBLISHES: Final = re.compile(r"hugo\.\w+|config/_default/.+|docfx\.json|_config\.\w+")
"""Names of configurations of generators that publish everything in their folders."""
_DEEPEST: Final = 2

CONTENTS: Final = ("toc.yml", "toc.yaml")
"""Names of docfx's tables of contents."""
_MOST_CONTENTS: Final = 5_000
"""Maximum number of tables of contents, and of graphs, that are read."""


class Configuration(NamedTuple):
    """A configuration file of the tool of the notes."""

    name: str
    """Path below the folder where the tool expects it; those in `MARKS` have no bytes."""
    data: bytes
    notes: str
    """Prefix of the names of its notes: empty, or the name of one of several notes folders."""
    below: str
    """Path of that notes folder below the folder of the configuration; empty if they are the same."""


def configurations_above(
    folder: str, prefix: str, root: str, *, gitignore: bool = False, instead: IgnoreBase | None = None
) -> list[Configuration]:
    """Return the configuration files in a folder and in its ancestors up to `root`, nearest first.

    With `gitignore`, also `.gitignore`; `instead` says whose files count.
    """
    configurations: list[Configuration] = []
    current, below = Path(folder), ""
    while True:
        marks = [name for name in MARKS if files.is_there(current / name)]
        marks = [name for name in marks if name != OBSIDIAN or files.is_folder(current / name)]
        marks += [hook for theme in _themes(current) for hook in MARKS if "_markup" in hook and files.is_there(theme / hook)]
        configurations += [Configuration(name, b"", prefix, below) for name in dict.fromkeys(marks)]
        names = [*CONFIGURATIONS, *_OF_OBSIDIAN, *FOAM, OKFIGNORE]
        with contextlib.suppress(OSError):
            names += [f"{CONFIGURATION_FOLDER}/{part.name}" for part in files.entries(current / CONFIGURATION_FOLDER)]
        for name in names:
            with contextlib.suppress(OSError):
                configurations.append(Configuration(name, files.read(current / name, files.SMALL), prefix, below))
        if gitignore:
            with contextlib.suppress(OSError):
                configurations.append(Configuration(GITIGNORE, read_gitignore(str(current), instead), prefix, below))
        if str(current) == root or not current.is_relative_to(root):
            return configurations
        below = f"{nfc(current.name)}/{below}" if below else nfc(current.name)
        current = current.parent


def inner_configurations(folders: Sequence[Path], attachments: Sequence[str]) -> list[Configuration]:
    """Return the configuration of the one site in a folder among the notes; empty if there are several of the same depth."""
    if len(folders) != 1:
        return []
    inner = [name for name in attachments if posixpath.basename(name) in _SITES and name.count("/") <= _DEEPEST]
    depth = min((name.count("/") for name in inner), default=0)
    places = {posixpath.dirname(name) for name in inner if name.count("/") == depth}
    if len(places) == 1:
        place = places.pop()
        folder = os.path.realpath(folders[0] / place)
        found = configurations_above(folder, "", folder)
        return [c._replace(notes=f"{place}/") for c in found]
    foreign = {posixpath.basename(name) for name in attachments if name.count("/") <= _DEEPEST} & set(MARKS)
    return [Configuration(name, b"", "", "") for name in sorted(foreign)]


def _themes(folder: Path) -> list[Path]:
    """Return the folders of Hugo's themes."""
    with contextlib.suppress(OSError):
        return files.entries(folder / "themes")[:20]
    return []


def read_contents_files(folder: Path, prefix: str, attachments: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return names and bytes of docfx's tables of contents among the files below a folder whose names have a prefix."""
    return _read_named(folder, prefix, [name for name in attachments if posixpath.basename(name).lower() in CONTENTS])


def read_graphs(folder: Path, prefix: str, attachments: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return names and bytes of the settings of the graphs of Logseq in folders below a folder of notes."""
    return _read_named(folder, prefix, [n for n in attachments if n.endswith(f"/{LOGSEQ}") and n != f"{prefix}{LOGSEQ}"])


def _read_named(folder: Path, prefix: str, names: Sequence[str]) -> list[tuple[str, bytes]]:
    named = [name for name in names if name.startswith(prefix)]
    contents: list[tuple[str, bytes]] = []
    for name in named[:_MOST_CONTENTS]:
        with contextlib.suppress(OSError):
            contents.append((name, files.read(folder / name[len(prefix) :], files.SMALL)))
    return contents
