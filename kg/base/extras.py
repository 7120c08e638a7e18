"""Libraries of the optional parts of kg (`pip install 'kg-notes[parquet]'`), imported only where they are used."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from kg.base.errors import UsageError

_EXTRAS: Final = {"parquet": ("pyarrow",), "spark": ("pyspark", "pyarrow")}
"""Extra → modules that it installs, the one that gives it its name first."""


def require_extra(extra: str, part: str) -> None:
    """Raise UsageError with the command that installs an extra, if a library of it is missing; `part` of kg needs it.

    >>> require_extra("parquet", "'kg export parquet'") if find_spec("pyarrow") else None
    """
    missing = [name for name in _EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"{part} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            hint=f"install it: {sys.executable} -m pip install 'kg-notes[{extra}]'",
        )
