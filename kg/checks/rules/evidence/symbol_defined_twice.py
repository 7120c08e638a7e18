"""KG536 symbol-defined-twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.checks.rules.evidence.undeclared_symbol import REGISTRY
from kg.evidence.claims.symbols import Registry, normalise_symbol
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for entry in Registry(context.corpus, context.files).entries(REGISTRY) or ():
        same = lines[normalise_symbol(entry.symbol), entry.scope.lower()]
        same.append(entry.line)
        if len(same) > 1:
            message = f"the symbol {entry.symbol} is already defined in this scope on line {same[0]}"
            yield rule.at(Place(entry.path, entry.line), message)


RULE: Final = Rule(
    code="KG536",
    name="symbol-defined-twice",
    severity="warning",
    scope=RuleScope.REPRESENTATIONS,
    find=_find,
    what={
        "en": "The table of symbols defines a symbol twice in one scope.",
        "zh": "符号表在同一作用域内重复定义了某个符号。",
    },
    why={
        "en": "Nobody can tell which of the two definitions a formula uses.",
        "zh": "无从知道公式所用的是哪一个定义。",
    },
    fix={
        "en": "keep one definition in each scope",
        "zh": "每个作用域只保留一个定义",
    },
    bad="""
=== concepts/symbol-registry.md
# Symbols

| Symbol | Meaning | RuleScope |
|---|---|---|
| $n$ | replicas | |
| $n$ | nodes | |
""",
    good="""
=== concepts/symbol-registry.md
# Symbols

| Symbol | Meaning | RuleScope |
|---|---|---|
| $n$ | replicas | |
| $n$ | nodes | list |
""",
)
