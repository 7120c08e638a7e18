"""The version of kg, and a stamp of its code, apart from the package so that every floor may name them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"

_PACKAGE: Final = Path(__file__).resolve().parent


def code_stamp(*parts: str) -> str:
    """A digest of the version and of the size and time of change of kg's own files below some of its folders or files.

    What was computed by other code is computed again, also while kg itself is being worked on.

    >>> code_stamp("model") == code_stamp("model")
    True
    """
    digest = hashlib.sha256(VERSION.encode())
    for part in parts or (".",):
        top = _PACKAGE / part
        files = sorted(p for p in top.rglob("*") if p.suffix != ".pyc" and p.is_file()) if top.is_dir() else [top]
        for path in files:
            stat = path.stat()
            digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
