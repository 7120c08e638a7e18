"""igraph, loaded from a neutral folder: it would load matplotlib to draw graphs, which takes ten times as long as igraph.

matplotlib, where it is installed, reads `matplotlibrc` in the working folder, which may come with a pull request: the file
could make it wait for a pipe.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from kg.base.process import neutral_folder


def __getattr__(name: str) -> Any:
    """Load the library on first access."""
    if name != "igraph":
        raise AttributeError(name)
    with neutral_folder():
        # With None in this place, an import fails, and igraph goes on without matplotlib.
        hidden = sys.modules.setdefault("matplotlib", cast(ModuleType, None)) is None
        try:
            library = globals()[name] = import_module(name)
        finally:
            if hidden:
                del sys.modules["matplotlib"]
    return library
