"""The knowledge base of a git revision: its findings, and which of the present ones a change brought."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.base.errors import UsageError
from kg.base.process.git import Repository, find_repository
from kg.base.process.revisions import lay_out, missing_revision
from kg.base.setting_sources import FILE
from kg.base.settings import Settings, load_settings
from kg.knowledge.checking import CheckOptions, CheckResult, check_notes
from kg.knowledge.running import How

if TYPE_CHECKING:
    from kg.model import Finding

_NUMBERS: Final = re.compile(r"\d+")


@contextmanager
def laid_out(settings: Settings, name: str, repository: Repository, commit: str) -> Iterator[Settings]:
    """A context manager with the settings of a revision, whose files are in a temporary folder. Raises UsageError."""
    with tempfile.TemporaryDirectory(prefix="kg-diff-") as temporary:
        folder = Path(temporary).resolve() / "at"
        folder.mkdir()
        lay_out(repository, commit, folder)
        notes = _moved(settings, folder)
        own = load_settings(folder, notes=notes, overrides=settings.overrides, trusted=settings.trusted)
        if not any(n.is_dir() for n in own.notes):
            raise UsageError(
                f"at {name} there are no notes in {', '.join(n.name for n in own.notes)}",
                hint=f"was there a {FILE} with other folders? give them with --notes",
            )
        for path in (*own.notes, *own.thesauri):
            if not Path(os.path.realpath(path)).is_relative_to(folder):
                raise UsageError(f"at {name}, {FILE} names notes outside of it: {path.name}", hint="give them with --notes")
        yield replace(own, title=own.title or settings.title, copy_of=settings.root)


def _moved(settings: Settings, folder: Path) -> tuple[Path, ...]:
    """The notes folders of the command line inside the extracted revision; empty if the settings define them."""
    if settings.notes == load_settings(settings.root, overrides=settings.overrides, trusted=settings.trusted).notes:
        return ()
    try:
        return tuple(folder / n.relative_to(settings.root) for n in settings.notes)
    except ValueError:
        raise UsageError(
            "notes outside of the knowledge base are in no revision of it", hint="give -C the folder that holds them"
        ) from None


def check_revision(settings: Settings, revision: str, options: CheckOptions) -> CheckResult | None:
    """Check the notes where the present change began: at a revision, or at the last commit that it shares with HEAD.

    None if the revision has no notes. Raises UsageError if there is no such revision.
    """
    repository = find_repository(settings.root)
    commit = repository.commit_of(revision) if repository is not None else None
    if repository is None or commit is None:
        raise missing_revision(settings.root, repository, revision)
    shared = repository.call("merge-base", commit, "HEAD")
    begin = shared.data.decode("ascii", "replace").strip() if shared.status == 0 else commit
    if not any(True for _ in repository.entries(begin)):
        return None
    try:
        with laid_out(settings, revision, repository, begin) as own:
            how = How(cache=settings.cache, memo=False)
            return check_notes(own, how, options._replace(unsaved={}, changes=()))
    except UsageError as error:
        if "there are no notes" in str(error):
            return None
        raise


def new_findings(earlier: CheckResult | None, present: CheckResult) -> tuple[Finding, ...]:
    """Return the findings that an earlier check doesn't have, wherever notes and lines have moved since."""
    if earlier is None:
        return present.findings
    moved = _moved_notes(earlier, present)
    earlier_counts = Counter(_key(f, moved.get(f.path, f.path)) for f in earlier.findings)
    new = []
    for finding in present.findings:
        key = _key(finding, finding.path)
        if earlier_counts[key] > 0:
            earlier_counts[key] -= 1
        else:
            new.append(finding)
    return tuple(new)


def _key(finding: Finding, path: str) -> Hashable:
    return finding.code, path, _NUMBERS.sub("0", finding.message)


def _moved_notes(earlier: CheckResult, present: CheckResult) -> dict[str, str]:
    """Path of a note that is elsewhere now, by its bytes or by the concept that it describes → its present path."""
    before, after = earlier.corpus, present.corpus
    gone = {path: note.digest for path, note in before.notes.items() if path not in after.notes}
    by_digest = {note.digest: path for path, note in after.notes.items() if path not in before.notes}
    moved = {path: by_digest[digest] for path, digest in gone.items() if digest in by_digest}
    for iri, concept in before.concepts.items():
        concept_after = after.concepts.get(iri)
        if concept_after is not None and concept.path in gone:
            moved.setdefault(concept.path, concept_after.path)
    return moved
