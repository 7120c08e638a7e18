"""KG111 left-out-file."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG111",
    name="left-out-file",
    severity="warning",
    scope=RuleScope.FILES,
    find=find_faults(lambda detail: f"not read: {detail}"),
    what={
        "en": "An entry with the name of a note is not a file, a link leads out of the notes folder, or several links lead "
        "to one folder.",
        "zh": "某个以笔记命名的条目不是文件，某个链接指向笔记目录之外，或多个链接指向同一目录。",
    },
    why={
        "en": "kg does not read it, so that it never publishes files from elsewhere and never waits for a pipe or a "
        "device. Its content is missing.",
        "zh": "kg 不会读取它，以免发布目录外的内容，或等待管道、设备；其内容因此缺失。",
    },
    fix={
        "en": "put a file there, or exclude it in kg.toml",
        "zh": "在该处放置文件，或在 kg.toml 中排除它",
    },
)
