"""Libraries that read settings from the folder in which they are loaded, loaded where nobody else can have put any.

matplotlib takes a file `matplotlibrc` of the working folder, which may be somebody's pull request: it could make it wait for a
pipe, or draw text with the program `latex`. igraph loads matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from kg.base.process import neutral_folder

_NAMES: Final = ("igraph", "matplotlib")


def __getattr__(name: str) -> Any:
    """One of these libraries, loaded when it is first asked for."""
    if name not in _NAMES:
        raise AttributeError(name)
    with neutral_folder():
        library = globals()[name] = import_module(name)
    return library
