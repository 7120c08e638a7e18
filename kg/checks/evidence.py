"""Shared code of rules about evidence: its place, its name in messages, and whether its declaration is invalid."""

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
    """Return whether kg itself rejected the declaration of the evidence, before running any tool."""
    return item.verdict == "failed" and item.tool == "kg" and item.kind != "cross-check"
