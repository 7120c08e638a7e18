"""``kg mv``, ``kg rename``, ``kg merge``, ``kg split``: names and places of notes, without breaking a link."""

from __future__ import annotations

import difflib
import os
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts
from kg.app.cli.options import common, display_path, flag, join, log_json, read_settings, say, texts
from kg.base.errors import UsageError
from kg.base.names import MARKDOWN_ENDINGS, fold, nfc, printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.refactor import FileChange, MoveFiles, Operation, Refactoring, Sources
    from kg.model import Note

Command = TypeVar("Command", bound=Callable[..., object])


def _written(command: Command) -> Command:
    """Add the options of commands that change several files."""
    command = click.option("--diff", "diff", is_flag=True, help="Print the changes as a unified diff.")(command)
    return click.option("--dry-run", is_flag=True, help="Change nothing; print what would be changed.")(command)


@click.command()
@click.argument("paths", nargs=-1, shell_complete=complete_concepts)
@click.option("--undo", is_flag=True, help="Take back the last mv, rename, merge or split.")
@click.option("--no-redirect", is_flag=True, help="Don't record the old id where the id of a note is its path.")
@_written
@common
def mv(paths: tuple[str, ...], undo: bool, no_redirect: bool, dry_run: bool, diff: bool) -> None:
    """Move notes, other files and folders: kg mv OLD... NEW.

    Every link keeps its target and the form in which it was written; links inside a moved note are adjusted too. No other byte
    is changed. NEW is a path, or a folder that exists. All files are changed or none; --undo takes the last change back, unless
    a file was changed since.
    """
    settings = _ready()
    if undo:
        # start time: git users need it rarely
        from kg.knowledge.refactor import undo_refactoring

        what = undo_refactoring(settings)
        if not flag("quiet"):
            say(texts("refactor")("undone", what=what))
        return
    if len(paths) < 2:
        raise UsageError("an old and a new path are needed", hint="kg mv theory/raft.md consensus/")
    sources = _sources(settings)
    _run(settings, sources, _moves(settings, sources, paths, keep=not no_redirect), f"kg mv {' '.join(paths)}", dry_run, diff)


@click.command()
@click.argument("name", metavar="WHAT", shell_complete=complete_concepts)
@click.argument("new")
@click.option("--label", is_flag=True, help="Rename the title or alias that WHAT is, not the id.")
@click.option("--no-redirect", is_flag=True, help="Don't record the old id.")
@_written
@common
def rename(name: str, new: str, label: bool, no_redirect: bool, dry_run: bool, diff: bool) -> None:
    """Rename what WHAT names: an id, a title or alias, a heading (NOTE#HEADING) or a tag (#TAG).

    Given an id or a note, the id changes, and the file that is named by it; the old id is kept in the note, so that its IRI
    redirects (dcterms:isReplacedBy). Given a title or alias, that name changes. Links and other mentions by the name follow.
    """
    settings = _ready()
    sources = _sources(settings)
    operation = _renaming(settings, sources, name, new, label=label, keep=not no_redirect)
    _run(settings, sources, operation, f"kg rename {name} {new}", dry_run, diff)


@click.command()
@click.argument("gone", shell_complete=complete_concepts)
@click.argument("into", shell_complete=complete_concepts)
@_written
@common
def merge(gone: str, into: str, dry_run: bool, diff: bool) -> None:
    """Merge the first note into the second, which takes its text, names, relations and links.

    The first file is removed, and the IRI of its concept redirects to that of the second.
    """
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import MergeNotes

    settings = _ready()
    sources = _sources(settings)
    operation = MergeNotes(_note_named(settings, sources, gone).path, _note_named(settings, sources, into).path)
    _run(settings, sources, operation, f"kg merge {gone} {into}", dry_run, diff)


