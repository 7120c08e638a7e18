"""The baseline: findings of an earlier check. They no longer fail a check; new findings do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats.json_text import read_json
from kg.base.json_forms import json_line
from kg.base.notefile import overwrite_file
from kg.checks.fingerprints import fingerprint_findings
from kg.model import Finding


class Compared(NamedTuple):
    """Findings compared with a baseline."""

    new: tuple[Finding, ...]
    known: int
    """How many of the findings the baseline contains."""
    gone: int
    """How many findings of the baseline no longer exist."""


def compare(path: Path, findings: Sequence[Finding], *, named: bool = False) -> Compared:
    """Compare findings with a baseline; `named`: the command line gave it. Raises UsageError for other files."""
    try:
        rows = read_json(files.read(path, files.LARGE, named=named))["findings"]
        fingerprints_before = {str(row["fingerprint"]) for row in rows}
    except FileNotFoundError:
        raise UsageError(f"there is no baseline {path}", hint="write it with --write-baseline") from None
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="may you read it?") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} is not a baseline", hint="write it again with --write-baseline") from None
    marks = fingerprint_findings(findings)
    new = tuple(f for f, mark in zip(findings, marks, strict=True) if mark not in fingerprints_before)
    return Compared(new, len(findings) - len(new), len(fingerprints_before.difference(marks)))


def write(path: Path, findings: Sequence[Finding]) -> None:
    """Write findings as a baseline: a line for each, in order, so that its changes can be reviewed."""
    rows = sorted(
        json_line({"code": f.code, "path": f.path, "message": f.message, "fingerprint": mark})
        for f, mark in zip(findings, fingerprint_findings(findings), strict=True)
    )
    body = ",\n".join(rows)
    overwrite_file(path, f'{{"version": 1, "findings": [\n{body}\n]}}\n'.encode("utf-8", "replace"), inside=(path.parent,))
