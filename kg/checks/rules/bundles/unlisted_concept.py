"""KG711 unlisted-concept."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding, Resolved
from kg.notes.okf import INDEX, RESERVED

_MOST: Final = 3


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    indexes = [path for path, note in context.corpus.notes.items() if note.role == "page" and posixpath.basename(path) == INDEX]
    if not indexes:
        return
    everything = context.every_note
    inside: dict[str, list[str]] = defaultdict(list)
    for path in everything:
        if posixpath.basename(path) not in RESERVED:
            inside[posixpath.dirname(path)].append(path)
    listed: dict[str, set[str]] = defaultdict(set)
    for source, _, resolution in context.corpus.links:
        if isinstance(resolution, Resolved):
            listed[source].add(resolution.path)
    for path in indexes:
        unlisted = (p for p in inside.get(posixpath.dirname(path), ()) if p not in listed[path])
        missing = [posixpath.basename(p) for p in unlisted if everything[p].role == "concept"]
        if missing:
            named = ", ".join(f"'{name}'" for name in missing[:_MOST])
            more = f" and {len(missing) - _MOST:,} more" if len(missing) > _MOST else ""
            yield rule.at(Place(path), f"index.md does not list {named}{more} (§8)")


RULE: Final = Rule(
    code="KG711",
    name="unlisted-concept",
    severity="info",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "The index.md of a folder of a bundle does not list all of its concepts.",
        "zh": "知识包中某文件夹的 index.md 没有列出其全部概念。",
    },
    why={
        "en": "Readers who look there first don't find the concept.",
        "zh": "先看目录的读者找不到该概念。",
    },
    fix={
        "en": "add an entry: `* [Title](file.md) - description`",
        "zh": "加上条目：`* [标题](file.md) - 说明`",
    },
    source="OKF 0.2 §8",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/index.md
# Tables

* [Orders](orders.md) - Orders.
=== concepts/orders.md
---
type: Table
---
=== concepts/customers.md
---
type: Table
---
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/index.md
# Tables

* [Orders](orders.md) - Orders.
* [Customers](customers.md) - Customers.
=== concepts/orders.md
---
type: Table
---
=== concepts/customers.md
---
type: Table
---
""",
)
