"""The version of kg, a stamp of its code and its ontology, in a module of their own so that every wing can import them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Final

VERSION: Final = "0.2.0"

_NAME: Final = attrgetter("name")
_PACKAGE: Final = Path(__file__).resolve().parent.parent


def ontology_folder() -> Path:
    """Return the folder of the built-in ontology: beside the package in a checkout, inside it in a wheel."""
    inside = _PACKAGE / "ontology"
    return inside if inside.is_dir() else _PACKAGE.parent / "ontology"


def rules_folder() -> Path:
    """Return the folder with the page of each rule: `docs/rules` in a checkout, inside the package in a wheel."""
    inside = _PACKAGE / "rules"
    return inside if inside.is_dir() else _PACKAGE.parent / "docs" / "rules"


@lru_cache
def code_stamp(*parts: str) -> str:
    """Return a digest of the version and of the sizes and modification times of kg's own files below the given paths.

    Caches include it in their keys, so that results of other code are computed again, also during development of kg.

    >>> code_stamp("model") == code_stamp("model")
    True
    """
    digest = hashlib.sha256(VERSION.encode())
    for part in parts or (".",):
        top = _PACKAGE / part
        for name, stat in _files(str(top)) if top.is_dir() else ((str(top), top.stat()),):
            digest.update(f"{os.path.basename(name)} {stat.st_size} {stat.st_mtime_ns}\n".encode())  # noqa: PTH119  # no path needed
    return digest.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all files below a folder except compiled ones, in order of name. `Path` objects would take three times as long."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=_NAME):
            if entry.is_dir():
                yield from _files(entry.path)
            elif not entry.name.endswith(".pyc"):
                yield entry.path, entry.stat()
