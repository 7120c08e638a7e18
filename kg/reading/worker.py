"""What a worker does: reads a list of files and answers with their notes."""

from __future__ import annotations

from typing import NamedTuple

from kg.model import Note
from kg.notes import parse
from kg.notes.dialect import Dialect
from kg.reading.cache import encode


class Task(NamedTuple):
    """Files to read: (name, path on disk) of each, and the dialect of their tool."""

    files: list[tuple[str, str]]
    dialect: Dialect


class Answer(NamedTuple):
    """What a task gave: encoded notes, and (name, reason) of the files that could not be read."""

    notes: bytes
    failed: list[tuple[str, str]]


def read(task: Task) -> tuple[list[Note], list[tuple[str, str]]]:
    """The notes of a task, and (name, reason) of the files that could not be read."""
    notes = []
    failed = []
    for name, path in task.files:
        try:
            with open(path, "rb") as file:  # noqa: PTH123  # making a path takes longer than opening it
                data = file.read()
        except OSError as error:
            failed.append((name, error.strerror or str(error)))
            continue
        notes.append(parse(name, data, task.dialect))
    return notes, failed


def work(task: Task) -> Answer:
    """Read and parse the files of a task."""
    notes, failed = read(task)
    return Answer(encode(notes), failed)
