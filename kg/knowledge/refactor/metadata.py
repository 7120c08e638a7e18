"""Front matter of a merged note: what the note that stays lacks is taken over as written, and what isn't taken is named."""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Mapping, Set
from typing import Final, NamedTuple

from kg.knowledge.refactor.sources import Sources
from kg.model import Note
from kg.notes import parse_note
from kg.notes.frontmatter import NAMES

_MERGED: Final = NAMES | {"title", "tags", "tag", "sources"}
"""Keys whose values are merged with those of the note that stays."""
_OF_THE_FILE: Final = frozenset(
    ("status", "deprecated", "replaced-by", "superseded_by", "stale_after",
     "date", "created", "updated", "modified", "reviewed",
     "draft", "publish", "slug", "url", "permalink", "layout", "linktitle", "weight", "menu")
)  # fmt: skip
"""Keys that say something of a file, its page or its life, which ends: they would be false of the note that stays."""
_DEFINITIONS: Final = frozenset(("definition", "description", "summary"))
_ONE_BY_ONE: Final = 50
"""Maximum number of keys that are tried alone."""
_FENCE: Final = re.compile(rb"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)


class MergedMetadata(NamedTuple):
    """A note with keys of another."""

    data: bytes
    left: tuple[str, ...]
    """Keys of the other note that it doesn't get: it has other values for them, or they can't be written as they are."""


def take_metadata(sources: Sources, stays: Note, gone: Note, data: bytes) -> MergedMetadata:
    """Return a note (`data`; `stays` is how it was) with those keys of another that it lacks, byte for byte.

    Names, tags, sources and relations have been merged already.
    """
    dialect = sources.options.site.dialects.of(stays.path)
    note = parse_note(stays.path, data, dialect)
    is_defined = bool(stays.definition) or not _DEFINITIONS.isdisjoint(note.metadata)
    merged, left = _linked_keys(sources, gone)
    wanted: dict[str, object] = {}
    files = frozenset((*sources.notes, *sources.attachments))
    for key, value in gone.metadata.items():
        if key in _MERGED or key in merged or value in (None, "", [], {}) or note.metadata.get(key) == value:
            continue
        other = key in note.metadata or key in _OF_THE_FILE or (key in _DEFINITIONS and is_defined)
        if other or key in left or _names_a_file(files, stays, gone, value):
            left.append(key)
        else:
            wanted[key] = value
    blocks = _blocks(sources.text_of(gone.path), gone)
    # All at once; if they don't go together, one by one.
    for keys in (list(wanted), *([key] for key in [*wanted][:_ONE_BY_ONE])):
        lines = b"".join(blocks.get(key, b"") for key in keys if key in wanted)
        longer = _with_lines(data, note, lines) if lines else None
        parsed = parse_note(stays.path, longer, dialect) if longer is not None else None
        if longer is not None and parsed is not None and _adds(parsed, note, {key: wanted[key] for key in keys}):
            data, note = longer, parsed
            wanted = {key: value for key, value in wanted.items() if key not in keys}
    return MergedMetadata(data, tuple(dict.fromkeys((*left, *wanted))))


def _adds(longer: Note, note: Note, values: Mapping[str, object]) -> bool:
    """Whether a note has these keys more than before, and else the same content."""
    same_text = len(longer.headings) == len(note.headings) and len(longer.faults) <= len(note.faults)
    return same_text and longer.metadata == {**note.metadata, **values}


def _linked_keys(sources: Sources, note: Note) -> tuple[set[str], list[str]]:
    """The keys with relations to concepts, which are merged, and those with other links, which would have to be rewritten.

    A text without brackets that names no concept is a text.
    """
    merged, left = set[str](), list[str]()
    for source, link, resolution in sources.corpus.links:
        if source == note.path and link.context == "front-matter" and link.relation and link.relation not in NAMES:
            path = getattr(resolution, "path", None)
            if path is not None and path in sources.corpus.concept_of:
                merged.add(link.relation)
            elif link.kind != "name":
                left.append(link.relation)
    return merged, left


def _names_a_file(files: Set[str], stays: Note, gone: Note, value: object) -> bool:
    """Whether a value is a path relative to the note, which would lead elsewhere from another folder."""
    folder = posixpath.dirname(gone.path)
    if folder == posixpath.dirname(stays.path):
        return False
    values = list(value.values()) if isinstance(value, dict) else [value]
    values = value if isinstance(value, list) else values
    texts = [text for text in values if isinstance(text, str)]
    return any(posixpath.normpath(posixpath.join(folder, text)) in files for text in texts)


def _blocks(data: bytes, note: Note) -> dict[str, bytes]:
    """The lines of each key in YAML, up to the next key."""
    bom = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    if not note.lines or not data.startswith(b"---", bom):
        return {}
    lines = data[: bom + note.body].splitlines(keepends=True)
    fence = max((i for i, line in enumerate(lines) if _FENCE.match(line)), default=len(lines))
    starts = sorted((line - 1, key) for key, line in note.lines.items())
    ends = [first for first, _ in starts[1:]] + [fence]
    return {key: b"".join(lines[first : min(end, fence)]) for (first, key), end in zip(starts, ends, strict=True)}


def _with_lines(data: bytes, note: Note, lines: bytes) -> bytes | None:
    """Return a note with further lines at the end of its front matter in YAML, which is made if there is none."""
    bom = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    lines = newline.join(lines.splitlines()) + newline
    if not note.metadata and not data.startswith((b"---", b"+++", b"{"), bom):
        return data[:bom] + b"---" + newline + lines + b"---" + newline + data[bom:]
    if not data.startswith(b"---", bom):
        return None
    *_, fence = _FENCE.finditer(data[: bom + note.body])
    return data[: fence.start()] + lines + data[fence.start() :]
