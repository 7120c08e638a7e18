"""Reads many files: unchanged notes come from the cache, the others are parsed by as many processes as there are cores."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import yaml

from kg.base import files
from kg.base.about import code_stamp
from kg.base.listing import File
from kg.base.process import Worker
from kg.base.progress import begin_step
from kg.model import Fault, Note
from kg.notes import STEP, cmark
from kg.notes.dialect import DialectMap
from kg.notes.reading.cache import NoteCache, decode_notes, encode_notes
from kg.notes.reading.worker import ParsedFiles, ReadingJob, read_job

__all__ = ["list_jobs", "notes_folder", "read_files"]

_CHUNK: Final = 100
"""Files per job. Small jobs keep all processes busy to the end, and their answers fit into a pipe."""
_WORTH_A_PROCESS: Final = 1500
"""Minimum number of files for another process, which takes a quarter of a second to start."""

_answer_in: Final = msgspec.msgpack.Decoder(ParsedFiles)


def _key(dialects: DialectMap) -> str:
    code = code_stamp("base/formats", "notes", "model", "base/names.py")
    parts = (STEP, code, cmark.VERSION, yaml.__version__, repr(dialects))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def notes_folder(cache_folder: Path, dialects: DialectMap) -> Path:
    """Return the folder in which the cache keeps notes that were read in certain dialects."""
    return cache_folder / "notes" / _key(dialects)


def read_files(
    listed: Sequence[File],
    dialects: DialectMap,
    cache_folder: Path | None,
    jobs: int,
) -> tuple[dict[str, Note], list[tuple[str, Fault]]]:
    """Return the notes by name, in the order of `listed`, and the faults of files that can't be read.

    If `cache_folder` is None, no cache is used. `jobs` 0 means one for each core.
    """
    cache = NoteCache(cache_folder, _key(dialects)) if cache_folder is not None else None
    notes_by_name: dict[str, Note] = {}
    todo: list[File] = []
    for file in listed:
        note = cache.find(file) if cache is not None else None
        if note is None:
            todo.append(file)
        else:
            notes_by_name[file.name] = note
    if cache is not None and cache.notes:
        todo = _by_content(todo, cache, notes_by_name)
    failed: list[tuple[str, Fault]] = []

    def keep(notes: list[Note], data: bytes, unread: list[tuple[str, str]]) -> None:
        if cache is not None and notes:
            cache.add(data, notes)
        notes_by_name.update((note.path, note) for note in notes)
        failed.extend((name, Fault("unreadable-file", 1, 1, reason)) for name, reason in unread)
        reading.at(len(notes_by_name) + len(failed))

    def take(answer: ParsedFiles) -> None:
        keep(decode_notes(answer.notes), answer.notes, answer.failed)

    def do(task: ReadingJob) -> None:
        notes, unread = read_job(task)
        keep(notes, encode_notes(notes) if cache is not None else b"", unread)

    chunks = list_jobs(todo, dialects)
    jobs = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1
    with begin_step("reading notes", len(listed)) as reading:
        if jobs > 1 and len(todo) >= _WORTH_A_PROCESS:
            _in_parallel(chunks, jobs - 1, take, do)
        else:
            for task in chunks:
                do(task)
    notes = {f.name: notes_by_name[f.name] for f in listed if f.name in notes_by_name}
    if cache is not None:
        cache.finish({f.name: f for f in listed}, notes)
    return notes, failed


def list_jobs(listed: Sequence[File], dialects: DialectMap) -> list[ReadingJob]:
    """Divide files into jobs, in their order: each has files of one folder and one dialect."""
    return [
        ReadingJob([(f.name, f.path) for f in part], folder, dialect)
        for (folder, dialect), in_folder in itertools.groupby(listed, lambda f: (files.root_of(f.path), dialects.of(f.name)))
        for part in _parts(list(in_folder))
    ]


def _parts(listed: list[File]) -> Iterator[list[File]]:
    return (listed[i : i + _CHUNK] for i in range(0, len(listed), _CHUNK))


def _by_content(todo: list[File], cache: NoteCache, notes: dict[str, Note]) -> list[File]:
    """Look up files with changed metadata (touched, checked out again) by their bytes; return the remaining files."""
    rest = []
    for file in todo:
        try:
            note = cache.by_bytes(file.name, files.read(file.path, cut=True))
        except OSError:
            note = None
        if note is None:
            rest.append(file)
        else:
            notes[file.name] = note
    return rest


def _in_parallel(
    chunks: list[ReadingJob], helpers: int, take: Callable[[ParsedFiles], object], do: Callable[[ReadingJob], object]
) -> None:
    """Process chunks in parallel: workers take them from the front, this process takes them from the back."""
    queue = list(reversed(chunks))
    with Worker.crew(helpers, "kg.notes.reading") as workers:
        for worker in workers:
            for _ in range(2):
                if queue:
                    worker.ask(msgspec.msgpack.encode(queue.pop()))
        while queue or any(w.waiting for w in workers):
            ready = [w for w in workers if w.waiting and w.ready(0 if queue else None)]
            for worker in ready:
                take(_answer_in.decode(worker.answer()))
                if queue:
                    worker.ask(msgspec.msgpack.encode(queue.pop()))
            if not ready and queue:
                do(queue.pop(0))
