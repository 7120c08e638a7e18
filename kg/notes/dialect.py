"""What one tool's Markdown has that Markdown elsewhere lacks, as far as a note can't be read without knowing it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Dialect(NamedTuple):
    """Constructs that mean something else, or nothing, in another tool's notes; all off where the tool isn't known."""

    label_first: bool = False
    """Dendron writes ``[[label|note]]``, everybody else ``[[note|label]]``."""
    meta_data: bool = False
    """MkDocs reads ``key: value`` lines at the top of a file as meta-data."""
    admonitions: bool = False
    """Python-Markdown: lines indented below ``!!! note``, ``??? note`` and ``=== "Tab"`` are Markdown, not code."""
    properties: bool = False
    """Logseq: ``key:: value`` lines at the top are properties of the page, quoted values hold no links, ``#[[a b]]`` tags."""
    file_titles: str = ""
    """Logseq: how file names stand for titles: ``triple-lowbar``, ``legacy``, or empty where they are the titles."""


PLAIN: Final = Dialect()
"""Notes of no particular tool."""
