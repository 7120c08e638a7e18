"""Replaces IRIs of concepts and notes in the files that name them: Turtle, SPARQL, tables of expected rows, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urljoin

from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_line
from kg.base.names import iri_path, notes_iri
from kg.knowledge.refactor.drafts import TextEdit

_TOKEN: Final = re.compile(
    r"(?P<comment>\#[^\r\n]*)"
    r"|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*'"
    r"|<(?P<iri>[^<>\"{}|^`\\\s]*)>"
    r"|(?<![\w:?$@])(?P<prefix>[^\W\d_][\w\-]*)?:(?P<local>(?:[\w:%\-]|\\[_~.\-!$&'()*+,;=/?#@%]|\.(?=[\w:%\-\\]))*)",
    re.DOTALL,
)
_DECLARED: Final = re.compile(r"(?:@|\b)prefix[ \t]+(?P<name>[\w\-]*):[ \t]*<(?P<iri>[^<>\s]*)>", re.IGNORECASE)
_BASE: Final = re.compile(r"(?:@|\b)base[ \t]+<(?P<iri>[^<>\s]*)>", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[\w\-]+(?:\.[\w\-]+)*")
_CELL: Final = re.compile(r"[^,\t\r\n\"]+")
_TOPS: Final = re.compile(r"^[ \t]*top-concepts[ \t]*=[ \t]*\[(?P<items>[^\]]*)\]", re.MULTILINE)
_VALUE: Final = re.compile(r"\"(?:id|source|target)\":[ ]?\"(?P<value>(?:[^\"\\\r\n]|\\.)*)\"")
_MEMBERS: Final = re.compile(r"\"members\":[ ]?\[(?P<items>[^\]\r\n]*)\]")
_KEY: Final = re.compile(r"\"key\":[ ]?\"(?P<path>(?:[^\"\\\r\n#]|\\.)*)#")
_QUOTED: Final = re.compile(r"\"(?P<double>[^\"\\\r\n]*)\"|'(?P<single>[^'\r\n]*)'")


class RenamedIdentifiers:
    """The IRIs and ids that an operation changes."""

    def __init__(self, base: str, iris: Mapping[str, str], ids: Mapping[str, str], paths: Mapping[str, str]) -> None:
        """`iris` and `ids`: old → new of concepts; `paths`: old → new of notes."""
        self.concepts = f"{base}concept/"
        self.base = base
        self.ids, self.paths = ids, paths
        notes = notes_iri(base)
        self.iris = {**iris, **{notes + iri_path(old): notes + iri_path(new) for old, new in paths.items()}}

    def iri(self, iri: str) -> str | None:
        """Return the new IRI; None if it stays. A fragment (the line of a note) stays."""
        new = self.iris.get(iri)
        if new is None and "#" in iri:
            start, _, line = iri.rpartition("#")
            whole = self.iris.get(start)
            return f"{whole}#{line}" if whole is not None else None
        return new


def rewrite_record(name: str, data: bytes, renamed: RenamedIdentifiers) -> list[TextEdit]:
    """Return the edits of a file that names concepts; none if it isn't UTF-8."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return []
    if name.endswith(".toml"):
        changes = _in_settings(text, renamed)
    elif name.endswith(".jsonl"):
        changes = _in_snapshot(text, renamed)
    elif name.endswith((".csv", ".tsv")):
        changes = _in_cells(text, renamed)
    else:
        changes = _in_terms(text, renamed)
    return [TextEdit(len(text[:start].encode()), len(text[:end].encode()), new.encode()) for start, end, new in changes]


def _in_terms(text: str, renamed: RenamedIdentifiers) -> Iterator[tuple[int, int, str]]:
    """Yield the changes of Turtle or SPARQL; comments and strings stay."""
    prefixes = {"c": renamed.concepts, "n": notes_iri(renamed.base), "kb": renamed.base, "": renamed.base}
    prefixes |= {m["name"]: m["iri"] for m in _DECLARED.finditer(text)}
    declared = {m.start("iri") for m in _DECLARED.finditer(text)} | {m.start("iri") for m in _BASE.finditer(text)}
    m = _BASE.search(text)
    base = urljoin(renamed.base, m["iri"]) if m else renamed.base
    for m in _TOKEN.finditer(text):
        if m["iri"] is not None and m.start("iri") not in declared:
            new = renamed.iri(urljoin(base, m["iri"]))
            if new is not None:
                yield m.start("iri"), m.end("iri"), _as_written(m["iri"], base, new)
        elif m["local"] is not None and (m["prefix"] or "") in prefixes:
            start = prefixes[m["prefix"] or ""]
            new = renamed.iri(start + re.sub(r"\\(.)", r"\1", m["local"]))
            if new is None:
                continue
            local = new.removeprefix(start)
            if new.startswith(start) and _PLAIN.fullmatch(local):
                yield m.start("local"), m.end("local"), local
            else:
                yield m.start(), m.end(), f"<{new}>"


def _as_written(written: str, base: str, new: str) -> str:
    """Return a new IRI relative to the base if the old one was."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", written):
        return new
    for prefix in (written[: written.rfind("/") + 1], "../concept/", "concept/", "/concept/"):
        start = urljoin(base, prefix or ".")
        if new.startswith(start) and urljoin(base, prefix + new.removeprefix(start)) == new:
            return prefix + new.removeprefix(start)
    return new


def _in_snapshot(text: str, renamed: RenamedIdentifiers) -> Iterator[tuple[int, int, str]]:
    """Yield the changes of JSON lines: ids of concepts, and the notes in keys of evidence."""
    for m in _VALUE.finditer(text):
        new = renamed.ids.get(_unquoted(m["value"]))
        if new is not None:
            yield m.start("value"), m.end("value"), json_line(new)[1:-1]
    for members in _MEMBERS.finditer(text):
        for m in _QUOTED.finditer(text, members.start("items"), members.end("items")):
            new = renamed.ids.get(_unquoted(m["double"] or ""))
            if new is not None:
                yield m.start("double"), m.end("double"), json_line(new)[1:-1]
    for m in _KEY.finditer(text):
        new = renamed.paths.get(_unquoted(m["path"]))
        if new is not None:
            yield m.start("path"), m.end("path"), json_line(new)[1:-1]


def _unquoted(text: str) -> str:
    """Return the text of a JSON string, given without its quotes; itself if it can't be read."""
    try:
        return str(read_json(f'"{text}"')) if "\\" in text else text
    except FormatError:
        return text


def _in_cells(text: str, renamed: RenamedIdentifiers) -> Iterator[tuple[int, int, str]]:
    prefixes = {"c:": renamed.concepts, "n:": notes_iri(renamed.base), "kb:": renamed.base}
    for m in _CELL.finditer(text):
        cell = m.group().strip()
        prefix = next((p for p in prefixes if cell.startswith(p)), "")
        new = renamed.iri(prefixes[prefix] + cell[len(prefix) :] if prefix else cell)
        if new is not None:
            start = m.start() + m.group().index(cell)
            yield start, start + len(cell), prefix + new.removeprefix(prefixes[prefix]) if prefix else new


def _in_settings(text: str, renamed: RenamedIdentifiers) -> Iterator[tuple[int, int, str]]:
    for table in _TOPS.finditer(text):
        for m in _QUOTED.finditer(text, table.start("items"), table.end("items")):
            kind = "double" if m["double"] is not None else "single"
            new = renamed.ids.get(m[kind])
            if new is not None:
                yield m.start(kind), m.end(kind), new
