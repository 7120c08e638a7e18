"""KG124 settings-changed."""

from __future__ import annotations

from typing import Final

from kg.checks.rule import Rule, RuleScope
from kg.checks.trusted import find_changes

RULE: Final = Rule(
    code="KG124",
    name="settings-changed",
    severity="warning",
    scope=RuleScope.FILES,
    find=find_changes(of_settings=True),
    what={
        "en": "kg.toml differs from the base revision by which the notes are judged (--base-revision).",
        "zh": "kg.toml 与评判笔记所用的基准版本（--base-revision）不同。",
    },
    why={
        "en": "A change must not lower the bar that it is measured by: gates, severities and exceptions are those of the "
        "base revision.",
        "zh": "改动不得自行降低评判标准：门限、严重级别和例外均以基准版本为准。",
    },
    fix={
        "en": "the settings of the base revision were used; a maintainer of the knowledge base decides on the new ones",
        "zh": "本次使用了基准版本的设置；是否采用新设置由知识库的维护者决定",
    },
    where="both",
)
