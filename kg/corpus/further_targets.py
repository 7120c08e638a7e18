"""Targets that sites find in other ways than by path or name: labels, pages without their numbers, files of other folders."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import takewhile
from typing import Final

from kg.base.names import fold
from kg.corpus.generators import STATIC
from kg.corpus.source_site import SourceSite
from kg.model import Ambiguous, Note, Resolution, Resolved

_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?")
# A number that sorts a file, as Docusaurus takes it out of addresses; dates and versions stay.
_SORTED: Final = re.compile(r"(?:(?<=/)|^)(?!\d+[-_.]\d)\d+\s*[-_.]+\s*(?=[^-_.\s/])")


class FurtherTargets:
    """Such targets among the notes of one corpus; what they need is worked out when it is asked for."""

    def __init__(self, notes: Mapping[str, Note], site: SourceSite, file_at: Callable[[str], Resolution | None]) -> None:
        self.notes, self.site = notes, site
        self._file_at = file_at
        """Returns the file at a folded path."""

    def default_language(self, source: str, target: str) -> Resolution | None:
        """Return the file of the default language that fills in for one that isn't translated."""
        place = self.site.path(source)
        for folder, default in self.site.fallbacks:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
            if place.startswith(folder + "/") and path.startswith(folder + "/"):
                name = self.site.name(posixpath.join(default, path[len(folder) + 1 :]))
                if name is not None and (file := self._file_at(fold(name))):
                    return file
        return None

    def label(self, label: str) -> Resolution | None:
        """Return the block with a label of MyST, in any note; its place is an anchor."""
        paths = self._labels.get(label.strip(), []) if "/" not in label else []
        if len(paths) == 1:
            return Resolved(paths[0], label.strip())
        return Ambiguous(tuple(paths)) if paths else None

    @cached_property
    def _labels(self) -> Mapping[str, list[str]]:
        labels: dict[str, list[str]] = defaultdict(list)
        for path, note in self.notes.items():
            for anchor in note.anchors:
                labels[anchor].append(path)
        return labels

    def unnumbered(self, source: str, target: str) -> Resolution | None:
        """Return the page whose address is its path without the numbers that sort it: ``02-use.md`` at ``use``.

        Docusaurus, Nuxt and others publish such files so; a link to a file names it as it is.
        """
        if self.site.publishes or target.startswith("/") or posixpath.splitext(target.rstrip("/"))[1]:
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        paths = self._sorted.get(fold(_without_numbers(path)), [])
        return Resolved(paths[0], None) if len(paths) == 1 else None

    @cached_property
    def _sorted(self) -> Mapping[str, list[str]]:
        """The notes with numbers in their paths, by the folded path without numbers and ending."""
        pages: dict[str, list[str]] = defaultdict(list)
        for path in self.notes:
            stem = posixpath.splitext(path)[0]
            plain = _without_numbers(stem)
            if plain != stem:
                pages[fold(plain.removesuffix("/index"))].append(path)
        return pages


def paths_from_roots(source: str, path: str) -> Iterator[str]:
    """Yield the names of a file if one of the folders around a note, outermost first, is the root of an unknown site.

    The folder of a language isn't: an address without a language is that of a page in the first one.

    >>> list(paths_from_roots("docs/a.md", "b"))
    ['docs/b', 'public/b', 'static/b', 'docs/public/b', 'docs/static/b']
    """
    folders = list(takewhile(lambda folder: not _LANGUAGE.fullmatch(folder), source.split("/")[:-1]))
    for n in range(len(folders)):
        yield posixpath.join(*folders[: n + 1], path)
    for n in range(len(folders) + 1):
        for static in STATIC:
            yield posixpath.join(*folders[:n], static, path)


def _without_numbers(path: str) -> str:
    """Return a path without the numbers that sort its files.

    >>> _without_numbers("01-app/02_use"), _without_numbers("v/1.2-new"), _without_numbers("2024-05-01-post")
    ('app/use', 'v/1.2-new', '2024-05-01-post')
    """
    return _SORTED.sub("", path)
