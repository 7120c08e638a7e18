"""KG212 unused-reference."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope


def _message(detail: str) -> str:
    key, _, count = detail.partition("\t")
    return f"{count} works of this bibliography are not cited" if count else f"no note cites '@{key}'"


RULE: Final = Rule(
    code="KG212",
    name="unused-reference",
    severity="info",
    scope=RuleScope.NAMES,
    find=find_faults(_message),
    what={
        "en": "No note cites a work of the bibliography. Above 50 in a file, one finding states the number.",
        "zh": "没有笔记引用文献库中的某篇文献；一个文件中超过 50 篇时，只用一条结果给出数量。",
    },
    why={
        "en": "It may have been forgotten where it belongs, or may be left over.",
        "zh": "可能是该引用处漏了引用，也可能是多余的条目。",
    },
    fix={
        "en": "cite it where it belongs, or remove it",
        "zh": "在相应处引用，或删除该条目",
    },
    bad="""
=== references.bib
@article{herlihy1990,
  author = {Herlihy, Maurice P. and Wing, Jeannette M.},
  title = {Linearizability},
  year = 1990
}
=== concepts/linearizability.md
# Linearizability
""",
    good="""
=== references.bib
@article{herlihy1990,
  author = {Herlihy, Maurice P. and Wing, Jeannette M.},
  title = {Linearizability},
  year = 1990
}
=== concepts/linearizability.md
# Linearizability

Operations seem to take effect at one moment [@herlihy1990, p. 463].
""",
)
