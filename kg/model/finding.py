"""A fault in user content and its fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]


class Fix(NamedTuple):
    """The only correct fix of a finding: a byte range of the note's text and its replacement."""

    start: int
    """Byte offset in the file's text, a byte order mark not counted."""
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in user content: one type for all of them."""

    code: str
    name: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    fix: Fix | None = None
    """None where a person has to decide."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} [{self.name}] {self.message}"
