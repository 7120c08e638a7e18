"""The work of a worker process: reads a list of files and returns their notes."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from kg.base import files
from kg.model import Note
from kg.notes import parse_note
from kg.notes.dialect import Dialect
from kg.notes.reading.cache import encode_notes


class ReadingJob(NamedTuple):
    """Files to read as (name, path on disk), the folder that their links must stay in, and the dialect of their tool."""

    files: list[tuple[str, str]]
    folder: str
    """Empty if they aren't below a guarded folder."""
    dialect: Dialect


class ParsedFiles(NamedTuple):
    """The result of a job: encoded notes, and (name, reason) of the files that could not be read."""

    notes: bytes
    failed: list[tuple[str, str]]


def read_job(task: ReadingJob) -> tuple[list[Note], list[tuple[str, str]]]:
    """Return the notes of a job, and (name, reason) of the files that could not be read."""
    notes = []
    failed = []
    with contextlib.ExitStack() as opened:
        take = opened.enter_context(files.Folder(task.folder)).read if task.folder else _cut
        for name, path in task.files:
            try:
                data = take(path)
            except OSError as error:
                failed.append((name, error.strerror or str(error)))
                continue
            notes.append(parse_note(name, data, task.dialect))
    return notes, failed


def _cut(path: str) -> bytes:
    return files.read(path, cut=True)


def run_job(task: ReadingJob) -> ParsedFiles:
    """Read and parse the files of a task."""
    notes, failed = read_job(task)
    return ParsedFiles(encode_notes(notes), failed)
