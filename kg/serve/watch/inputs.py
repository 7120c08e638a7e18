"""The folders whose changes may change a build: those of the knowledge base, never the output, caches or hidden folders."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import translate
from pathlib import Path
from typing import Final

from kg.base.caches import LEDGER
from kg.base.settings import DEFAULT_EXCLUDES, Settings
from kg.serve.watch.changes import Watched

_MOST: Final = 20_000
"""Maximum number of watched folders; changes in further ones are seen with the next change elsewhere."""


def list_watched(settings: Settings, named: Collection[str] = ()) -> Watched:
    """The folders to watch, each with the names in it that count.

    All are below the knowledge base, also if a folder was replaced by a link since the settings were read; only `named`, real
    paths of notes of the command line, may be elsewhere. Links to folders are not followed: one that stays inside
    leads to a folder that is watched under its own name. Whether to build is decided by the digest of the inputs; a change
    only says when to look.
    """
    root = os.path.realpath(settings.root)
    barred = {os.path.realpath(settings.out), os.path.realpath(settings.cache)}
    excluded = re.compile("|".join(translate(p) for p in (*DEFAULT_EXCLUDES, *settings.exclude)))
    hidden = re.compile(translate(".*"))
    watched: dict[Path, frozenset[str] | None] = {}

    def add(folders: Iterator[str]) -> None:
        for folder in folders:
            if len(watched) >= _MOST:
                return
            watched.setdefault(Path(folder), None)

    add(iter((root,)))
    for notes in map(os.path.realpath, settings.notes):
        if notes in named or _is_below(notes, root):
            # Configurations of the tool of the notes are in folders above them, too.
            add(_above(notes, root))
            add(_below(notes, excluded, barred))
    theme = (settings.root / settings.site.theme,) if settings.site.theme else ()
    for own in map(os.path.realpath, (settings.ontology, *theme)):
        if _is_below(own, root):
            add(_below(own, hidden, barred))
    for thesaurus in settings.thesauri:
        folder = Path(os.path.realpath(thesaurus.parent))
        if os.path.realpath(thesaurus) in named or _is_below(str(folder), root):
            names = watched.get(folder, frozenset())
            watched[folder] = None if names is None else names | {thesaurus.name}
    # Verdicts of `kg verify` are the only file in the cache that is an input.
    watched[Path(os.path.realpath(settings.cache))] = frozenset((LEDGER,))
    return watched


def _is_below(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root + os.sep)


def _above(folder: str, root: str) -> Iterator[str]:
    """Yield the folders between a folder and the root of the knowledge base, if it is there."""
    while folder != root and _is_below(folder, root):
        folder = os.path.dirname(folder)  # noqa: PTH120  # texts, as os.walk has them
        yield folder


def _below(top: str, excluded: re.Pattern[str], barred: set[str]) -> Iterator[str]:
    """Yield a folder and those below it, without links, excluded names and barred folders."""
    for folder, names, _ in os.walk(top, followlinks=False):
        if folder in barred:
            names.clear()
            continue
        yield folder
        names[:] = _wanted(folder, top, names, excluded)


def _wanted(folder: str, top: str, names: Sequence[str], excluded: re.Pattern[str]) -> list[str]:
    below = folder[len(top) :].strip(os.sep)
    return sorted(
        name for name in names if not excluded.match(name) and not (below and excluded.match(f"{below}{os.sep}{name}"))
    )
