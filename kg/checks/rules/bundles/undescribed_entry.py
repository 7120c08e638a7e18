"""KG717 undescribed-entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding, Resolved
from kg.notes.okf.families import text_of


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    bare = {
        (path, fault.line) for path, note in context.corpus.notes.items() for fault in note.faults if fault.name == rule.name
    }
    for source, link, resolution in context.corpus.links if bare else ():
        if (source, link.line) not in bare or not isinstance(resolution, Resolved):
            continue
        note = context.every_note.get(resolution.path)
        if note is not None and note.role == "concept" and (description := text_of(note.metadata.get("description"))):
            bare.discard((source, link.line))
            label = next(iter(note.labels.values()))
            message = f"the entry of '{label}' has no description, but the concept has one (§8)"
            yield rule.at(Place(source, link.line, link.column), message, f"write behind the link: ' - {description}'")


RULE: Final = Rule(
    code="KG717",
    name="undescribed-entry",
    severity="info",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "An entry of an index.md does not include the description of its concept.",
        "zh": "index.md 的条目没有写出所列概念的 description。",
    },
    why={
        "en": "Readers and agents have to open each file to see what it is about.",
        "zh": "读者和程序须逐个打开文件才能知道其内容。",
    },
    fix={
        "en": "write the description behind the link: `* [Title](file.md) - description`",
        "zh": "在链接之后写上说明：`* [标题](file.md) - 说明`",
    },
    habit=True,
    source="OKF 0.2 §8",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/index.md
# Tables

* [Orders](orders.md)
=== concepts/orders.md
---
type: Table
description: One row for each completed order.
---
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/index.md
# Tables

* [Orders](orders.md) - One row for each completed order.
=== concepts/orders.md
---
type: Table
description: One row for each completed order.
---
""",
)
