"""Records the first measurement of blind lists, if git shows that no note was written for them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from kg.base import files
from kg.base.clock import read_clock
from kg.base.errors import UsageError
from kg.base.process.git import Repository, find_repository
from kg.base.settings import Settings
from kg.graph.scopes import scope_files
from kg.metrics.blind import FOLDER, RECORDS, append_measurements, digest_topics
from kg.model import BlindList, BlindMeasurement

_FEW: Final = 3


def freeze_blind_lists(settings: Settings, lists: tuple[BlindList, ...]) -> Path | None:
    """Record the first measurement of all lists that have none. Returns the file; None if there is nothing to record.

    Raises UsageError unless git shows for each list that it is committed and unchanged, that its commit has no notes,
    and that no note was changed since.
    """
    missing = [blind for blind in lists if blind.first is None and not blind.changed]
    if not missing:
        return None
    repository = find_repository(settings.root)
    head = repository.commit_of("HEAD") if repository is not None else None
    if repository is None or head is None:
        raise UsageError(
            "the folder is in no git repository with a commit, so nothing shows that the lists are older than the notes",
            hint="git init && git add ontology/scope/blind && git commit",
        )
    records = []
    for blind in missing:
        committed = _prove_order(settings, repository, head, blind.topics.key)
        topics = blind.topics
        records.append(
            BlindMeasurement(topics.key, topics.met, len(topics.topics), digest_topics(topics), committed, head, read_clock())
        )
    return append_measurements(settings.ontology, records)


def _prove_order(settings: Settings, repository: Repository, head: str, key: str) -> str:
    """Return the commit that added a list. Raises UsageError if the list could be younger than the notes."""
    folder = settings.ontology / FOLDER
    file = next((path for path in scope_files(folder) if path.stem == key), folder / f"{key}.ttl")
    path = _below(repository, file)
    commits = _lines(repository, "rev-list", head, "--", path)
    if not commits:
        raise UsageError(f"{path} is not committed", hint=f"commit it alone: git add {shlex.quote(str(path))} && git commit")
    committed = repository.call("cat-file", "blob", f"{head}:{path}").data
    if len(commits) > 1 or files.read(repository.root / path).replace(b"\r\n", b"\n") != committed.replace(b"\r\n", b"\n"):
        raise UsageError(f"{path} was changed after it was committed", hint="a new edition is a new list: give it another name")
    added = commits[0]
    folders = [_below(repository, folder) for folder in settings.notes]
    beside = _lines(repository, "diff-tree", "--root", "--no-commit-id", "--name-only", "-r", added, "--", *folders)
    if beside:
        raise UsageError(f"{path} was committed together with notes: {_few(beside)}", hint="commit a list alone, before notes")
    later = _lines(repository, "diff-tree", "--name-only", "-r", added, head, "--", *folders)
    if not later:
        later = [name for name in folders if Repository(repository.root, name).differs(head)]
    if later:
        raise UsageError(
            f"notes were changed after {path} was committed: {_few(later)}",
            hint=f"measure the notes of that time: git worktree add ../before {added[:12]}, map topics and freeze there, copy "
            f"{FOLDER}/{RECORDS}",
        )
    return added


def _below(repository: Repository, path: Path) -> str:
    return path.resolve().relative_to(repository.root).as_posix()


def _lines(repository: Repository, *args: str) -> list[str]:
    answer = repository.call(*args)
    if answer.status != 0:
        raise UsageError(f"git can't read the history: status {answer.status}", hint="fetch it whole: git fetch --unshallow")
    return answer.data.decode("utf-8", "replace").splitlines()


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
