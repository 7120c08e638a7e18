"""Reports faults from reading the notes as findings of the rule with the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.checks.context import Context, Place
from kg.checks.rule import Rule
from kg.model import Finding


def find_faults(message: Callable[[str], str]) -> Callable[[Rule, Context], Iterator[Finding]]:
    """Return a `Rule.find` that reports all faults with the name of the rule; `message` formats a fault's detail."""

    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        for path, note in context.corpus.notes.items():
            for fault in note.faults:
                if fault.name == rule.name:
                    yield rule.at(Place(path, fault.line, fault.column), message(fault.detail))
        for path, fault in context.corpus.faults:
            if fault.name == rule.name:
                yield rule.at(Place(path, fault.line, fault.column), message(fault.detail))

    return find
