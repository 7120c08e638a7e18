"""Libraries that read settings from the working folder, loaded from a neutral folder instead.

matplotlib reads `matplotlibrc` in the working folder, which may come with a pull request: the file could make matplotlib wait
for a pipe, or draw text with the program `latex`. igraph would load matplotlib to draw graphs: kg doesn't use that, and it
takes ten times as long as igraph itself.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Final, cast

from kg.base.process import neutral_folder

_NAMES: Final = ("igraph", "matplotlib")


def __getattr__(name: str) -> Any:
    """Load one of these libraries on first access."""
    if name not in _NAMES:
        raise AttributeError(name)
    with neutral_folder():
        # With None in this place, an import fails, and igraph goes on without matplotlib.
        hidden = name == "igraph" and sys.modules.setdefault("matplotlib", cast(ModuleType, None)) is None
        try:
            library = globals()[name] = import_module(name)
        finally:
            if hidden:
                del sys.modules["matplotlib"]
    return library
