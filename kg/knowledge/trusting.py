"""Judges notes by a base revision: its settings, ontology, baseline and verdicts apply, and changes to them are findings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.base import files
from kg.base.errors import KgError, UsageError
from kg.base.gitignore import GITIGNORE
from kg.base.json_forms import json_line
from kg.base.process.git import Repository, find_repository
from kg.base.process.revisions import lay_out, missing_revision
from kg.base.setting_sources import FILE, LOCK, PROJECT_FILE, SettingSource, find_settings, read_setting_sources
from kg.base.setting_values import flatten_table
from kg.base.settings import Settings, load_settings
from kg.checks import Context, TrustedChange, run_rules
from kg.checks.rules.notes import settings_changed, trusted_file_changed
from kg.model import Corpus, Finding

_ONTOLOGY: Final = "ontology"
_SETTINGS: Final = (FILE, PROJECT_FILE)
_LARGEST: Final = files.LIMIT
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Trusted:
    """Settings that read the maintainers' files from the base revision."""

    settings: Settings
    revision: str
    """The display name of the revision: as given, followed by the abbreviated commit id."""
    is_empty: bool
    """Whether the revision has neither settings nor an ontology, so that kg's defaults apply."""
    changes: tuple[TrustedChange, ...]
    """The differences between the files on disk and those of the revision."""
    repository: Repository
    commit: str
    aside: Path
    """A folder for other files read from the revision."""

    def baseline(self, path: Path) -> Path:
        """The revision's version of a baseline given on the command line. A path outside the repository is used as it is."""
        full = Path(os.path.realpath(path))
        if not full.is_relative_to(self.repository.root):
            return path
        name = full.relative_to(self.repository.root).as_posix()
        self.aside.mkdir(exist_ok=True)
        if not (self.aside / name).exists():
            lay_out(Repository(self.repository.root, ""), self.commit, self.aside, lambda other: other == name)
        return self.aside / name


@contextmanager
def trust_revision(
    root: Path, revision: str, *, notes: tuple[Path, ...] = (), out: Path | None = None, overrides: tuple[str, ...] = ()
) -> Iterator[Trusted]:
    """A context manager with settings that judge the notes on disk by the files of a base revision.

    Raises UsageError if the revision doesn't exist; errors name the revision instead of its temporary folder.
    """
    repository = find_repository(root)
    commit = repository.commit_of(revision) if repository is not None else None
    if repository is None or commit is None:
        raise missing_revision(root, repository, revision)
    if not _is_straight(root, repository):
        raise UsageError(
            f"{root} is reached through a link, which a change may have made",
            hint=f"give -C the folder itself: {repository.root / repository.below}",
        )
    name = commit[:10] if commit.startswith(revision) else f"{revision} ({commit[:10]})"
    with tempfile.TemporaryDirectory(prefix="kg-base-") as temporary:
        folder = Path(temporary).resolve() / "base"
        folder.mkdir()
        try:
            lay_out(repository, commit, folder, _is_trusted)
            files.guard(folder)
            first = find_settings(folder)
            if first is not None and "extend" in first.table:
                lay_out(repository, commit, folder, lambda path: path.endswith(".toml") and not (folder / path).exists())
            settings = load_settings(root, notes=notes, out=out, trusted=folder, overrides=overrides)
            if settings.check.baseline and not (folder / settings.check.baseline).exists():
                lay_out(repository, commit, folder, lambda path: path == Path(settings.check.baseline).as_posix())
            changes = _trusted_changes(settings, name)
            empty = first is None and not (folder / _ONTOLOGY).exists()
            yield Trusted(settings, name, empty, changes, repository, commit, folder.parent / "aside")
        except KgError as error:
            message = str(error)
            for place in (folder, folder.parent / "aside"):
                message = message.replace(f"{place}{os.sep}", f"{name}:").replace(str(place), name)
            hint = "" if error.hint and str(folder) in error.hint else error.hint  # it would name a folder that is gone
            raise type(error)(message, hint=hint) from None


def find_trusted_changes(settings: Settings, revision: str) -> tuple[Finding, ...]:
    """Return findings for the differences of a knowledge base's files from those that it is judged by, if these are others'.

    `revision` is the display name of where they come from.
    """
    if settings.trusted is None:
        return ()
    context = Context(Corpus.empty(), settings=settings, changes=_trusted_changes(settings, revision))
    return run_rules(context, select=[rule.code for rule in (settings_changed.RULE, trusted_file_changed.RULE)])


