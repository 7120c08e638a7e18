"""``kg suggest`` as users have it: what it finds, what it says of it, and that it is the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES = {
    "concepts/raft.md": "# Raft\n\nRaft elects a leader. A majority of servers, a quorum, has to agree. See [[log]].\n",
    "concepts/quorum.md": "# Quorum\n\nA majority of the servers that has to agree; see [[consensus]].\n",
    "concepts/consensus.md": "# Consensus\n\nServers agree on one value, by [[raft]] or [[paxos]].\n",
    "concepts/paxos.md": "# Paxos\n\nA majority, the [[quorum]], accepts a value.\n",
    "concepts/log.md": "# Log\n\nWhat servers append to, entry by entry.\n",
    "concepts/容器.md": "# 容器\n\n容器把进程与系统的其余部分隔离开来。\n",
    "concepts/镜像.md": "# 镜像\n\n运行中的镜像就是一个容器。\n",
}


def _rows(kg: Kg, *args: object) -> list[dict[str, Any]]:
    ran = kg("suggest", "--format", "jsonl", *args)
    assert ran.status == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture
def folder(base: Write) -> Path:
    return base(NOTES)


def test_a_name_without_a_link_is_suggested_with_its_line(kg: Kg, folder: Path) -> None:
    rows = {(r["source"], r["target"]): r for r in _rows(kg, "-C", folder)}
    row = rows["raft.md", "quorum.md"]
    assert row["lane"] == "mention"
    mention = next(w for w in row["why"] if w["kind"] == "mention")
    assert (mention["path"], mention["line"], mention["column"], mention["text"]) == ("raft.md", 3, 48, "quorum")
    assert row["score"] == pytest.approx(sum(w["contribution"] for w in row["why"]))
    assert rows["镜像.md", "容器.md"]["lane"] == "mention"
    assert ("paxos.md", "quorum.md") not in rows
    assert all(r["lane"] == "latent" for r in _rows(kg, "-C", folder, "--lane", "latent"))


def test_each_concept_has_at_most_so_many(kg: Kg, folder: Path) -> None:
    rows = _rows(kg, "-C", folder, "--limit", "1")
    assert len({r["source"] for r in rows}) == len(rows) > 3
    ran = kg("suggest", "-C", folder, "--limit", "1", "raft")
    assert ran.stdout.count("→") == 1
    assert "Raft → Quorum" in ran.stdout
    assert "at most 1 for each concept" in ran.stderr


def test_twice_the_same_bytes_whatever_the_hash_seed(kg: Kg, folder: Path) -> None:
    first = kg("suggest", "-C", folder, "--format", "jsonl", env={"PYTHONHASHSEED": "1"})
    cached = kg("suggest", "-C", folder, "--format", "jsonl")
    for file in (folder / ".kg").rglob("*.msgpack"):
        file.write_bytes(b"damaged")
    anew = kg("suggest", "-C", folder, "--format", "jsonl", env={"PYTHONHASHSEED": "2"})
    assert first.stdout == cached.stdout == anew.stdout != ""


def test_unknown_concept(kg: Kg, folder: Path) -> None:
    ran = kg("suggest", "-C", folder, "nothing")
    assert ran.status == 2
    assert "there is no concept 'nothing'" in ran.stderr


@pytest.mark.parametrize(
    "notes",
    [
        {"concepts/a.md": "# A\n"},
        {"concepts/a.md": "# Alpha\n", "concepts/b.md": "# Beta\n"},
        {"concepts/a.md": "", "concepts/b.md": "b\n"},
        {"concepts/a.md": "# Alpha\n\n[[a]] and alpha\n", "concepts/b.md": "---\ntitle: 42\n---\nalpha [[a]] [[a]]\n"},
    ],
)
def test_next_to_nothing(kg: Kg, base: Write, notes: Mapping[str, str]) -> None:
    ran = kg("suggest", "-C", base(notes), env={"PYTHONWARNINGS": "error::RuntimeWarning"})
    assert ran.status == 0, ran.stderr
    assert "Warning" not in ran.stderr
