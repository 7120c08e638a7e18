"""`kg bench`: runs are kept and compared, a regression beyond its budget ends with 1, the report has its plots."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

Kg = Callable[..., object]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES: dict[str, str | bytes] = {
    "concepts/t.md": "---\nid: t\ntype: task\ntask: 9\nacceptance: ['benchmark:runs >= 2', 'benchmark:beyond <= 0']\n---\n",
}
WHO = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ann"}


def test_runs_are_kept_and_compared(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    path = folder / "ontology/snapshot/benchmarks.jsonl"

    def bench(*more: str) -> object:
        run = ("bench", "--notes", 30, "--notes", 60, "--repeat", 2, "--record", "--budget", 400, "-C", folder, *more)
        return kg(*run)

    first = bench("--report", str(folder / "docs/benchmark.md"))
    assert first.status == 0, first.stderr
    assert "the first run of this design" in first.stderr
    run = json.loads(path.read_text())
    assert [s["notes"] for s in run["samples"]] == [30, 60]
    assert all(len(s[key]) == 2 and min(s[key]) > 0 for s in run["samples"] for key in ("cpu", "wall", "unchanged"))
    assert {"processor", "cores", "memory", "system", "python", "kg"} == set(run["environment"])
    report = (folder / "docs/benchmark.md").read_text()
    for part in ("设计 / Design", "环境 / Environment", "运行 / Runs", "分析 / Analysis", "30 → 60 篇笔记"):
        assert part in report
    for name in ("benchmark-stages.svg", "benchmark-history.svg"):
        assert f"({name})" in report
        assert len(list(ElementTree.parse(folder / "docs" / name).getroot())) > 10  # noqa: S314  # our own file
    second = bench("--format", "json")
    assert second.status == 0, second.stderr
    assert [r["notes"] for r in json.loads(second.stdout)] == [30, 60]
    assert "within the budget" in second.stderr
    # The run before was four times as fast: this one is beyond its budget.
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[1]["samples"][1]["cpu"] = [c / 20 for c in rows[1]["samples"][1]["cpu"]]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    third = bench("--quiet", "--log-format", "json", "--report", str(folder / "docs/benchmark.md"))
    assert third.status == 1
    (said,) = map(json.loads, third.stderr.splitlines())
    assert (said["event"], said["what"], said["ratio"] > said["allowed"]) == (
        "benchmark-over-budget",
        "build of 60 notes",
        True,
    )
    report = (folder / "docs/benchmark.md").read_text()
    assert f"Against the run of {rows[1]['time']}." in report
    assert re.search(r"\| build of 60 notes \| \d+\.\d\d \| 5\.00 \| 超出 / beyond \|", report)
    kept = kg("bench", "--notes", 2, "--keep", folder / "docs", "-C", folder)
    assert (kept.status, "is not empty" in kept.stderr) == (2, True)
    # It keeps the task from being done, and opens an interrupt by itself.
    assert kg("plan", "start", 9, "-C", folder, env=WHO).status == 0
    refused = kg("plan", "done", 9, "-C", folder, env=WHO)
    assert (refused.status, "benchmark:beyond <= 0: 1" in refused.stderr) == (1, True)
    opened = kg("plan", "interrupt", "--auto", "-C", folder, env=WHO)
    assert (opened.status, "(performance.target): t paused" in opened.stderr) == (1, True)


@pytest.mark.parametrize("line", ["{}", "nonsense"])
def test_a_damaged_record_is_said_with_its_line(kg: Kg, base: Write, line: str) -> None:
    folder = base(NOTES | {"ontology/snapshot/benchmarks.jsonl": line + "\n"})
    ran = kg("plan", "status", "-C", folder)
    assert (ran.status, "benchmarks.jsonl:1:" in ran.stderr) == (2, True)
