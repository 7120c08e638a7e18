"""The case of language tags: Oxigraph's parsers and serializers lower it, so that ``@zh-Hans`` would become ``@zh-hans``.

Tags with capitals get a suffix that the parser keeps, `-x-kga0`, whose number names the spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from typing import Final

import pyoxigraph as ox

_TAG: Final = rb"[A-Za-z]++(?:-[A-Za-z0-9]++)*+"
_CAPITALS: Final = {
    ox.RdfFormat.RDF_XML: (re.compile(rb"xml:lang\s*=\s*[\"'][A-Za-z0-9-]*?[A-Z]"),),
    ox.RdfFormat.JSON_LD: (re.compile(rb'"@language"\s*:\s*"[A-Za-z0-9-]*?[A-Z]'),),
}
_IN_TURTLE: Final = (re.compile(rb'"@[A-Za-z0-9-]*?[A-Z]'), re.compile(rb"'@[A-Za-z0-9-]*?[A-Z]"))
"""Each starts with fixed characters, which are searched for much faster than one pattern of alternatives."""
_TURTLE: Final = re.compile(
    rb"""(?:\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*+\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
          |\"(?:[^\"\\\r\n]|\\.)*+\"|'(?:[^'\\\r\n]|\\.)*+')(?:@(?P<tag>"""
    + _TAG
    + rb""")(?![\w]))?
      | (?P<open>\"{3}|'{3})
      | <[^<>\"{}|^`\\\s]*+> | \#[^\r\n]*+ | \\.""",
    re.VERBOSE | re.DOTALL,
)
_XML: Final = re.compile(
    rb"""<!--(?:[^-]|-(?!->))*+--> | <!\[CDATA\[(?:[^\]]|\](?!\]>))*+\]\]> | (?P<open><!--|<!\[CDATA\[)
      | <(?P<element>(?:[^<>"'!]|"[^"]*+"|'[^']*+')*+)>""",
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(rb"""([^\s=<>"']++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_WHOLE_TAG: Final = re.compile(_TAG)
_JSON_TAG: Final = re.compile(rb'"@language"\s*:\s*"(?P<tag>' + _TAG + rb')"')
_JSON_KEY: Final = re.compile(rb'"(' + _TAG + rb')"\s*:')


class TagCase:
    """The text of a document to parse instead of `data`, and the spellings of its language tags."""

    def __init__(self, data: bytes, syntax: ox.RdfFormat) -> None:
        self.data = data
        self._spellings: list[str] = []
        self._numbers: dict[bytes, int] = {}
        self._by_lower: dict[str, str] = {}
        capitals = any(pattern.search(data) for pattern in _CAPITALS.get(syntax, _IN_TURTLE))
        self._mark = _unused_mark(data) if capitals else b""
        if syntax == ox.RdfFormat.JSON_LD:
            self._by_lower = dict(_spellings_of_keys(data))
        if self._mark:
            self.data = self._marked(_tags(data, syntax))
        self._end = re.compile(re.escape(self._mark.decode()) + r"(\d+)\Z") if self._spellings else None
        self._all = re.compile(re.escape(self._mark) + rb"\d+") if self._spellings else None

    def _marked(self, tags: Iterable[tuple[int, int]]) -> bytes:
        parts: list[bytes] = []
        at = 0
        for start, end in tags:
            tag = self.data[start:end]
            if tag.lower() == tag:
                continue
            number = self._numbers.setdefault(tag, len(self._numbers))
            if number == len(self._spellings):
                self._spellings.append(tag.decode())
            parts += (self.data[at:end], self._mark, b"%d" % number)
            at = end
        return b"".join((*parts, self.data[at:]))

    def spelling(self, language: str) -> tuple[str, str]:
        """Return a parsed language tag in lower case, and as the document spells it; the latter is empty if it is the same."""
        if self._end is not None and (m := self._end.search(language)):
            return language[: m.start()], self._spellings[int(m[1])]
        lower = language.lower()
        return lower, self._by_lower.get(lower, "")

    def restore(self, text: bytes) -> bytes:
        """Return a serialized text with the spellings of the document."""
        if self._end is None:
            return text
        pattern = rb"@[A-Za-z0-9-]*?" + re.escape(self._mark) + rb"(\d+)"
        return re.sub(pattern, lambda m: b"@" + self._spellings[int(m[1])].encode(), text)

    def column(self, line: int, column: int) -> int:
        """Return the column in the document for a column that the parser reports."""
        if self._all is None or not line or not column:
            return column
        lines = self.data.split(b"\n", line)
        before = lines[line - 1].decode("utf-8", "replace")[: column - 1].encode() if line <= len(lines) else b""
        return column - sum(len(m.group()) for m in self._all.finditer(before))


def mark_tags(lines: bytes) -> TagCase:
    """Return N-Triples with marked tags; see `TagCase.restore`.

    >>> case = mark_tags(b'<a:a> <a:b> "c"@zh-Hans .')
    >>> case.data, case.restore(case.data.lower())
    (b'<a:a> <a:b> "c"@zh-Hans-x-kga0 .', b'<a:a> <a:b> "c"@zh-Hans .')
    """
    return TagCase(lines, ox.RdfFormat.N_TRIPLES)


def _unused_mark(data: bytes) -> bytes:
    """Return a suffix of language tags that the document doesn't contain."""
    lower = data.lower()
    return next(mark for n in count() if (mark := b"-x-kg" + (b"%c" % (97 + n % 26)) * (n // 26 + 1)) not in lower)


def _tags(data: bytes, syntax: ox.RdfFormat) -> Iterable[tuple[int, int]]:
    """Return the offsets of all language tags."""
    if syntax == ox.RdfFormat.JSON_LD:  # within a text, the quotation marks would be escaped
        return (m.span("tag") for m in _JSON_TAG.finditer(data))
    return _tags_of_xml(data) if syntax == ox.RdfFormat.RDF_XML else _tags_of_turtle(data)


def _tags_of_turtle(data: bytes) -> Iterable[tuple[int, int]]:
    for m in _TURTLE.finditer(data):
        if m["open"]:  # a text that doesn't end: the parser stops there too
            return
        if m["tag"]:
            yield m.span("tag")


def _tags_of_xml(data: bytes) -> Iterable[tuple[int, int]]:
    for m in _XML.finditer(data):
        if m["open"]:
            return
        if m["element"] is None:
            continue
        start = m.start("element")
        for attribute in _ATTRIBUTE.finditer(m["element"]):
            group = 2 if attribute[2] is not None else 3
            if attribute[1] == b"xml:lang" and _WHOLE_TAG.fullmatch(attribute[group]):
                yield start + attribute.start(group), start + attribute.end(group)


def _spellings_of_keys(data: bytes) -> Iterable[tuple[str, str]]:
    """Yield the tags with capitals that are keys of JSON-LD in one spelling only: a language map can't be told from others."""
    keys: dict[bytes, set[bytes]] = {}
    for m in _JSON_KEY.finditer(data):
        keys.setdefault(m[1].lower(), set()).add(m[1])
    for lower, spellings in keys.items():
        if len(spellings) == 1 and (only := next(iter(spellings))) != lower:
            yield lower.decode(), only.decode()
