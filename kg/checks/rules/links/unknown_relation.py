"""KG207 unknown-relation."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from kg.base.names import fold
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding

_ALIKE: Final = 0.85


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    """Report only keys that look like a relation; other keys are up to the author."""
    keys = {fold(r.key): r.key for r in context.vocabulary.relations.values()}
    words = {fold(w) for r in context.vocabulary.relations.values() for w in (*r.labels.values(), *(t for t, _ in r.words))}
    near: dict[str, str] = {}
    fine: set[str] = set()
    for source, link, _ in context.corpus.links:
        if link.relation is None or link.relation in fine:
            continue
        if link.context not in ("front-matter", "field") or link.kind == "name":
            continue
        key = fold(link.relation)
        if key in keys or key in words or key.replace(" ", "-").replace("_", "-") in keys:
            fine.add(link.relation)
            continue
        if key not in near:
            close = difflib.get_close_matches(key, list(keys), 1, _ALIKE)
            near[key] = keys[close[0]] if close else ""
        if near[key]:
            yield rule.at(
                Place(source, link.line, link.column),
                f"'{link.relation}' is not a relation; the link has no type",
                f"did you mean '{near[key]}'? docs/vocabulary.md lists the relations",
            )


RULE: Final = Rule(
    code="KG207",
    name="unknown-relation",
    severity="warning",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "The key of a link is not a relation, but looks like a misspelt one.",
        "zh": "链接所用的键不是关系名，而像是写错的关系名。",
    },
    why={
        "en": "The link is read as a plain link, without a type.",
        "zh": "该链接会被当作没有类型的普通链接。",
    },
    fix={
        "en": "write the key of a relation; docs/vocabulary.md lists them",
        "zh": "写上关系的键；见 docs/vocabulary.md",
    },
    bad="""
=== concepts/pod.md
# Pod

depend-on:: [[node]]
=== concepts/node.md
# Node
""",
    good="""
=== concepts/pod.md
# Pod

depends-on:: [[node]]
=== concepts/node.md
# Node
""",
)
