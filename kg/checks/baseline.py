"""The baseline: findings that are known, so that an old collection starts clean and only new ones fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_line
from kg.base.notefile import overwrite
from kg.checks.fingerprints import fingerprints
from kg.model import Finding


class Compared(NamedTuple):
    """Findings beside a baseline."""

    new: tuple[Finding, ...]
    known: int
    gone: int
    """Findings of the baseline that are no longer there."""


def compare(path: Path, findings: Sequence[Finding], *, named: bool = False) -> Compared:
    """The findings that a baseline doesn't know; `named`: the command line gave it. Raises UsageError for what is none."""
    try:
        rows = read_json(files.read(path, files.LARGE, named=named))["findings"]
        known = {str(row["fingerprint"]) for row in rows}
    except FileNotFoundError:
        raise UsageError(f"there is no baseline {path}", hint="write it with --write-baseline") from None
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="may you read it?") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} is no baseline", hint="write it anew with --write-baseline") from None
    marks = fingerprints(findings)
    new = tuple(f for f, mark in zip(findings, marks, strict=True) if mark not in known)
    return Compared(new, len(findings) - len(new), len(known.difference(marks)))


def write(path: Path, findings: Sequence[Finding]) -> None:
    """Write the baseline of some findings: one line for each, in order, so that changes of it can be read."""
    rows = sorted(
        json_line({"code": f.code, "path": f.path, "message": f.message, "fingerprint": mark})
        for f, mark in zip(findings, fingerprints(findings), strict=True)
    )
    body = ",\n".join(rows)
    overwrite(path, f'{{"version": 1, "findings": [\n{body}\n]}}\n'.encode("utf-8", "replace"), inside=(path.parent,))
