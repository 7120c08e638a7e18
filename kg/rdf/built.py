"""The graph that a build left, found without loading what makes builds."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

from kg import files
from kg.errors import StoreError, UsageError
from kg.formats.json_text import read_typed
from kg.rdf.dataset import Graph
from kg.staging import MARKER

STORE: Final = "graph/store"
"""Where a build keeps its store, in the output folder."""


def describe(out: Path) -> dict[str, Any]:
    """What `build.json` says of a build. Raises UsageError where there is none."""
    marker = out / MARKER
    try:
        with contextlib.suppress(FileNotFoundError):
            files.check_plain(out / STORE)  # Oxigraph opens its files by name, and would follow links and wait for pipes
        return read_typed(files.read(marker), dict[str, Any])
    except FileNotFoundError:
        raise UsageError(f"there is no build at {out}", hint="run 'kg build' first") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"can't read {marker}: {error}", hint="run 'kg build' again") from error


def open_build(out: Path) -> tuple[Graph, dict[str, Any]]:
    """The graph of a build, read-only, and what `build.json` says of it."""
    info = describe(out)
    return Graph.open(out / STORE, str(info.get("base", ""))), info
