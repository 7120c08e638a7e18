"""Functions that return the source text of a note by path; they differ in how they treat a missing or changed file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from kg.base import files
from kg.base.errors import StoreError
from kg.model import Note
from kg.notes.forms import markdown_of


def texts_on_disk(paths: Mapping[str, str]) -> Callable[[str], str]:
    """For counting and suggesting: a note that can no longer be read has an empty text. `paths`: note → file."""

    def text_of(path: str) -> str:
        try:
            return _decode(markdown_of(path, files.read(paths[path], cut=True)))
        except (KeyError, OSError):
            return ""

    return text_of


def texts_as_read(paths: Mapping[str, str], notes: Mapping[str, Note]) -> Callable[[str], str]:
    """For rendering: offsets of links are valid only for the text that was parsed.

    The function raises StoreError if the file of a note is missing or its bytes have changed.
    """

    def text_of(path: str) -> str:
        try:
            data = files.read(paths[path], cut=True)
        except OSError as error:
            raise StoreError(
                f"can't read {path} again: {error.strerror}", hint="was it removed meanwhile? build again"
            ) from None
        if hashlib.sha256(data).hexdigest() != notes[path].digest:
            raise StoreError(f"{path} was changed while it was being built", hint="build again")
        return _decode(markdown_of(path, data))

    return text_of


def texts_in_memory(raw: Mapping[str, bytes]) -> Callable[[str], str]:
    """For writing: the bytes that were read; other paths have an empty text."""
    return lambda path: _decode(raw.get(path, b""))


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")
