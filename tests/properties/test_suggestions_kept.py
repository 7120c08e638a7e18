"""Suggestions from the memo: the same as without one, for each concept, limit and lane, also if parts of it are damaged."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.base import memo
from kg.base.settings import Settings, load_settings
from kg.knowledge import suggesting
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.steps import How
from kg.model import Lane, Suggestion

ASKED: tuple[tuple[int | None, tuple[Lane, ...]], ...] = (
    (None, ()),
    (3, ()),
    (14, ()),
    (None, ("mention",)),
    (4, ("latent",)),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    rng = random.Random(3)
    words = "raft quorum lease leader 共识 租约 心跳 replica broker topic partition offset snapshot follower".split()
    folder = tmp_path / "concepts"
    folder.mkdir()
    for i in range(90):
        links = " ".join(f"It uses [[Note {rng.randrange(90)}]]." for _ in range(3))
        text = " ".join(rng.choices([*words, f"w{i % 17}", f"Note {rng.randrange(90)}"], k=30))
        (folder / f"note-{i}.md").write_text(f"# Note {i}\n\n{text}. {links}\n")
    return load_settings(tmp_path)


def opened(settings: Settings, cache: Path | None) -> KnowledgeBase:
    return KnowledgeBase(settings, How(1, cache))


def rows_of(base: KnowledgeBase, limit: int | None, lanes: tuple[Lane, ...], source: str | None = None) -> list[Suggestion]:
    return list(suggesting.suggestions_of(base, limit=limit, lanes=lanes).rows(source))


def edits(settings: Settings) -> Iterator[None]:
    """The notes as they are, after a sentence, after a link, without a note."""
    yield
    note = settings.root / "concepts/note-7.md"
    note.write_text(note.read_text() + "\nA quorum is a lease of Note 9.\n")
    yield
    note.write_text(note.read_text() + "\nSee [[Note 60]].\n")
    yield
    (settings.root / "concepts/note-20.md").unlink()
    yield


def test_what_is_remembered_equals_what_is_computed(settings: Settings, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for _ in edits(settings):
        for limit, lanes in ASKED:
            computed = suggesting.suggestions_of(opened(settings, None), limit=limit, lanes=lanes)
            everything = list(computed.rows(None))
            assert len(everything) == computed.number
            for _again in range(2):
                remembered = suggesting.suggestions_of(opened(settings, cache), limit=limit, lanes=lanes)
                assert list(remembered.rows(None)) == everything
                assert (remembered.number, remembered.caps) == (computed.number, computed.caps)
            for source in sorted({row.source for row in everything})[::30]:
                own = [row for row in everything if row.source == source]
                assert list(computed.rows(source)) == list(remembered.rows(source)) == own


def test_one_concept_needs_neither_notes_nor_other_rows(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    base = opened(settings, cache)
    everything = base.assessment_with_suggestions
    source = everything.suggestions[0].source
    expected = rows_of(opened(settings, None), None, (), source)
    asked: list[bytes] = []
    select = memo.Memo.get_many

    def counted(self: memo.Memo, query: str, keys: tuple[bytes, ...]) -> dict[bytes, bytes]:
        asked.extend(keys if query == "suggestions" else ())
        return select(self, query, keys)

    monkeypatch.setattr(memo.Memo, "get_many", counted)
    monkeypatch.setattr(KnowledgeBase, "notes_read", property(lambda _self: pytest.fail("the notes are read")))
    assert rows_of(opened(settings, cache), None, (), source) == expected
    assert len(asked) == 2, "the index and one block"


@pytest.mark.parametrize("removed", [True, False])
def test_a_part_that_is_missing_or_of_another_time_is_computed_again(settings: Settings, tmp_path: Path, removed: bool) -> None:
    cache = tmp_path / "cache"
    expected = rows_of(opened(settings, cache), None, ())
    note = settings.root / "concepts/note-3.md"
    for part in range(4):  # two blocks, the index, the state
        with sqlite3.connect(cache / memo.FILE) as store:
            parts = store.execute("SELECT key, value FROM entries WHERE query = 'suggestions' ORDER BY key").fetchall()
            assert len(parts) == 4
            key, value = parts[part]
            changed = bytes(16) + value[16:]
            if removed:
                store.execute("DELETE FROM entries WHERE key = ?", (key,))
            else:
                digest = memo.memo_key("suggestions", key, changed)
                store.execute("UPDATE entries SET value = ?, digest = ? WHERE key = ?", (changed, digest, key))
        store.close()
        if part % 2:
            note.write_text(note.read_text() + "\nA lease.\n")
            expected = rows_of(opened(settings, None), None, ())
        for _again in range(2):
            assert rows_of(opened(settings, cache), None, ()) == expected
