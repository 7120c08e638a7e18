"""The places of values in front matter, also of nested ones."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base.formats import FormatError
from kg.base.formats.yaml_text import compose_yaml
from kg.notes.source import Source

if TYPE_CHECKING:
    import yaml

_UNUSUAL: Final = re.compile("[\x85\u2028\u2029]")
"""Line breaks of YAML that are none of Markdown."""


class FieldPlace(NamedTuple):
    """Where a value is, inside its quotes."""

    line: int
    column: int
    start: int
    """Byte offset of the first byte."""
    end: int


class FieldPlaces:
    """Places in the front matter of one file, which ends before the byte `body`."""

    def __init__(self, source: Source, body: int, lines: dict[str, int]) -> None:
        self._source, self._body, self._lines = source, body, lines

    @cached_property
    def _text(self) -> str:
        starts = self._source.starts
        closing = bisect_left(starts, self._body) - 1  # the line between the text and the body
        return self._source.slice(starts[1], starts[closing]) if closing > 1 else ""

    @cached_property
    def _root(self) -> yaml.Node | None:
        if _UNUSUAL.search(self._text):
            return None
        try:
            nodes = compose_yaml(self._text)
        except FormatError:
            return None
        return nodes[0] if nodes else None

    def of(self, *keys: str | int) -> FieldPlace:
        """Return the place of a value by its keys and positions; of the innermost value on the way to it, if it has none."""
        node, deepest = self._root, None
        for key in keys:
            node = _part(node, key)
            if node is None:
                break
            deepest = node
        if deepest is None:
            line = self._lines.get(str(keys[0]), 1) if keys else 1
            start = self._source.starts[line - 1] if line <= len(self._source.starts) else 0
            return FieldPlace(line, 1, start, start)
        return self._place(deepest)

    def of_key(self, *keys: str | int) -> FieldPlace:
        """Return the place of the last of these keys; of its value, if the text can't be examined."""
        node = self._root
        for key in keys[:-1]:
            node = _part(node, key)
        name = next((name for name, _ in _pairs(node) if str(name.value) == keys[-1]), None)
        return self.of(*keys) if name is None else self._place(name)

    def _place(self, node: yaml.Node) -> FieldPlace:
        quoted = getattr(node, "style", None) in ("'", '"')
        start = self._offset(node.start_mark.line, node.start_mark.column + quoted)
        end = self._offset(node.end_mark.line, node.end_mark.column - quoted)
        line, column = self._source.at(start)
        return FieldPlace(line, column, start, max(start, end))

    def _offset(self, line: int, column: int) -> int:
        """Return the offset of a place in the text, which begins in the second line of the file."""
        starts = self._source.starts
        if line + 1 >= len(starts):
            return self._body
        start = starts[line + 1]
        whole = self._source.slice(start, self._source.line_end(start))
        return start + len(whole[: max(0, column)].encode())


def _part(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    """Return the value under a key or at a position; None if there is none."""
    if isinstance(key, int):
        items: list[yaml.Node] = list(getattr(node, "value", ())) if type(node).__name__ == "SequenceNode" else []
        return items[key] if key < len(items) else None
    return next((value for name, value in _pairs(node) if str(name.value) == key), None)


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if node is not None and type(node).__name__ == "MappingNode" else []
