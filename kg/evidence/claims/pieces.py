"""Pieces of evidence in notes: blocks and linked files with their attributes and digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii
from typing import Final, NamedTuple

from kg.base.json_forms import json_ascii
from kg.evidence.claims.attributes import Attributes
from kg.model import EVIDENCE_LANGUAGES

STEP: Final = 2
"""Version of the judging, part of every digest. To increase if kg judges the same text differently."""
MAX_FILE: Final = 1 << 20
MOST_INPUTS: Final = 200
"""Maximum number of blocks that a block can build on. All are judged before it again, so n chained blocks need n² text."""

PROSE: Final = frozenset(
    ("", "text", "txt", "plain", "plaintext", "output", "console", "log", "none", "ascii", "markdown", "md", "diff", "csv",
     "shell-session", "sh-session", "terminal", "tree")
)  # fmt: skip
"""Languages of fenced blocks that contain no code."""
NO_ATTRIBUTES: Final = Attributes()
KINDS: Final = {"math": "math", "mermaid": "diagram", "states": "cross-check"}
"""Language → kind of evidence; all other languages are code."""
DIAGRAMS: Final = ("plantuml", "dot", "graphviz", "d2")
"""Languages of diagrams besides Mermaid; kg has no tool for them."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a note."""

    line: int
    text: str
    display: bool


class Parameter(NamedTuple):
    """A parameter of a computation."""

    name: str
    type: str
    lacking: bool
    """Whether it is required, and the note has no value for it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a note that a tool can judge."""

    key: str
    path: str
    line: int
    column: int
    concept: str
    language: str
    """The language, normalised if kg has a tool for it; otherwise the word after the fence."""
    text: str
    attributes: Attributes = NO_ATTRIBUTES
    inputs: tuple[Piece, ...] = ()
    """The pieces that it builds on, in order."""
    first: int = 0
    """Line of the note at which its text begins; 0 for a linked file."""
    output: str | None = None
    """The expected output of its run; None if the note states none."""
    formulas: tuple[Formula, ...] = ()
    """All formulas of a note without an id form one piece."""
    fault: str = ""
    """An error message on its declaration."""
    file: str = ""
    """Path of a linked file, relative to the notes folder."""
    parameters: tuple[Parameter, ...] = ()
    """What the computation takes; a run needs a value for each one that lacks it."""
    values: tuple[tuple[str, object], ...] = ()
    """Values for a run of this time, by name. They are not part of the digest: any run attests the computation."""
    digest: str = field(default="", compare=False)

    @property
    def kind(self) -> str:
        """``math``, ``diagram``, ``code`` or ``cross-check``."""
        return KINDS.get(self.language, "diagram" if self.language in DIAGRAMS else "code")

    @property
    def known(self) -> bool:
        """Whether kg has a tool for its language."""
        return self.language in EVIDENCE_LANGUAGES.values()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Names of the parameters without which it can't be run."""
        valued = {name for name, _ in self.values}
        return tuple(p.name for p in self.parameters if p.lacking and p.name not in valued)

    def place_of(self, line: int) -> int:
        """The line in the note for a line of the text, from 0. For a linked file, the line that names the file."""
        return self.first + line if self.first else self.line


def digest_of(piece: Piece) -> str:
    """SHA-256 of everything but the tool that determines the verdict: text, attributes and inputs."""
    if piece.attributes is NO_ATTRIBUTES and piece.output is None and not piece.inputs:
        # The common case: the rest of the JSON is constant, so only the two strings are encoded.
        encoded = f"[{STEP}, {encode_basestring_ascii(piece.language)}, {encode_basestring_ascii(piece.text)}, {_PLAIN}"
        return hashlib.sha256(encoded.encode()).hexdigest()
    return hashlib.sha256(json_ascii(_said(piece)).encode()).hexdigest()


def _said(piece: Piece) -> tuple[object, ...]:
    a = piece.attributes
    return (STEP, piece.language, piece.text, a.expect, a.axioms, a.run, piece.output, [p.text for p in piece.inputs])


_PLAIN: Final = json_ascii(_said(Piece("", "", 0, 0, "", "", ""))[3:])[1:]
