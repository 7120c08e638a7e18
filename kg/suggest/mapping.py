"""Writes a mapping to another vocabulary below the ``skos:`` key of a note's front matter."""

from __future__ import annotations

import re
from typing import Final

from kg.model import Note
from kg.suggest.accept import with_relation

_KEY: Final = re.compile(rb"skos[ \t]*:[ \t]*(?:#.*)?$")
_FLOW: Final = re.compile(rb"skos[ \t]*:[ \t]*\{(.*)\}[ \t]*$")
_VALUE: Final = re.compile(rb"""^("[^"]*"|'[^']*'|\S+)[ \t]*$""")


def with_mapping(data: bytes, note: Note, key: str, iri: str) -> bytes | None:
    """Add an IRI to a mapping property below ``skos:``. Return None if that needs more than one changed line.

    >>> from kg.notes import parse_note
    >>> old = b"---\\ntitle: A\\nskos:\\n  notation: '1'\\n---\\n# A\\n"
    >>> with_mapping(old, parse_note("a.md", old), "exactMatch", "x:b")
    b'---\\ntitle: A\\nskos:\\n  exactMatch: ["x:b"]\\n  notation: \\'1\\'\\n---\\n# A\\n'
    >>> old = b"---\\nskos: {exactMatch: x:a}\\n---\\n"
    >>> with_mapping(old, parse_note("a.md", old), "exactMatch", "x:b")
    b'---\\nskos: {exactMatch: ["x:a", "x:b"]}\\n---\\n'
    """
    if '"' in iri or "\\" in iri or "\n" in iri:
        return None
    new = f'{key}: ["{iri}"]'.encode()
    if "skos" not in note.metadata:
        made = with_relation(data, note, "skos", "@")
        # The same place as for any new key.
        return made.replace(b'skos: ["@"]', b"skos: {" + new + b"}", 1) if made is not None else None
    at = note.lines.get("skos")
    if at is None:
        return None
    lines = data.splitlines(keepends=True)
    line = lines[at - 1]
    text = line.rstrip(b"\r\n")
    end = line[len(text) :]
    flow = _FLOW.fullmatch(text.strip())
    if flow:
        inside = _joined(flow[1], key.encode(), iri.encode(), new)
        indent = text[: len(text) - len(text.lstrip())]
        lines[at - 1] = indent + b"skos: {" + inside + b"}" + end
        return b"".join(lines)
    if not _KEY.fullmatch(text.strip()):
        return None
    for number in range(at, len(lines)):
        inner = lines[number].rstrip(b"\r\n")
        if inner.strip() and not inner.startswith((b" ", b"\t")):
            break
        name, colon, value = inner.strip().partition(b":")
        if name == key.encode() and colon:
            listed = _extended(value.strip(), iri.encode())
            if listed is None:
                return None
            indent = inner[: len(inner) - len(inner.lstrip())]
            lines[number] = indent + name + b": " + listed + lines[number][len(inner) :]
            return b"".join(lines)
    first = lines[at] if at < len(lines) else b""
    indent = first[: len(first) - len(first.lstrip(b" "))] or b"  "
    lines.insert(at, indent + new + (end or b"\n"))
    return b"".join(lines)


def _joined(inside: bytes, key: bytes, iri: bytes, new: bytes) -> bytes:
    """The content of a flow mapping with another value."""
    m = re.search(rb"(?:^|[,{ ])" + re.escape(key) + rb"[ \t]*:[ \t]*(\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[^,\s}]+)", inside)
    if m is None:
        return inside.rstrip() + (b", " if inside.strip() else b"") + new
    listed = _extended(m[1], iri)
    return inside if listed is None else inside[: m.start(1)] + listed + inside[m.end(1) :]


def _extended(value: bytes, iri: bytes) -> bytes | None:
    """A value or an inline list with another item; None for a value in several lines."""
    item = b'"' + iri + b'"'
    if value.startswith(b"[") and value.endswith(b"]"):
        inner = value[1:-1].strip().rstrip(b",")
        return b"[" + inner + (b", " if inner else b"") + item + b"]"
    m = _VALUE.fullmatch(value)
    if m is None:
        return None
    own = m[1] if m[1][:1] in b"\"'" else b'"' + m[1] + b'"'
    return b"[" + own + b", " + item + b"]"
