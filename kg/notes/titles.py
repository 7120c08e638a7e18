"""Places of the titles in front matter that has one for each language: ``title: {zh: 共识, en: Consensus}``."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import yaml

from kg.base.formats import FormatError
from kg.base.formats.yaml_text import compose_yaml, read_configuration
from kg.base.json_forms import json_line
from kg.model import Note

_FRONT: Final = re.compile(r"---[^\n]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)


class TitlePlace(NamedTuple):
    """A title of one language, and the range of its value in the file's bytes, quotes included."""

    lang: str
    text: str
    start: int
    end: int
    style: str | None
    """The quote; none for a plain value."""

    def written(self, new: str) -> bytes:
        """Return another title as a value in the style of this one; in quotes if it needs them."""
        if self.style == "'":
            return ("'" + new.replace("'", "''") + "'").encode()
        if self.style == '"' or not _is_plain(new):
            return json_line(new).encode()
        return new.encode()


def title_places(note: Note, data: bytes) -> Iterator[TitlePlace]:
    """Yield the titles of a note whose title is a mapping in YAML. `data`: the bytes of its file."""
    if not isinstance(note.metadata.get("title"), dict):
        return
    bom = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    text = data[bom:].decode("utf-8", "surrogateescape")
    m = _FRONT.match(text)
    if m is None:
        return
    try:
        nodes = compose_yaml(m["yaml"])
    except FormatError:
        return
    for lang, value in _titles(nodes[0] if nodes else None):
        first, last = m.start("yaml") + value.start_mark.index, m.start("yaml") + value.end_mark.index
        start, end = (bom + len(text[:at].encode("utf-8", "surrogateescape")) for at in (first, last))
        yield TitlePlace(lang, value.value.strip(), start, end, value.style)


def _titles(root: yaml.Node | None) -> Iterator[tuple[str, yaml.ScalarNode]]:
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    for key, titles in pairs:
        if str(key.value).strip().lower() == "title" and isinstance(titles, yaml.MappingNode):
            for lang, value in titles.value:
                # A block scalar (| or >) can't be replaced by a line.
                if isinstance(value, yaml.ScalarNode) and value.style in (None, "", "'", '"'):
                    yield str(lang.value).strip().lower(), value
            return


def _is_plain(text: str) -> bool:
    """Return whether a text is the same text as a plain value, in braces and in a line of its own."""
    try:
        return all(read_configuration(form) == {"a": text} for form in (f"{{a: {text}}}", f"a: {text}"))
    except FormatError:
        return False
