"""KG213 invalid-bibliography."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope

RULE: Final = Rule(
    code="KG213",
    name="invalid-bibliography",
    severity="error",
    scope=RuleScope.NAMES,
    find=find_faults(lambda problem: problem),
    what={
        "en": "A part of a bibliography can't be read, or two entries have one key.",
        "zh": "文献库有无法读取的部分，或两个条目使用同一个键。",
    },
    why={
        "en": "What can't be read can't be cited; of two entries with one key, only the first one counts.",
        "zh": "无法读取的文献不能被引用；键相同的两个条目只有第一个有效。",
    },
    fix={
        "en": "correct the entry; all others are read",
        "zh": "改正该条目；其余条目照常读取",
    },
    bad="""
=== references.bib
@article{herlihy1990, title = {Linearizability, year = 1990}
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
