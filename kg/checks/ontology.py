"""Faults of what a knowledge base adds to kg: its own checks, its shapes, and the settings that name concepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kg.base import files
from kg.base.settings import FILE
from kg.checks.base import Context, Place, Rule
from kg.graph import is_copy
from kg.model import Finding

WHERE: Final = re.compile(r"line (\d+), column (\d+)")
"""The place that a message of a query names."""


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


def _refused(rule: Rule, context: Context) -> Iterator[Finding]:
    folder = context.settings.ontology / "rules" if context.settings is not None else None
    own = [path for path in sorted(folder.glob("*.rq")) if not is_copy(path)] if folder is not None else []
    graph = context.graph if own else None
    for path in own if graph is not None else ():
        error = graph.refused.get(path.stem) if graph is not None else None
        if error is not None:
            m = WHERE.search(str(error))
            line, column = (int(m[1]), int(m[2])) if m else (1, 1)
            said = f"nothing more is derived by the rule {path.stem}: {error}"
            yield rule.at(Place(context.outside(path), line, column), said, error.hint)


def _unanswered(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.settings is None:
        return
    for question in context.questions:
        if question.refused:
            m = WHERE.search(question.refused)
            line, column = (int(m[1]), int(m[2])) if m else (1, 1)
            path = context.settings.ontology / "questions" / f"{question.name}.rq"
            said = f"the question {question.name} has no answer: {question.refused}"
            yield rule.at(Place(context.outside(path), line, column), said, question.hint)


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
    Rule(
        "KG126",
        "refused-rule",
        "error",
        "a rule asks this graph only, and has limits of time, memory and rows",
        _refused,
        where="both",
    ),
    Rule(
        "KG127",
        "refused-question",
        "error",
        "a question asks this graph only, and has limits of time, memory and rows",
        _unanswered,
        where="both",
    ),
    Rule("KG123", "unknown-top-concept", "warning", "write the id of a concept", _unknown_top),
)
