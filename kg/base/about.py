"""The version of kg, and a stamp of its code, apart from the package so that every wing may name them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Final

VERSION: Final = "0.2.0"

_NAME: Final = attrgetter("name")
_PACKAGE: Final = Path(__file__).resolve().parent.parent


def code_stamp(*parts: str) -> str:
    """A digest of the version and of the size and time of change of kg's own files below some of its folders or files.

    What was computed by other code is computed again, also while kg itself is being worked on.

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
    """All files below a folder but compiled ones, in the order of their names; paths as objects take three times as long."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=_NAME):
            if entry.is_dir():
                yield from _files(entry.path)
            elif not entry.name.endswith(".pyc"):
                yield entry.path, entry.stat()
