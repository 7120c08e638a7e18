"""Changes of notes for assistants: first the diff, then, with its key, exactly this diff. Only with `kg mcp --write`."""

from __future__ import annotations

import difflib
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg import knowledge
from kg.app.mcp.answers import WriteAnswer
from kg.app.mcp.asking import BaseReader
from kg.app.mcp.pages import MOST_TOKENS, shorten
from kg.base import files
from kg.base.errors import UsageError
from kg.base.names import can_be_path, nfc
from kg.base.notefile import create_note
from kg.checks import fixing
from kg.knowledge import How
from kg.knowledge.accepting import plan_acceptance
from kg.knowledge.live import LiveNotes

if TYPE_CHECKING:
    from kg.knowledge.refactor import Operation

_MOST_IDS: Final = 50
_LARGEST_DRAFT: Final = 200_000


class BaseWriter:
    """Changes a knowledge base. Every change is planned first; it is written only if the plan is still the same."""

    def __init__(self, reader: BaseReader) -> None:
        self._reader = reader
        self._settings = reader.settings

    def accept(self, ids: list[str], confirm: str) -> WriteAnswer:
        """Write suggestions into their notes."""
        if not 0 < len(ids) <= _MOST_IDS:
            raise UsageError(f"{len(ids)} suggestions", hint=f"give the ids of 1 to {_MOST_IDS} suggestions")
        diff = _diff(plan_acceptance(self._settings, ids).changes)
        return self._written(
            f"{len(ids)} suggestions", diff, confirm, lambda: list(knowledge.accept_suggestions(self._settings, ids))
        )

    def draft_note(self, path: str, text: str, confirm: str) -> WriteAnswer:
        """Create a note. The answer lists the findings about it."""
        location = self._new_note(path)
        if len(text) > _LARGEST_DRAFT:
            raise UsageError(f"the note has {len(text):,} characters", hint=f"at most {_LARGEST_DRAFT:,} are written at once")
        data = text.encode("utf-8", "replace")
        live = LiveNotes(self._reader.base)
        live.change(path, data)
        findings = [f"{f.line}:{f.column} {f.code} {f.message}" for f in live.findings(path)]
        summary = f"new note {path}; findings: {'; '.join(findings) or 'none'}"
        diff = _diff({path: (b"", data)})
        return self._written(summary, diff, confirm, lambda: create_note(location, data, inside=self._settings.writable))

    def _new_note(self, path: str) -> Path:
        parts = path.split("/")
        if not can_be_path(path):
            raise UsageError(
                "the path has control characters or a name of more than 255 bytes", hint="give a shorter, plain name"
            )
        if not path.lower().endswith(".md") or nfc(path) != path or any(p in ("", ".", "..") or p[0] == "." for p in parts):
            raise UsageError(f"'{path}' is not a path for a note", hint="give a path below the notes folder that ends in .md")
        live = LiveNotes(self._reader.base)
        location = live.location_of(path)
        if live.path_of(location) != path:
            raise UsageError(f"'{path}' is outside of the notes folders", hint="give a path below the notes folder")
        if os.path.lexists(location):
            raise UsageError(f"there is a file at '{path}' already", hint="give another path")
        return Path(location)

    def fix(self, path: str, code: str, confirm: str) -> WriteAnswer:
        """Apply the fixes of findings, as `kg check --fix` does."""
        result = knowledge.check_notes(self._settings, How(cache=self._settings.cache))
        chosen = [
            f
            for f in result.findings
            if f.fix is not None
            and f.path in result.corpus.notes
            and path in ("", f.path)
            and (not code or f.code == code.upper())
        ]
        texts: dict[str, tuple[bytes, bytes]] = {}
        for name in sorted({f.path for f in chosen}):
            before = files.read(result.files[name])
            texts[name] = before, fixing.replaced(before, [f.fix for f in chosen if f.path == name and f.fix is not None])[0]
        notes, inside = result.corpus.notes, self._settings.writable
        return self._written(
            f"{len(chosen)} fixes in {len(texts)} notes",
            _diff(texts),
            confirm,
            lambda: fixing.apply(chosen, notes, result.files, inside),
        )

    def rename(self, kind: str, name: str, new: str, confirm: str) -> WriteAnswer:
        """Rename a concept, label, heading, tag or file; every link to it follows."""
        # start time: only this change needs it
        from kg.knowledge.refactor import plan_refactoring, read_sources, write_refactoring

        planned = plan_refactoring(read_sources(self._reader.base), self._operation(kind, name, new))
        texts = {}
        for change in planned.changes:
            label = change.name if change.new_name == change.name else f"{change.name} → {change.new_name}"
            before = files.read(change.file) if change.file is not None else b""
            texts[label] = before, change.new_bytes
        moved = "".join(f"move {old} to {new}\n" for old, new in sorted(planned.paths.items()))
        summary = f"{planned.links} links in {len(planned.changes)} files"
        command = f"rename {kind} {name} to {new}"
        return self._written(
            summary, moved + _diff(texts), confirm, lambda: write_refactoring(self._settings, planned, command)
        )

    def _operation(self, kind: str, name: str, new: str) -> Operation:
        # start time: only this change needs it
        from kg.knowledge.refactor import MoveFiles, RenameConcept, RenameHeading, RenameLabel, RenameTag

        if kind == "tag":
            return RenameTag(name.lstrip("#"), new.lstrip("#"))
        if kind == "file":
            return MoveFiles({name: new})
        note_name, _, detail = name.partition("#")
        path = self._reader.find(note_name).path
        if kind == "concept":
            return RenameConcept(path, new)
        if kind == "label":
            return RenameLabel(path, note_name, new)
        headings = self._reader.base.corpus.notes[path].headings
        numbers = [number for number, heading in enumerate(headings) if detail in (heading.text, heading.anchor)]
        if len(numbers) != 1:
            raise UsageError(f"{path} has {len(numbers)} headings '{detail}'", hint="name one heading: NOTE#HEADING")
        return RenameHeading(path, numbers[0], new)

    def _written(self, summary: str, diff: str, confirm: str, write: Callable[[], object]) -> WriteAnswer:
        """Return the diff with its key or, given the key of exactly this diff, write it."""
        if not diff:
            return WriteAnswer(written=False, summary=f"nothing to change: {summary}", diff="")
        key = hashlib.sha256(diff.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        shown = shorten(diff, MOST_TOKENS)
        if not confirm:
            return WriteAnswer(written=False, summary=summary, diff=shown, confirm=key)
        if not hmac.compare_digest(confirm.encode(), key.encode()):
            raise UsageError(
                "the notes have changed since this diff was shown", hint="call without 'confirm', and look at the new diff"
            )
        write()
        return WriteAnswer(written=True, summary=summary, diff=shown)


def _diff(texts: Mapping[str, tuple[bytes, bytes]]) -> str:
    """The unified diff of texts: path → before and after; a path may be `OLD → NEW`."""
    return "".join(line for path, (before, after) in texts.items() for line in _diff_of(path, before, after))


def _diff_of(path: str, before: bytes, after: bytes) -> Iterator[str]:
    if before == after:
        return
    old, new = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n"


CHANGES: Final[dict[str, Callable[..., object]]] = {
    "accept": BaseWriter.accept,
    "draft_note": BaseWriter.draft_note,
    "fix": BaseWriter.fix,
    "rename": BaseWriter.rename,
}
"""What the worker changes, by name."""
