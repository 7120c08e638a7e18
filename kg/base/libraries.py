"""Libraries that read settings from the working folder, loaded from a neutral folder instead.

matplotlib reads `matplotlibrc` in the working folder, which may come with a pull request: the file could make matplotlib wait
for a pipe, or draw text with the program `latex`. igraph loads matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from kg.base.process import neutral_folder

_NAMES: Final = ("igraph", "matplotlib")


def __getattr__(name: str) -> Any:
    """Load one of these libraries on first access."""
    if name not in _NAMES:
        raise AttributeError(name)
    with neutral_folder():
        library = globals()[name] = import_module(name)
    return library
