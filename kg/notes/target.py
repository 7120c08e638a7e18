"""Targets of links as written: split into path and fragment, percent-decoded, separated from external addresses."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def split_wikilink(inner: str, *, label_first: bool = False) -> tuple[str, str | None, str]:
    r"""Split the text between ``[[`` and ``]]`` into target, fragment and shown text.

    `label_first` is Dendron's order, ``[[label|note]]``.

    >>> split_wikilink("a b#H 1#H 2|shown")
    ('a b', 'H 1#H 2', 'shown')
    >>> split_wikilink(r"a\|b"), split_wikilink("#^blk ")
    (('a', None, 'b'), ('', '^blk', ''))
    """
    target, bar, text = inner.partition("|")
    if label_first and bar:
        target, text = text, target
    if bar and target.endswith("\\"):
        target = target[:-1]
    target, hash_, fragment = target.partition("#")
    return target.strip(), fragment.strip() if hash_ else None, text.strip()


def split_target(url: str) -> tuple[str, str | None] | None:
    """Return a link's destination as path and fragment, both decoded; None if it is external.

    >>> split_target("../d/My%20note.md#part-1"), split_target("/nodes/?x=1"), split_target("#top")
    (('../d/My note.md', 'part-1'), ('/nodes/', None), ('', 'top'))
    >>> split_target("https://example.org/"), split_target("//host/x"), split_target("mailto:a@b.c")
    (None, None, None)
    """
    if (":" in url and _SCHEME.match(url)) or url.startswith("//"):
        return None
    path, hash_, fragment = url.partition("#")
    if "?" in path:
        path = path.partition("?")[0]
    return _decode(path), _decode(fragment) if hash_ else None


def _decode(text: str) -> str:
    # Half-encoded text is common (raw Chinese, encoded spaces): unquote() keeps unencoded characters.
    return unquote(text, errors="replace") if "%" in text else text
