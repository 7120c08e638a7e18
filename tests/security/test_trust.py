"""Verdicts that come with the notes: shown as committed, run again by `kg verify`, and no ground for a gate."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTE = '---\ntitle: A\ntype: algorithm\n---\n# A\n\n```python {#t run claims="sums are right"}\nassert 1 + 1 == 3\n```\n'
FILES = {"concepts/a.md": NOTE, "kg.toml": "[gates]\nrepresentation_consistency = 50\n"}
VERDICTS = "ontology/snapshot/evidence.jsonl"


def _cloned(folder: Path, to: Path) -> Path:
    """The knowledge base as somebody else gets it: what is committed, and nothing else."""
    to.mkdir()
    for name in ("concepts", "ontology"):
        shutil.copytree(folder / name, to / name)
    shutil.copy(folder / "kg.toml", to)
    return to


def test_a_forged_verdict_holds_no_gate_and_is_judged_again(kg: Any, base: Write, tmp_path: Path) -> None:
    folder = base({f"mine/{name}": text for name, text in FILES.items()}) / "mine"
    assert kg("verify", "-C", folder).status == 1
    forged = (folder / VERDICTS).read_text().replace('"failed"', '"passed"')
    other = _cloned(folder, tmp_path / "other")
    (other / VERDICTS).write_text(forged)
    elsewhere = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "KG_CACHE": str(tmp_path / "cache")}

    built = kg("build", "--stage", "metrics", "-C", other, env=elsewhere)
    assert built.status == 1
    assert "representation_consistency 100% (1 of 1)" in built.stderr
    assert "verdicts committed, not checked here: 1" in built.stderr
    assert "it rests on 1 verdict that came with the notes and was not checked here: run 'kg verify'" in built.stderr
    # By choice, somebody's word is enough; kg.toml can't make that choice.
    assert kg("build", "--stage", "metrics", "-C", other, "--trust-committed", env=elsewhere).status == 0
    (other / "kg.toml").write_text("trust-committed = true\n")
    refused = kg("metrics", "-C", other, env=elsewhere)
    assert (refused.status, "unknown setting 'trust-committed'" in refused.stderr) == (2, True)
    shutil.copy(folder / "kg.toml", other)

    ran = kg("verify", "-C", other, env=elsewhere)
    assert (ran.status, "1 run, 0 known already" in ran.stderr) == (1, True)
    assert '"failed"' in (other / VERDICTS).read_text()


def test_what_was_checked_here_is_not_run_again_and_holds_gates(kg: Any, base: Write, tmp_path: Path) -> None:
    files = {**FILES, "concepts/a.md": NOTE.replace("== 3", "== 2")}
    folder = base({f"mine/{name}": text for name, text in files.items()}) / "mine"
    assert kg("verify", "-C", folder).status == 0
    assert "0 run, 1 known already" in kg("verify", "-C", folder).stderr
    assert kg("build", "--stage", "metrics", "-C", folder).status == 0
    # A line that differs in anything that the tool said is not the one that was checked.
    row = json.loads((folder / VERDICTS).read_text())
    (folder / VERDICTS).write_text(json.dumps({**row, "version": "9.9"}) + "\n")
    assert kg("build", "--stage", "metrics", "-C", folder).status == 1
    other = _cloned(folder, tmp_path / "other")
    elsewhere = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "KG_CACHE": str(tmp_path / "cache")}
    page = kg("build", "-C", other, env=elsewhere)
    assert page.status == 1
    assert "committed, not checked here" in (other / "output/concepts/a.html").read_text()
    said = "based on 1 verdict that was committed with the notes and not checked here"
    assert said in (other / "output/index.html").read_text()
    rows = json.loads((other / "output/metrics.json").read_text())["measures"]
    assert {m["name"]: m["committed"] for m in rows if m["committed"]} == dict.fromkeys(
        ("representation_consistency", "logical_consistency"), 1
    )


def test_a_ledger_that_comes_with_the_notes_is_not_believed(kg: Any, base: Write, tmp_path: Path) -> None:
    files = {**FILES, "concepts/a.md": NOTE.replace("== 3", "== 2")}
    folder = base({f"mine/{name}": text for name, text in files.items()}) / "mine"
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "KG_CACHE": str(tmp_path / "cache")}
    assert kg("verify", "-C", folder, env=cache).status == 0
    (ledger,) = tmp_path.glob("cache/**/verified")
    other = _cloned(folder, tmp_path / "other")
    for place in (".kg/verified", "ontology/verified", "verified", ".kg/notes/verified"):
        (other / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ledger, other / place)
    elsewhere = {"XDG_CACHE_HOME": str(tmp_path / "elsewhere"), "KG_CACHE": str(tmp_path / "elsewhere")}
    built = kg("build", "--stage", "metrics", "-C", other, env=elsewhere)
    assert (built.status, "committed, not checked here: 1" in built.stderr) == (1, True)
