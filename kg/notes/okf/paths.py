"""The values of front matter that name a path (§6.2), and the links that they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from kg.model import Link
from kg.notes.okf.nodes import FieldPlaces
from kg.notes.target import split_target

KIND: Final = "resource"
"""The kind of these links. Their target is a path from the folder of the note, or else from the root of the bundle."""

_ENDING: Final = re.compile(
    r"[^\s]*[^\s/.]\.(?:md|py|sql|js|ts|sh|rb|r|json|ya?ml|toml|csv|txt|ipynb|pdf|html?|lkml|bsl)", re.IGNORECASE
)
_FIXED: Final = (
    (("resource",), None),
    (("computation",), "uses"),
    (("executor", "resource"), "uses"),
    (("attester", "resource"), "uses"),
    (("superseded_by",), "replaced-by"),
    (("supersedes",), "replaces"),
)
"""Fields with a path, and the relation that each states."""
_SURE: Final = re.compile(r"\.{0,2}/|[^#]+\.md(?:#|\Z)", re.IGNORECASE)
_MOST: Final = 1000
"""Maximum characters of a path."""


class PathValue(NamedTuple):
    """A value of front matter that names a path."""

    keys: tuple[str | int, ...]
    text: str
    relation: str | None


def is_path(text: str) -> bool:
    """Return whether the value of a path-valued field is a path: neither a URI nor the description of a scope.

    >>> [is_path(t) for t in ("/a/b.md", "../x.md", "policies/a.md", "a b.md", "dashboards/exec")]
    [True, True, True, True, True]
    >>> [is_path(t) for t in ("https://a.b/c", "A, https://a.b/c.md", "all queries in project X", "acme.sales.orders", "")]
    [False, False, False, False, False]
    """
    if not text or len(text) > _MOST or "\n" in text or "://" in text or split_target(text) is None:
        return False
    if text.startswith(("/", "./", "../")) or text.lower().partition("#")[0].endswith(".md"):
        return True
    return bool(_ENDING.fullmatch(text)) or ("/" in text and not re.search(r"\s", text))


def path_values(values: Mapping[str, object]) -> Iterator[PathValue]:
    """Yield the paths in front matter."""
    for keys, relation in _FIXED:
        value: object = values
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            # Producers name paths of repositories and ids of assets under `resource`: only what must be a path counts there.
            sure = keys != ("resource",) or (isinstance(item, str) and _SURE.match(item.strip()) is not None)
            if sure and isinstance(item, str) and is_path(item.strip()):
                yield PathValue((*keys, number) if isinstance(value, list) else keys, item.strip(), relation)
    entries = values.get("sources")
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        where: tuple[str | int, ...] = ("sources", number) if isinstance(entries, list) else ("sources",)
        resource = entry.get("resource") if isinstance(entry, Mapping) else entry
        if isinstance(resource, str) and is_path(resource.strip()):
            yield PathValue((*where, "resource") if isinstance(entry, Mapping) else where, resource.strip(), "derived-from")


def resource_links(values: Mapping[str, object], places: FieldPlaces) -> Iterator[Link]:
    """Yield the links that the paths in front matter are, at their places."""
    for value in path_values(values):
        split = split_target(value.text)
        if split is None:
            continue
        at = places.of(*value.keys)
        yield Link(at.line, at.column, KIND, *split, "", False, value.relation, "front-matter", at.start, at.end)
