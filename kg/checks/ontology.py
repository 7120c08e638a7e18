"""Faults of what a knowledge base adds to kg: its own checks, its shapes, and the settings that name concepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kg import files
from kg.checks.base import Context, Place, Rule
from kg.model import Finding
from kg.settings import FILE


def _nothing(_rule: Rule, _context: Context) -> Iterator[Finding]:
    """Found where the checks and shapes are run."""
    return iter(())


def _unknown_top(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.settings is None or not context.settings.top_concepts or context.is_rdf:
        return
    ids = {c.id for c in context.corpus.concepts.values()}
    path = context.settings.keepers / FILE
    for name in context.settings.top_concepts:
        if name not in ids:
            try:
                text = files.read_text(path)
            except (OSError, UnicodeDecodeError):
                text = ""
            m = re.search(rf"[\"']{re.escape(name)}[\"']", text[max(0, text.find("top-concepts")) :])
            offset = max(0, text.find("top-concepts")) + m.start() if m else 0
            line, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
            yield rule.at(
                Place(context.outside(path), line, column), f"top-concepts names '{name}', which is the id of no concept"
            )


MALFORMED_SHAPES: Final = Rule(
    "KG121", "malformed-shapes", "error", "correct the file; SHACL is described at https://www.w3.org/TR/shacl/", _nothing,
    where="both",
)  # fmt: skip
INVALID_CHECK: Final = Rule(
    "KG122", "invalid-check", "error", "a check is a SELECT query that gives ?focus, with code and message in its header",
    _nothing, where="both",
)  # fmt: skip
SHAPE_VIOLATION: Final = Rule(
    "KG390", "shape-violation", "error", "say what the shape asks for, or change the shape", _nothing, where="both",
    source="SHACL",
)  # fmt: skip

RULES: Final = (
    MALFORMED_SHAPES,
    INVALID_CHECK,
    SHAPE_VIOLATION,
    Rule("KG123", "unknown-top-concept", "warning", "write the id of a concept", _unknown_top),
)
