"""Makes the labels of two notes distinct before their texts are joined: link definitions, footnotes and block ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.knowledge.refactor.drafts import TextEdit
from kg.knowledge.refactor.meaning import meaning_of
from kg.knowledge.refactor.sources import Sources
from kg.model import Note
from kg.notes.labels import LabelDefinition, NoteLabels, read_labels
from kg.notes.places import HIDDEN, LinkPlace

_BLOCK_ID: Final = re.compile(rb"(?:(?<=[ \t\r\n])|^)\^([A-Za-z0-9\-]+)(?=[ \t]*\r?$)", re.MULTILINE)


class DistinctLabels(NamedTuple):
    """The edits that keep the labels of two notes apart; offsets are those of their files."""

    stays: list[TextEdit]
    gone: list[TextEdit]
    blocks: dict[str, str]
    """Block id of the note that goes → its new one, both with ``^``."""


def distinct_labels(sources: Sources, stays: Note, gone: Note) -> DistinctLabels:
    """Return the edits after which each label of the joined text means what it meant in its note.

    The labels of the note that goes are changed where both define one. A label of the note that stays is changed only where the
    other note has it as text, or as a wikilink to another note.
    """
    first, second = _Labelled(sources, stays), _Labelled(sources, gone)
    taken = {*first.definitions, *second.definitions}
    edits: dict[str, list[TextEdit]] = {stays.path: [], gone.path: []}
    for label in second.definitions:
        if (label in first.definitions and not _is_same(first, second, label)) or first.captures(second, label):
            edits[gone.path] += second.renamed(label, taken)
    for label in first.definitions:
        if label not in second.definitions and second.captures(first, label):
            edits[stays.path] += first.renamed(label, taken)
    blocks = _distinct_blocks(stays, gone)
    for m in _BLOCK_ID.finditer(second.data):
        new = blocks.get(f"^{m[1].decode()}")
        if new is not None:
            edits[gone.path].append(TextEdit(m.start(1), m.end(1), new[1:].encode()))
    return DistinctLabels(edits[stays.path], edits[gone.path], blocks)


class _Labelled:
    """A note with its labels."""

    def __init__(self, sources: Sources, note: Note) -> None:
        self._sources, self.note = sources, note
        self.data = sources.text_of(note.path)
        self._dialect = sources.options.site.dialects.of(note.path)
        self._labels = self._read(b"")
        self.definitions: Mapping[str, LabelDefinition] = {fold(d.label): d for d in self._labels.definitions}
        places = sources.places_of(note, self.data)
        self._places: dict[str, LinkPlace] = {}
        for place in places:
            if place.link.context == "definition":
                self._places.setdefault(fold(place.name), place)
        self._brackets = [p for p in places if p.name_at is not None and p.link.context not in HIDDEN]

    def _read(self, more: bytes) -> NoteLabels:
        return read_labels(self.data + more, self.note.body, self._dialect)

    def path_of(self, label: str) -> str | None:
        """Return the file to which a definition leads; None for an address, or if there is no such file."""
        place = self._places.get(label)
        if place is None:
            return None
        meaning = meaning_of(self._sources.notes, place.link, self._sources.resolved[1].resolve(self.note.path, place.link))
        return meaning.paths[0] if meaning.kind == "resolved" else None

    def fragment_of(self, label: str) -> str | None:
        """Return the fragment of a definition's target."""
        place = self._places.get(label)
        return place.link.fragment if place is not None else None

    def captures(self, defining: _Labelled, label: str) -> bool:
        """Return whether this text has, as text or as a wikilink to another file, what the other one defines."""
        if label in self.definitions:
            return False
        target = defining.path_of(label)
        for source, link, resolution in self._sources.corpus.links:
            if source == self.note.path and link.kind == "wikilink" and fold(link.target) == label:
                return target is None or meaning_of(self._sources.notes, link, resolution).paths != (target,)
        return label in self._texts(defining)

    def _texts(self, other: _Labelled) -> Collection[str]:
        """Return the labels of the other text that would make links of texts in brackets of this one."""
        lines = "".join(
            f"[{d.label}]: x\n\n" for label, d in other.definitions.items() if label not in self.definitions
        ).encode()
        if not lines or b"[" not in self.data:
            return ()
        uses = self._read(b"\n\n" + lines).uses
        return {fold(use.label) for use in uses}

    def renamed(self, label: str, taken: set[str]) -> Iterator[TextEdit]:
        """Yield the edits that give a label, and all its uses, a name that is not taken."""
        definition = self.definitions[label]
        brackets = [p for p in self._brackets if fold(p.name) == label]
        new, numbered = self._free_name(definition.label, label, taken, by_path=bool(brackets))
        taken.add(fold(new))
        written = new.encode()
        yield TextEdit(*definition.label_at, written)
        for use in self._labels.uses:
            if fold(use.label) != label or any(_within(p, use.at.start) for p in brackets):
                continue
            is_bare = use.form == "short" and self.data[use.at.start - 1 : use.at.start] != b"["
            yield TextEdit(*use.at, b"[" + written + b"]" if is_bare else written)
        for place in brackets:
            span = place.name_at
            if span is not None:
                has_text = b"|" in self.data[span.end : self.data.find(b"]]", span.end)]
                shown = b"" if has_text or not numbered else b"|" + self.data[span.start : span.end]
                end = span.end if not shown else self.data.find(b"]]", span.end)
                yield TextEdit(span.start, end, written + self.data[span.end : end] + shown)

    def _free_name(self, written: str, label: str, taken: Collection[str], *, by_path: bool) -> tuple[str, bool]:
        """Return a name for a label, and whether it is numbered; one that wikilinks use is a longer path of the file."""
        path = self.path_of(label) if by_path else None
        if path is not None:
            parts = path.removesuffix(".md").split("/")
            for count in range(1, len(parts) + 1):
                name = "/".join(parts[-count:])
                if fold(name) not in taken and not re.search(r"[\[\]|#^\\]", name):
                    return name, False
        number = 2
        while fold(f"{written}-{number}") in taken:
            number += 1
        return f"{written}-{number}", True


def _within(place: LinkPlace, offset: int) -> bool:
    span = place.name_at
    return span is not None and span.start - 2 <= offset <= span.end + 2


def _is_same(first: _Labelled, second: _Labelled, label: str) -> bool:
    """Return whether two definitions of a label mean the same."""
    if label.startswith("^"):
        return False
    values = [side.definitions[label].value.partition(" ") for side in (first, second)]
    path = first.path_of(label)
    if path is None:
        is_address = all(re.match(r"<?[A-Za-z][A-Za-z0-9+.\-]*:", value[0]) for value in values)
        return is_address and values[0] == values[1]
    same_target = path == second.path_of(label) and first.fragment_of(label) == second.fragment_of(label)
    return same_target and values[0][2].strip() == values[1][2].strip()


def _distinct_blocks(stays: Note, gone: Note) -> dict[str, str]:
    """Return the new block ids of a note for those that another one has, too."""
    taken = {anchor for anchor in (*stays.anchors, *gone.anchors) if anchor.startswith("^")}
    result = {}
    for anchor in sorted(gone.anchors & stays.anchors & taken):
        number = 2
        while f"{anchor}-{number}" in taken:
            number += 1
        result[anchor] = f"{anchor}-{number}"
        taken.add(result[anchor])
    return result
