"""Programs of Node: the tests of the extensions, and the client of the inspector of the Model Context Protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from editor import write_base

ROOT = Path(__file__).resolve().parents[2]
INSPECTOR = Path(__file__).with_name("inspector")


def run_node(folder: Path, *command: str) -> str:
    """Run a program in a folder whose packages are installed; without them, skip or, where tools are required, fail."""
    missing = "" if shutil.which("node") else "there is no node (Debian: apt install nodejs npm)"
    if not missing and not (folder / "node_modules").is_dir():
        missing = f"packages are missing: npm ci --ignore-scripts --prefix {folder.relative_to(ROOT)}"
    if missing:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    environment = {**os.environ, "KG_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("editor", ["vscode", "obsidian"])
def test_extensions_compile_and_pass_their_own_tests(editor: str) -> None:
    """Types, the bundle, and tests with a stub of the editor and a real ``kg lsp``."""
    report = run_node(ROOT / "editors" / editor, "npm", "test")
    counts = dict(line.split()[1:3] for line in report.splitlines() if line.startswith(("# pass", "# fail", "# skipped")))
    assert int(counts["pass"]) >= 8, report
    assert counts["fail"] == counts["skipped"] == "0"


def test_the_inspector_accepts_each_list_and_each_answer(tmp_path: Path) -> None:
    """It checks them by the schemas of the protocol, and answers by the schemas that the tools declare."""
    write_base(tmp_path)
    for command in ("init -q", "add .", "-c user.name=t -c user.email=t@example.org commit -q -m t"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True, timeout=60)
    questions = [
        ("search", {"query": "raft"}), ("concept", {"name": "raft"}), ("neighbours", {"name": "raft", "inferred": "true"}),
        ("why", {"first": "sub/paxos", "second": "raft"}), ("path", {"target": "raft"}), ("impact", {"name": "consensus"}),
        ("sparql", {"query": "SELECT ?b { c:raft kg:dependsOn ?b }"}), ("metrics", {}), ("check", {}), ("suggest", {}),
        ("coverage_gaps", {}), ("diff", {"before": "HEAD"}), ("fix", {}), ("accept", {"ids": '["nope"]'}),
        ("draft_note", {"path": "sub/new.md", "text": "# New\n\nSee [[raft]].\n"}),
        ("rename", {"kind": "concept", "name": "raft", "new": "raft-consensus"}),
    ]  # fmt: skip
    server = (sys.executable, "-m", "kg", "mcp", "-C", str(tmp_path), "--write")
    report = json.loads(run_node(INSPECTOR, "node", "inspect.mjs", json.dumps(questions), *server))
    assert {tool["name"] for tool in report["tools"]} == {name for name, _ in questions}
    failed = {name: answer for name, answer in report["answers"].items() if answer["isError"]}
    assert failed.keys() == {"accept"}, failed
    assert all(answer["structuredContent"] for name, answer in report["answers"].items() if name not in failed)
    assert {prompt["name"] for prompt in report["prompts"]} == {"review-note", "fill-gap", "type-links", "answer-from-notes"}
    assert len(report["resourceTemplates"]) == 3
    assert len(report["contents"]) == 5
    assert len(report["messages"]) == 4
