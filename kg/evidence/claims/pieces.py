"""The pieces of evidence in notes: blocks and linked files with what their authors claim of them, and their digests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii
from typing import Final

from kg.base.json_forms import json_ascii
from kg.evidence.claims.attributes import Attributes

STEP: Final = 2
"""Part of every digest: raised when the same text is judged in another way."""
MAX_FILE: Final = 1 << 20
MOST_INPUTS: Final = 200
"""Blocks that one may build on. They precede it when it is judged, so a chain of n blocks has n² of text."""

LANGUAGES: Final = {
    "coq": "coq", "v": "coq", "rocq": "coq", "gallina": "coq", "smv": "smv", "nusmv": "smv", "nuxmv": "smv",
    "python": "python", "py": "python", "python3": "python", "yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml",
    "bash": "bash", "sh": "bash", "shell": "bash", "go": "go", "golang": "go", "rust": "rust", "rs": "rust", "java": "java",
    "dockerfile": "dockerfile", "docker": "dockerfile", "containerfile": "dockerfile", "mermaid": "mermaid", "mmd": "mermaid",
    "math": "math", "tex": "math", "latex": "math", "katex": "math", "states": "states",
}  # fmt: skip
"""Word behind a fence, or ending of a file → the language whose tool judges it."""
PROSE: Final = frozenset(
    ("", "text", "txt", "plain", "plaintext", "output", "console", "log", "none", "ascii", "markdown", "md", "diff", "csv",
     "shell-session", "sh-session", "terminal", "tree")
)  # fmt: skip
"""Words behind fences that hold no code."""
NO_ATTRIBUTES: Final = Attributes()
KINDS: Final = {"math": "math", "mermaid": "diagram", "states": "cross-check"}
"""Language → the kind of evidence that it is; all others are code."""
DIAGRAMS: Final = ("plantuml", "dot", "graphviz", "d2")
"""Languages of diagrams besides Mermaid; no tool is known for them."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of a note."""

    line: int
    text: str
    display: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Something in a note that a tool can judge."""

    key: str
    path: str
    line: int
    column: int
    concept: str
    language: str
    """The name of the language where a tool is known for it, else the word behind the fence."""
    text: str
    attributes: Attributes = NO_ATTRIBUTES
    inputs: tuple[Piece, ...] = ()
    """The pieces that it builds on, in the order in which they are read."""
    first: int = 0
    """Line of the note in which its text begins; 0 for a linked file."""
    output: str | None = None
    """What its run is to print; None where nothing is said of that."""
    formulas: tuple[Formula, ...] = ()
    """All formulas of a note without an id are one piece."""
    fault: str = ""
    """What is wrong with its declaration."""
    file: str = ""
    """Path of a linked file, below the notes folder."""
    digest: str = field(default="", compare=False)

    @property
    def kind(self) -> str:
        """``math``, ``diagram``, ``code`` or ``cross-check``."""
        return KINDS.get(self.language, "diagram" if self.language in DIAGRAMS else "code")

    @property
    def known(self) -> bool:
        """Whether there is a tool for its language."""
        return self.language in LANGUAGES.values()

    def place_of(self, line: int) -> int:
        """The line of the note for a line of the text, counted from 0; for a linked file, the line that names it."""
        return self.first + line if self.first else self.line


def digest_of(piece: Piece) -> str:
    """SHA-256 of all that the verdict on a piece is a function of, besides the tool: text, attributes and inputs."""
    if piece.attributes is NO_ATTRIBUTES and piece.output is None and not piece.inputs:
        # Nearly all pieces: what follows their text is always the same, and only texts need be written as JSON.
        encoded = f"[{STEP}, {encode_basestring_ascii(piece.language)}, {encode_basestring_ascii(piece.text)}, {_PLAIN}"
        return hashlib.sha256(encoded.encode()).hexdigest()
    return hashlib.sha256(json_ascii(_said(piece)).encode()).hexdigest()


def _said(piece: Piece) -> tuple[object, ...]:
    a = piece.attributes
    return (STEP, piece.language, piece.text, a.expect, a.axioms, a.run, piece.output, [p.text for p in piece.inputs])


_PLAIN: Final = json_ascii(_said(Piece("", "", 0, 0, "", "", ""))[3:])[1:]
