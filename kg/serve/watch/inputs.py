"""The folders whose changes may change a build: those of the knowledge base, never the output, caches or hidden folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path
from typing import Final

from kg.base.settings import DEFAULT_EXCLUDES, Settings
from kg.evidence.claims import ledger
from kg.serve.watch.changes import Watched

_MOST: Final = 20_000
"""Maximum number of watched folders; changes in further ones are seen with the next change elsewhere."""


def list_watched(settings: Settings) -> Watched:
    """The folders to watch, each with the names in it that count.

    Links to folders are not followed: one that stays inside leads to a folder that is watched under its own name. What
    decides whether to build is the digest of the inputs; a change only says when to look.
    """
    barred = {os.path.realpath(settings.out), os.path.realpath(settings.cache)}
    excluded = re.compile("|".join(translate(p) for p in (*DEFAULT_EXCLUDES, *settings.exclude)))
    hidden = re.compile(translate(".*"))
    watched: dict[Path, frozenset[str] | None] = {}

    def add(folders: Iterator[str]) -> None:
        for folder in folders:
            if len(watched) >= _MOST:
                return
            watched.setdefault(Path(folder), None)

    add(iter((os.path.realpath(settings.root),)))
    for notes in settings.notes:
        # Configurations of the tool of the notes are in folders above them, too.
        add(_above(os.path.realpath(notes), os.path.realpath(settings.root)))
        add(_below(os.path.realpath(notes), excluded, barred))
    for own in (settings.ontology, *((settings.root / settings.site.theme,) if settings.site.theme else ())):
        add(_below(os.path.realpath(own), hidden, barred))
    for thesaurus in settings.thesauri:
        folder = Path(os.path.realpath(thesaurus.parent))
        names = watched.get(folder, frozenset())
        watched[folder] = None if names is None else names | {thesaurus.name}
    # Verdicts of `kg verify` are the only file in the cache that is an input.
    watched[Path(os.path.realpath(settings.cache))] = frozenset((ledger.FILE,))
    return watched


def _above(folder: str, root: str) -> Iterator[str]:
    """Yield the folders between a folder and the root of the knowledge base, if it is there."""
    while folder != root and folder.startswith(root + os.sep):
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