@click.command()
@click.argument("section", shell_complete=complete_concepts)
@click.argument("new", required=False)
@_written
@common
def split(section: str, new: str | None, dry_run: bool, diff: bool) -> None:
    """Make a note of a section, NOTE#HEADING. A link to the new note stays in its place.

    NEW is the path of the new note; by default it is beside the old one and named by the heading.
    """
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import SplitNote

    settings = _ready()
    sources = _sources(settings)
    name, _, heading = section.partition("#")
    if not heading:
        raise UsageError(f"{section} names no section", hint="kg split NOTE#HEADING")
    note = _note_named(settings, sources, name)
    number = _heading_number(note, heading)
    if new is None:
        stem = re.sub(r"[\s/\\:*?\"<>|#^\[\]]+", "-", note.headings[number].text).strip("-.")
        path = posixpath.join(posixpath.dirname(note.path), f"{stem}.md")
    else:
        path = _name_of(settings, new)
        path = path if path.lower().endswith(MARKDOWN_ENDINGS) else f"{path}.md"
    _run(settings, sources, SplitNote(note.path, number, path), f"kg split {section}", dry_run, diff)


def _ready() -> Settings:
    """Return the settings, after the changes of a killed run were completed or taken back."""
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import recover_refactoring

    settings = read_settings()
    recovered = recover_refactoring(settings)
    if recovered is not None:
        say(texts("refactor")("completed" if recovered.completed else "taken-back", what=recovered.description))
    return settings


def _sources(settings: Settings) -> Sources:
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import read_sources

    return read_sources(knowledge.open_base(settings))


def _name_of(settings: Settings, path: str) -> str:
    """Return the name in the corpus of a path: relative to the current folder, the knowledge base or a notes folder."""
    several = len(settings.notes) > 1
    for start in (Path.cwd(), settings.root):
        full = Path(os.path.normpath(start / path))
        for folder in settings.notes:
            if full.is_relative_to(folder) and full != folder:
                below = nfc(full.relative_to(folder).as_posix())
                return f"{nfc(folder.name)}/{below}" if several else below
    if Path(path).is_absolute():
        raise UsageError(f"{path} is in none of the folders of notes", hint="give a path in a folder of notes")
    return nfc(posixpath.normpath(path.replace(os.sep, "/")))


def _moves(settings: Settings, sources: Sources, paths: tuple[str, ...], *, keep: bool) -> MoveFiles:
    """Return the moves of `kg mv OLD... NEW`."""
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import MoveFiles, files_below

    *olds, new = [_name_of(settings, path) for path in paths]
    present = {*sources.notes, *sources.attachments}
    into = paths[-1].endswith(("/", os.sep)) or any(path.startswith(f"{new}/") for path in present) or new == "."
    if len(olds) > 1 and not into:
        raise UsageError(f"{paths[-1]} is not a folder", hint="several files are moved into a folder: end its name with /")
    result: dict[str, str] = {}
    for written, name in zip(paths[:-1], olds, strict=True):
        old = name if name in present or files_below(sources, name) else _note_named(settings, sources, written).path
        target = posixpath.normpath(posixpath.join(new, posixpath.basename(old))) if into else new
        if old in present:
            ending = posixpath.splitext(old)[1]
            if old in sources.notes and not target.lower().endswith(MARKDOWN_ENDINGS):
                target += ending
            result[old] = target
        else:
            result |= {path: target + path[len(old) :] for path in files_below(sources, old)}
    return MoveFiles(result, keep)


def _note_named(settings: Settings, sources: Sources, name: str) -> Note:
    """Return a note by path, id, title or alias. Raises UsageError if there is none or several."""
    path = _name_of(settings, name)
    for form in (path, f"{path}.md", name, f"{name}.md"):
        if form in sources.notes:
            return sources.notes[form]
    stems = [n for p, n in sources.notes.items() if fold(posixpath.basename(p).rpartition(".")[0]) == fold(name)]
    if len(stems) == 1 and not any(fold(name) == fold(c.id) for c in sources.corpus.concepts.values()):
        return stems[0]
    # start time: help needs no graph
    from kg.graph.concepts import find_concept

    return sources.notes[find_concept(sources.corpus.concepts, name).path]


def _heading_number(note: Note, text: str) -> int:
    by_text = [i for i, h in enumerate(note.headings) if fold(h.text) == fold(text)]
    matches = by_text or [i for i, h in enumerate(note.headings) if h.anchor == text.lower()]
    if len(matches) != 1:
        near = difflib.get_close_matches(text, [h.text for h in note.headings], 3, 0.4)
        hint = f"it has: {', '.join(near or [h.text for h in note.headings][:8])}" if note.headings else "it has no headings"
        what = f"{note.path} has several headings '{text}'" if matches else f"{note.path} has no heading '{text}'"
        raise UsageError(what, hint="give its anchor, e.g. part-1" if matches else hint)
    return matches[0]


