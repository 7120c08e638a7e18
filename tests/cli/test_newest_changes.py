"""The newest changes on the start page are those of the notes' history in git, with what changed, without what was removed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.base.settings import load_settings
from kg.knowledge import KnowledgeBase
from kg.knowledge.inputs import Inputs
from kg.knowledge.noted_changes import noted_changes

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is missing")

RAFT = "# Raft\n\nA consensus algorithm.\n\nuses:: [[log]]\n\n## Secret plan\n\ntext\n"
CHANGED = (
    "# Raft\n\nA consensus algorithm with a leader.\n\nuses:: [[log]]\nrequires:: [[quorum]]\n\n"
    "## Elections\n\ntext\n%% hidden %%\n"
)
FILES = {
    "kg.toml": 'languages = ["en"]\n',
    "concepts/raft.md": RAFT,
    "concepts/log.md": "# Log\n\nA log is a sequence.\n",
    "concepts/quorum.md": "# Quorum\n\nA majority.\n",
}


def git(folder: Path, *args: str, day: str = "2026-01-01") -> None:
    dates = {f"GIT_{who}_DATE": f"{day}T12:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(folder), *identity, *args], check=True, capture_output=True, env={**os.environ, **dates})


@pytest.fixture
def folder(base: Callable[..., Path]) -> Path:
    folder = base(FILES)
    git(folder, "init", "-q", ".")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    (folder / "concepts/raft.md").write_text(CHANGED, encoding="utf-8")
    git(folder, "commit", "-qam", "two", day="2026-01-05")
    return folder


def _changes(folder: Path) -> list[Any]:
    return [
        (c.kind, c.id, c.date, {d.key: (d.names, d.added, d.removed) for d in c.details})
        for c in noted_changes(KnowledgeBase(load_settings(folder)))
    ]


def test_the_feed_says_what_is_new(folder: Path, kg: Callable[..., Any]) -> None:
    assert kg("build", "-C", folder).status == 0
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.parse(folder / "output/feed.xml")  # noqa: S314  # our own
    rows = [
        tuple(entry.findtext(f"{atom}{name}") for name in ("title", "updated", "summary"))
        for entry in feed.iterfind(f"{atom}entry")
    ]
    day = "2026-01-01T00:00:00Z"
    assert rows[1:] == [("Log", day, "A log is a sequence."), ("Quorum", day, "new")]
    assert rows[0][:2] == ("Raft", "2026-01-05T00:00:00Z")
    assert "+ requires Quorum" in rows[0][2]
    assert "Elections" in rows[0][2]
    assert "hidden" not in (folder / "output/feed.xml").read_text()
    assert "Secret" not in (folder / "output/feed.xml").read_text()


def test_a_change_says_what_is_new(folder: Path) -> None:
    raft, *others = _changes(folder)
    assert others == [("new", "log", "2026-01-01", {}), ("new", "quorum", "2026-01-01", {})]
    kind, name, day, details = raft
    assert (kind, name, day) == ("changed", "raft", "2026-01-05")
    names, added, removed = details["relations"]
    assert [part.rpartition("/")[2].rpartition("#")[2] for part in names] == ["requires", "quorum"]
    assert (added, removed) == (1, 0)
    # What was taken out is counted, not named.
    assert details["sections"] == (("Elections",), 1, 1)
    assert "definition" in details
    assert details["lines"] == ((), 3, 2)


def test_what_was_undone_is_no_change(folder: Path) -> None:
    (folder / "concepts/raft.md").write_text(RAFT, encoding="utf-8")
    assert [name for _, name, _, _ in _changes(folder)] == ["log", "quorum"]


def test_a_shallow_clone_calls_nothing_new(folder: Path, tmp_path: Path) -> None:
    (folder / "concepts/log.md").write_text("# Log\n\nA sequence of entries.\n", encoding="utf-8")
    git(folder, "commit", "-qam", "three", day="2026-01-06")
    for depth, expected in ((1, []), (2, ["log"])):
        clone = tmp_path / f"clone-{depth}"
        subprocess.run(["git", "clone", "-q", f"--depth={depth}", folder.as_uri(), str(clone)], check=True, capture_output=True)
        assert [name for _, name, _, _ in _changes(clone)] == expected


def test_without_history_there_are_none(base: Callable[..., Path]) -> None:
    folder = base(FILES)
    assert _changes(folder) == []
    git(folder, "init", "-q", ".")
    assert _changes(folder) == []


def test_a_commit_makes_only_pages_again(kg: Callable[..., Any], folder: Path) -> None:
    before = {stage: Inputs(load_settings(folder)).build_key(stage) for stage in ("graph", "maps", "site")}
    assert kg("build", "-C", folder).status == 0
    page = (folder / "output/index.html").read_text(encoding="utf-8")
    assert re.search(r'<span class="what">\+ requires <a [^>]*>Quorum</a> · \+ “Elections”', page)
    assert "Secret" not in page
    git(folder, "commit", "-q", "--allow-empty", "-m", "three")
    after = {stage: Inputs(load_settings(folder)).build_key(stage) for stage in ("graph", "maps", "site")}
    assert [stage for stage in before if before[stage] != after[stage]] == ["site"]


def test_the_log_of_a_bundle_follows_git(kg: Callable[..., Any], base: Callable[..., Path], tmp_path: Path) -> None:
    folder = base({"in/concepts/a.md": "# A\n\nOne.\n", "in/concepts/b.md": "# B\n\nTwo.\n"}) / "in"
    git(folder, "init", "-q", ".")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one", day="2026-01-01")
    (folder / "concepts/b.md").write_text("# B\n\nThree.\n", encoding="utf-8")
    git(folder, "commit", "-qam", "two", day="2026-02-03")
    assert kg("export", "okf", "-C", folder, "-o", tmp_path / "out").status == 0
    assert (tmp_path / "out/log.md").read_text(encoding="utf-8") == (
        "# Log\n\n## 2026-02-03\n\n* **Update**: [B](/b.md).\n\n## 2026-01-01\n\n* **Creation**: [A](/a.md).\n"
    )
