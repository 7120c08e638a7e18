"""`kg suggest --review`, suggestions accepted in bulk, and `kg next`."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
Write = Callable[..., Path]

NOTES = {
    "concepts/raft.md": "# Raft\n\nRaft is a consensus algorithm. It depends on [[leader-election]].\n\nA quorum decides.\n",
    "concepts/leader-election.md": "---\ntitle: {en: Leader election, zh: 领导者选举}\n---\n\nNeeds a quorum.\n",
    "concepts/quorum.md": "# Quorum\n\nA quorum is a majority.\n",
    "concepts/consensus-algorithm.md": "# Consensus algorithm\n\nSee [[quorum]].\n",
}


@pytest.fixture
def folder(base: Write) -> Path:
    return base(NOTES)


def notes(folder: Path) -> dict[str, str]:
    return {f"concepts/{path.name}": path.read_text() for path in (folder / "concepts").iterdir()}


@pytest.mark.parametrize("yes", ["y", "Y", "是", "ｙ", "接受"])
def test_a_decision_is_written_at_once(kg: Kg, folder: Path, yes: str) -> None:
    ran = kg("suggest", "-C", folder, "--review", "Raft", stdin=f"{yes}\nq\n")
    assert ran.status == 0, ran.stderr
    assert "Raft  —is-a→  Consensus algorithm" in ran.stdout
    assert "1 accepted, 0 rejected" in ran.stdout
    assert notes(folder) == {
        **NOTES,
        "concepts/raft.md": f'---\nis-a: ["[[consensus-algorithm]]"]\n---\n{NOTES["concepts/raft.md"]}',
    }


def test_a_review_is_resumed(kg: Kg, folder: Path) -> None:
    first = kg("suggest", "-C", folder, "--review", "--by", "concept", stdin="n\n")
    assert "0 accepted, 1 rejected" in first.stdout
    rejected = json.loads((folder / "ontology/snapshot/rejected.jsonl").read_text())
    again = kg("suggest", "-C", folder, "--review", "--by", "concept", stdin="q\n")
    assert rejected["id"] in first.stdout
    assert rejected["id"] not in again.stdout
    assert notes(folder) == NOTES


def test_type_direction_and_undo(kg: Kg, folder: Path) -> None:
    ran = kg(
        "suggest", "-C", folder, "--review", "Raft", "--lane", "type", stdin="t nonsense\nt requires\nd\ny\nu\n类型\nuses\ny\n"
    )
    assert "there is no relation 'nonsense'" in ran.stderr
    assert "Leader election  —requires→  Raft" in ran.stdout
    assert "undone" in ran.stdout
    assert 'concepts/leader-election.md:3: uses: ["[[raft]]"]' in ran.stdout
    assert notes(folder)["concepts/raft.md"] == NOTES["concepts/raft.md"]


def test_skipping_everything_ends(kg: Kg, folder: Path) -> None:
    ran = kg("suggest", "-C", folder, "--review", "--lang", "zh", stdin="\n" * 30)
    assert ran.status == 0, ran.stderr
    assert "接受 0 条，拒绝 0 条" in ran.stdout
    assert notes(folder) == NOTES


def test_in_bulk_with_a_dry_run_and_a_diff(kg: Kg, folder: Path) -> None:
    bulk = ("suggest", "-C", folder, "--lane", "hierarchy", "--lane", "type", "--accept", "--min-score", "0.8")
    dry = kg(*bulk, "--diff")
    assert dry.status == 1, dry.stderr
    assert kg(*bulk, "--dry-run").stderr == dry.stderr
    assert kg("suggest", "-C", folder, "--reject", "x", "--diff").status == 2
    assert '+is-a: ["[[consensus-algorithm]]"]' in dry.stdout
    assert '+depends-on: ["[[leader-election]]"]' in dry.stdout
    assert "2 suggestions would be written" in dry.stderr
    assert notes(folder) == NOTES
    ran = kg(*bulk)
    assert "2 suggestions written" in ran.stderr
    assert notes(folder)["concepts/raft.md"].count("[[") == 3
    assert {name: text for name, text in notes(folder).items() if name != "concepts/raft.md"} == {
        name: text for name, text in NOTES.items() if name != "concepts/raft.md"
    }


def test_bulk_needs_a_score(kg: Kg, folder: Path) -> None:
    ran = kg("suggest", "-C", folder, "--accept")
    assert (ran.status, "--accept without an id needs --min-score" in ran.stderr) == (2, True)
    assert notes(folder) == NOTES


def test_what_is_rejected_is_not_accepted_with_the_others(kg: Kg, folder: Path) -> None:
    bulk = ("suggest", "-C", folder, "--lane", "hierarchy", "--lane", "type")
    rows = [json.loads(line) for line in kg(*bulk, "--format", "jsonl").stdout.splitlines()]
    strong = [row["id"] for row in rows if row["score"] >= 0.8]
    assert len(strong) == 2
    ran = kg(*bulk, "--accept", "--min-score", "0.8", "--reject", strong[0])
    assert "1 suggestion written" in ran.stderr
    again = [json.loads(line)["id"] for line in kg(*bulk, "--format", "jsonl").stdout.splitlines()]
    assert strong[0] not in again


def test_suggestions_are_chosen_by_score_or_by_id(kg: Kg, folder: Path) -> None:
    ran = kg("suggest", "-C", folder, "--accept", "0a1b2c", "--min-score", "0.8")
    assert (ran.status, "only one of them can be given" in ran.stderr) == (2, True)
    assert notes(folder) == NOTES


def test_next_names_the_edits_that_raise_the_measure_most(kg: Kg, folder: Path) -> None:
    rows = [json.loads(line) for line in kg("next", "-C", folder, "--format", "jsonl").stdout.splitlines()]
    assert rows[0]["edit"].endswith("]]")
    assert [row["gain"] for row in rows] == [round(n) for n in _gains(rows)]
    ran = kg("next", "-C", folder, "--lang", "zh")
    assert f"添加 {rows[0]['edit']}" in ran.stdout
    assert f"kg suggest --accept {rows[0]['id']}" in ran.stdout
    assert kg("suggest", "-C", folder, "--accept", rows[0]["id"]).status == 0
    again = [json.loads(line) for line in kg("next", "-C", folder, "--format", "jsonl").stdout.splitlines()]
    assert [row["criteria_met"] for row in again][:2] == [row["criteria_met"] for row in rows][1:3]
    assert "concept_association" in rows[0]


def _gains(rows: list[dict[str, float]]) -> list[float]:
    """Criteria gained by each edit, from the shares printed after it: four criteria of four concepts."""
    shares = [0.0, *(row["criteria_met"] for row in rows)]
    return [16 * (after - before) for before, after in pairwise(shares)]


def test_what_each_concept_lacks(kg: Kg, folder: Path) -> None:
    rows = [json.loads(line) for line in kg("next", "-C", folder, "--lacking", "--format", "jsonl").stdout.splitlines()]
    assert {row["concept"] for row in rows} == {"raft", "leader-election", "quorum", "consensus-algorithm"}
    assert all("broader-concept" in row["lacks"] for row in rows)
    assert next(row["edit"] for row in rows if row["concept"] == "raft")
    shown = kg("next", "-C", folder, "--lacking").stdout
    assert "lacks " in shown
    assert "a broader concept" in shown
