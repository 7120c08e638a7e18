"""Repairs thesauri in Turtle, N-Triples and RDF/XML at their places: every other byte, comments, prefixes, order are unchanged.

The repairs are those of Skosify that add or remove nothing that follows from the rest: spaces at the ends of labels, redundant
broader relations, missing inverses, membership of the only scheme, and, if a policy is given, further preferred labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.errors import UsageError
from kg.base.formats.rdf_text import parse_rdf
from kg.checks.rdf_repairs import ThesaurusRepairs, named_statements
from kg.checks.rdfxml_repairs import XmlRepairs
from kg.graph.importing.syntax import SYNTAXES, detect_syntax

POLICIES: Final = ("shortest", "longest", "first")
"""Which of several preferred labels in one language stays one; the others become alternative labels."""
_SYNTAXES: Final = ("turtle", "ntriples", "rdfxml")
_ROUNDS: Final = 3


class RepairedText(NamedTuple):
    """The result of a repair."""

    text: str
    repairs: int


def repair_thesaurus(name: str, data: bytes, base: str, policy: str = "") -> RepairedText:
    """Return a thesaurus with repairs. Raises UsageError for JSON-LD, N-Quads and TriG, and for errors in it.

    `policy` is one of POLICIES, or empty to leave preferred labels alone.
    """
    syntax = detect_syntax(name, data)
    if syntax not in _SYNTAXES:
        raise UsageError(
            f"{name} is {syntax}: --fix edits Turtle, N-Triples and RDF/XML",
            hint="convert it, e.g. with 'rapper -o turtle', and fix the result",
        )
    try:
        text = data.decode()
        before = list(parse_rdf(data, SYNTAXES[syntax], base=base, lenient=True))
    except ValueError as error:
        raise UsageError(f"{name} can't be fixed: {error}", hint=f"correct what 'kg check {name}' reports first") from None
    count = 0
    for _ in range(_ROUNDS):  # a trimmed label may be one of two
        repairs, changed = _repair(name, text, before, base, policy)
        if not repairs.count:
            break
        count += repairs.count
        text, before = changed, list(parse_rdf(changed.encode(), SYNTAXES[syntax], base=base, lenient=True))
    return RepairedText(text, count)


def _repair(name: str, text: str, before: Sequence[ox.Quad], base: str, policy: str) -> tuple[ThesaurusRepairs, str]:
    """One round of repairs, and the text with them."""
    syntax = detect_syntax(name, text.encode())
    lines = syntax == "ntriples"
    repairs = XmlRepairs(text, base, before) if syntax == "rdfxml" else ThesaurusRepairs(text, base, before, lines=lines)
    repairs.trim_labels()
    if policy:
        repairs.demote_labels(policy)
    repairs.remove_redundant()
    repairs.add_inverses()
    repairs.add_to_scheme()
    changed = repairs.apply()
    after = parse_rdf(changed.encode(), SYNTAXES[syntax], base=base, lenient=True)
    # Places are found by a scanner of its own: its edits count only if the parser reads exactly what was intended.
    if named_statements(after) != repairs.expected(named_statements(before)):
        raise UsageError(f"{name} is written in a way that can't be edited in place", hint="reformat it, e.g. with 'rapper'")
    return repairs, changed
