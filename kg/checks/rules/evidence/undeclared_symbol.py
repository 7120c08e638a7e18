"""KG535 undeclared-symbol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.evidence.claims.symbols import Registry, normalise_symbol, symbols_in
from kg.model import Finding

REGISTRY: Final = "symbol-registry"
"""Id of the concept whose note contains the table of symbols."""


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    registry = Registry(context.corpus, context.files)
    if not registry.entries(REGISTRY):
        return
    for note in context.corpus.notes.values():
        blocks = [b for b in note.blocks if b.kind == "math"]
        if blocks:
            missing = registry.undeclared(note, {normalise_symbol(s) for b in blocks for s in symbols_in(b.text)}, REGISTRY)
            if missing:
                message = f"symbols not declared in '{REGISTRY}': {', '.join(sorted(missing))}"
                yield rule.at(Place(note.path, blocks[0].line, blocks[0].column), message)


RULE: Final = Rule(
    code="KG535",
    name="undeclared-symbol",
    severity="info",
    scope=RuleScope.REPRESENTATIONS,
    find=_find,
    what={
        "en": "A formula has a symbol that the table of symbols does not declare. This is checked only where a note "
        "'symbol-registry' has such a table.",
        "zh": "公式中的符号未在符号表中声明。仅当存在名为 symbol-registry 且含符号表的笔记时检查。",
    },
    why={
        "en": "Formulas mislead readers when one symbol has two meanings.",
        "zh": "同一符号有两种含义时，公式会误导读者。",
    },
    fix={
        "en": "declare it in the table of symbols, with its scope",
        "zh": "在符号表中声明该符号及其作用域",
    },
    habit=True,
    bad="""
=== concepts/pod.md
# Pod

$n > k$
=== concepts/symbol-registry.md
# Symbols

| Symbol | Meaning | RuleScope |
|---|---|---|
| $n$ | replicas | |
""",
    good="""
=== concepts/pod.md
# Pod

$n > k$
=== concepts/symbol-registry.md
# Symbols

| Symbol | Meaning | RuleScope |
|---|---|---|
| $n$ | replicas | |
| $k$ | faults | |
""",
)
