"""Filters of questions: one that nothing can match is refused with near names, instead of an empty answer."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from kg.base.errors import UsageError
from kg.base.names import MARKDOWN_ENDINGS
from kg.base.settings import Settings
from kg.checks import RULES, own_rules
from kg.checks.selection import near_rules

_NEAR: Final = 3
_ALIKE: Final = 0.5


def require_relation(relation: str, keys: Iterable[str]) -> None:
    """Raise UsageError for a relation that the vocabulary doesn't have; an empty one filters nothing."""
    names = {*keys, "links-to"}
    if relation and relation not in names:
        raise _refused("relation", relation, names)


def require_note(path: str, paths: Collection[str]) -> None:
    """Raise UsageError for the path of a note that isn't there; folders and other files are not looked at."""
    if path.lower().endswith(MARKDOWN_ENDINGS) and path not in paths:
        raise _refused("note", path, paths)


def require_rule(code: str, settings: Settings) -> None:
    """Raise UsageError for what is neither a rule nor the beginning of codes; an empty one filters nothing."""
    rules = (*RULES, *own_rules(settings, Path.as_posix)[0])
    if not any(rule.code.startswith(code.upper()) or rule.name == code.lower() for rule in rules):
        near = near_rules(code, rules)
        raise UsageError(
            f"there is no rule '{code}'", hint=f"near: {', '.join(near)}" if near else "'check' without a code names them"
        )


def _refused(what: str, name: str, names: Iterable[str]) -> UsageError:
    near = difflib.get_close_matches(name, sorted(names), _NEAR, _ALIKE)
    hint = f"near: {', '.join(near)}" if near else "resource kg://vocabulary has the relations, 'search' finds notes"
    return UsageError(f"there is no {what} '{name}'", hint=hint)
