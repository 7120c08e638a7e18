"""The source text of notes by path, for steps that need more than was read from them; who asks decides what a failure is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from kg.base import files
from kg.base.errors import StoreError
from kg.model import Note


def texts_on_disk(paths: Mapping[str, str]) -> Callable[[str], str]:
    """For what is only counted or proposed: a note that can't be read any more has an empty text. `paths`: note → file."""

    def text_of(path: str) -> str:
        try:
            return _decode(files.read(paths[path], cut=True))
        except (KeyError, OSError):
            return ""

    return text_of


def texts_as_read(paths: Mapping[str, str], notes: Mapping[str, Note]) -> Callable[[str], str]:
    """For what is rendered: positions of links hold for no other text than the one that was read.

    The function raises StoreError for a note whose file is gone or has other bytes by now.
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
        return _decode(data)

    return text_of


def texts_in_memory(raw: Mapping[str, bytes]) -> Callable[[str], str]:
    """For what is written back: the bytes that were read once; what isn't among them has an empty text."""
    return lambda path: _decode(raw.get(path, b""))


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")
