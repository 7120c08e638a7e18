"""The loaders of SPARQL servers for which kg has a script."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kg.base import files

TRIED: Final = ("virtuoso", "oxigraph")
"""Loaders whose scripts the tests of kg run."""
LOADERS: Final = (*TRIED, "tdb2", "qlever", "graphdb", "neptune")
_UNTRIED: Final = (
    b"# Not tried: kg's tests run the scripts for virtuoso and oxigraph; this one follows its loader's documentation.\n"
)


def loader_script(loader: str) -> bytes:
    """Return the script for a loader; one that wasn't tried says so in its second line."""
    data = files.read(Path(__file__).parent / "scripts" / f"{loader}.sh")
    head, _, rest = data.partition(b"\n")
    return data if loader in TRIED else head + b"\n" + _UNTRIED + rest
