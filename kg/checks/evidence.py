"""What the rules about evidence share: where a piece of evidence is, what messages call it, and whether it is misdeclared."""

from __future__ import annotations

from kg.checks.context import Place
from kg.model import Evidence


def place_of(item: Evidence) -> Place:
    """The place of a piece of evidence: the line that the tool names, else its first line."""
    return Place(item.path, item.at or item.line, 1 if item.at and item.at != item.line else item.column)


def name_of(item: Evidence) -> str:
    """Language and id of a piece of evidence: ``coq 'thm'``."""
    return f"{item.language} '{item.key.rpartition('#')[2]}'"


def is_misdeclared(item: Evidence) -> bool:
    """Whether kg itself rejected the declaration of the evidence, before any tool was asked."""
    return item.verdict == "failed" and item.tool == "kg" and item.kind != "cross-check"
