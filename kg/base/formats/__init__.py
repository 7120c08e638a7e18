"""The gate for foreign formats: TOML, YAML, JSON, CSV, XML, RDF, results of SPARQL and Python are parsed here and nowhere else.

The content of a file, a note, a server or a clone is foreign, whatever its origin. Each module looks at a text before its
parser does, in one pass and in time proportional to the text, and refuses what would cost the parser more: depth, numbers of
parts and nodes, aliases, lengths of numbers and names. A refusal and a fault of syntax are one exception, `FormatError`, with
the place and, for a refusal, the limit. BibTeX is not among them: kg reads none.
"""

from __future__ import annotations

from typing import Final

LIMITS: Final = {
    "size": "shorten it, or split it",
    "nesting": "write it with fewer levels",
    "parts": "write the key with fewer dots, as a table of its own",
    "nodes": "split it, or leave out what isn't needed",
    "keys": "split it, or leave out what isn't needed",
    "aliases": "write the value out instead of '*name'",
    "number": "write the number in quotes, as a text",
    "names": "declare fewer or shorter prefixes, bases, namespaces and terms",
    "entities": "write the text out instead of '&name;'",
    "columns": "give it fewer columns, or split it",
}
"""What can be too much of something → what to do about it."""


class FormatError(ValueError):
    """A text that can't be read: a fault of syntax, or more of something than is read.

    >>> error = FormatError("YAML nests deeper than 64 levels", line=3, limit="nesting")
    >>> str(error), error.hint
    ('YAML nests deeper than 64 levels (at line 3)', 'write it with fewer levels')
    """

    def __init__(self, problem: str, *, line: int = 0, column: int = 0, limit: str = "") -> None:
        place = f" (at line {line}{f', column {column}' if column else ''})" if line else ""
        super().__init__(problem + place)
        self.problem = problem
        """What is wrong, without the place."""
        self.line = line
        """From 1; 0 where the place isn't known."""
        self.column = column
        """From 1, in characters; 0 where it isn't known."""
        self.limit = limit
        """A key of `LIMITS`; empty for a fault of syntax."""

    @property
    def hint(self) -> str:
        """What to do about a limit; empty for a fault of syntax."""
        return LIMITS.get(self.limit, "")

    @property
    def advice(self) -> str:
        """The problem, and for a limit how to write it instead: for messages without a hint of their own."""
        return f"{self.problem}: {self.hint}" if self.limit else self.problem


def place_in(text: str | bytes, offset: int) -> tuple[int, int]:
    r"""Line and column of an offset, both from 1.

    >>> place_in("a\nbc", 3)
    (2, 2)
    """
    newline = "\n" if isinstance(text, str) else b"\n"
    return text.count(newline, 0, offset) + 1, offset - text.rfind(newline, 0, offset)  # type: ignore[arg-type]  # one kind of both
