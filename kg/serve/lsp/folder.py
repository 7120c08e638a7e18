"""A knowledge base that is open in an editor: its notes, unsaved texts, the last check of everything, and changes on disk."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.errors import KgError
from kg.base.setting_sources import FILE, line_of_key
from kg.base.texts import Texts
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.inputs import CORPUS, Inputs
from kg.knowledge.live import LIVE, LiveNotes, is_same_reading, scope_of
from kg.knowledge.running import How, without_collector
from kg.model import Finding
from kg.serve.lsp.checker import BaseChecker, CheckedBase, CheckOrder
from kg.serve.lsp.insight import BaseInsight
from kg.serve.lsp.names import NameTable
from kg.serve.lsp.places import read_folder_settings
from kg.serve.lsp.symbols import SymbolIndex
from kg.serve.lsp.text import DocumentText, Encoding
from kg.serve.lsp.view import NoteView, TextReader

_WORD: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LINE: Final = re.compile(r"kg\.toml:(\d+)|line (\d+)")
_FRAME: Final = tuple(name for name in CORPUS if name != "notes")


class _Reading(NamedTuple):
    """A reading of a knowledge base, and the files that it read."""

    live: LiveNotes
    names: NameTable
    symbols: SymbolIndex
    texts: TextReader
    rows: dict[str, str]
    """Path of a note → size, time and inode of its file."""
    frame: bytes
    """Digest of everything else that was read."""


class OpenFolder:
    """A knowledge base with the texts of an editor. All methods run in the event loop; reading runs in a thread."""

    def __init__(self, root: Path, encoding: Encoding, lang: str) -> None:
        self.root = root
        self.encoding: Encoding = encoding
        self.lang = lang
        self.problem: KgError | None = None
        """Why the knowledge base can't be read; None if it can."""
        self.documents: dict[str, tuple[str, DocumentText]] = {}
        """Path of each open note → its URI and text."""
        self._reading: _Reading | None = None
        self._ready = asyncio.Event()
        self._lock = asyncio.Lock()
        self._waiting: set[str] = set()
        """Notes whose text changed since it was parsed."""
        self._checked: dict[str, list[Finding]] = {}
        """Path → findings of the last check of everything, without those that `LiveNotes` makes."""
        self._checked_texts: dict[str, DocumentText] = {}
        self._collapsed: frozenset[str] = frozenset()
        self._elsewhere: dict[str, list[Finding]] = defaultdict(list)
        """Path of a file that isn't open → all its findings in the last check."""
        self.insight = BaseInsight()
        """What only all notes together say about each, as of the last check."""
        self.checker = BaseChecker(CheckOrder(str(root), []))

    # Reading

    async def load(self) -> None:
        """Read the knowledge base, for the first time or again. Errors are kept in `problem`."""
        async with self._lock:
            try:
                reading = await asyncio.to_thread(self._read)
            except (KgError, OSError) as error:
                self.problem = error if isinstance(error, KgError) else KgError(str(error))
            else:
                self.problem = None
                again, self._reading = self._reading is not None, reading
                self._waiting.update(self.documents)
                await asyncio.to_thread(_keep_from_collector, again=again)
            self._ready.set()

    def _read(self) -> _Reading:
        settings = read_folder_settings(self.root)
        base = KnowledgeBase(settings, How(cache=settings.cache))
        with without_collector():
            inputs, live = base.inputs, LiveNotes(base)
            _ = live.plan, live.by_letters  # the first keystroke shouldn't wait for them
            names, texts = NameTable(live), TextReader(live, self.encoding)
            return _Reading(live, names, SymbolIndex(live), texts, _rows(inputs), inputs.key(_FRAME))

    async def reading(self, seconds: float) -> bool:
        """Wait until the notes are read, at most for some seconds; return whether they are."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        return self._reading is not None

    @property
    def is_read(self) -> bool:
        """Whether the notes could be read, now or earlier."""
        return self._reading is not None

    async def look(self) -> tuple[str, ...] | None:
        """Look at the files after a change on disk. Return the notes that were read again, None if everything was."""
        reading = self._reading
        if reading is None:
            await self.load()
            return None
        try:
            inputs = await asyncio.to_thread(lambda: Inputs(read_folder_settings(self.root)))
            rows, frame = _rows(inputs), await asyncio.to_thread(inputs.key, _FRAME)
        except (KgError, OSError):
            await self.load()  # it reports the problem
            return None
        changed = [path for path, row in rows.items() if reading.rows.get(path) != row]
        if frame != reading.frame or rows.keys() != reading.rows.keys():
            await self.load()
            return None
        for path in changed:
            reading.live.reread(path)
            reading.names.update(path)
            reading.rows[path] = rows[path]
        if not is_same_reading(reading.live, changed):
            await self.load()
            return None
        return tuple(changed)

    # Documents

    @property
    def live(self) -> LiveNotes | None:
        """The notes, as soon as they are read, with all unsaved texts parsed."""
        if self._reading is None:
            return None
        for path in self._waiting:
            live = self._reading.live
            if path in self.documents:
                live.change(path, self.documents[path][1].data)
            else:
                live.discard(path)
            self._reading.names.update(path)
        self._waiting.clear()
        return self._reading.live

    @property
    def names(self) -> NameTable | None:
        """The names of all notes, as soon as they are read."""
        return self._reading.names if self.live is not None and self._reading is not None else None

    @property
    def symbols(self) -> SymbolIndex | None:
        """The names and headings of all notes as they are searched, as soon as they are read."""
        return self._reading.symbols if self.live is not None and self._reading is not None else None

    @property
    def texts(self) -> TextReader | None:
        """The texts of all notes, as soon as they are read."""
        return self._reading.texts if self.live is not None and self._reading is not None else None

    def path_of(self, location: str) -> str | None:
        """Return the path of a note, as soon as the notes are read."""
        return self._reading.live.path_of(location) if self._reading is not None else None

    def show(self, path: str, uri: str, text: DocumentText) -> None:
        """An editor shows a text for a note."""
        self.documents[path] = uri, text
        self._waiting.add(path)

    def hide(self, path: str) -> None:
        """The editor closed a note: its file counts again."""
        if self.documents.pop(path, None) is not None:
            self._waiting.add(path)

    def view(self, path: str) -> NoteView | None:
        """Return an open note for a request about it."""
        live, texts = self.live, self.texts
        if live is None or texts is None or path not in self.documents or path not in live.notes:
            return None
        uri, text = self.documents[path]
        return NoteView(live, path, uri, text, live.notes[path], self.messages, texts, self.insight)

    @cached_property
    def messages(self) -> Texts:
        """Texts in the language of the editor."""
        return Texts(self.lang, "serve.lsp", "views.frame", "views.site", "views.reports")

    # Findings

    def findings(self, view: NoteView) -> tuple[Finding, ...]:
        """Return the findings about an open note: those of its text now, and those of the last check, at their lines now."""
        current = [f for f in view.live.findings(view.path) if f.code not in self._collapsed]
        before = self._checked.get(view.path, ())
        text = self._checked_texts.get(view.path)
        if text is None or text.text == view.text.text:
            return (*current, *before)
        return (*current, *_moved(before, text, view.text))

    def take_check(self, result: CheckedBase) -> set[str]:
        """Take the result of a check of everything; return the paths whose findings may differ."""
        reading = self._reading
        if reading is None or result.problem:
            return set()
        by_path: dict[str, list[Finding]] = defaultdict(list)
        for finding in result.findings:
            local = finding.path in reading.live.notes and _is_live(finding) and finding.code not in result.collapsed
            if not local:
                by_path[finding.path].append(finding)
        changed = {*self._checked, *by_path, *self._elsewhere}
        if self._collapsed != set(result.collapsed):
            changed.update(self.documents)
        self._checked = dict(by_path)
        self._collapsed = frozenset(result.collapsed)
        self._checked_texts = {path: self._saved_text(path) for path in self.documents if path in by_path}
        self._elsewhere.clear()
        for finding in result.findings:
            if finding.path not in self.documents:
                self._elsewhere[finding.path].append(finding)
        return changed.union(self._elsewhere)

    def findings_elsewhere(self, path: str) -> Sequence[Finding]:
        """Return the findings of the last check about a file that isn't open."""
        return self._elsewhere.get(path, ())

    def _saved_text(self, path: str) -> DocumentText:
        assert self._reading is not None  # noqa: S101  # the caller has checked
        try:
            data = files.read(self._reading.live.location_of(path), cut=True)
        except OSError:
            data = b""
        return DocumentText(data.decode("utf-8", "replace"), self.encoding)

    def close(self) -> None:
        """End the processes of this knowledge base."""
        self.checker.close()


