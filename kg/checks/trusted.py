"""What a change does to that by which it is judged: settings, ontology, baseline and verdicts of the base revision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.settings import FILE
from kg.checks.base import Context, Place, Rule
from kg.model import Finding


def _settings(rule: Rule, context: Context) -> Iterator[Finding]:
    return _changes(rule, context, of_settings=True)


def _files(rule: Rule, context: Context) -> Iterator[Finding]:
    return _changes(rule, context, of_settings=False)


def _changes(rule: Rule, context: Context, *, of_settings: bool) -> Iterator[Finding]:
    if context.settings is None:
        return
    for change in context.changes:
        if (change.path == FILE) is of_settings:
            place = Place(context.outside(context.settings.root / change.path), change.line)
            yield rule.at(place, f"{change.path} differs from {change.revision}: {change.what}")


RULES: Final = (
    Rule(
        "KG124", "settings-changed", "warning",
        "the settings of the base revision were used; whoever keeps the knowledge base decides on the new ones",
        _settings, where="both",
    ),
    Rule(
        "KG125", "trusted-file-changed", "warning",
        "the file of the base revision was used; whoever keeps the knowledge base decides on the new one",
        _files, where="both",
    ),
)  # fmt: skip
