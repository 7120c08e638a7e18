"""Subjects of the commits in a period."""

from __future__ import annotations

from pathlib import Path

from kg.base.process.git import find_repository


def read_commits(root: Path, since: str, until: str) -> tuple[str, ...]:
    """Subjects of the commits that touch a folder between two journal times, newest first; empty without git."""
    repository = find_repository(root)
    return repository.subjects(since, until) if repository is not None else ()
