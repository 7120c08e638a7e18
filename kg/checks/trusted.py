"""Differences between a change and its base revision: settings, ontology, baseline and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kg.checks.context import Context, Place
from kg.checks.rule import Rule
from kg.model import Finding


def find_changes(*, of_settings: bool) -> Callable[[Rule, Context], Iterator[Finding]]:
    """Return a `Rule.find` that reports the differences of settings, or those of all other files."""

    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        if context.settings is None:
            return
        for change in context.changes:
            if change.path.endswith(".toml") is of_settings:
                place = Place(context.outside(context.settings.root / change.path), change.line)
                yield rule.at(place, f"{change.path} differs from {change.revision}: {change.what}")

    return find