def _keep_from_collector(*, again: bool) -> None:
    """Exclude all notes from garbage collection, which would stop the server for half a second at 10,000 notes.

    After the first reading, the earlier one is collected before: it refers to itself.
    """
    if again:
        gc.unfreeze()
        gc.collect()
    gc.freeze()


def _is_live(finding: Finding) -> bool:
    try:
        return scope_of(finding) in LIVE
    except KeyError:  # a rule of the knowledge base itself
        return False


def _rows(inputs: Inputs) -> dict[str, str]:
    return {file.name: f"{file.size} {file.mtime_ns} {file.inode}" for file in inputs.listing.notes}


def _moved(findings: Sequence[Finding], before: DocumentText, after: DocumentText) -> list[Finding]:
    """The findings at the lines that their lines have now; those in changed lines are left out."""
    old = [before.line(n) for n in range(len(before.starts))]
    new = [after.line(n) for n in range(len(after.starts))]
    limit = min(len(old), len(new))
    head = next((n for n in range(limit) if old[n] != new[n]), limit)
    tail = next((n for n in range(limit - head) if old[-1 - n] != new[-1 - n]), limit - head)
    moved = []
    for finding in findings:
        if finding.line <= head:
            moved.append(finding)
        elif finding.line > len(old) - tail:
            moved.append(replace(finding, line=finding.line + len(new) - len(old)))
    return moved


def settings_problem(root: Path, text: str | None) -> tuple[int, str] | None:
    """Return line and message of what is wrong with `kg.toml`, of which `text` may be an unsaved version; None if nothing."""
    location = str(root / FILE)
    with files.unsaved({location: text.encode()} if text is not None else {}):
        try:
            read_folder_settings(root)
        except KgError as error:
            m = _LINE.search(str(error))
            if m is None:
                with contextlib.suppress(OSError):
                    text = files.read_text(root / FILE) if text is None else text
            line = int(m[1] or m[2]) if m is not None else _line_named(text or "", str(error))
            return line, f"{error}\n→ {error.hint}" if error.hint else str(error)
    return None


def _line_named(text: str, message: str) -> int:
    """Return the line of the key that a message about settings names; 1 if it names none."""
    words = _WORD.findall(message.removeprefix(message.partition(": ")[0]))
    return next((line for word in words if (line := line_of_key(text, word)) > 1), 1)