def _trusted_changes(settings: Settings, revision: str) -> tuple[TrustedChange, ...]:
    base = settings.keepers
    return (*_settings_changes(base, settings.root, revision), *_file_changes(settings, base, revision))


def _is_trusted(path: str) -> bool:
    """Whether a file of the base revision counts instead of that of the change."""
    return path in (*_SETTINGS, LOCK) or path.startswith(f"{_ONTOLOGY}/") or path.rpartition("/")[2] == GITIGNORE


def _is_straight(root: Path, repository: Repository) -> bool:
    """Whether a folder's real path matches its path in the repository. Otherwise files of another folder would be used."""
    path = Path(os.path.abspath(root))  # noqa: PTH100  # without following links
    top = next((above for above in (path, *path.parents) if Path(os.path.realpath(above)) == repository.root), None)
    return top is not None and path.relative_to(top) == Path(repository.below)


def _settings_changes(base: Path, root: Path, revision: str) -> Iterator[TrustedChange]:
    """Yield the settings that differ, each with its line, if it still exists."""
    old, new = _sources(base), _sources(root)
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if _bytes(root / name) is None:
            yield TrustedChange(name, 1, "it is not a file" if files.is_there(root / name) else "it is gone", revision)
        elif after is None:
            problem = "it can't be read as TOML" if name == FILE else "it is used no longer"
            yield TrustedChange(name, 1, problem, revision)
        else:
            if before is None:
                yield TrustedChange(name, 1, "it is new", revision)
            earlier, now = flatten_table(before.table) if before else {}, flatten_table(after.table)
            for key in sorted({*earlier, *now}):
                if earlier.get(key) != now.get(key):
                    change = f"'{key}': {_value(earlier.get(key))} → {_value(now.get(key))}"
                    yield TrustedChange(name, after.line_of(key), change, revision)


def _sources(folder: Path) -> dict[str, SettingSource]:
    """Name of each file of settings below a folder → its content; if one can't be read, only the first of them, if it can."""
    if _bytes(folder / FILE) is None and files.is_there(folder / FILE):
        return {}
    try:
        sources = read_setting_sources(folder)
    except KgError:
        try:
            first = find_settings(folder)
        except KgError:
            first = None
        sources = (first,) if first else ()
    return {s.path.relative_to(folder).as_posix(): s for s in sources if s.path.is_relative_to(folder)}


def _value(value: object) -> str:
    text = "not set" if value is None else json_line(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _file_changes(settings: Settings, base: Path, revision: str) -> Iterator[TrustedChange]:
    """Yield the files of the ontology, and the baseline, that were added, removed or changed."""
    names = _names(base) | _names(settings.root) | {LOCK, GITIGNORE}
    names |= {Path(entry.path).relative_to(base).as_posix() for entry in files.walk(base) if entry.name == GITIGNORE}
    for folder in settings.notes:
        if folder.is_relative_to(settings.root):
            names.add((folder.relative_to(settings.root) / GITIGNORE).as_posix())
    if settings.check.baseline:
        names.add(Path(settings.check.baseline).as_posix())
    for name in sorted(names):
        before, after = base / name, settings.root / name
        if not os.path.lexists(before):
            if os.path.lexists(after):
                yield TrustedChange(name, 1, "it is new", revision)
        elif not os.path.lexists(after):
            yield TrustedChange(name, 1, "it is gone", revision)
        elif not _equal(before, after):
            yield TrustedChange(name, 1, "it was changed", revision)


def _names(root: Path) -> set[str]:
    """All files below the ontology of a folder; symbolic links are not followed."""
    if (root / _ONTOLOGY).is_symlink():
        return {_ONTOLOGY}
    return {Path(entry.path).relative_to(root).as_posix() for entry in files.walk(root / _ONTOLOGY)}


def _equal(before: Path, after: Path) -> bool:
    old, new = _bytes(before), _bytes(after)
    if old is None or new is None:
        return before.is_symlink() and after.is_symlink() and before.readlink() == after.readlink()
    # git may have converted the line endings of the files on disk.
    return old == new or old.replace(b"\r\n", b"\n") == new.replace(b"\r\n", b"\n")


def _bytes(path: Path) -> bytes | None:
    """The bytes of a regular file; None if it is missing, a link, a device, or larger than kg's limit."""
    try:
        return None if path.is_symlink() else files.read(path, _LARGEST)
    except OSError:
        return None
