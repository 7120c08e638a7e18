"""Reads docfx's tables of contents, files `toc.yml`: their entries are links, and one to a missing file is a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from kg.base.formats import FormatError
from kg.base.formats.yaml_text import compose_yaml
from kg.model import Broken, Fault, Link, Resolution, Resolved
from kg.notes.target import split_target

if TYPE_CHECKING:
    import yaml

_KEYS: Final = frozenset(("href", "tocHref", "topicHref", "homepage"))
"""Keys of an entry whose values are links; `homepage` is the former name of `topicHref`."""
_ITEMS: Final = "items"


class ContentsEntry(NamedTuple):
    """A link of a table of contents."""

    path: str
    """Name of the file."""
    line: int
    column: int
    href: str
    """The link as written."""


def read_contents(contents: Iterable[tuple[str, bytes]]) -> tuple[list[ContentsEntry], list[tuple[str, Fault]]]:
    r"""Return the links of tables of contents, given by name and bytes, and faults for those that can't be read.

    >>> read_contents([("toc.yml", b"- name: A\n  href: a.md\n  items:\n  - href: 'b/'")])[0]
    [ContentsEntry(path='toc.yml', line=2, column=9, href='a.md'), ContentsEntry(path='toc.yml', line=4, column=12, href='b/')]
    >>> read_contents([("toc.yml", b"- a: [")])[1][0][1].name
    'left-out-file'
    """
    entries: list[ContentsEntry] = []
    faults: list[tuple[str, Fault]] = []
    for path, data in contents:
        try:
            roots = compose_yaml(data.decode("utf-8-sig", "replace"))
        except FormatError as error:
            faults.append((path, Fault("left-out-file", error.line or 1, error.column or 1, error.advice)))
            continue
        entries += sorted(ContentsEntry(path, *link) for root in roots for link in _links(root))
    return entries, faults


def _links(root: yaml.Node) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and text of the links of all entries below a node; aliases make one node part of many."""
    seen: set[int] = set()
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if id(node) in seen or not isinstance(node.value, list):
            continue
        seen.add(id(node))
        for part in node.value:
            if not isinstance(part, tuple):
                nodes.append(part)  # of a list
                continue
            key, value = part
            if key.value == _ITEMS:
                nodes.append(value)
            elif isinstance(key.value, str) and key.value in _KEYS and isinstance(value.value, str):
                quoted = value.style in ("'", '"')
                yield value.start_mark.line + 1, value.start_mark.column + 1 + quoted, value.value


def resolve_entries(
    entries: Iterable[ContentsEntry], resolve: Callable[[str, Link], Resolution]
) -> tuple[frozenset[str], list[tuple[str, Fault]]]:
    """Return the paths of the files that entries lead to, and a fault for each entry whose file is missing."""
    paths: set[str] = set()
    faults: list[tuple[str, Fault]] = []
    for entry in entries:
        target = split_target(entry.href.strip())
        if target is None or not target[0]:
            continue
        link = Link(entry.line, entry.column, "markdown", target[0], None, "", False, None, "toc", 0, 0)
        found = resolve(entry.path, link)
        if isinstance(found, Resolved):
            paths.add(found.path)
        elif isinstance(found, Broken):
            faults.append((entry.path, Fault("broken-link", entry.line, entry.column, entry.href)))
    return frozenset(paths), faults
