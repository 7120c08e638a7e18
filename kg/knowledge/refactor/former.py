"""The record of a concept's former ids in the front matter of its note."""

from __future__ import annotations

import re
from typing import Final

from kg.base.json_forms import json_line
from kg.knowledge.refactor.drafts import TextEdit, edits_between
from kg.model import Note
from kg.notes.frontmatter import FORMER_IDS, texts_under
from kg.suggest.accept import with_relation

_BOM: Final = b"\xef\xbb\xbf"
_KEY: Final = FORMER_IDS.encode()
_LAST: Final = re.compile(rb"(?:,[ \t]*)?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,\[\]\"']+)[ \t]*(?=\])")


def record_edits(data: bytes, note: Note, old: str, new: str) -> list[TextEdit] | None:
    """Return the edits of a note whose id was `old` and becomes `new`; None if its front matter can't take the record.

    A concept that gets back its last former id loses the record instead, so that a renaming and its reverse leave no trace.
    """
    former = texts_under(note.metadata, FORMER_IDS)
    changed = _without_last(data, note) if former and former[-1] == new else _with(data, note, old)
    return edits_between(data, changed) if changed is not None else None


def _with(data: bytes, note: Note, old: str) -> bytes | None:
    bom = len(_BOM) if data.startswith(_BOM) else 0
    value = json_line(old)
    line = _KEY + b" = [" + value.encode() + b"]"
    if data.startswith(b"+++", bom):
        return None if FORMER_IDS in note.lines else _behind_first_line(data, line)
    if data.startswith(b"{", bom) and note.body > bom:
        at = data.index(b"{", bom) + 1
        return None if FORMER_IDS in note.lines else data[:at] + b'"' + _KEY + b'": [' + value.encode() + b"]," + data[at:]
    if note.body > bom and not data.startswith(b"---", bom):
        return None
    return with_relation(data, note, FORMER_IDS, value[1:-1])


def _behind_first_line(data: bytes, line: bytes) -> bytes:
    first = data.splitlines(keepends=True)[0]
    end = first[len(first.rstrip(b"\r\n")) :]
    return first + line + end + data[len(first) :]


def _without_last(data: bytes, note: Note) -> bytes | None:
    """Remove the last item; with the last one the line, with the last line the front matter."""
    bom = len(_BOM) if data.startswith(_BOM) else 0
    at = note.lines.get(FORMER_IDS)
    if at is None:
        return None
    lines = data.splitlines(keepends=True)
    line = lines[at - 1]
    single = len(texts_under(note.metadata, FORMER_IDS)) == 1
    if b"[" in line:
        if single:
            del lines[at - 1]
        else:
            *_, last = _LAST.finditer(line)
            lines[at - 1] = line[: last.start()] + line[last.end() :]
    else:
        behind = at
        while behind < len(lines) and lines[behind].lstrip().startswith(b"- "):
            behind += 1
        first = at - 1 if single else behind - 1
        if behind == at and not single:
            return None
        del lines[first:behind]
    if single and at == 2 and len(lines) > 1 and lines[0].strip().removeprefix(_BOM) == lines[1].strip() == b"---":
        return data[:bom] + b"".join(lines[2:])
    return b"".join(lines)
