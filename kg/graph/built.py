"""Opens the graph and results of a build, without importing the code that builds, and checks their types.

The author of a change that contains an output folder may write anything into its files: content that no build writes
causes an error with a hint, never a traceback.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from kg.base import files
from kg.base.errors import StoreError, build_missing
from kg.base.formats.json_text import read_typed
from kg.base.staging import MARKER, STORE
from kg.graph.dataset import Graph
from kg.model import Finding

MEASURES: Final = "metrics.json"
FINDINGS: Final = "findings.json"
_HINT: Final = "run 'kg build' again"
_T = TypeVar("_T")


class Missed(msgspec.Struct, array_like=True, frozen=True):
    """A gate that was not met; only the fields that kg reads."""

    measure: str


class Counted(msgspec.Struct, frozen=True):
    """The counts in `build.json`; only the fields that kg reads; None if missing."""

    notes: int | None = None
    concepts: int | None = None
    statements: int | None = None
    languages: tuple[str, ...] = ()
    gates: tuple[Missed, ...] = ()
    plan: dict[str, int] = {}


class Info(msgspec.Struct, frozen=True):
    """The content of `build.json`; only the fields that kg reads."""

    kg: str = ""
    built: str = ""
    base: str = ""
    summary: Counted = Counted()
    seconds: dict[str, float] = {}


class MeasureRow(msgspec.Struct, frozen=True):
    """A measure of `metrics.json`; only the fields that kg reads."""

    name: str
    value: float | None = None
    target: float | None = None
    lower: float | None = None
    gate: float | None = None
    unit: str = "share"


class _FindingRow(msgspec.Struct, frozen=True):
    code: str
    name: str
    severity: Literal["error", "warning", "info"]
    path: str
    line: int
    column: int
    message: str
    hint: str = ""


class _Measures(msgspec.Struct, frozen=True):
    measures: tuple[MeasureRow, ...]


class _Findings(msgspec.Struct, frozen=True):
    findings: tuple[_FindingRow, ...]


def read_info(out: Path) -> Info:
    """Return the content of `build.json`. Raises UsageError if it is missing, StoreError if it can't be read."""
    try:
        with contextlib.suppress(FileNotFoundError):
            files.check_plain(out / STORE)  # Oxigraph opens its files by name, and would follow links and block on pipes
    except OSError as error:
        raise StoreError(f"can't read {out / STORE}: {error}", hint=_HINT) from None
    found = _read(out / MARKER, Info)
    if found is None:
        raise build_missing(out)
    return found


def read_measures(out: Path) -> tuple[MeasureRow, ...]:
    """Return the measures of a build; empty if it measured nothing. Raises StoreError if they can't be read."""
    found = _read(out / MEASURES, _Measures)
    return found.measures if found is not None else ()


def read_findings(out: Path) -> tuple[Finding, ...]:
    """Return the findings of a build; empty if it ran no checks. Raises StoreError if they can't be read."""
    found = _read(out / FINDINGS, _Findings)
    rows = found.findings if found is not None else ()
    return tuple(Finding(r.code, r.name, r.severity, r.path, r.line, r.column, r.message, r.hint) for r in rows)


def _read(path: Path, kind: type[_T]) -> _T | None:
    try:
        return read_typed(files.read(path, files.LARGE), kind)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"can't read {path}: {error}", hint=_HINT) from None


def open_build(out: Path) -> tuple[Graph, Info]:
    """Return the graph of a build, read-only, and the content of `build.json`."""
    info = read_info(out)
    return Graph.open(out / STORE, info.base), info
