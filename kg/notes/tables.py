"""Relation tables: each row that names a relation and a concept asserts that relation."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.model import Link
from kg.notes.source import Source

_RELATION: Final = frozenset(map(fold, ("relation", "relations", "relationship", "predicate", "关系", "关系类型", "联系")))
_TARGET: Final = frozenset(
    map(fold, ("target", "concept", "object", "to", "note", "目标", "目标概念", "概念", "相关概念", "对象", "客体"))
)


class Cell(NamedTuple):
    """A cell of a table: its plain text and its byte range."""

    text: str
    start: int
    end: int


def relation_links(source: Source, rows: list[list[Cell]], links: list[Link]) -> list[Link]:
    """Return links with the relations of their rows; a target without a link is read as a name.

    A relation table has a column headed *relation* (关系) and one headed *target* or *concept* (目标, 概念).
    """
    header = [fold(cell.text) for cell in rows[0]] if rows else []
    relation = next((i for i, word in enumerate(header) if word in _RELATION), None)
    target = next((i for i, word in enumerate(header) if word in _TARGET), None)
    if relation is None or target is None:
        return links
    result = sorted(links, key=_start)
    starts = [link.start for link in result]
    named: list[Link] = []
    for row in rows[1:]:
        # The parser returns as many cells for each row as the header has.
        word, cell = row[relation].text.strip(), row[target]
        if not word:
            continue
        first, behind = bisect_left(starts, cell.start), bisect_left(starts, cell.end)
        for i in range(first, behind):
            result[i] = result[i]._replace(relation=word, context="table")
        name = cell.text.strip()
        if first == behind and name:
            begin = source.data.find(name.encode(), cell.start, cell.end)
            begin = cell.start if begin < 0 else begin
            line, column = source.at(begin)
            named.append(Link(line, column, "name", name, None, "", False, word, "table", begin, begin + len(name.encode())))
    return result + named


def _start(link: Link) -> int:
    return link.start
