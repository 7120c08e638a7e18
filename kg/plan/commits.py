"""What git tells of a time: the subjects of its commits."""

from __future__ import annotations

from pathlib import Path

from kg import process


def commits(root: Path, since: str, until: str) -> tuple[str, ...]:
    """Subjects of the commits that touch a folder between two times of the journal, the newest first; none without git."""
    git = process.find("git")
    if git is None:
        return ()
    command = [git, "-C", str(root), "log", f"--since={since}", f"--until={until}", "--format=%h %s", "--", "."]
    return tuple(process.run(command, timeout=60).stdout.splitlines())