def _renaming(settings: Settings, sources: Sources, written: str, new: str, *, label: bool, keep: bool) -> Operation:
    """Return the operation that `kg rename WHAT NEW` means."""
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import RenameConcept, RenameHeading, RenameLabel, RenameTag

    if written.startswith("#") and not label:
        return RenameTag(written[1:], new)
    name, hash_, heading = written.partition("#")
    if hash_ and heading and not label:
        note = _note_named(settings, sources, name)
        return RenameHeading(note.path, _heading_number(note, heading), new)
    note = _note_named(settings, sources, written)
    iri = sources.corpus.concept_of.get(note.path)
    concept = sources.corpus.concepts.get(iri) if iri is not None else None
    names = {fold(n): n for n in (*note.labels.values(), *(a for a, _ in note.alt_labels))}
    named_by_id = concept is not None and (
        concept.id == written or (fold(concept.id) == fold(written) and written not in names.values())
    )
    if label or (not named_by_id and fold(written) in names):
        return RenameLabel(note.path, names.get(fold(written), written), new)
    return RenameConcept(note.path, new, keep)


def _run(settings: Settings, sources: Sources, operation: Operation, command: str, dry_run: bool, diff: bool) -> None:
    """Plan an operation, print it, and write it unless this is a dry run."""
    # start time: `kg --help` plans nothing
    from kg.knowledge.refactor import plan_refactoring, write_refactoring

    planned = plan_refactoring(sources, operation)
    if not dry_run:
        write_refactoring(settings, planned, command)
    if diff:
        click.echo(_diff_of(settings, sources, planned), nl=False)
    if not flag("quiet"):
        _report(settings, planned, dry_run=dry_run)


def _report(settings: Settings, planned: Refactoring, *, dry_run: bool) -> None:
    say_text = texts("refactor")
    edited = 0
    for change in planned.changes:
        old = printable(display_path(settings, change.name))
        new = printable(display_path(settings, change.new_name))
        if log_json("changed", path=change.name, to=change.new_name, edits=len(change.edits)):
            continue
        if change.new_name and change.file is not None and change.new_name != change.name:
            say(f"{old} → {new}")
        elif not change.new_name:
            say(say_text("removed", path=old))
        elif change.file is None:
            say(say_text("new", path=new))
        else:
            edited += 1
            if flag("verbose") or dry_run:
                say(say_text("edited", n=len(change.edits), path=old))
    for row in planned.notices:
        say(say_text("resolved-now", path=row.path, line=row.line, column=row.column, link=row.written, target=row.reason))
    for path in planned.unrecorded:
        say(say_text("unrecorded", path=display_path(settings, path)))
    for path, keys in planned.left_out.items():
        say(say_text("left-out", path=display_path(settings, path), keys=join(keys)))
    say(say_text("would-rewrite" if dry_run else "rewrote", n=planned.links, files=edited))


def _diff_of(settings: Settings, sources: Sources, planned: Refactoring) -> str:
    """Return the changes as a unified diff that `git apply` and `patch` understand."""
    return "".join(_file_diff(settings, sources, change) for change in planned.changes)


def _file_diff(settings: Settings, sources: Sources, change: FileChange) -> str:
    def shown(path: Path | None) -> str:
        if path is None:
            return "/dev/null"
        return path.relative_to(settings.root).as_posix() if path.is_relative_to(settings.root) else path.as_posix()

    if change.file is None:
        before = b""
    elif change.name in sources.records:
        before = sources.records[change.name]
    else:
        before = sources.text_of(change.name)
    old, new = shown(change.file), shown(change.new_file)
    head = (
        f"diff --git a/{old} b/{new}\nrename from {old}\nrename to {new}\n"
        if change.file and change.new_file and old != new
        else ""
    )
    old_lines, new_lines = (d.decode("utf-8", "replace").splitlines(keepends=True) for d in (before, change.new_bytes))
    names = (f"a/{old}" if change.file else old, f"b/{new}" if change.new_file else new)
    rows = difflib.unified_diff(old_lines, new_lines, *names)
    return head + "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)
