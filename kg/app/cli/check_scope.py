"""What a check reports: the findings of some notes, of the text on stdin, of a change, of some concepts, or all of them."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.base import files
from kg.base.errors import UsageError
from kg.base.names import NOTE_ENDINGS, nfc, printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge import CheckOptions, CheckResult


@dataclass(slots=True)
class StdinNote:
    """The text of a note that an editor holds."""

    name: str
    """Its path below the notes folder, as findings name it."""
    location: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CheckScope:
    """What is reported of a check; everything if nothing is named."""

    rdf: tuple[Path, ...] = ()
    """RDF files that are checked by themselves."""
    places: tuple[str, ...] = ()
    """Absolute paths of notes and folders."""
    stdin: StdinNote | None = None
    since: str | None = None
    """The revision with which the notes are compared."""
    selectors: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all findings are reported."""
        return not (self.rdf or self.places or self.stdin or self.since or self.selectors)

    @contextlib.contextmanager
    def as_saved(self) -> Iterator[None]:
        """A context manager in which the text on stdin is read in place of the note's file."""
        with files.unsaved({self.stdin.location: self.stdin.data} if self.stdin else {}):
            yield

    def check(self, settings: Settings, options: CheckOptions, buffers: Mapping[str, bytes] | None = None) -> CheckResult:
        """Check everything and return what is in the scope; `buffers` are texts to read in place of notes' files."""
        if self.rdf:
            return knowledge.check_rdf(settings, self.rdf, options)
        unsaved = {self.stdin.name: self.stdin.data} if self.stdin else {}
        how = knowledge.How(cache=settings.cache, memo=not (unsaved or buffers))
        checked = knowledge.check_notes(settings, how, options._replace(unsaved={**unsaved, **(buffers or {})}))
        if self.is_whole:
            return checked
        findings = checked.findings
        if self.since is not None:
            earlier = knowledge.check_revision(settings, self.since, options)
            findings = knowledge.new_findings(earlier, checked)
        inside = self._inside(settings, checked)
        notes = sum(map(inside, checked.corpus.notes))
        return replace(
            checked, findings=tuple(f for f in findings if inside(f.path)), counts={**checked.counts, "notes": notes}
        )

    def _inside(self, settings: Settings, checked: CheckResult) -> Callable[[str], bool]:
        """Return whether a path of a finding is in the scope. Raises UsageError if no note is."""
        places, own = self.places, self.stdin.name if self.stdin else None
        chosen: frozenset[str] | None = None
        if self.selectors:
            # start time: few checks need it
            from kg.knowledge.selecting import select_stated

            corpus = checked.corpus
            iris = select_stated(corpus, checked.read_relations(), self.selectors)
            chosen = frozenset(p for i in iris for p in corpus.concepts[i].paths or (corpus.concepts[i].path,))
        start = settings.notes[0] if len(settings.notes) == 1 else settings.root

        def inside(path: str) -> bool:
            if chosen is not None and path not in chosen:
                return False
            if own is not None and path == own:
                return True
            if not places:
                return own is None
            full = os.path.realpath(checked.files.get(path) or start / path)
            return any(full == place or full.startswith(place.rstrip(os.sep) + os.sep) for place in places)

        if places and not any(map(inside, checked.corpus.notes)) and chosen is None:
            shown = ", ".join(os.path.relpath(place) for place in places)
            folders = " ".join(map(str, settings.notes))
            others = " --notes ".join(dict.fromkeys(map(_folder_to_read, places)))
            raise UsageError(
                f"there are no notes of this knowledge base in {shown}",
                hint=f"the notes are in {folders}; to check others: kg check --notes {others}",
            )
        return inside


def _folder_to_read(place: str) -> str:
    """The folder of notes in which a path lies, as a word of a command."""
    return shlex.quote(os.path.relpath(place if os.path.isdir(place) else os.path.dirname(place)))  # noqa: PTH112, PTH120


def read_scope(
    settings: Settings, paths: Sequence[Path], stdin_path: Path | None, since: str | None, selectors: Sequence[str]
) -> CheckScope:
    """Return the scope that the command line names. Raises UsageError for arguments that exclude each other."""
    dash = [path for path in paths if str(path) == "-"]
    rest = [path for path in paths if str(path) != "-"]
    rdf = tuple(path for path in rest if not path.is_dir() and path.suffix.lower() not in NOTE_ENDINGS)
    if rdf and (len(rdf) < len(paths) or since or selectors):
        raise UsageError(
            f"{rdf[0]} is not a note: check RDF files in a run of their own", hint=f"kg check {shlex.quote(str(rdf[0]))}"
        )
    if bool(dash) != (stdin_path is not None):
        raise UsageError(
            "a note on stdin needs both - and --stdin-path",
            hint=f"kg check - --stdin-path {shlex.quote(str(stdin_path or 'concepts/note.md'))} < note.md",
        )
    stdin = _read_stdin(settings, stdin_path) if stdin_path is not None else None
    return CheckScope(rdf, tuple(os.path.realpath(p) for p in rest if p not in rdf), stdin, since, tuple(selectors))


def _read_stdin(settings: Settings, path: Path) -> StdinNote:
    full = Path(os.path.realpath(path))
    if path.suffix.lower() not in NOTE_ENDINGS:
        raise UsageError(f"{path} is not a note", hint=f"names of notes end in {', '.join(NOTE_ENDINGS)}")
    for folder in settings.notes:
        real = Path(os.path.realpath(folder))
        if full.is_relative_to(real):
            below = full.relative_to(real).as_posix()
            name = nfc(below if len(settings.notes) == 1 else f"{folder.name}/{below}")
            return StdinNote(name, str(folder / full.relative_to(real)), sys.stdin.buffer.read(files.LIMIT))
    folders = " ".join(map(str, settings.notes))
    raise UsageError(f"{path} is in none of the folders of notes", hint=f"the notes are in {folders}")


def show(settings: Settings, *, files: bool) -> None:
    """Print the files that are read, relative to the working folder, or the settings that apply."""
    if not files:
        # start time: only this option needs it
        from kg.app.cli.config import show_settings

        show_settings(settings)
        return
    for path in read_paths(settings):
        click.echo(printable(path))


def read_paths(settings: Settings) -> Iterator[str]:
    """Yield the notes and RDF files that are read, relative to the working folder if they are near."""
    base = knowledge.open_base(settings)
    for path in base.files.values():
        relative = os.path.relpath(path)
        yield str(path) if relative.startswith("../..") else relative
