"""The cache of notes that were read: content-addressed, never needed for correctness, safe to lose or damage."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from kg.errors import StoreError
from kg.model import Note
from kg.notes.files import File
from kg.store import write_file

_DIGEST: Final = 32
_RACY_NS: Final = 2_000_000_000
"""A file changed this shortly before the index was written may change again without its time of change telling."""
_SMALL: Final = 64
"""With more chunks than this, chunks are joined."""


class Seen(NamedTuple):
    """What a file looked like when it was read."""

    size: int
    mtime_ns: int
    inode: int
    digest: str


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value, key=str)
    raise NotImplementedError(f"{type(value)} can't stand in a note")


_notes_out: Final = msgspec.msgpack.Encoder(enc_hook=_plain)
_notes_in: Final = msgspec.msgpack.Decoder(list[Note])
_index_in: Final = msgspec.msgpack.Decoder(tuple[int, dict[str, Seen]])


def encode(notes: Iterable[Note]) -> bytes:
    """Notes as bytes that `decode` reads: MessagePack, which can hold data only, whoever wrote it."""
    return _notes_out.encode(list(notes))


def decode(data: bytes) -> list[Note]:
    """Notes from bytes. Raises ValueError for anything else."""
    return _notes_in.decode(data)


class NoteCache:
    """Notes by path and digest in chunks under a folder; each chunk and the index carry a digest of their bytes.

    `key` names everything besides the bytes of a file that a Note depends on: caches with another key are dropped.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder / "notes" / key
        self.notes: dict[tuple[str, str], Note] = {}
        self.seen: dict[str, Seen] = {}
        self.written_ns = 0
        self._chunks: list[Path] = []
        self._loaded = 0
        self._load(folder / "notes")

    def _load(self, parent: Path) -> None:
        if not parent.is_dir():
            return
        for other in parent.iterdir():
            if other != self.folder:
                shutil.rmtree(other, ignore_errors=True)
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.glob("*.chunk")):
            try:
                notes = decode(_checked(path.read_bytes()))
            except (OSError, ValueError):
                path.unlink(missing_ok=True)  # damaged: its notes are read again
                continue
            self._chunks.append(path)
            self._loaded += len(notes)
            for note in notes:
                self.notes[note.path, note.digest] = note
        try:
            self.written_ns, self.seen = _index_in.decode(_checked((self.folder / "index").read_bytes()))
        except (OSError, ValueError):
            self.seen = {}

    def find(self, file: File) -> Note | None:
        """The Note of a file that looks as it did when it was last read."""
        seen = self.seen.get(file.name)
        if seen is None or (seen.size, seen.mtime_ns, seen.inode) != (file.size, file.mtime_ns, file.inode):
            return None
        if file.mtime_ns >= self.written_ns - _RACY_NS:
            return None
        return self.notes.get((file.name, seen.digest))

    def by_bytes(self, name: str, data: bytes) -> Note | None:
        """The Note of these bytes under this path, where they were read before."""
        return self.notes.get((name, hashlib.sha256(data).hexdigest()))

    def add(self, data: bytes, notes: Iterable[Note]) -> None:
        """Keep some notes (and their encoded form), so that a build that is killed later needn't read them again."""
        for note in notes:
            self.notes[note.path, note.digest] = note
            self._loaded += 1
        path = self.folder / f"{hashlib.sha256(data).hexdigest()[:24]}.chunk"
        self._write(path, data)
        self._chunks.append(path)

    def finish(self, files: Mapping[str, File], notes: Mapping[str, Note]) -> None:
        """Write the index of what was read; join chunks where many are small or a third of their notes is gone."""
        if len(self._chunks) > _SMALL or self._loaded > len(notes) * 1.5 + 100:
            old = self._chunks
            self._chunks = []
            ordered = list(notes.values())
            for i in range(0, len(ordered), 2000):
                part = ordered[i : i + 2000]
                self.add(encode(part), part)
            for path in set(old) - set(self._chunks):
                path.unlink(missing_ok=True)
        now = time.time_ns()
        seen = {
            name: Seen(file.size, file.mtime_ns, file.inode, notes[name].digest)
            for name, file in files.items()
            if name in notes
        }
        if seen != self.seen or any(s.mtime_ns >= self.written_ns - _RACY_NS for s in seen.values()):
            self._write(self.folder / "index", msgspec.msgpack.encode((now, seen)))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_file(path, hashlib.sha256(data).digest() + data, durable=False)
        except StoreError:
            # A cache that can't be written costs time in the next build and nothing else.
            return


def _checked(data: bytes) -> bytes:
    body = data[_DIGEST:]
    if hashlib.sha256(body).digest() != data[:_DIGEST]:
        raise ValueError("the digest doesn't fit")
    return body
