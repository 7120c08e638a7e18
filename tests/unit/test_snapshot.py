"""Files of snapshots as people and crashes leave them, and the revision that a snapshot is of."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from kg.base.errors import UsageError
from kg.evidence import snapshot
from kg.model import Community, Snapshot


def test_what_is_no_concept_any_more_is_left_out(tmp_path: Path) -> None:
    iris = {"a": "urn:a", "b": "urn:b"}
    community = Community(4, {"en": "One"}, ("urn:a", "urn:b"), ())
    row = Snapshot("2026-03-01T00:00:00Z", "", {"linkage": 0.5}, {"concepts": 2})
    places = {"urn:a": (0.5, 0.25), "urn:b": (-1.0, 1.0)}
    ids = {v: k for k, v in iris.items()}
    content = snapshot.SnapshotContent(row, places, [community], ids, {"a": "1", "b": "2"})
    written = snapshot.write_snapshot(tmp_path, content)
    history = written[0]
    history.write_bytes(history.read_bytes().rstrip(b"\n"))  # an editor took the last line break away
    later = row._replace(time="2026-03-02T00:00:00Z")
    snapshot.write_snapshot(tmp_path, content._replace(row=later, notes={"a": "1", "b": "3"}))
    found = snapshot.read_snapshot(tmp_path, {"a": "urn:a"})
    assert (found.positions, found.communities) == ({"urn:a": (0.5, 0.25)}, {"urn:a": 4})
    assert [r.time for r in found.history] == [row.time, later.time]
    assert (found.notes["a"].changed, found.notes["b"].changed) == ("2026-03-01", "2026-03-02")
    communities = written[2]
    communities.write_text(communities.read_text() * 2)
    with pytest.raises(UsageError, match=r"communities\.jsonl:2: .*two communities have the index 4"):
        snapshot.read_snapshot(tmp_path, iris)


def test_the_revision_tells_what_is_not_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is missing")

    def git(*args: str) -> str:
        who = ("-c", "user.name=Ann", "-c", "user.email=a@b.c")
        return subprocess.run(["git", *who, *args], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    assert snapshot.describe_revision(tmp_path) == ""
    (tmp_path / "a.md").write_text(json.dumps("A"))
    git("add", ".")
    git("commit", "-q", "-m", "one")
    head = git("rev-parse", "HEAD")
    assert snapshot.describe_revision(tmp_path) == head
    (tmp_path / "a.md").write_text("B")
    assert snapshot.describe_revision(tmp_path) == f"{head}-dirty"
    monkeypatch.setenv("PATH", "")
    assert snapshot.describe_revision(tmp_path) == ""
