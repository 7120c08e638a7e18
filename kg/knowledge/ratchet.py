"""Gates ``"no-worse"``: the measures of the revision at which a change began, and which of them are better than now."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from kg.base.errors import UsageError
from kg.base.process.git import Repository, find_repository
from kg.base.process.revisions import missing_revision
from kg.base.settings import Settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.earlier import laid_out
from kg.knowledge.running import How
from kg.metrics.gates import Failure, find_worse
from kg.model import Assessment

_BRANCHES: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where a change is likely to go, if nobody says it."""
_WHOLE: Final = "git fetch --unshallow, or 'fetch-depth: 0' for actions/checkout"


def compare_with_revision(
    settings: Settings, assessment: Assessment, names: tuple[str, ...], revision: str | None
) -> tuple[str, tuple[Failure, ...]]:
    """Return the name of the commit at which the change began, and the measures that are worse than there.

    The change began at the last commit that it shares with the revision. Without one, that is the default branch; on this
    branch itself, HEAD if notes or ontology differ from it (never in CI), otherwise the commit before. Raises UsageError if
    there is no such commit.
    """
    repository = find_repository(settings.root)
    if repository is None or repository.commit_of("HEAD") is None:
        raise UsageError(
            f"a gate 'no-worse' compares with an earlier commit, and {settings.root} is in no git repository with one",
            hint="git init && git add . && git commit, or write a percentage",
        )
    folders = [p.resolve() for p in (*settings.notes, settings.ontology)]
    below = [p.relative_to(repository.root).as_posix() for p in folders if p.is_relative_to(repository.root)]
    name, commit = _beginning(repository, revision, ["" if name == "." else name for name in below])
    try:
        with laid_out(settings, name, repository, commit) as own:
            base = KnowledgeBase(own, How(cache=settings.cache, memo=False))
            before = {m.name: m.value for m in base.assessment.measures}
    except UsageError as error:
        if "there are no notes" not in str(error):
            raise
        before = {}
    return name, find_worse(names, before, assessment, name)


def _beginning(repository: Repository, revision: str | None, folders: Sequence[str]) -> tuple[str, str]:
    head = repository.commit_of("HEAD") or ""
    for name in (revision,) if revision else _BRANCHES:
        commit = repository.commit_of(name)
        if commit is None:
            continue
        shared = repository.call("merge-base", commit, head)
        if shared.status != 0:
            raise UsageError(f"no commit that {name} and HEAD share is here", hint=_WHOLE)
        begin = shared.data.decode("ascii", "replace").strip()
        if begin != head or revision:
            return _named(name, begin), begin
        break
    if revision:
        raise missing_revision(repository.root, repository, revision)
    # A clone in CI holds no work of somebody, only reports and caches of earlier steps.
    if not os.environ.get("CI") and any(Repository(repository.root, name).differs(head) for name in folders):
        return _named("HEAD", head), head
    before = repository.commit_of("HEAD~1")
    if before is None:
        raise UsageError("the commit before HEAD is not here, so nothing can be compared", hint=_WHOLE)
    return _named("HEAD~1", before), before


def _named(name: str, commit: str) -> str:
    return commit[:10] if commit.startswith(name) else f"{name} ({commit[:10]})"
