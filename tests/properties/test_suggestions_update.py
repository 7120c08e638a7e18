"""Suggestions after random edits: the same as without an earlier state; rows that an edit does not touch are kept."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec
import pytest

from kg.base.settings import load_settings
from kg.knowledge.suggesting import notes_of
from kg.model import Suggestion
from kg.suggest import candidates, features
from kg.suggest.evaluate import Notes
from kg.suggest.ranker import packaged_ranker
from kg.suggest.ranking import SuggestOptions, rank_pairs
from kg.suggest.update import SuggestionUpdate, update_suggestions

Rows = Mapping[str, Sequence[Suggestion]]
OPTIONS = SuggestOptions(5, frozenset(), packaged_ranker())
WORDS = (
    "raft quorum lease leader 共识 租约 心跳 replica broker topic partition offset snapshot follower term vote epoch".split()
)


class Store:
    """Answers in memory, as the memo keeps them."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, bytes], bytes] = {}

    def get_many(self, query: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.answers[query, key] for key in keys if (query, key) in self.answers}

    def put_many(self, query: str, answers: Mapping[bytes, bytes]) -> None:
        self.answers |= {(query, key): value for key, value in answers.items()}


class Base:
    """Notes that are edited; suggestions are computed with and without what earlier ones left."""

    def __init__(self, notes: Notes) -> None:
        self.notes, self.raw, self.parsed = notes, dict(notes.raw), dict(notes.notes)

    def write(self, path: str, text: str) -> None:
        self.raw[path] = text.encode()
        self.parsed[path] = self.notes.parse(path, self.raw[path])

    def remove(self, path: str) -> None:
        del self.raw[path], self.parsed[path]

    def read(self, path: str) -> str:
        return self.raw[path].decode()

    def updated(self, earlier: bytes | None, store: Store | None, rows: Rows = MappingProxyType({})) -> SuggestionUpdate:
        """`rows`: those that belong to `earlier`."""
        corpus = self.notes.resolve(self.parsed)
        before = rows.__getitem__ if tuple(rows) == tuple(corpus.concepts) else None
        return update_suggestions(corpus, self.read, OPTIONS, earlier, store, before)

    def ranked(self) -> tuple[Suggestion, ...]:
        return tuple(rank_pairs(self.notes.resolve(self.parsed), self.read, OPTIONS).rows())


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    root = tmp_path_factory.mktemp("edited")
    rng = random.Random(7)
    for i in range(120):
        links = " ".join(f"It uses [[Note {rng.randrange(120)}]]." for _ in range(3))
        text = " ".join(rng.choices([*WORDS, f"w{i % 17}", f"x{i % 31}", f"Note {rng.randrange(120)}"], k=40))
        (root / f"note-{i}.md").write_text(f"# Note {i}\n\n{text}. {links}\n\n## More\n\n{text[:60]}\n")
    return Base(notes_of(load_settings(root, notes=(root,))))


def by_source(rows: Iterable[Suggestion]) -> Rows:
    sources: dict[str, list[Suggestion]] = defaultdict(list)
    for row in rows:
        sources[row.source].append(row)
    return sources


def without_empty(rows: Rows) -> Rows:
    return {iri: own for iri, own in rows.items() if own}


def edit(base: Base, rng: random.Random) -> None:
    """A sentence more or less, a link, another title, a note more or less."""
    path = rng.choice(sorted(base.raw))
    text, sentence = base.read(path), " ".join(rng.choices(WORDS, k=8))
    match rng.randrange(9):
        case 0 | 1:
            base.write(path, f"{text}\n{sentence}.\n")
        case 2:
            base.write(path, text.replace("\n\n", f"\n\n{sentence}.\n\n", 1))
        case 3:
            base.write(path, text.rpartition("\n\n")[0] + "\n")
        case 4:
            base.write(path, f"{text}\n{sentence}, see [[Note {rng.randrange(120)}]] and Note {rng.randrange(120)}.\n")
        case 5:
            base.write(path, text.replace("# Note", "# Concept", 1))
        case 6:
            base.write(f"new-{rng.randrange(99)}.md", f"# {sentence}\n\n{sentence} Note {rng.randrange(120)}.\n")
        case 7:
            base.remove(path)
        case 8:
            base.write(path, f"{text}\n{sentence}, see [[Note {rng.randrange(120)}]].\n")


