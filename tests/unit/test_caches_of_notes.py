"""The cache of read notes: chunks are joined, what is of another time is never taken for what was asked."""

from __future__ import annotations

from pathlib import Path

from kg.base.listing import File
from kg.model import Note
from kg.notes import parse_note
from kg.notes.reading.cache import NoteCache, encode_notes


def _notes(count: int) -> list[Note]:
    return [parse_note(f"n{i}.md", f"# N{i}\n\n[[n{i + 1}]]\n".encode()) for i in range(count)]


def test_many_small_chunks_are_joined(tmp_path: Path) -> None:
    cache = NoteCache(tmp_path, "0123456789abcdef")
    notes = _notes(70)
    for note in notes:
        cache.add(encode_notes([note]), [note])
    assert len(list(cache.folder.glob("*.chunk"))) == 70
    files = {note.path: File(note.path, str(tmp_path / note.path), note.size, 1, 1) for note in notes}
    cache.finish(files, {note.path: note for note in notes})
    assert len(list(cache.folder.glob("*.chunk"))) == 1
    again = NoteCache(tmp_path, "0123456789abcdef")
    assert again.find(files["n7.md"]) == notes[7]
    assert again.find(files["n7.md"]._replace(size=0)) is None
    # Of another version of kg or another dialect: dropped.
    assert NoteCache(tmp_path, "fedcba9876543210").notes == {}
    assert list((tmp_path / "notes").iterdir()) == []
