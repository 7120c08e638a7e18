"""Linked files, evidence in SPARQL, and that a build sees what changes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kg import knowledge
from kg.base import settings
from kg.evidence import claims

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTE = """---
id: a
evidence:
  - {file: proofs/deep.py, id: conf, claims: a limit is set, run: true}
  - {file: ../../outside.json}
  - proofs/none.toml
---
# A

```smv {#m claims="never b" expect=false}
MODULE main
```
"""


def test_linked_files_are_pieces_and_a_change_is_seen(base: Write, kg: Any) -> None:
    folder = base({"concepts/x/a.md": NOTE, "concepts/x/proofs/deep.py": "limit = 1\nassert limit > 0\n", "outside.json": "{}"})
    ran = kg("verify", "-C", folder, "--only", "code")
    assert ran.status == 1
    assert "is not a file below the notes folder" in ran.stdout
    assert "can't read 'proofs/none.toml'" in ran.stdout
    base({"concepts/x/a.md": NOTE.replace("  - {file: ../../outside.json}\n  - proofs/none.toml\n", "")})
    assert kg("verify", "-C", folder, "--only", "code").status == 0
    query = (
        "SELECT ?v ?claims ?tool WHERE { GRAPH ?g { ?e a kg:Evidence ; kg:evidenceFor ?c ; kg:verdict ?v ; kg:claims ?claims . "
        "OPTIONAL { ?run a prov:Activity ; prov:used ?e ; prov:wasAssociatedWith/rdfs:label ?tool } } } ORDER BY ?claims"
    )
    assert kg("build", "-C", folder, "--stage", "metrics").status == 0
    rows = kg("query", "-C", folder, "--format", "csv", query).stdout.splitlines()
    assert rows[1].startswith("passed,a limit is set,python ")
    assert rows[2:] == ["unverified,never b,"]
    # A changed file makes it stale, and the build that was up to date is none any more.
    base({"concepts/x/proofs/deep.py": "limit = 0\nassert limit > 0\n"})
    assert kg("build", "-C", folder, "--stage", "metrics").status == 0
    rows = kg("query", "-C", folder, "--format", "csv", query).stdout.splitlines()
    assert rows[1] == "stale,a limit is set,"


def test_counterexamples_are_in_the_graph(base: Write) -> None:
    folder = base({"concepts/a.md": NOTE.partition("evidence:")[0] + "---\n" + NOTE.partition("---\n# A")[2]})
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    (piece,) = claims.gather_pieces(built.corpus, built.files)
    part = {"name": "AG x = a", "expected": False, "holds": False, "trace": {"states": [{"x": "a"}, {"x": "b"}], "loop": 0}}
    row = {"key": piece.key, "digest": piece.digest, "language": "smv", "verdict": "passed", "tool": "nusmv", "parts": [part]}
    base({"ontology/snapshot/evidence.jsonl": json.dumps(row) + "\n"})
    assessment = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert assessment is not None
    assert list(assessment.evidence.values()) == ["passed"]
    trace = assessment.proofs[0].parts[0].trace
    assert trace is not None
    assert [dict(s) for s in trace.states] == [{"x": "a"}, {"x": "b"}]
    # A specification that is false, as expected, proves nothing that holds.
    assert not assessment.proofs[0].machine_checked
