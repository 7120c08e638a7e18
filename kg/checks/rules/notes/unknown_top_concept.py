"""KG123 unknown-top-concept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kg.base import files
from kg.base.setting_sources import FILE
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Finding


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    if context.settings is None or not context.settings.top_concepts or context.is_rdf:
        return
    ids = {c.id for c in context.corpus.concepts.values()}
    keepers = context.settings.files or (context.settings.keepers / FILE,)
    path = next((p for p in reversed(keepers) if "top-concepts" in _text(p)), keepers[-1])
    for name in context.settings.top_concepts:
        if name not in ids:
            text = _text(path)
            m = re.search(rf"[\"']{re.escape(name)}[\"']", text[max(0, text.find("top-concepts")) :])
            offset = max(0, text.find("top-concepts")) + m.start() if m else 0
            line, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
            yield rule.at(
                Place(context.outside(path), line, column), f"top-concepts names '{name}', but no concept has this id"
            )


def _text(path: Path) -> str:
    try:
        return files.read_text(path)
    except (OSError, UnicodeDecodeError):
        return ""


RULE: Final = Rule(
    code="KG123",
    name="unknown-top-concept",
    severity="warning",
    scope=RuleScope.FILES,
    find=_find,
    what={
        "en": "The settings name a top concept that does not exist.",
        "zh": "设置中的顶层概念不存在。",
    },
    why={
        "en": "The hierarchy lacks this top concept; usually the id of the concept was changed.",
        "zh": "层级缺少这个顶层概念：多半是概念的 id 改了。",
    },
    fix={
        "en": "write the id of a concept",
        "zh": "写上某个概念的 id",
    },
    bad="""
=== kg.toml
top-concepts = ["pods"]
=== concepts/pod.md
# Pod
""",
    good="""
=== kg.toml
top-concepts = ["pod"]
=== concepts/pod.md
# Pod
""",
)
