"""Stores that are fed while statements are being made: nothing is lost, given up or left behind."""

from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.errors import UsageError
from kg.graph import Graph, ToDisk, ToMemory
from kg.knowledge import How

LINES = [f"<urn:s{i}> <urn:p> <urn:o{i}> ." for i in range(12_000)]


def test_both_stores_hold_what_they_were_fed_in_parts(tmp_path: Path) -> None:
    memory, disk = ToMemory(), ToDisk(tmp_path / "store")
    for feed in (memory, disk):
        feed.put(LINES[:7_000])
        feed.put(LINES[7_000:])
    text = disk.end()
    assert b"".join(text.pieces()).decode().split() == " ".join(LINES).split()
    store = memory.end()
    assert len(store) == len(LINES)
    assert set(store) == set(disk.stored.result())


def test_a_feed_to_disk_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    feed = ToDisk(tmp_path / "store")
    feed.put(LINES)
    feed.drop()
    assert not (tmp_path / "store").exists()
    again = ToDisk(tmp_path / "store")  # nobody holds its lock any more
    again.put(LINES[:1])
    again.end()
    assert len(again.stored.result()) == 1


def test_what_notes_say_in_terms_of_skos_is_in_the_store_of_a_build(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("---\nid: a\nskos:\n  scopeNote: {en: only here}\ndepends-on: '[[b]]'\n---\n# A\n")
    (notes / "b.md").write_text("---\nid: b\n---\n# B\n")
    given = settings.load_settings(tmp_path, notes=(notes,))
    knowledge.build_base(given, stage="graph", how=How(1, given.cache))
    on_disk = Graph.open(given.out / "graph" / "store", given.base)
    in_memory = knowledge.KnowledgeBase(given).graph
    assert "scopeNote" in on_disk.ntriples().decode()
    assert set(on_disk.store) == set(in_memory.store)


def test_a_base_that_makes_no_iris_is_said_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "kg.toml").write_text('base = "https://a.b:port/"\n')
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts" / "a.md").write_text("# A\n")
    with pytest.raises(UsageError, match="is not an IRI"):
        knowledge.build_base(settings.load_settings(tmp_path), stage="graph")
    assert not (tmp_path / "output").exists()
