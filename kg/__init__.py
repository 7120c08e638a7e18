"""kg: a compiler and a test suite for knowledge.

In Python, `read` reads notes into memory and `load` opens a build; both give a `Base`:

    import kg
    base = kg.load("output")
    base.dataset     # an rdflib Dataset
    base.network     # a networkx MultiDiGraph
    base.concepts    # concepts by IRI
    base.findings    # what is wrong, with path, line and column

With the extra `notebook`, `base.relations_frame()` is a DataFrame of pandas and `base.map("raft")` a widget; see
docs/notebook.ipynb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.base.about import VERSION
from kg.base.systems import require_system

__version__ = VERSION

__all__ = ["Base", "__version__", "load", "read"]

if TYPE_CHECKING:
    from kg.app.api import Base, load, read


def __getattr__(name: str) -> object:
    """The API is loaded when it is asked for, so that the command line starts fast."""
    if name in ("Base", "load", "read"):
        require_system()
        # start time: only those who call this need it
        from kg.app import api

        return getattr(api, name)
    raise AttributeError(f"module 'kg' has no attribute '{name}'")
