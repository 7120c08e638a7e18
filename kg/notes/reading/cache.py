"""The cache of parsed notes: content-addressed, never needed for correctness, safe to lose or damage."""

from __future__ import annotations

import hashlib
import re
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.errors import StoreError
from kg.base.listing import File
from kg.base.removal import remove_tree
from kg.base.store import write_file
from kg.model import Note

_DIGEST: Final = 32
_RACY_NS: Final = 2_000_000_000
"""A file modified this shortly before the index was written may change again without a new modification time."""
_SMALL: Final = 64
_KEY: Final = re.compile("[0-9a-f]{16}")
_NOTES_TO_A_CHUNK: Final = 80
"""Chunks are merged if there are more than `_SMALL` plus one for each `_NOTES_TO_A_CHUNK` notes."""


class FileStamp(NamedTuple):
    """Metadata and digest of a file when it was read."""

    size: int
    mtime_ns: int
    inode: int
    digest: str


_notes_out: Final = msgspec.msgpack.Encoder()
_notes_in: Final = msgspec.msgpack.Decoder(list[Note])
_index_in: Final = msgspec.msgpack.Decoder(tuple[int, dict[str, FileStamp]])


def encode_notes(notes: Iterable[Note]) -> bytes:
    """Encode notes as MessagePack, which can contain only data, for `decode_notes`."""
    return _notes_out.encode(list(notes))


def decode_notes(data: bytes) -> list[Note]:
    """Decode notes. Raises ValueError if the data is invalid."""
    return _notes_in.decode(data)


class NoteCache:
    """Notes by path and digest, stored in chunks in a folder; each chunk and the index contain a digest of their bytes.

    `key` identifies everything except the bytes of a file that a Note depends on: caches with another key are deleted.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder / "notes" / key
        self.notes: dict[tuple[str, str], Note] = {}
        self.seen: dict[str, FileStamp] = {}
        self.written_ns = 0
        self._chunks: list[Path] = []
        self._loaded = 0
        self._load(folder / "notes")

    def _load(self, parent: Path) -> None:
        if not _is_folder(parent):
            parent.unlink(missing_ok=True)  # for example a link, which kg never creates
            return
        for other in parent.iterdir():
            if other != self.folder and _KEY.fullmatch(other.name) and _is_folder(other):
                remove_tree(other)  # created by another version of kg, or for another dialect
        if not _is_folder(self.folder):
            return
        for path in sorted(self.folder.glob("*.chunk")):
            try:
                notes = decode_notes(_checked(files.read(path, files.LARGE)))
            except (OSError, ValueError):
                path.unlink(missing_ok=True)  # damaged: its notes are parsed again
                continue
            self._chunks.append(path)
            self._loaded += len(notes)
            self.notes.update(((note.path, note.digest), note) for note in notes)
        try:
            self.written_ns, self.seen = _index_in.decode(_checked(files.read(self.folder / "index", files.LARGE)))
        except (OSError, ValueError):
            self.seen = {}

    def find(self, file: File) -> Note | None:
        """Return the Note of a file whose metadata hasn't changed since it was read, or None."""
        seen = self.seen.get(file.name)
        if seen is None or (seen.size, seen.mtime_ns, seen.inode) != (file.size, file.mtime_ns, file.inode):
            return None
        if file.mtime_ns >= self.written_ns - _RACY_NS:
            return None
        return self.notes.get((file.name, seen.digest))

    def by_bytes(self, name: str, data: bytes) -> Note | None:
        """Return the Note of these bytes at this path if they were read before, or None."""
        return self.notes.get((name, hashlib.sha256(data).hexdigest()))

    def add(self, data: bytes, notes: Iterable[Note]) -> None:
        """Store notes in encoded form, so that after a killed build they needn't be parsed again."""
        path = self.folder / f"{hashlib.sha256(data).hexdigest()[:24]}.chunk"
        for note in notes:
            self.notes[note.path, note.digest] = note
            self._loaded += 1
        self._write(path, data)
        self._chunks.append(path)

    def finish(self, listed: Mapping[str, File], notes: Mapping[str, Note]) -> None:
        """Write the index; merge chunks if many are small or a third of their notes is obsolete."""
        if len(self._chunks) > _SMALL + len(notes) // _NOTES_TO_A_CHUNK or self._loaded > len(notes) * 1.5 + 100:
            old = self._chunks
            self._chunks = []
            ordered = list(notes.values())
            for i in range(0, len(ordered), 2000):
                part = ordered[i : i + 2000]
                self.add(encode_notes(part), part)
            for path in set(old) - set(self._chunks):
                path.unlink(missing_ok=True)
        written_ns = time.time_ns()
        seen = {
            name: FileStamp(file.size, file.mtime_ns, file.inode, notes[name].digest)
            for name, file in listed.items()
            if name in notes
        }
        if seen != self.seen or any(s.mtime_ns >= self.written_ns - _RACY_NS for s in seen.values()):
            self._write(self.folder / "index", msgspec.msgpack.encode((written_ns, seen)))

    def _write(self, path: Path, data: bytes) -> None:
        write_checked(path, data)


def write_checked(path: Path, data: bytes) -> None:
    """Write a file of a cache, prefixed with the digest of its bytes."""
    try:
        write_file(path, hashlib.sha256(data).digest() + data, durable=False)
    except StoreError:
        # If a cache can't be written, the next build is slower; nothing else is lost.
        return


def _is_folder(path: Path) -> bool:
    """Return whether a path is a folder and not a link to one: nothing is read or deleted through a link."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _checked(data: bytes) -> bytes:
    body = data[_DIGEST:]
    if hashlib.sha256(body).digest() != data[:_DIGEST]:
        raise ValueError("the digest doesn't fit")
    return body
