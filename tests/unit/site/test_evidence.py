"""Evidence on pages: verdicts of theorems and specifications, counterexamples as a table and a diagram, all text escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType

from kg.model import Evidence, EvidencePart, Trace
from kg.views.page.words import Words
from kg.views.site import evidence
from kg.views.site.facts import AssessmentIndex

TRACE = Trace(({"s": "closed", "<b>": "0"}, {"s": "open", "<b>": "0"}, {"s": "closed", "<b>": "0"}), 1)
PROOF = Evidence(
    "a.md#m", "a.md", 3, 1, "x:a", "code", "smv", "c", "passed",
    parts=(
        EvidencePart("AG s = closed", False, False, trace=TRACE), EvidencePart("EF <x>", True, True, "noted"),
        EvidencePart("AG t", True, False),
    ),
)  # fmt: skip


def test_a_counterexample_is_a_table_and_a_sequence_diagram() -> None:
    html = str(evidence.parts(Words("en", "views.site"), PROOF))
    assert "<b>" not in html
    assert "EF &lt;x&gt;" in html
    assert "does not hold (as expected)" in html
    assert "does not hold (not as expected)" in html
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    assert re.sub(r"<[^>]+>", "|", rows[1]).replace("||", "|").split("|").count("closed") == 2
    assert rows[1].count("<mark>") == 2
    assert "2 ↺" in rows[0]
    assert evidence.has_trace([PROOF])
    diagram = evidence.sequence(TRACE, Words("zh", "views.site"))
    assert diagram.startswith("sequenceDiagram\n  participant v0 as s\n  Note over v0: 状态 1\n  v0->>v0: closed\n")
    assert "回到状态 2" in diagram


def test_pages_name_code_only_where_something_is_judged(toy: ModuleType) -> None:
    code = Evidence("raft.md#1", "raft.md", 3, 1, "x:a", "code", "python", "", "unverified")
    strange = code._replace(key="raft.md#2", line=9, language="tpl", unknown=True)
    claimed = strange._replace(key="quorum.md#1", path="quorum.md", claims="it holds")

    def shown(*proofs: Evidence) -> list[str]:
        index = AssessmentIndex(replace(toy.assessment(), proofs=proofs), toy.text_of)
        return [proof.key for of_note in index.proofs.values() for proof in of_note]

    assert shown(code, strange) == []
    assert shown(code, strange, claimed) == ["raft.md#1", "quorum.md#1"]
    assert shown(code, strange, PROOF) == ["raft.md#1", "a.md#m"]
