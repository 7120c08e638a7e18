"""KG211 unknown-citation."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG211",
    name="unknown-citation",
    severity="warning",
    scope=RuleScope.NAMES,
    find=find_faults(lambda key: f"'@{key}' is not a key of the bibliography"),
    what={
        "en": "A note cites a key that no file of the bibliography has.",
        "zh": "笔记引用的键不在任何文献库文件中。",
    },
    why={
        "en": "Readers see a key, not a work: it is not in the list of references.",
        "zh": "读者看到的是键而不是文献，参考文献列表中也没有它。",
    },
    fix={
        "en": "correct the key, or add the work to the bibliography",
        "zh": "改正该键，或把文献加入文献库",
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

Operations seem to take effect at one moment [@herlihy1991, p. 463].
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
