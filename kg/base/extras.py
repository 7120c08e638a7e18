"""Libraries of the optional parts of kg, imported only where they are used."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from kg.base.errors import UsageError

_EXTRAS: Final = {
    "duckdb": ("duckdb", "pyarrow"),
    "lsp": ("pygls", "lsprotocol"),
    "mcp": ("mcp",),
    "notebook": ("pandas", "anywidget"),
    "parquet": ("pyarrow",),
    "spark": ("pyspark", "pyarrow"),
}
"""Extra of pyproject.toml → modules that it installs."""


def require_extra(extra: str, command: str) -> None:
    """Raise UsageError with the command that installs the libraries of an extra, if one is missing; `command` needs it.

    The command names the libraries: kg itself need not come from a registry.

    >>> require_extra("parquet", "kg export parquet") if find_spec("pyarrow") else None
    """
    libraries = _EXTRAS[extra]
    if any(find_spec(name) is None for name in libraries):
        raise UsageError(
            f"'{command}' needs libraries that aren't installed",
            hint=f"install them: {sys.executable} -m pip install {' '.join(libraries)}",
        )
