"""The record of a concept's former ids in the front matter of its note."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kg.base.json_forms import json_line
from kg.knowledge.refactor.drafts import TextEdit, edits_between
from kg.model import Note
from kg.notes import parse_note
from kg.notes.dialect import Dialect
from kg.notes.frontmatter import FORMER_IDS, texts_under
from kg.suggest.accept import with_relation

_BOM: Final = b"\xef\xbb\xbf"
_LAST: Final = re.compile(rb"(?:,[ \t]*)?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,\[\]\"']+)[ \t]*(?=\])")


def record_edits(data: bytes, note: Note, old: str, new: str, dialect: Dialect) -> list[TextEdit] | None:
    """Return the edits of a note whose id was `old` and becomes `new`; None if its front matter can't take the record.

    A concept that gets back its last former id loses the record instead, so that a renaming and its reverse leave no trace.
    """
    former = texts_under(note.metadata, FORMER_IDS)
    if former and former[-1] == new:
        changed = _without_last(data, note)
        if changed is None or not _is_valid(changed, note, FORMER_IDS, former[:-1], dialect):
            return None
    else:
        changed = with_value(data, note, FORMER_IDS, old, dialect)
    return edits_between(data, changed) if changed is not None else None


def with_value(data: bytes, note: Note, key: str, value: str, dialect: Dialect) -> bytes | None:
    """Return a note with another value of a front-matter key; None if that can't be done without a change of other values."""
    wanted = [*texts_under(note.metadata, key), value]
    for changed in _forms(data, note, key, value):
        if changed is not None and _is_valid(changed, note, key, wanted, dialect):
            return changed
    return None


def _is_valid(data: bytes, note: Note, key: str, wanted: list[str], dialect: Dialect) -> bool:
    """Whether a key has some values, all others are those of a note, and the text is the same."""
    parsed = parse_note(note.path, data, dialect)
    values = texts_under(parsed.metadata, key)
    others = {k: v for k, v in parsed.metadata.items() if k != key}
    before = {k: v for k, v in note.metadata.items() if k != key}
    same = others == before and len(parsed.headings) == len(note.headings) and len(parsed.faults) <= len(note.faults)
    return same and (values == wanted or [v.strip("[]") for v in values] == [w.strip("[]") for w in wanted])


def _forms(data: bytes, note: Note, key: str, value: str) -> Iterator[bytes | None]:
    bom = len(_BOM) if data.startswith(_BOM) else 0
    name, quoted = key.encode(), json_line(value).encode()
    if data.startswith(b"+++", bom):
        if key not in note.lines:
            yield _behind_first_line(data, name + b" = [" + quoted + b"]")
    elif data.startswith(b"{", bom) and note.body > bom:
        at = data.index(b"{", bom) + 1
        if key not in note.lines:
            yield data[:at] + b'"' + name + b'": [' + quoted + b"]," + data[at:]
    elif note.body <= bom or data.startswith(b"---", bom):
        yield with_relation(data, note, key, json_line(value)[1:-1])
        # Keys can be indented, all alike.
        first = re.search(rb"^([ \t]+)[^\s#]", data[bom : note.body], re.MULTILINE)
        if first is not None and key not in note.lines:
            yield _behind_first_line(data, first[1] + name + b": [" + quoted + b"]")
    elif _has_plain_lines(data, note) and key not in note.lines:
        yield data[:bom] + name + b": " + value.encode() + b"\n" + data[bom:]


def _has_plain_lines(data: bytes, note: Note) -> bool:
    """Whether a note has values without fences: lines of ``key: value`` at its top."""
    return note.body > 0 and bool(note.lines) and not data.lstrip(_BOM).startswith((b"---", b"+++", b"{"))


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
