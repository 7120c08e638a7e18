"""``kg verify``: verdicts are kept, what is unchanged runs no tool, what is absent is never passed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.base import process

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTE = """# A

```coq {#base}
Definition n := 1.
```

```coq {#thm claims="one is one" after="base"}
Theorem t : n = 1. Proof. reflexivity. Qed.
```

```coq {#other claims="a sum"}
Theorem u : 1 + 1 = 2. Proof. reflexivity. Qed.
```
"""


@pytest.fixture(scope="module", autouse=True)
def _coq() -> None:
    if process.find("coqc") is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail("coqc is missing and KG_REQUIRE_TOOLS=1")
        pytest.skip("coqc is missing")


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "ontology/snapshot/evidence.jsonl").read_text().splitlines()
    return {row["key"]: row for row in map(json.loads, lines)}


def test_only_what_changed_and_what_builds_on_it_runs_again(kg: Any, base: Write) -> None:
    folder = base({"concepts/a.md": NOTE})
    ran = kg("verify", "-C", folder)
    assert (ran.status, "3 run, 0 known" in ran.stderr) == (0, True), ran.stderr
    before = _rows(folder)
    assert {k: r["verdict"] for k, r in before.items()} == dict.fromkeys(("a.md#base", "a.md#other", "a.md#thm"), "passed")
    # Nothing changed: no tool runs, not even to say its version, and the file stays as it is.
    nothing = {"PATH": str(_without_coq(folder))}
    assert "0 run, 3 known" in kg("verify", "-C", folder).stderr
    base({"concepts/a.md": NOTE.replace("n := 1", "n := 1 + 0")})
    checked = kg("check", "-C", folder, "--select", "KG5")
    assert checked.status == 1
    assert checked.stdout.count("KG512") == 2
    # Without the tool, what was passed before stays as it was, stale, and nothing is passed.
    ran = kg("verify", "-C", folder, env=nothing)
    assert ran.status == 1
    assert "its tool is not here" in ran.stderr
    assert _rows(folder) == before
    ran = kg("verify", "-C", folder)
    assert "2 run, 1 known" in ran.stderr
    assert kg("check", "-C", folder, "--select", "KG5").status == 0
    base({"concepts/a.md": NOTE.replace("2. Proof. reflexivity. Qed", "2. Proof. Admitted")})
    ran = kg("verify", "-C", folder, "--only", "coq", "a")
    assert ran.status == 1
    assert "u is admitted" in ran.stdout
    found = kg("check", "-C", folder, "--select", "KG511", "--format", "json")
    assert [(f["line"], f["code"]) for f in json.loads(found.stdout)["findings"]] == [(12, "KG511")]


def _without_coq(folder: Path) -> Path:
    """A folder for PATH that has what kg needs and no coqc."""
    bin_ = folder / "bin"
    bin_.mkdir()
    return bin_


def test_a_clean_clone_without_tools_has_the_verdicts_and_strict_wants_tools(kg: Any, base: Write) -> None:
    folder = base({"concepts/a.md": NOTE})
    without = {"PATH": str(_without_coq(folder))}
    ran = kg("verify", "-C", folder, env=without)
    assert ran.status == 0
    assert "3 unverified" in ran.stderr
    assert not (folder / "ontology").exists()
    assert kg("verify", "-C", folder, "--strict", env=without).status == 1
    kg("verify", "-C", folder, "--quiet")
    data = (folder / "ontology/snapshot/evidence.jsonl").read_bytes()
    ran = kg("verify", "-C", folder, "--strict", env=without)
    assert (ran.status, "3 passed" in ran.stderr) == (0, True), ran.stderr
    assert (folder / "ontology/snapshot/evidence.jsonl").read_bytes() == data
    # Run again, side by side or not, the verdicts are the same bytes.
    kg("verify", "-C", folder, "--full", "--jobs", "1")
    assert (folder / "ontology/snapshot/evidence.jsonl").read_bytes() == data
