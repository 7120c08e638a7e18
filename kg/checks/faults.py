"""Faults that reading the notes has met, as findings of the rule of the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.checks.context import Context, Place
from kg.checks.rule import Rule
from kg.model import Finding


def find_faults(message: Callable[[str], str]) -> Callable[[Rule, Context], Iterator[Finding]]:
    """A `Rule.find` that gives all faults with the name of the rule; `message` makes the message from a fault's detail."""

    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        for path, note in context.corpus.notes.items():
            for fault in note.faults:
                if fault.name == rule.name:
                    yield rule.at(Place(path, fault.line, fault.column), message(fault.detail))
        for path, fault in context.corpus.faults:
            if fault.name == rule.name:
                yield rule.at(Place(path, fault.line, fault.column), message(fault.detail))

    return find
