"""What links mean, in a form that can be compared before and after an operation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

from kg.base.names import fold
from kg.knowledge.refactor.drafts import TextDraft
from kg.knowledge.refactor.sources import Sources
from kg.model import Ambiguous, Broken, Foreign, Link, Note, Resolution, Unseen


class Meaning(NamedTuple):
    """The target of a link."""

    kind: str
    """``resolved``, ``broken`` or ``ambiguous``."""
    paths: tuple[str, ...]
    """The file, or the candidates; of a broken link the note whose heading is missing, if any."""
    heading: int | None = None
    """Index of the heading in `Note.headings`."""
    anchor: str = ""
    """A block id or an anchor of HTML."""


def meaning_of(notes: Mapping[str, Note], link: Link, resolution: Resolution) -> Meaning:
    """Return the meaning of a resolved link."""
    if isinstance(resolution, Broken):
        return Meaning("broken", (resolution.path,) if resolution.path is not None else ())
    if isinstance(resolution, Ambiguous):
        return Meaning("ambiguous", tuple(sorted(resolution.candidates)))
    if isinstance(resolution, Unseen):
        return Meaning("broken", ())  # kg doesn't know where it leads
    if isinstance(resolution, Foreign):
        return Meaning("foreign", (resolution.iri,))
    if resolution.anchor is None or resolution.path not in notes:
        return Meaning("resolved", (resolution.path,))
    headings = notes[resolution.path].headings
    fragment = (link.fragment or "").lower()
    matches = [i for i, h in enumerate(headings) if h.text == resolution.anchor]
    number = next((i for i in matches if headings[i].anchor == fragment), matches[0] if matches else None)
    return Meaning("resolved", (resolution.path,), number, "" if number is not None else resolution.anchor)


class Moves:
    """Where files and headings are after an operation."""

    def __init__(
        self,
        before: Sources,
        after: Sources,
        paths: Mapping[str, str],
        drafts: Mapping[str, TextDraft],
        blocks: Mapping[tuple[str, str], str],
    ) -> None:
        """`paths`: old → new of files that have another path, also of one that was merged into another.

        `blocks`: note before and block id → new block id.
        """
        self._before, self._after, self._paths, self._blocks = before, after, paths, blocks
        self._headings: dict[tuple[str, int], tuple[str, int]] = {}
        self._parts: dict[str, list[str]] = {}
        """Old path → the notes that contain parts of its text."""
        lines: dict[str, list[int]] = {}
        for path, draft in drafts.items():
            for old in {piece.path for piece in draft.pieces if piece.path and piece.new is None}:
                self._parts.setdefault(old, []).append(path)
                lines.setdefault(old, line_starts(before.text_of(old)))
            starts = line_starts(draft.data)
            for number, heading in enumerate(after.notes[path].headings):
                origin = draft.origin(starts[heading.line - 1])
                if origin is not None:
                    self._headings[origin[0], bisect_right(lines.get(origin[0], []), origin[1])] = (path, number)

    def path(self, path: str) -> str:
        """Return where a file is now; a folder's path stays unless all its files were moved together."""
        new = self._paths.get(path)
        if new is None and path.endswith("/"):
            return self._folder(path)
        return path if new is None else new

    def _folder(self, folder: str) -> str:
        moved = {old: new for old, new in self._paths.items() if fold(old).startswith(folder)}
        rest = any(fold(p).startswith(folder) and p not in moved for p in (*self._before.notes, *self._before.attachments))
        below = {new.removesuffix(old[len(folder) :]) for old, new in moved.items()}
        new = fold(next(iter(below))) if len(below) == 1 and not rest else folder
        return new if new.endswith("/") else folder

    def expected(self, meaning: Meaning) -> Meaning:
        """Return what a link that had a meaning must mean now."""
        paths = tuple(sorted({self.path(p) for p in meaning.paths}))
        if meaning.kind == "ambiguous" and len(paths) == 1:
            return Meaning("resolved", paths)
        if meaning.heading is not None:
            heading = self._before.notes[meaning.paths[0]].headings[meaning.heading]
            moved = self._headings.get((meaning.paths[0], heading.line))
            return Meaning("resolved", (moved[0],), moved[1]) if moved else meaning._replace(paths=paths)
        if meaning.anchor:
            meaning = meaning._replace(anchor=self._blocks.get((meaning.paths[0], meaning.anchor), meaning.anchor))
            for path in sorted(self._parts.get(meaning.paths[0], ())):
                if meaning.anchor in self._after.notes[path].anchors:
                    return meaning._replace(paths=(path,))
        return meaning._replace(paths=paths)


def line_starts(data: bytes) -> list[int]:
    """Return the offset of each line in the bytes of a file."""
    return list(accumulate(map(len, data.splitlines(keepends=True)), initial=0))[:-1]
