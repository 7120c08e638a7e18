"""KG219 missing-bibliography."""

from __future__ import annotations

from typing import Final

from kg.checks.faults import find_faults
from kg.checks.rule import Rule, RuleScope


def _message(detail: str) -> str:
    key, _, more = detail.partition("\t")
    others = {"0": "", "1": ", and one more citation"}.get(more, f", and {int(more):,} more citations")
    return f"'@{key}' is cited{others}, but there is no bibliography"


RULE: Final = Rule(
    code="KG219",
    name="missing-bibliography",
    severity="warning",
    scope=RuleScope.NAMES,
    find=find_faults(_message),
    what={
        "en": "Notes cite works, and no bibliography was read. There is one finding, at the first citation.",
        "zh": "笔记引用了文献，但没有读到任何文献库。整个知识库只报告一次，位于第一处引文。",
    },
    why={
        "en": "Citations stay plain text: pages have no list of references, the graph has no sources, and no key is checked.",
        "zh": "引文只是普通文字：页面没有参考文献列表，图中没有来源，键也不会被检查。",
    },
    fix={
        "en": "put the .bib or CSL-JSON file below the notes, or name it in the note: bibliography: ../refs.bib",
        "zh": "把 .bib 或 CSL-JSON 文件放进笔记文件夹，或在笔记中写明：bibliography: ../refs.bib",
    },
    bad="""
=== concepts/linearizability.md
# Linearizability

Operations seem to take effect at one moment [@herlihy1990, p. 463].
""",
    good="""
=== concepts/references.bib
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