@pytest.mark.parametrize(("sample", "most"), [(30, 6), (1024, 60)])
@pytest.mark.parametrize("seed", range(3))
def test_an_update_equals_what_is_computed_from_nothing(
    base: Base, seed: int, sample: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "SAMPLE", sample)
    monkeypatch.setattr(candidates, "CANDIDATES", most)
    rng, store = random.Random(seed), Store()
    last = base.updated(None, store)
    rows = {**last.rows}
    assert without_empty(rows) == by_source(base.ranked())
    for step in range(12):
        edit(base, rng)
        last, clean = base.updated(last.state, store, rows), base.updated(None, None)
        rows = {iri: last.rows.get(iri, rows.get(iri, ())) for iri in clean.rows}
        assert rows == clean.rows, step
        assert without_empty(rows) == by_source(base.ranked()), step
        assert last.caps == clean.caps
        assert msgspec.msgpack.decode(last.state) == msgspec.msgpack.decode(clean.state), step


def test_nothing_is_computed_when_nothing_changed(base: Base) -> None:
    store = Store()
    first = base.updated(None, store)
    known = dict(store.answers)
    again = base.updated(first.state, store)
    assert (again.rows, again.state) == ({}, first.state)
    assert store.answers == known


def test_a_sentence_changes_few_rows(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "SAMPLE", 30)
    corpus = base.notes.resolve(base.parsed)
    paths = [c.path for c in corpus.concepts.values()]
    chosen = features.sample_notes(paths)
    outside = [path for path, drawn in zip(paths, chosen.tolist(), strict=True) if not drawn]
    first, changed = base.updated(None, None), []
    for path in outside[:8]:
        text = base.read(path)
        base.write(path, f"{text}\nA quorum is a lease.\n")
        after = base.updated(first.state, None)
        changed.append(sum(first.rows[iri] != own for iri, own in after.rows.items()))
        base.write(path, text)
    assert sum(changed) / len(changed) < len(paths) / 4, changed


def test_a_link_changes_few_rows(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "CANDIDATES", 6)
    first, changed = base.updated(None, None), []
    for path in ("note-3.md", "note-44.md", "note-70.md"):
        text = base.read(path)
        base.write(path, text.replace("It uses [[Note", "It uses [[Note 9]]. It uses [[Note", 1))
        changed.append(len(base.updated(first.state, None).rows))
        base.write(path, text)
    assert max(changed) < len(base.raw), changed


@pytest.mark.parametrize("state", [b"", b"\xc1", b"\x93\x01\x02\x03", msgspec.msgpack.encode(["x"] * 10)])
def test_bytes_that_are_no_state_are_ignored(base: Base, state: bytes) -> None:
    assert without_empty(base.updated(state, None).rows) == by_source(base.ranked())


def test_other_options_compute_everything(base: Base) -> None:
    first = base.updated(None, None)
    corpus = base.notes.resolve(base.parsed)
    best = next(own[0] for own in first.rows.values() if own)
    pair = (corpus.concepts[best.source].id, corpus.concepts[best.target].id)
    options = OPTIONS._replace(rejected=frozenset({pair}))
    without = update_suggestions(corpus, base.read, options, first.state)
    assert best.id not in {row.id for own in without.rows.values() for row in own}
    assert len(without.rows) == len(corpus.concepts)


def test_a_note_that_changed_on_disk_is_not_remembered(base: Base) -> None:
    """A text that isn't the one that was parsed counts for this run only."""
    store, corpus = Store(), base.notes.resolve(base.parsed)
    update_suggestions(corpus, lambda path: base.read(path) + "\nraft\n", OPTIONS, None, store)
    assert {query for query, _ in store.answers} <= {"suggest-axes"}  # from headings and the lead, which are of the note
