"""Checks: rules turn faults into findings with a place, a message and a hint."""

from __future__ import annotations

from typing import Final

from kg.checks import concepts, links, notes
from kg.checks.base import Context, Rule
from kg.checks.links import is_media
from kg.model import Corpus, Finding, Hierarchy

__all__ = ["RULES", "Rule", "check", "is_media"]

RULES: Final[tuple[Rule, ...]] = tuple(sorted((*notes.RULES, *links.RULES, *concepts.RULES), key=lambda r: r.code))


def check(corpus: Corpus, hierarchy: Hierarchy | None = None) -> tuple[Finding, ...]:
    """All findings, by path, line, column and code."""
    context = Context(corpus, hierarchy)
    found = [finding for rule in RULES for finding in rule.find(rule, context)]
    return tuple(sorted(found, key=lambda f: (f.path, f.line, f.column, f.code, f.message)))
