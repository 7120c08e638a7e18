"""A problem in user content, and its fix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]


class Fix(NamedTuple):
    """The only correct fix of a finding: a byte range of the note's text and its replacement."""

    start: int
    """Byte offset in the file's text, without a byte order mark."""
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem in user content: the only type for it."""

    code: str
    name: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    fix: Fix | None = None
    """None if a person has to decide."""
    about: str = field(default="", compare=False)
    """IRI of the concept or other resource that it is about, if it is about one: an RDF file describes many."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.code} [{self.name}] {self.message}"
