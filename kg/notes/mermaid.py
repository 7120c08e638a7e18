"""Edges of Mermaid flowcharts: the label of a node names the concept, its id is local to the block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_HEADER: Final = re.compile(r"^\s*(?:graph|flowchart|flowchart-elk)\b[^\n;]*[\n;]", re.MULTILINE)
_COMMENT: Final = re.compile(r"%%[^\n]*")
_SKIP: Final = re.compile(r"(?:end|subgraph|classDef|class|style|linkStyle|click|direction|accTitle|accDescr)\b")
_ID: Final = re.compile(r"[^\W]+(?:[\-.](?![\-.>])\w+)*")
# Opening bracket → closing bracket, longest first.
_SHAPES: Final = (
    ("(((", ")))"), ("([", "])"), ("[[", "]]"), ("[(", ")]"), ("((", "))"), ("{{", "}}"), ("[/", "/]"), ("[/", "\\]"),
    ("[\\", "\\]"), ("[\\", "/]"), ("(", ")"), ("[", "]"), ("{", "}"), (">", "]"),
)  # fmt: skip
_ARROW: Final = re.compile(
    r"\s*(?P<left>[<xo]?)(?:"
    r"(?:--|==|-\.)\s+(?P<mid>[^\n|]*?\S)\s*(?:-{2,}|={2,}|\.-)(?P<r1>[>xo]?)"
    r"|(?:-{2,}|={2,}|-\.+-|~~~)(?P<r2>[>xo]?(?=[\s|\w\[({]|$))"
    r")\s*(?:\|(?P<bar>[^|\n]*)\|)?\s*"
)
_MAX_EDGES: Final = 20_000  # "a & b --> c & d" means four edges: a short line can mean millions
_BREAK: Final = re.compile(r"<br\s*/?>|\\n", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<[^<>]*>")


class DiagramEdge(NamedTuple):
    """An edge with the labels of its ends; `offset` is the start of its statement, in characters."""

    source: str
    target: str
    label: str
    offset: int


def diagram_edges(text: str) -> Iterator[DiagramEdge]:
    """Yield the edges of a flowchart, in order; none for other kinds of diagram.

    >>> [e[:3] for e in diagram_edges("graph TD\\n  A[CAP 定理] -->|依赖| B(一致性)\\n  B --> C & D[副本]\\n  C[x]")]
    [('CAP 定理', '一致性', '依赖'), ('一致性', 'x', ''), ('一致性', '副本', '')]
    >>> list(diagram_edges("sequenceDiagram\\n A->>B: hi"))
    []
    """
    header = _HEADER.match(_blank_comments(text).lstrip("\n\r \t") + "\n")
    if not header:
        return
    text = _blank_comments(text)
    labels: dict[str, str] = {}
    raw_edges: list[tuple[str, str, str, int]] = []
    start = text.index(header.group().strip()) + len(header.group().strip())
    for m in re.finditer(r"[^\n;]+", text[start:]):
        statement = m.group()
        offset = start + m.start() + len(statement) - len(statement.lstrip())
        statement = statement.strip()
        if statement and not _SKIP.match(statement):
            _statement(statement, offset, labels, raw_edges)
    for source, target, label, offset in raw_edges:
        yield DiagramEdge(labels.get(source, source), labels.get(target, target), label, offset)


def diagram_labels(text: str) -> Iterator[tuple[str, int]]:
    """Yield the labels of a flowchart's nodes as written, without quotes, each with its offset in characters.

    A node without a label is named by its id, which is yielded where it is not given a label anywhere.

    >>> list(diagram_labels('graph TD\\n  A["CAP"] --> b'))
    [('CAP', 14), ('b', 24)]
    """
    if next(diagram_edges(text), None) is None:
        return
    blank = _blank_comments(text)
    nodes: dict[str, str] = {}
    ids: list[tuple[str, int]] = []
    places: list[tuple[str, int]] = []
    start = blank.index("\n") if "\n" in blank.strip() else 0
    for m in re.finditer(r"[^\n;]+", blank[start:]):
        statement = m.group().strip()
        if not statement or _SKIP.match(statement):
            continue
        offset = start + m.start() + len(m.group()) - len(m.group().lstrip())
        position = 0
        while position < len(statement):
            before: dict[str, str] = {}
            at = position
            group, position = _nodes(statement, position, before)
            if not group:
                break
            for node, label in before.items():
                nodes[node] = label
                found = _written_label(statement, at, position, label)
                if found is not None:
                    places.append((found[0], offset + found[1]))
            ids += [(node, offset + statement.find(node, at, position)) for node in group if node not in before]
            arrow = _ARROW.match(statement, position)
            if not arrow or arrow.end() == position:
                break
            position = arrow.end()
    yield from places
    yield from ((node, at) for node, at in ids if node not in nodes)


def _written_label(text: str, start: int, end: int, label: str) -> tuple[str, int] | None:
    """Return a label as written in a statement, and its offset; None if it contains markup."""
    at = text.find(label, start, end)
    return (label, at) if at >= 0 and label else None


def _blank_comments(text: str) -> str:
    return _COMMENT.sub(lambda m: " " * len(m.group()), text)


def _statement(text: str, offset: int, labels: dict[str, str], raw_edges: list[tuple[str, str, str, int]]) -> None:
    position = 0
    left: list[str] = []
    label = ""
    reverse = False
    while True:
        group, position = _nodes(text, position, labels)
        if not group:
            return
        for a in left if len(raw_edges) + len(left) * len(group) <= _MAX_EDGES else ():
            for b in group:
                raw_edges.append((b, a, label, offset) if reverse else (a, b, label, offset))
        arrow = _ARROW.match(text, position)
        if not arrow or arrow.end() == position:
            return
        label = clean_label(arrow["bar"] or arrow["mid"] or "")
        right = arrow["r1"] or arrow["r2"] or ""
        reverse = arrow["left"] == "<" and right != ">"
        left, position = group, arrow.end()


def _nodes(text: str, position: int, labels: dict[str, str]) -> tuple[list[str], int]:
    """Parse one node, or several joined by ``&``; return their labels and the position after them."""
    group: list[str] = []
    while m := _ID.match(text, position):
        position = m.end()
        group.append(m.group())
        for opening, closing in _SHAPES:
            if text.startswith(opening, position):
                quoted = re.compile(r'\s*"([^"]*)"\s*' + re.escape(closing)).match(text, position + len(opening))
                end = text.find(closing, position + len(opening))
                if quoted:
                    labels[m.group()] = clean_label(quoted[1])
                    position = quoted.end()
                elif end >= 0:
                    labels[m.group()] = clean_label(text[position + len(opening) : end])
                    position = end + len(closing)
                else:
                    continue
                break
        style = re.compile(r":::[\w-]+").match(text, position)
        position = style.end() if style else position
        joint = re.compile(r"\s*&\s*").match(text, position)
        if not joint:
            break
        position = joint.end()
    return group, position


def clean_label(label: str) -> str:
    """Return a label as readers see it: without markup, quotes and repeated white space."""
    label = _MARKUP.sub("", _BREAK.sub(" ", label)).strip().strip("\"'`*").strip()
    return " ".join(label.split())
