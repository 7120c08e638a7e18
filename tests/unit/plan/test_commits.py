"""Subjects of commits, from a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kg.base import process
from kg.plan.commits import read_commits

WHO = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "A"), ("EMAIL", "a@b.c"))}


def test_commits_that_touch_the_folder_between_two_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**WHO, "GIT_CONFIG_GLOBAL": "/dev/null"}.items():
        monkeypatch.setenv(name, value)

    def git(*args: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *args], check=True, capture_output=True)

    git("init", "-q")
    for minute, file in enumerate(("kb/a", "kb/b", "other", "kb/c", "kb/d")):
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(file)
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-03-02T10:0{minute}:00Z")
        git("add", "-A")
        git("commit", "-q", "-m", f"Add {file}", "-m", "More")
    found = read_commits(tmp_path / "kb", "2026-03-02T10:01:00Z", "2026-03-02T10:03:00Z")
    assert [line.partition(" ")[2] for line in found] == ["Add kb/c", "Add kb/b"], "the newest first, without `other`"
    assert all(line.partition(" ")[0].isalnum() for line in found)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))
    assert read_commits(tmp_path / "kb", "2026-03-02T10:01:00Z", "2026-03-02T10:03:00Z") == found, (
        "what a hook sets means nothing"
    )
    (tmp_path / ".git").rename(tmp_path / "gone")
    assert read_commits(tmp_path / "kb", "2026-03-02T10:01:00Z", "2026-03-02T10:03:00Z") == (), "no repository"
    (tmp_path / "gone").rename(tmp_path / ".git")
    monkeypatch.setattr(process, "find", lambda _name: None)
    assert read_commits(tmp_path / "kb", "2026-03-02T10:01:00Z", "2026-03-02T10:03:00Z") == (), "no git"
