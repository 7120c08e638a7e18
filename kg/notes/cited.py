"""Citations in front matter: the items of ``sources`` that name works of a bibliography."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kg.model import Citation
from kg.notes.frontmatter import FrontMatter, texts_under
from kg.notes.source import Source

_SOURCE: Final = re.compile(r"-?@([\w](?:[\w:.#$%&+?<>~/-]*[\w+/])?)[ \t]*,?[ \t]*(.*)", re.DOTALL)
_BRACKETED: Final = re.compile(r"\[([^\[\]]*)\]")
_PREFIX: Final = re.compile(r"\A[^@]*[ \t](?=-?@)")
_NEXT: Final = re.compile(r";[ \t]*(?=-?@)")
_BEHIND: Final = r"(?![\w+/]|[:.#$%&?<>~-]+[\w+/])"
"""What doesn't follow a key: it would be a longer one."""
_KEYS: Final = ("sources", "source")


class CitedWork(NamedTuple):
    """What an item of ``sources`` says about one work."""

    key: str
    locator: str


def works_in(source: str) -> list[CitedWork]:
    """Return the works that an item of ``sources`` cites, with or without brackets; none if it is something else.

    >>> [work.key for text in ("@a, p. 1; @b", "[see @c; -@d]", "Me <me@a.b>", "[@e; x]") for work in works_in(text)]
    ['a', 'b', 'c', 'd']
    """
    bracketed = _BRACKETED.fullmatch(source.strip())
    parts = [_PREFIX.sub("", part.strip(), count=1) for part in bracketed[1].split(";")] if bracketed else _NEXT.split(source)
    matches = [_SOURCE.fullmatch(part.strip()) for part in parts]
    works = [CitedWork(m[1], m[2].strip()) for m in matches if m is not None]
    return works if len(works) == len(parts) else []


def front_citations(front: FrontMatter, source: Source) -> Iterator[Citation]:
    """Yield the citations under ``sources`` and ``source``, each at its key; at the line of ``sources`` if that is escaped."""
    for name in _KEYS:
        line = front.lines.get(name, 1)
        begin = cursor = source.starts[line - 1] if line <= len(source.starts) else 0
        for text in texts_under(front.values, name):
            for key, locator in works_in(text):
                m = re.compile(re.escape(f"@{key}").encode() + _BEHIND.encode()).search(source.data, cursor, front.body)
                start, end = m.span() if m else (begin, begin)
                cursor = max(cursor, end)
                yield Citation(key, *source.at(start), start, end, "", locator)
