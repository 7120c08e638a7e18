"""Interrupts that open by themselves, and the facts on which acceptance is judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from kg.base import settings
from kg.base.errors import UsageError
from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
from kg.metrics.benchmark import Excess
from kg.model import Answer, Assessment, Evidence, Finding, Hierarchy, Measure, Reviews, Snapshot
from kg.model.evidence import EvidencePart
from kg.notes import parse_note
from kg.plan.facts import facts_of, files_of, locate_file
from kg.plan.folder import is_delivered
from kg.plan.journal import Interrupted, Resumed
from kg.plan.state import PlanProgress, replay_journal
from kg.plan.triggers import Alarm, Vulnerability, find_alarms, new_alarms, read_audit, recovered_in


def assessed(notes: Mapping[str, str] | None = None, **more: Any) -> Assessment:
    read = {p: parse_note(p, t.encode()) for p, t in (notes or {}).items()}
    corpus, _ = resolve_notes(read, ResolveOptions("https://x.org/", VocabularyWords((), {}, ())))
    none = Hierarchy({}, {}, (), (), {}, (), (), (), ())
    given = {"measures": (), **more}
    return Assessment(corpus, nx.MultiDiGraph(), {}, {}, (), none, given.pop("measures"), (), {}, {}, ("en",), **given)


def row(day: int, **measures: float | None) -> Snapshot:
    return Snapshot(f"2026-03-0{day}T10:00:00Z", "", measures, {})


def proof(verdict: str, **more: Any) -> Evidence:
    given = {"kind": "code", "language": "coq", "claims": "", "why": "no proof", "digest": "0123456789abcdef", **more}
    return Evidence(given.pop("key", "a.md#t"), "a.md", 7, 1, "", verdict=verdict, **given)


def test_a_gate_that_held_once_and_is_missed_now(plan: Any) -> None:
    tasks = [
        plan.task("t1", accept="linkage >= 50"), plan.task("t2", accept="competency >= 1 or linkage >= gate"),
        plan.task("t3", accept="file:linkage"), plan.task("t4", accept="evidence:linkage >= 1"), plan.task("t5"),
    ]  # fmt: skip
    measures = (Measure("linkage", 1, 4, None), Measure("competency", 1, 2, None), Measure("fine", 1, 1, None))
    history = (row(1, linkage=0.9), row(2, linkage=0.5), row(3, linkage=0.4, competency=0.5), row(4, linkage=None))
    found = assessed(measures=measures, gates={"linkage": 0.5, "competency": 0.6, "fine": 0.5}, history=history)
    assert find_alarms(tasks, found) == (
        Alarm(
            "quality.gate", "gate:linkage",
            "the gate on linkage held on 2026-03-02: 25.0 points short: 1 more of 4 would do", ("t1", "t2"),
        ),
    ), "competency never held"  # fmt: skip
    again = recovered_in(found)
    assert again("gate:linkage", "2026-03-01T10:00:00Z")
    assert not again("gate:linkage", "2026-03-02T10:00:00Z"), "met after that time, not at it"
    assert not again("gate:gone", "2026-01-01T00:00:00Z")
    assert not again("evidence:linkage", "2026-01-01T00:00:00Z")


def test_evidence_that_was_refuted(plan: Any) -> None:
    tasks = [
        plan.task("t1", accept="evidence:coq >= 1"), plan.task("t2", accept="failed:code <= 0"),
        plan.task("t3", accept="failed:smv <= 0"), plan.task("t4", accept="coq >= 1"),
    ]  # fmt: skip
    found = assessed(
        proofs=(proof("failed"), proof("failed", skipped=True), proof("stale"), proof("timed-out"), proof("failed", why=""))
    )
    refuted = Alarm("quality.evidence", "evidence:a.md#t@0123456789ab", "a.md:7 is refuted: no proof", ("t1", "t2"))
    assert find_alarms(tasks, found) == (refuted, refuted._replace(reason="a.md:7 is refuted"))


def test_benchmarks_over_budget_and_known_vulnerabilities(plan: Any) -> None:
    tasks = [plan.task("t1", accept="benchmark:beyond <= 0"), plan.task("t2", accept="linkage >= 1")]
    over = Excess("2026-03-01", "build of 10 notes", 3.0, 2.0, 0.25)
    bad, worse = Vulnerability("V1", "p", "1.0", ("1.1", "2.0")), Vulnerability("V2", "q", "2", ())
    assert find_alarms(tasks, assessed(), [bad, worse], [over]) == (
        Alarm("performance.target", "benchmark:build of 10 notes@2026-03-01", over.said, ("t1",)),
        Alarm("security.vulnerability", "vulnerability:V1:p@1.0", "V1 in p 1.0; fixed in 1.1, 2.0", ()),
        Alarm("security.vulnerability", "vulnerability:V2:q@2", "V2 in q 2; no version that mends it is known", ()),
    )


def test_an_alarm_is_raised_once_for_each_cause(plan: Any) -> None:
    def opened(name: str, cause: str, over: bool) -> list[Any]:
        events = [plan.at("10:00", Interrupted, id=name, trigger="quality.gate", cause=cause)]
        return events + ([plan.at("11:00", Resumed, interrupt=name)] if over else [])

    given = [Alarm("quality.gate", c, "r", ()) for c in ("new", "open", "closed", "back")]
    state = replay_journal([*opened("i", "open", False), *opened("j", "closed", True), *opened("k", "back", True)])
    asked = []

    def recovered(cause: str, time: str) -> bool:
        asked.append((cause, time))
        return cause in ("back", "open")

    assert [a.cause for a in new_alarms(given, state, recovered)] == ["new", "back"]
    assert asked == [("closed", "2026-03-02T11:00:00Z"), ("back", "2026-03-02T11:00:00Z")]
    assert new_alarms(given, PlanProgress(), recovered) == tuple(given)
    # The last of several interrupts of one cause counts.
    state = replay_journal([*opened("i", "back", True), *opened("j", "back", False)])
    assert new_alarms(given[3:], state, recovered) == ()


def test_reports_of_pip_audit(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    rows = [
        {"name": "b", "version": "2", "vulns": [{"id": "V2", "fix_versions": ["3", "4"]}, {"id": "V1"}]},
        {"name": "a", "vulns": [{"id": "V3", "fix_versions": None}, {}]},
        {"name": "c", "version": "1", "vulns": []},
        {"name": "d", "version": "1", "skip_reason": "not on PyPI"},
        {"name": "b", "version": "2", "vulns": [{"id": "V1"}]},
    ]
    expected = (
        Vulnerability("", "a", "", ()), Vulnerability("V1", "b", "2", ()), Vulnerability("V2", "b", "2", ("3", "4")),
        Vulnerability("V3", "a", "", ()),
    )  # fmt: skip
    for data in ({"dependencies": rows}, rows):
        path.write_text(json.dumps(data))
        assert read_audit(path) == expected
    for data in ({}, {"dependencies": 3}, [3], [{"version": "1"}], "x", {"dependencies": [{"name": "a"}, {}]}):
        path.write_text(json.dumps(data))
        with pytest.raises(UsageError, match=r"audit\.json is not a report of pip-audit$") as error:
            read_audit(path)
        assert error.value.hint == "pip-audit --format json --output FILE"
    path.write_text("{")
    with pytest.raises(UsageError, match=r"audit\.json: Expecting property name") as torn:
        read_audit(path)
    path.unlink()
    with pytest.raises(UsageError, match=r"^can't read .*audit\.json: No such file or directory$") as gone:
        read_audit(path)
    assert torn.value.hint == gone.value.hint == "pip-audit --format json --output FILE"


# facts


def test_the_facts_of_an_assessment(tmp_path: Path) -> None:
    notes = {
        "a.md": "---\ndefinition: D.\nsources: [s]\n---\n# A\n\n$$x$$\n\n```mermaid\ngraph LR\n a-->b\n```\n",
        "b.md": "---\nsources: [s]\n---\n```python\nx\n```\n```bash\ny\n```\n",
        "c.md": "---\ndefinition: D.\n---\n", "d.md": "",
    }  # fmt: skip
    theorem = (EvidencePart("t", True, True),)
    found = assessed(
        notes,
        measures=(Measure("linkage", 1, 2, None),),
        questions=(Answer("q", "?", (), 1), Answer("r", "?", ("x", "y"), 1)),
        reviews=Reviews(0, (), 0, None, (), (), frozenset(("a",))),
        blocks={"math": 1, "diagram": 1, "code": 2},
        proofs=(
            proof("passed", parts=theorem), proof("passed"), proof("passed", skipped=True, parts=theorem), proof("failed"),
            proof("timed-out", kind="math", language=""), proof("passed", language="python"), proof("stale"),
            proof("unverified"), proof("passed", kind="cross-check", language=""),
        ),
    )  # fmt: skip
    (tmp_path / "kg.toml").write_text("[gates]\nlinkage = 60\n")
    findings = [Finding("KG1", "x", severity, "a.md", 1, 1, "") for severity in ("error", "warning", "error")]  # type: ignore[arg-type]
    given = settings.load_settings(tmp_path)
    facts = facts_of(given, found, findings, benchmark=(3, 1))
    assert facts.measures == {"linkage": found.measures[0]}
    assert facts.gates == {"linkage": 0.6}
    assert facts.concepts == {
        "a": "",
        "b": "it lacks a definition",
        "c": "it lacks a source",
        "d": "it lacks a definition and a source",
    }
    assert facts.approved == {"a"}
    assert facts.questions == {"q": "", "r": "x; y"}
    assert facts.counted == {"evidence", "failed", "findings", "blocks"}
    # A proof that established nothing isn't counted as evidence: a file without a theorem compiles too.
    assert dict(facts.counts) == {
        "evidence:code": 2, "evidence:coq": 1, "evidence:python": 1, "evidence:cross-check": 1, "failed:code": 1,
        "failed:coq": 1, "failed:math": 1, "findings:error": 2, "findings:warning": 1, "blocks:math": 1,
        "blocks:diagram": 1, "blocks:code": 2,
        "benchmark:runs": 3, "benchmark:beyond": 1,
    }  # fmt: skip
    assert not facts.exists("kg.md")
    assert facts_of(given, found, (), lambda path: path == "x").exists("x")
    bare = facts_of(given, assessed(), ())
    assert (dict(bare.counts), bare.approved) == ({}, frozenset())


def test_files_that_acceptance_names(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    for name, text in (("docs/a.md", "A"), ("output/reports/r.md", "R"), ("empty", ""), ("output/both", "o"), ("both", "b")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (tmp_path / "outside").write_text("x")
    (root / "kg.toml").write_text("")
    (root / "link").symlink_to(tmp_path / "outside")
    given = settings.load_settings(root)
    assert locate_file(given, "docs/a.md") == root / "docs/a.md"
    assert locate_file(given, "reports/r.md") == root / "output/reports/r.md"
    assert locate_file(given, "both") == root / "both", "the knowledge base comes first"
    assert [locate_file(given, p) for p in ("empty", "docs", "gone", "../outside", "link", str(tmp_path / "outside"))] == [
        None
    ] * 6
    exists = files_of(given)
    assert [exists(p) for p in ("docs/a.md", "reports/r.md", "gone")] == [True, True, False]
    paths = ("docs/a.md", "output/reports/r.md", "reports/r.md", "empty", "docs", "../outside", "link")
    assert [is_delivered(given, p) for p in paths] == [True, False, False, False, False, False, False]
