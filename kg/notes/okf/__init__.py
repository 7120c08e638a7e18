"""The Open Knowledge Format, version 0.2: what its front matter states, its paths, and what its specification asks of a file.

Sections (§) are those of the specification, okf/SPEC.md of GoogleCloudPlatform/knowledge-catalog.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from kg.base.gitignore import GitPattern, is_ignored, read_rules
from kg.model import Role
from kg.notes.okf.dates import Moment, is_past, read_moment, write_moment
from kg.notes.okf.families import footnote_sources, read_provenance
from kg.notes.okf.paths import is_path

__all__ = [
    "CONCEPT_ENDING",
    "INDEX",
    "LOG",
    "RESERVED",
    "Moment",
    "bundle_root",
    "footnote_sources",
    "is_past",
    "is_path",
    "read_ignored",
    "read_moment",
    "read_provenance",
    "role_of",
    "write_moment",
]

INDEX: Final = "index.md"
LOG: Final = "log.md"
CONCEPT_ENDING: Final = ".md"
RESERVED: Final = frozenset((INDEX, LOG))
"""Names of files that are not concepts, at any level (§3.1)."""


def role_of(path: str, ignored: Sequence[str] = ()) -> Role:
    """Return what a file of a bundle is; `ignored` are the patterns of `.okfignore`, which drafts of the format have.

    Only names that end in ``.md``, in lower case, are those of concepts: paths are exact (§3.1, §11.1).

    >>> role_of("a.mdx"), role_of("A.MD"), role_of("a.md")
    ('page', 'page', 'concept')
    >>> role_of("tables/index.md"), role_of("README.md"), role_of("docs/README.md", ["README.md"]), role_of("a/b.md", ["/b.md"])
    ('page', 'concept', 'page', 'concept')
    """
    name = posixpath.basename(path)
    if name in RESERVED or not name.endswith(CONCEPT_ENDING):
        return "page"
    return "page" if ignored and is_ignored(_rules(tuple(ignored)), path) else "concept"


def read_ignored(data: bytes) -> tuple[str, ...]:
    """Return the patterns in the content of an `.okfignore`.

    >>> read_ignored(b"# x\\n\\n /docs/**\\nREADME.md")
    ('/docs/**', 'README.md')
    """
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=8)
def _rules(patterns: tuple[str, ...]) -> tuple[GitPattern, ...]:
    return tuple(read_rules(patterns))


def bundle_root(path: str, roots: Sequence[str]) -> str:
    """Return the prefix of the bundle that holds a file: the longest of some, each empty or with a slash at its end.

    >>> bundle_root("acme/tables/a.md", ["acme/", "ga4/"]), bundle_root("x.md", ["acme/"])
    ('acme/', '')
    """
    return max((root for root in roots if path.startswith(root)), key=len, default="")
