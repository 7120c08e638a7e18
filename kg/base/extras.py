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
    "search": ("pagefind_bin_extended",),
    "serve": ("starlette", "uvicorn", "httpx", "watchfiles"),
    "spark": ("pyspark", "pyarrow"),
    "verify": (
        "jsonschema", "kubernetes_validate", "referencing",
        "tree_sitter", "tree_sitter_dockerfile", "tree_sitter_go", "tree_sitter_java", "tree_sitter_rust",
    ),
}  # fmt: skip
"""Extra of pyproject.toml → modules that it installs."""
_PACKAGES: Final = {"pagefind_bin_extended": "pagefind[extended]"}
"""Module → package, where their names differ by more than hyphens."""


def has_extra(extra: str) -> bool:
    """Return whether all libraries of an extra are installed."""
    return all(find_spec(name) is not None for name in _EXTRAS[extra])


def install_command(extra: str) -> str:
    """Return the command that installs the libraries of an extra beside kg, with pip or, in an environment without it, uv.

    It names the libraries: kg itself need not come from a registry.
    """
    packages = [_PACKAGES.get(name, name.replace("_", "-")) for name in _EXTRAS[extra]]
    names = " ".join(f"'{name}'" if "[" in name else name for name in packages)
    if find_spec("pip") is None:
        return f"uv pip install --python {sys.executable} {names}"
    return f"{sys.executable} -m pip install {names}"


def require_extra(extra: str, command: str) -> None:
    """Raise UsageError with the command that installs the libraries of an extra, if one is missing; `command` needs it.

    >>> require_extra("parquet", "kg export parquet") if has_extra("parquet") else None
    """
    if not has_extra(extra):
        raise UsageError(f"'{command}' needs libraries that aren't installed", hint=f"install them: {install_command(extra)}")
