"""Functions that return the visible text of a note by path, without comments; they differ in how they treat a changed file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from kg.base import files
from kg.base.errors import OutdatedError
from kg.model import Note
from kg.notes.forms import markdown_of
from kg.notes.hidden import shown_bytes, shown_text
from kg.notes.myst import read_as_markdown

_BOM: Final = b"\xef\xbb\xbf"


def texts_on_disk(paths: Mapping[str, str], notes: Mapping[str, Note]) -> Callable[[str], str]:
    """For counting and suggesting: a note that can't be read as it was parsed has an empty text. `paths`: note → file."""

    def text_of(path: str) -> str:
        try:
            data = files.read(paths[path], cut=True)
        except (KeyError, OSError):
            return ""
        note = notes.get(path)
        hidden = note.hidden if note is not None else ()
        if hidden and note is not None and hashlib.sha256(data).hexdigest() != note.digest:
            return ""  # its comments may be elsewhere now
        data = markdown_of(path, data)
        mark = _BOM if data.startswith(_BOM) else b""
        body = max(0, note.body - len(mark)) if note is not None else 0
        return mark.decode() + shown_text(read_as_markdown(_valid(data.removeprefix(mark)), body), hidden)

    return text_of


def texts_as_read(paths: Mapping[str, str], notes: Mapping[str, Note]) -> Callable[[str], str]:
    """For rendering: offsets of links are valid only for the text that was parsed.

    The function raises OutdatedError if the file of a note is missing or its bytes have changed.
    """

    def text_of(path: str) -> str:
        try:
            data = files.read(paths[path], cut=True)
        except OSError as error:
            raise OutdatedError(
                f"can't read {path} again: {error.strerror}", hint="was it removed meanwhile? build again"
            ) from None
        note = notes[path]
        if hashlib.sha256(data).hexdigest() != note.digest:
            raise OutdatedError(f"{path} was changed while it was being built", hint="build again")
        data = markdown_of(path, data)
        mark = _BOM if data.startswith(_BOM) else b""
        return (mark + shown_bytes(_valid(data.removeprefix(mark)), note.hidden)).decode("utf-8", "replace")

    return text_of


def texts_in_memory(raw: Mapping[str, bytes]) -> Callable[[str], str]:
    """For writing: the bytes that were read, comments included; other paths have an empty text."""
    return lambda path: raw.get(path, b"").decode("utf-8", "replace")


def _valid(data: bytes) -> bytes:
    """The bytes that offsets refer to: each invalid sequence is one U+FFFD."""
    return data if data.isascii() else data.decode("utf-8", "replace").encode()
