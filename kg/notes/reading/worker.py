"""What a worker does: reads a list of files and answers with their notes."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from kg.base import files as gate
from kg.model import Note
from kg.notes import parse
from kg.notes.dialect import Dialect
from kg.notes.reading.cache import encode


class ReadingJob(NamedTuple):
    """Files to read: (name, path on disk) of each, the folder that no link of theirs may lead out of, their tool's dialect."""

    files: list[tuple[str, str]]
    folder: str
    """Empty where they lie below none that is guarded."""
    dialect: Dialect


class ParsedFiles(NamedTuple):
    """What a task gave: encoded notes, and (name, reason) of the files that could not be read."""

    notes: bytes
    failed: list[tuple[str, str]]


def read(task: ReadingJob) -> tuple[list[Note], list[tuple[str, str]]]:
    """The notes of a task, and (name, reason) of the files that could not be read."""
    notes = []
    failed = []
    with contextlib.ExitStack() as opened:
        take = opened.enter_context(gate.Folder(task.folder)).read if task.folder else _cut
        for name, path in task.files:
            try:
                data = take(path)
            except OSError as error:
                failed.append((name, error.strerror or str(error)))
                continue
            notes.append(parse(name, data, task.dialect))
    return notes, failed


def _cut(path: str) -> bytes:
    return gate.read(path, cut=True)


def work(task: ReadingJob) -> ParsedFiles:
    """Read and parse the files of a task."""
    notes, failed = read(task)
    return ParsedFiles(encode(notes), failed)
