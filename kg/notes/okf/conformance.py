"""All faults of one file of a bundle against the specification."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from kg.model import Fault, Note
from kg.notes.okf.fields import body_faults, field_faults
from kg.notes.okf.nodes import FieldPlaces
from kg.notes.okf.reserved import index_faults, log_faults
from kg.notes.source import Source

_UNREADABLE = frozenset(("invalid-front-matter", "unclosed-front-matter", "oversized-file"))
"""Faults that say already why there is no front matter."""


def bundle_faults(note: Note, source: Source, places: FieldPlaces, roots: Sequence[str], front: int) -> Iterator[Fault]:
    """Yield the faults of a file. `roots` are the prefixes of bundles, `front` is the offset behind its front matter."""
    folder, name = posixpath.split(note.path)
    if note.role == "page":
        # The front matter as empty lines, so that lines keep their numbers.
        before = source.at(front)[0] - 1 if front else 0
        text = "\n" * before + source.slice(front, len(source.data))
        if name == "index.md":
            at_root = (f"{folder}/" if folder else "") in (roots or ("",))
            yield from index_faults(note, text, at_root=at_root, has_front=front > 0)
        elif name == "log.md":
            yield from log_faults(note, text)
        return
    unreadable = any(fault.name in _UNREADABLE for fault in note.faults)
    if not source.data.startswith(b"---") or (not front and not unreadable):
        if not unreadable:
            yield Fault("no-front-matter", 1, 1, "the file begins with no front matter between lines of '---' (§4)")
        return
    if not unreadable or note.metadata:
        yield from field_faults(note.metadata, places, 1)
    yield from body_faults(note)
