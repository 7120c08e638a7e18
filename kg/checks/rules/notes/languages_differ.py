"""KG112 languages-differ."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG112",
    name="languages-differ",
    severity="info",
    scope=RuleScope.NOTE,
    find=find_faults(lambda detail: detail),
    what={
        "en": (
            "The Chinese and the English text of a note differ in sections, formulas or numbers. Numbers are compared by "
            "value: 三, three and 3, 百分之五 and 5%, 0.5 秒 and 500 ms are equal."
        ),
        "zh": (
            "笔记的中文与英文在章节、公式或数字上不一致。数字按值比较：三、three 与 3，百分之五与 5%，"
            "0.5 秒与 500 ms 视为相等。"
        ),
    },
    why={
        "en": "Readers of one language learn less, or something else.",
        "zh": "只读其中一种语言的读者会少知道一些内容，或得到不同的说法。",
    },
    fix={
        "en": "say the same in both languages; if they differ on purpose, suppress the rule there",
        "zh": "使两种语言表述一致；若是有意不同，在该处抑制此规则",
    },
    bad="""
# 租约 / Lease

## 说明

租约是有期限的承诺：持有者在期限之内独占资源，到期之前必须续约，否则授予者可以把资源交给别人。
默认期限是 15 秒，续约间隔是 10 秒。

## Explanation

A lease is a promise that ends: its holder alone has the resource for a time and has to renew the lease before that time
is over, or else the resource may be given to another. By default a lease lasts 50 seconds, and is renewed every 10 seconds.
""",
    good="""
# 租约 / Lease

## 说明

租约是有期限的承诺：持有者在期限之内独占资源，到期之前必须续约，否则授予者可以把资源交给别人。
默认期限是 15 秒，续约间隔是 10 秒。

## Explanation

A lease is a promise that ends: its holder alone has the resource for a time and has to renew the lease before that time
is over, or else the resource may be given to another. By default a lease lasts fifteen seconds, and is renewed every
10 seconds.
""",
)
