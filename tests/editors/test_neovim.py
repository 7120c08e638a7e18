"""Neovim, headless, with its own client, on the project's notes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("neovim.lua")


def neovim() -> str:
    program = shutil.which("nvim")
    if program is None:
        if os.environ.get("KG_REQUIRE_TOOLS"):
            pytest.fail("there is no nvim")
        pytest.skip("there is no nvim")
    return program


def run(root: Path, note: Path, tmp_path: Path, **env: str) -> dict[str, Any]:
    out = tmp_path / "report.json"
    places = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    done = subprocess.run(
        [neovim(), "--headless", "--clean", "-l", str(SCRIPT)],
        env={
            **os.environ,
            **places,
            "KG_CACHE": os.environ["KG_CACHE"],
            "KG_NEOVIM": f"{sys.executable}|{root}|{note}|{out}",
            **env,
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert out.exists(), done.stderr
    report: dict[str, Any] = json.loads(out.read_text())
    assert "problem" not in report, report["problem"] + done.stderr
    return report


def test_neovim_sees_a_finding_and_completes_a_link(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "concepts", tmp_path / "base/concepts")
    shutil.copytree(ROOT / "ontology", tmp_path / "base/ontology")
    shutil.copy(ROOT / "kg.toml", tmp_path / "base/kg.toml")
    note = tmp_path / "base/concepts/theory/raft.md"
    before = note.read_bytes()
    report = run(tmp_path / "base", note, tmp_path)
    (broken,) = [d for d in report["diagnostics"] if d["code"] == "KG201"]
    # Neovim counts bytes: an emoji has four, and a space.
    assert (broken["line"], broken["column"], broken["last"]) == (1, 5, 21)
    assert ["consensus", "consensus]]", 11] in report["completions"]
    assert report["symbol"] == "Raft 共识算法 / Raft"
    assert report["ended"]
    assert note.read_bytes() == before


def test_neovim_renames_a_concept_and_all_links_follow(tmp_path: Path) -> None:
    for name in ("concepts", "ontology"):
        shutil.copytree(ROOT / name, tmp_path / "base" / name)
    shutil.copy(ROOT / "kg.toml", tmp_path / "base/kg.toml")
    note = tmp_path / "base/concepts/theory/consensus.md"
    users = [p for p in (tmp_path / "base/concepts").rglob("*.md") if "[[consensus" in p.read_text()]
    row = next(n for n, line in enumerate(note.read_text().split("\n"), 1) if line.startswith("id: "))
    report = run(tmp_path / "base", note, tmp_path, KG_RENAME=f"{row}|5|agreement")
    assert report["ended"]
    assert len(users) > 5
    for path in users:
        moved = path if path.exists() else path.with_name("agreement.md")
        assert "[[consensus]]" not in moved.read_text()
        assert "[[agreement" in moved.read_text()
    command = [sys.executable, "-m", "kg", "check", "-C", str(tmp_path / "base"), "--select", "KG2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
