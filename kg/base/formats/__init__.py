"""The gateway for foreign formats: only this package parses TOML, YAML, JSON, CSV, XML, RDF, SPARQL results and Python.

The content of a file, a note, a server or a clone is untrusted, whatever its origin. Before the parser runs, each module scans
the text in one pass, in linear time, and rejects input that would cost the parser more: depth, numbers of
parts and nodes, aliases, lengths of numbers and names. A rejection and a syntax error are one exception, `FormatError`, with
the place and, for a rejection, the limit.
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
"""Kind of limit → how to stay within it."""


class FormatError(ValueError):
    """A text that can't be read: it has a syntax error or exceeds a limit.

    >>> error = FormatError("YAML nests deeper than 64 levels", line=3, limit="nesting")
    >>> str(error), error.hint
    ('YAML nests deeper than 64 levels (at line 3)', 'write it with fewer levels')
    """

    def __init__(self, problem: str, *, line: int = 0, column: int = 0, limit: str = "") -> None:
        place = f" (at line {line}{f', column {column}' if column else ''})" if line else ""
        super().__init__(problem + place)
        self.problem = problem
        """The problem, without the place."""
        self.line = line
        """From 1; 0 if the place is unknown."""
        self.column = column
        """From 1, in characters; 0 if the place is unknown."""
        self.limit = limit
        """A key of `LIMITS`; empty for a syntax error."""

    @property
    def hint(self) -> str:
        """The way to stay within the limit; empty for a syntax error."""
        return LIMITS.get(self.limit, "")

    @property
    def advice(self) -> str:
        """The problem and, for a limit, how to avoid it; for messages without a hint of their own."""
        return f"{self.problem}: {self.hint}" if self.limit else self.problem


def place_in(text: str | bytes, offset: int) -> tuple[int, int]:
    r"""Return line and column of an offset, both from 1.

    >>> place_in("a\nbc", 3)
    (2, 2)
    """
    newline = "\n" if isinstance(text, str) else b"\n"
    return text.count(newline, 0, offset) + 1, offset - text.rfind(newline, 0, offset)  # type: ignore[arg-type]  # one kind of both
